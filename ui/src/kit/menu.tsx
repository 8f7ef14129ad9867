import './doc.css';
import './menu.css';
import type { ComponentChildren } from 'preact';
import { Popover } from './popover';

export interface MenuItem {
  title: string;
  /** What it does; or where it leads. */
  onPick?: () => void;
  href?: string;
  danger?: boolean;
  disabled?: boolean;
  checked?: boolean;
}

interface MenuProps {
  label: string;
  /** What is on the button; three dots by default. */
  button?: ComponentChildren;
  items: MenuItem[];
  /** What the thing is, above the actions. */
  text?: string;
  class?: string;
}

/** A button with a list of actions. */
export function Menu({ label, button = '⋯', items, text, ...rest }: MenuProps) {
  return (
    <Popover button={button} label={label} title={label} kind="menu" class={rest.class ?? 'button button-quiet'}>
      {(close) => (
        <>
          {text && <p class="doc-text">{text}</p>}
          <div class="menu" role="menu" aria-label={label} onKeyDown={move}>
            {items.map((item) => (
              <Item key={item.title} item={item} close={close} />
            ))}
          </div>
        </>
      )}
    </Popover>
  );
}

function Item({ item, close }: { item: MenuItem; close: () => void }) {
  const looks = `menu-item${item.danger ? ' menu-danger' : ''}`;
  if (item.href !== undefined) {
    return (
      <a class={looks} role="menuitem" href={item.href} onClick={close}>
        {item.title}
      </a>
    );
  }
  return (
    <button
      type="button"
      class={looks}
      {...role(item)}
      disabled={item.disabled}
      onClick={() => {
        close();
        item.onPick?.();
      }}
    >
      {item.title}
      {item.checked && <span aria-hidden="true">✓</span>}
    </button>
  );
}

const role = ({ checked }: MenuItem) =>
  checked === undefined
    ? { role: 'menuitem' as const }
    : { role: 'menuitemcheckbox' as const, 'aria-checked': checked };

/** Arrow keys, Home and End go from item to item. */
function move(event: KeyboardEvent) {
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const items = [...(event.currentTarget as Element).querySelectorAll<HTMLElement>('.menu-item:not([disabled])')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const next = Number.isFinite(step) ? (at + step + items.length) % items.length : step < 0 ? 0 : items.length - 1;
  items[next]?.focus();
}
