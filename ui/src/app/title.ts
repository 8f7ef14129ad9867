/** The title of the window: what the screen shows, or what it is called. */
import { useSyncExternalStore } from 'preact/compat';
import { useEffect } from 'preact/hooks';

const listeners = new Set<() => void>();
let own = '';

function set(title: string) {
  own = title;
  for (const call of listeners) call();
}

/** Says what a screen shows, such as the name of a rule, as long as it does. */
export function useTitle(title: string | undefined) {
  useEffect(() => {
    if (!title) return;
    set(title);
    return () => set('');
  }, [title]);
}

/** Writes the title of the window; of a screen that says nothing itself, what it is called. */
export function useWindowTitle(...rest: string[]) {
  const title = useSyncExternalStore(
    (call) => {
      listeners.add(call);
      return () => listeners.delete(call);
    },
    () => own,
  );
  const text = [title, ...rest].filter(Boolean).join(' · ');
  useEffect(() => {
    document.title = text;
  }, [text]);
}
