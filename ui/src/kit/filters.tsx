import './filters.css';
import { useState } from 'preact/hooks';
import { ask } from '../api/client';
import { useAnswer } from '../api/use';
import { formatShort } from '../format/format';
import { useCatalog } from '../state/catalog';
import { type Filter, filterText, type Op, opWords, parseFilter } from '../state/filter';
import { useScope } from '../state/scope';
import { Button } from './button';
import { type Option, PickList } from './picklist';
import { Popover } from './popover';
import { useSettled } from './settled';

interface FilterBarProps {
  /** As the API reads them. */
  filters: string[];
  onChange: (filters: string[]) => void;
  /** Only these dimensions can be chosen; all of the catalogue by default. */
  dimensions?: string[];
}

/** The filters as chips, and a button that adds one. */
export function FilterBar({ filters, onChange, dimensions }: FilterBarProps) {
  const replace = (old: string, next: string | undefined) =>
    onChange([...new Set(filters.flatMap((one) => (one === old ? (next === undefined ? [] : [next]) : [one])))]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of buttons, not of form fields
    <div class="filters" role="group" aria-label="Filters">
      {filters.map((text) => (
        <Chip
          key={text}
          text={text}
          others={filters.filter((one) => one !== text)}
          onChange={(next) => replace(text, next)}
        />
      ))}
      <Popover class="button button-quiet" button="+ Filter" shortcut="filter" title="Add a filter">
        {(close) => (
          <Editor
            others={filters}
            dimensions={dimensions}
            onDone={(filter) => {
              close();
              onChange([...new Set([...filters, filterText(filter)])]);
            }}
          />
        )}
      </Popover>
    </div>
  );
}

function Chip({ text, others, onChange }: { text: string; others: string[]; onChange: (next?: string) => void }) {
  const catalog = useCatalog();
  const filter = parseFilter(text);
  const title = filter ? catalog.dimension(filter.dimension).title : text;
  const words = filter ? `${opWords[filter.op]} ${catalog.value(filter.dimension, filter.value)}` : '';
  return (
    <span class={filter?.op === 'not' || filter?.op === 'lacks' ? 'chip chip-not' : 'chip'}>
      <Popover
        class="chip-text"
        label={`Filter: ${title} ${words}`}
        button={
          <>
            {title} <b>{words}</b>
          </>
        }
      >
        {(close) => (
          <Editor
            others={others}
            initial={filter}
            onDone={(next) => {
              close();
              onChange(filterText(next));
            }}
          />
        )}
      </Popover>
      <button
        type="button"
        class="chip-remove"
        aria-label={`Remove the filter ${title} ${words}`}
        onClick={() => onChange()}
      >
        ✕
      </button>
    </span>
  );
}

interface EditorProps {
  others: string[];
  initial?: Filter;
  dimensions?: string[];
  onDone: (filter: Filter) => void;
}

/** First the dimension, then whether it is or is not, and the value. */
function Editor({ others, initial, dimensions, onDone }: EditorProps) {
  const catalog = useCatalog();
  const [name, setName] = useState(initial?.dimension);
  const [op, setOp] = useState<Op>(initial?.op ?? 'is');
  if (name === undefined) {
    const groups = catalog.dimension_groups;
    const options = catalog.dimensions
      .filter((one) => (dimensions ? dimensions.includes(one.name) : one.level !== 'unlisted' && one.filterable))
      .map((one) => ({ value: one.name, label: one.title, also: one.name, group: one.group }))
      .sort((a, b) => groups.indexOf(a.group) - groups.indexOf(b.group));
    return (
      <PickList
        label="Dimension"
        placeholder="Filter by …"
        options={options}
        onPick={(picked) => {
          setOp(catalog.dimension(picked).trace ? 'has' : 'is');
          setName(picked);
        }}
      />
    );
  }
  const list = catalog.dimension(name).trace;
  const ops: Op[] = list ? ['has', 'lacks', 'is', 'not'] : ['is', 'not'];
  return (
    <div class="filter-editor">
      <div class="filter-head">
        <span class="filter-title">{catalog.dimension(name).title}</span>
        {ops.map((one) => (
          <Button
            key={one}
            pressed={op === one}
            onClick={() => (initial && one !== initial.op ? onDone({ ...initial, op: one }) : setOp(one))}
          >
            {opWords[one]}
          </Button>
        ))}
      </div>
      <Values
        key={`${name} ${op}`}
        name={name}
        elements={op === 'has' || op === 'lacks'}
        others={others}
        selected={initial?.value}
        onPick={(value) => onDone({ op, dimension: name, value })}
      />
    </div>
  );
}

interface ValuesProps {
  name: string;
  elements: boolean;
  others: string[];
  selected?: string;
  onPick: (value: string) => void;
}

/** The values that the dimension has in the scope, the most frequent first. */
function Values({ name, elements, others, selected, onPick }: ValuesProps) {
  const scope = useScope();
  const catalog = useCatalog();
  const [text, setText] = useState('');
  const question = (search?: string) => {
    const filters = others.filter((one) => parseFilter(one)?.dimension !== name);
    const parts = { path: { id: name }, query: { ...scope.query, 'filters[]': filters, limit: 100, search } };
    return elements ? ask('/data/v1/dimensions/{id}/elements', parts) : ask('/data/v1/dimensions/{id}', parts);
  };
  const first = useAnswer(question());
  // What is not among the most frequent, the server finds.
  const more = (first.data?.total_row_count ?? 0) > (first.data?.data.length ?? 0);
  const search = useSettled(text.trim(), 200);
  const found = useAnswer(more && search ? question(search) : undefined);
  const rows = [...(first.data?.data ?? []), ...(search ? (found.data?.data ?? []) : [])];
  const options = new Map<string, Option>();
  for (const { value, total_count } of rows) {
    options.set(value ?? '', {
      value: value ?? '',
      label: catalog.value(name, value),
      also: value ?? '',
      hint: formatShort(total_count),
    });
  }
  return (
    <PickList
      label="Value"
      options={[...options.values()]}
      selected={selected}
      loading={first.loading || found.loading}
      free
      onSearch={setText}
      onPick={onPick}
    />
  );
}
