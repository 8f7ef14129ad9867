/** Light or dark: as the system has it, or as the reader chose in this browser. */
import { useSyncExternalStore } from 'preact/compat';

export type Theme = 'system' | 'light' | 'dark';
export const themes: Theme[] = ['system', 'light', 'dark'];

const name = 'playhead-theme';
const listeners = new Set<() => void>();
let theme = read();

function read(): Theme {
  try {
    const kept = localStorage.getItem(name) as Theme;
    return themes.includes(kept) ? kept : 'system';
  } catch {
    return 'system'; // the browser keeps nothing
  }
}

function show() {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

show();

export function setTheme(next: Theme) {
  theme = next;
  show();
  for (const call of listeners) call();
  try {
    localStorage.setItem(name, theme);
  } catch {
    // it is of this page alone then
  }
}

/** The theme after the present one. */
export const nextTheme = (): Theme => themes[(themes.indexOf(theme) + 1) % themes.length] as Theme;

export function useTheme(): Theme {
  return useSyncExternalStore(
    (call) => {
      listeners.add(call);
      return () => listeners.delete(call);
    },
    () => theme,
  );
}
