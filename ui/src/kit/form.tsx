import './form.css';
import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { messagesOf } from '../api/client';
import { Button } from './button';

export { Button } from './button';
export { Combobox } from './combobox';

interface FieldProps {
  label: string;
  help?: ComponentChildren;
  error?: string;
  /** As the API calls it, so that its messages are shown here. */
  name?: string;
}

interface Control {
  id: string;
  'aria-describedby'?: string;
  'aria-invalid'?: true;
}

/** What the fields of a form know of the API's last answer to it. */
interface Messages {
  of: (name: string | undefined) => string | undefined;
  register: (name: string) => () => void;
}

const Answer = createContext<Messages>({ of: () => undefined, register: () => () => {} });

/** A control with its label, its help, and what is wrong with it. */
export function Field({
  label,
  help,
  error,
  name,
  children,
}: FieldProps & { children: (control: Control) => ComponentChildren }) {
  const id = useId();
  const answer = useContext(Answer);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a form is the same as long as its fields
  useEffect(() => (name ? answer.register(name) : undefined), [name]);
  const wrong = error ?? answer.of(name);
  const about = [help && `${id}-help`, wrong && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      {children({ id, 'aria-describedby': about || undefined, 'aria-invalid': wrong ? true : undefined })}
      {help && (
        <p class="field-help" id={`${id}-help`}>
          {help}
        </p>
      )}
      {wrong && (
        <p class="field-error" id={`${id}-error`}>
          {wrong}
        </p>
      )}
    </div>
  );
}

interface TextProps extends FieldProps {
  value: string;
  onInput: (value: string) => void;
  type?: 'text' | 'password' | 'search' | 'url' | 'email' | 'datetime-local';
  placeholder?: string;
  required?: boolean;
  disabled?: boolean;
  /** Of several lines. */
  rows?: number;
  mono?: boolean;
  autofocus?: boolean;
  autocomplete?: string;
}

export function TextInput({ value, onInput, rows, mono, type = 'text', autofocus, ...rest }: TextProps) {
  return (
    <Field {...rest}>
      {(control) => {
        const props = {
          ...control,
          class: mono ? 'input input-mono' : 'input',
          value,
          name: rest.name,
          placeholder: rest.placeholder,
          required: rest.required,
          disabled: rest.disabled,
          autocomplete: (rest.autocomplete ?? 'off') as 'off',
          'data-autofocus': autofocus || undefined,
          onInput: (event: Event) => onInput((event.currentTarget as HTMLInputElement).value),
        };
        return rows ? <textarea {...props} rows={rows} /> : <input {...props} type={type as 'text'} />;
      }}
    </Field>
  );
}

interface NumberProps extends FieldProps {
  /** Undefined where there is none. */
  value: number | undefined;
  onInput: (value: number | undefined) => void;
  min?: number;
  max?: number;
  step?: number | 'any';
  unit?: string;
  required?: boolean;
  disabled?: boolean;
}

export function NumberInput({
  value,
  onInput,
  min,
  max,
  step = 'any',
  unit,
  required,
  disabled,
  ...field
}: NumberProps) {
  // What was typed stays as it is: of "0." the browser tells no number, and 5 would be all that remained of 0.5.
  const typed = useRef<number | undefined | null>(null);
  return (
    <Field {...field}>
      {(control) => (
        <span class="input-with-unit">
          <input
            {...control}
            class="input input-number"
            type="number"
            inputMode="decimal"
            name={field.name}
            value={value === typed.current ? undefined : (value ?? '')}
            min={min}
            max={max}
            step={step}
            required={required}
            disabled={disabled}
            onInput={(event) => {
              const text = event.currentTarget.value;
              typed.current = text === '' ? undefined : Number(text);
              onInput(typed.current);
            }}
          />
          {unit && <span>{unit}</span>}
        </span>
      )}
    </Field>
  );
}

interface SelectProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  options: { value: string; label: string }[];
  disabled?: boolean;
}

export function Select({ value, onChange, options, disabled, ...field }: SelectProps) {
  return (
    <Field {...field}>
      {(control) => (
        <select
          {...control}
          class="input"
          name={field.name}
          value={value}
          disabled={disabled}
          onChange={(event) => onChange(event.currentTarget.value)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface CheckboxProps {
  label: ComponentChildren;
  help?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}

export function Checkbox({ label, help, checked, onChange, disabled }: CheckboxProps) {
  const id = useId();
  return (
    <div class="checkbox">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        disabled={disabled}
        aria-describedby={help ? `${id}-help` : undefined}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
      {help && (
        <p class="field-help" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  );
}

interface FormProps {
  /** Does it; what it throws is shown. */
  onSubmit: () => Promise<void>;
  /** What is on the button. */
  submit: string;
  /** What it does cannot be undone. */
  danger?: boolean;
  onCancel?: () => void;
  disabled?: boolean;
  /** Buttons beside. */
  more?: ComponentChildren;
  children: ComponentChildren;
}

/** A form. The API's messages are shown at the field that they name, others above the buttons. */
export function Form({ onSubmit, submit, danger, onCancel, disabled, more, children }: FormProps) {
  const [busy, setBusy] = useState(false);
  const [messages, setMessages] = useState<string[]>([]);
  const names = useRef(new Set<string>()).current;
  const answer = useMemo<Messages>(
    () => ({
      of: (name) => (name ? messages.filter((message) => mentions(message, name)).join(' ') || undefined : undefined),
      register: (name) => {
        names.add(name);
        return () => names.delete(name);
      },
    }),
    [messages, names],
  );
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (messages.length === 0) return;
    const find = (parts: string) => form.current?.querySelector<HTMLElement>(parts);
    const wrong = find('[aria-invalid]');
    // The button has lost the focus while it was busy.
    const lost = document.activeElement === document.body;
    (wrong ?? (lost ? (find('input:invalid') ?? find('[type=submit]')) : undefined))?.focus();
  }, [messages]);
  const others = messages.filter((message) => ![...names].some((name) => mentions(message, name)));
  return (
    <Answer.Provider value={answer}>
      <form
        ref={form}
        class="form"
        onSubmit={async (event) => {
          event.preventDefault();
          if (busy) return;
          setBusy(true);
          setMessages([]);
          try {
            await onSubmit();
          } catch (error) {
            setMessages(messagesOf(error));
          }
          setBusy(false);
        }}
      >
        {children}
        {others.length > 0 && (
          <div class="error-box" role="alert">
            {others.map((message) => (
              <p key={message}>{message}</p>
            ))}
          </div>
        )}
        <p class="form-foot">
          {more}
          {onCancel && <Button onClick={onCancel}>Cancel</Button>}
          <Button kind={danger ? 'danger' : 'primary'} type="submit" busy={busy} disabled={disabled}>
            {submit}
          </Button>
        </p>
      </form>
    </Answer.Provider>
  );
}

/** Whether a message names a parameter, as a word of its own. */
export function mentions(message: string, name: string): boolean {
  const at = message.indexOf(name);
  if (at < 0) return false;
  const word = /[\w-]/;
  const alone = !word.test(message[at - 1] ?? ' ') && !word.test(message[at + name.length] ?? ' ');
  return alone || mentions(message.slice(at + name.length), name);
}
