/**
 * Where the user is: a path below the dashboard's, and parameters. All state
 * that a shared URL should show is in the parameters.
 */
import { useSyncExternalStore } from 'preact/compat';
import { pathOf, pathText } from './path';

export interface Place {
  /** Relative to the dashboard, such as "views/018f…"; "" is its root. */
  path: string;
  params: URLSearchParams;
}

const root = new URL(document.baseURI);
const listeners = new Set<() => void>();
let here = read();

function read(): Place {
  const path = location.pathname.startsWith(root.pathname) ? location.pathname.slice(root.pathname.length) : '';
  return { path: pathOf(path), params: new URLSearchParams(location.search) };
}

function moved() {
  here = read();
  for (const call of listeners) call();
}

addEventListener('popstate', moved);

/** The place where the user is, and is again after each move. */
export function usePlace(): Place {
  return useSyncExternalStore(
    (call) => {
      listeners.add(call);
      return () => listeners.delete(call);
    },
    () => here,
  );
}

/** The place where the user is at this moment, for what acts: a component may know of one before. */
export const placeNow = (): Place => here;

/** The URL of a place. */
export function href(path: string, params: URLSearchParams = new URLSearchParams()): string {
  const text = params.toString().replaceAll('%3A', ':').replaceAll('%2C', ',');
  return root.pathname + pathText(path) + (text && `?${text}`);
}

/** Goes to a URL of {@link href}: a step that the back button undoes, or one in place of the present. */
export function go(url: string, { replace = false } = {}) {
  // Where one is already is no step.
  if (replace || url === location.pathname + location.search) history.replaceState(null, '', url);
  else history.pushState(null, '', url);
  moved();
}

/** Follows links within the dashboard without loading the page again. */
export function followLinks(event: MouseEvent) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = (event.target as Element).closest('a');
  if (!link || link.target || link.hasAttribute('download')) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || !url.pathname.startsWith(root.pathname)) return;
  event.preventDefault();
  go(url.pathname + url.search);
  scrollTo(0, 0);
}
