/** Paths of screens in URLs. Parts of them may be ids that others have made, with any characters. */

/** A path as a URL has it. */
export const pathText = (path: string): string =>
  path
    .split('/')
    .map((part) => (/^\.+$/.test(part) ? '' : encodeURIComponent(part).replaceAll('%3A', ':')))
    .join('/');

/** The path that a URL has. */
export function pathOf(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // nothing is there
  }
}
