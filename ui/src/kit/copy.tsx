import { Button } from './button';
import { toast } from './toast';

/** Puts a text on the clipboard, also where the page is not served over TLS. */
export async function copyText(text: string) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    if (!copyOld(text)) {
      toast('The browser does not let this page copy: select the text instead.', { bad: true });
      return;
    }
  }
  toast('Copied.');
}

/** Copies what is selected in a field, which must be in the dialog that is open: all else cannot be selected. */
function copyOld(text: string): boolean {
  const focused = document.activeElement as HTMLElement | null;
  const area = document.createElement('textarea');
  area.value = text;
  (focused?.closest('dialog') ?? document.body).append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  focused?.focus();
  return done;
}

export function CopyButton({ text, label = 'Copy' }: { text: string | (() => string); label?: string }) {
  return <Button onClick={() => copyText(typeof text === 'string' ? text : text())}>{label}</Button>;
}
