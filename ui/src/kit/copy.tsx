import { Button } from './button';
import { toast } from './toast';

/** Puts a text on the clipboard, also where the page is not served over TLS. */
export async function copyText(text: string) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  toast('Copied.');
}

export function CopyButton({ text, label = 'Copy' }: { text: string | (() => string); label?: string }) {
  return <Button onClick={() => copyText(typeof text === 'string' ? text : text())}>{label}</Button>;
}
