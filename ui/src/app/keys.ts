/** What the keyboard does wherever one is. Parts of a screen mark what a key leads to with data-shortcut. */
import { useEffect } from 'preact/hooks';

export interface Shortcut {
  /** A key, or two of which the first is "g". */
  keys: string;
  title: string;
  act: () => void;
}

/** How long the second key may take, in ms. */
const patience = 1500;

/** Acts on shortcuts, where nobody types and nothing is open above the page. */
export function useShortcuts(shortcuts: Shortcut[]) {
  useEffect(() => {
    let first = '';
    let timer: ReturnType<typeof setTimeout>;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (event.key === 'Escape') return leaveField();
      if (typing(event.target) || document.querySelector('dialog[open], [popover]:popover-open')) return;
      const keys = first ? `${first} ${event.key}` : event.key;
      clearTimeout(timer);
      first = '';
      if (keys === 'g') {
        first = keys;
        timer = setTimeout(() => {
          first = '';
        }, patience);
      }
      const found = shortcuts.find((one) => one.keys === keys);
      if (!found) return;
      event.preventDefault();
      found.act();
    };
    addEventListener('keydown', onKey);
    return () => {
      clearTimeout(timer);
      removeEventListener('keydown', onKey);
    };
  }, [shortcuts]);
}

/** Presses, or begins to type in, what a screen has marked: the first that is there. */
export function reach(...names: string[]) {
  for (const name of names) {
    const element = document.querySelector<HTMLElement>(`main [data-shortcut="${name}"]`);
    if (!element) continue;
    element.focus();
    if (element instanceof HTMLInputElement) element.select();
    else element.click();
    return;
  }
}

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.matches('textarea, select, input:not([type=checkbox], [type=radio], [type=button])'))
  );
}

function leaveField() {
  if (typing(document.activeElement) && !document.activeElement?.closest('dialog, [popover]'))
    (document.activeElement as HTMLElement).blur();
}
