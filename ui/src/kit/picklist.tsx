import './picklist.css';
import { useEffect, useId, useRef, useState } from 'preact/hooks';

export interface Option {
  value: string;
  label: string;
  /** Beside it: how often it comes, say. */
  hint?: string;
  /** Above the first of a group. */
  group?: string;
  /** Also found by this. */
  also?: string;
}

interface PickListProps {
  label: string;
  options: Option[];
  selected?: string;
  onPick: (value: string) => void;
  /** Called while somebody types, where the server searches. */
  onSearch?: (text: string) => void;
  loading?: boolean;
  /** Whether what is typed can be picked though it is not in the list. */
  free?: boolean;
  placeholder?: string;
}

const most = 200;

/** Which options a text finds: those that begin with it, then those that have it anywhere. */
export function find(options: Option[], text: string): Option[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return options;
  const rank = ({ label, value, also = '' }: Option) => {
    const places = [label, value, also].map((one) => one.toLowerCase().indexOf(wanted)).filter((at) => at >= 0);
    return places.length === 0 ? 2 : Math.min(...places) === 0 ? 0 : 1;
  };
  const ranked = options.map((option) => ({ option, rank: rank(option) })).filter((one) => one.rank < 2);
  return ranked.sort((a, b) => a.rank - b.rank).map((one) => one.option);
}

/** A list that is searched by typing: arrow keys choose, Enter picks. */
export function PickList({ label, options, selected, onPick, onSearch, loading, free, placeholder }: PickListProps) {
  const id = useId();
  const [text, setText] = useState('');
  const list = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  let found = find(options, text).slice(0, most);
  if (free && text && !options.some((option) => option.value === text)) {
    found = [...found, { value: text, label: `“${text}”`, hint: 'as typed' }];
  }
  const initial = Math.max(
    0,
    found.findIndex((option) => option.value === selected),
  );
  const [at, setAt] = useState(initial);
  const active = Math.min(at, found.length - 1);
  // It may take the place of another one, which had the focus.
  useEffect(() => input.current?.focus({ preventScroll: true }), []);
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const next = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + 8, PageUp: active - 8 }[event.key];
    if (event.key === 'Enter' && found[active]) onPick(found[active].value);
    else if (next !== undefined) setAt(Math.max(0, Math.min(found.length - 1, next)));
    else return;
    event.preventDefault();
  };
  return (
    <div class="picklist">
      <input
        ref={input}
        class="input picklist-input"
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        aria-label={label}
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={found.length > 0 ? `${id}-${active}` : undefined}
        placeholder={placeholder ?? 'Search'}
        data-autofocus
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
          onSearch?.(event.currentTarget.value);
        }}
        onKeyDown={onKeyDown}
      />
      <div
        ref={list}
        class="picklist-list"
        role="listbox"
        id={`${id}-list`}
        aria-label={label}
        aria-busy={loading || undefined}
      >
        {found.map((option, i) => (
          <Choice
            key={option.value}
            id={`${id}-${i}`}
            option={option}
            group={text || option.group === found[i - 1]?.group ? undefined : option.group}
            active={i === active}
            chosen={option.value === selected}
            onPick={() => onPick(option.value)}
          />
        ))}
        {found.length === 0 && <p class="picklist-none">{loading ? 'Looking …' : 'Nothing found'}</p>}
      </div>
    </div>
  );
}

interface ChoiceProps {
  id: string;
  option: Option;
  group?: string;
  active: boolean;
  chosen: boolean;
  onPick: () => void;
}

function Choice({ id, option, group, active, chosen, onPick }: ChoiceProps) {
  return (
    <>
      {group && (
        <div class="picklist-group" role="presentation">
          {group}
        </div>
      )}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the input above has the keys */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the input */}
      <div id={id} class="picklist-option" role="option" aria-selected={active} onClick={onPick}>
        <span class="picklist-label">
          {option.label}
          {chosen && ' ✓'}
        </span>
        {option.hint && <span class="picklist-hint">{option.hint}</span>}
      </div>
    </>
  );
}
