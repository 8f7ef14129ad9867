import './popover.css';
import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

interface PopoverProps {
  /** What is on the button. */
  button: ComponentChildren;
  /** What the button is called, where its content does not tell. */
  label?: string;
  /** The title of the button, for those who point at it. */
  title?: string;
  /** Class of the button. */
  class?: string;
  /** Marks the button for the keyboard, see app/. */
  shortcut?: string;
  disabled?: boolean;
  kind?: 'dialog' | 'menu' | 'listbox';
  /** What it holds; `close` closes it and gives the focus back. */
  children: (close: () => void) => ComponentChildren;
}

/** A button that opens a small surface above the page: one click elsewhere, Esc or a choice closes it. */
export function Popover({ button, label, title, kind = 'dialog', children, disabled, ...rest }: PopoverProps) {
  const [open, setOpen] = useState(false);
  const trigger = useRef<HTMLButtonElement>(null);
  const close = useCallback(() => {
    setOpen(false);
    trigger.current?.focus();
  }, []);
  return (
    <>
      <button
        ref={trigger}
        type="button"
        class={rest.class ?? 'button button-plain'}
        aria-haspopup={kind}
        aria-expanded={open}
        aria-label={label}
        title={title}
        disabled={disabled}
        data-shortcut={rest.shortcut}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      {open && (
        <Surface trigger={trigger} label={label ?? title} kind={kind} close={close} leave={() => setOpen(false)}>
          {children(close)}
        </Surface>
      )}
    </>
  );
}

interface SurfaceProps {
  trigger: { current: HTMLElement | null };
  label?: string;
  kind: string;
  close: () => void;
  leave: () => void;
  children: ComponentChildren;
}

const focusable = 'input:not([disabled]), select, textarea, button:not([disabled]), a[href], [tabindex="0"]';

function Surface({ trigger, label, kind, close, leave, children }: SurfaceProps) {
  const surface = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = surface.current as HTMLDivElement;
    element.showPopover();
    const first =
      element.querySelector<HTMLElement>('[data-autofocus]') ?? element.querySelector<HTMLElement>(focusable);
    (first ?? element).focus({ preventScroll: true });
    const put = () => place(element, trigger.current as HTMLElement);
    put();
    const sizes = new ResizeObserver(put);
    sizes.observe(element);
    addEventListener('resize', put);
    addEventListener('scroll', put, true);
    return () => {
      sizes.disconnect();
      removeEventListener('resize', put);
      removeEventListener('scroll', put, true);
    };
  }, [trigger]);
  useEffect(() => {
    const elsewhere = (event: Event) => {
      const at = event.target as Node;
      if (!surface.current?.contains(at) && !trigger.current?.contains(at)) leave();
    };
    addEventListener('pointerdown', elsewhere);
    addEventListener('focusin', elsewhere);
    return () => {
      removeEventListener('pointerdown', elsewhere);
      removeEventListener('focusin', elsewhere);
    };
  }, [trigger, leave]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Esc anywhere in it closes it
    <div
      ref={surface}
      class="popover"
      popover="manual"
      tabIndex={-1}
      {...(kind === 'dialog' && { role: 'dialog' as const, 'aria-label': label })}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        event.preventDefault();
        close();
      }}
    >
      {children}
    </div>
  );
}

/** Below the trigger, or above where there is more room, within the window. */
function place(element: HTMLElement, trigger: HTMLElement) {
  const gap = 4;
  const at = trigger.getBoundingClientRect();
  const { offsetWidth: width, scrollHeight: height } = element;
  const below = innerHeight - at.bottom - 2 * gap;
  const above = at.top - 2 * gap;
  const up = height > below && above > below;
  const left = Math.max(gap, Math.min(at.left, document.documentElement.clientWidth - width - gap));
  element.style.left = `${left}px`;
  element.style.maxHeight = `${Math.max(120, up ? above : below)}px`;
  element.style.top = up ? 'auto' : `${at.bottom + gap}px`;
  element.style.bottom = up ? `${innerHeight - at.top + gap}px` : 'auto';
}
