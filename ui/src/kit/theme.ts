/** Colours of the tokens as a canvas can use them, which knows no variables. */
import { useEffect, useState } from 'preact/hooks';

const probe = () => {
  const element = document.createElement('span');
  element.hidden = true;
  document.body.append(element);
  return element;
};
let element: HTMLElement | undefined;

/** A token such as "--series-1" in the present theme. */
export function colour(token: string): string {
  element ??= probe();
  element.style.color = `var(${token})`;
  return getComputedStyle(element).color;
}

/** A number that changes with the theme: what draws on a canvas draws again. */
export function useTheme(): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const changed = () => setTurn((n) => n + 1);
    const system = matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', changed);
    const choice = new MutationObserver(changed);
    choice.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      system.removeEventListener('change', changed);
      choice.disconnect();
    };
  }, []);
  return turn;
}
