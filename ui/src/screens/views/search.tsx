/** One field to find views by: what is typed is looked for among titles, devices, viewers and errors at once. */
import { useEffect, useState } from 'preact/hooks';
import { ask, get, type RowOf } from '../../api/client';
import { useAnswer } from '../../api/use';
import { go, usePlace } from '../../app/router';
import { formatShort } from '../../format/format';
import { type Option, PickList } from '../../kit/picklist';
import { Popover } from '../../kit/popover';
import { useSettled } from '../../kit/settled';
import { useCatalog } from '../../state/catalog';
import { filterText } from '../../state/filter';
import { link, useScope } from '../../state/scope';

/** What is chosen: a filter, or a parameter of the list. */
export type Find = { filter: string } | { viewer: string } | { view: string } | { error: string };

interface SearchProps {
  onFind: (find: Find) => void;
}

export function Search({ onFind }: SearchProps) {
  return (
    <Popover class="button views-search" button="Search views …" label="Search views" shortcut="search">
      {(close) => (
        <Finder
          onFind={(find) => {
            close();
            onFind(find);
          }}
        />
      )}
    </Popover>
  );
}

/** An id that the server has made: of version 7. */
const ours = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function Finder({ onFind }: SearchProps) {
  const place = usePlace();
  const { places } = useCatalog();
  const [typed, setTyped] = useState('');
  const text = useSettled(typed.trim(), 200);
  const values = useValues(places.views.search, text);
  const errors = useErrors();
  const options: Option[] = [];
  if (typed.trim()) {
    const word = typed.trim();
    if (ours.test(word)) options.push({ value: `open:${word}`, label: `Open the view ${word}` });
    else options.push({ value: `view:${word}`, label: `View ID is ${word}`, hint: 'as the player has it' });
    options.push({ value: `viewer:${word}`, label: `Viewer ID is ${word}` });
  }
  options.push(...values.options);
  options.push({ value: 'error:any', label: 'Any fatal error', group: 'Errors', hint: 'Errors' }, ...errors.options);
  const onPick = (picked: string) => {
    const [, kind, value] = /^(\w+):(.*)$/s.exec(picked) as unknown as [string, string, string];
    if (kind === 'open') go(link(place, `views/${value}`));
    else onFind({ [kind]: value } as Find);
  };
  return (
    <PickList
      label="Search views"
      placeholder="Viewer or view ID, title, device, error"
      options={options}
      loading={typed.trim() !== text || values.loading || errors.loading}
      onSearch={setTyped}
      onPick={onPick}
    />
  );
}

/** Values of some dimensions that have a text somewhere: a list for each. */
function useValues(names: string[], text: string): { options: Option[]; loading: boolean } {
  const { query } = useScope();
  const catalog = useCatalog();
  const [found, setFound] = useState<{ text: string; lists: RowOf<'/data/v1/dimensions/{id}'>[][] }>({
    text: '',
    lists: [],
  });
  const key = JSON.stringify([names, query, text]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for all of it
  useEffect(() => {
    if (!text) return;
    const aborter = new AbortController();
    const questions = names.map((id) =>
      ask('/data/v1/dimensions/{id}', { path: { id }, query: { ...query, search: text, limit: 8 } }),
    );
    Promise.all(questions.map((question) => get(question, aborter.signal))).then(
      (answers) => setFound({ text, lists: answers.map((answer) => answer.data) }),
      () => aborter.signal.aborted || setFound({ text, lists: [] }),
    );
    return () => aborter.abort();
  }, [key]);
  if (!text) return { options: [], loading: false };
  const options = names.flatMap((name, i) => {
    const { title } = catalog.dimension(name);
    return (found.lists[i] ?? []).map((row) => ({
      value: `filter:${filterText({ op: 'is', dimension: name, value: row.value ?? '' })}`,
      label: catalog.value(name, row.value),
      also: row.value ?? '',
      hint: `${title} · ${formatShort(row.total_count)} views`,
      group: title,
    }));
  });
  return { options, loading: found.text !== text };
}

/** The types of errors of the scope. */
function useErrors(): { options: Option[]; loading: boolean } {
  const scope = useScope();
  const known = useAnswer(ask('/data/v1/errors', { query: scope.query }));
  const options = (known.data?.data ?? []).map((row) => ({
    value: `error:${row.id}`,
    label: row.message || `Error ${row.code ?? row.id}`,
    also: String(row.code ?? ''),
    hint: `Error ${row.code ?? ''} · ${formatShort(row.count)} views`,
    group: 'Errors',
  }));
  return { options, loading: known.loading };
}
