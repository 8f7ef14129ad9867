import './button.css';
import type { ComponentChildren } from 'preact';

interface ButtonProps {
  kind?: 'primary' | 'plain' | 'danger' | 'quiet';
  type?: 'button' | 'submit';
  /** Something is under way: it cannot be pressed again. */
  busy?: boolean;
  disabled?: boolean;
  /** What it is called, where its content does not tell. */
  label?: string;
  title?: string;
  pressed?: boolean;
  autofocus?: boolean;
  onClick?: () => void;
  children: ComponentChildren;
}

export function Button({ kind = 'plain', type = 'button', busy, disabled, label, pressed, ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      class={`button button-${kind}`}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      aria-label={label}
      aria-pressed={pressed}
      title={rest.title ?? label}
      data-autofocus={rest.autofocus || undefined}
      onClick={rest.onClick}
    >
      {rest.children}
    </button>
  );
}
