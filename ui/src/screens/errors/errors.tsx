import './errors.css';
import { useMemo } from 'preact/hooks';
import { ask } from '../../api/client';
import { useAnswer } from '../../api/use';
import type { Series } from '../../kit/chart';
import { Panel } from '../../kit/panel';
import { ScopeBar } from '../../kit/scope';
import { readLine } from '../../kit/series';
import { Tabs } from '../../kit/tabs';
import { useCatalog } from '../../state/catalog';
import { useParam, useScope } from '../../state/scope';
import { type ErrorType, kindOf, kinds, kindTitle, mentions } from './kind';
import { Trend } from './trend';
import { Types } from './types';

/** What went wrong: the types of errors that views had. */
export function Errors() {
  return (
    <div class="screen errors">
      <h1>Errors</h1>
      <ScopeBar />
      <All />
      <List />
    </div>
  );
}

/** Fatal errors of all types over time, and beside them what the catalogue measures failures by. */
function All() {
  const scope = useScope();
  const catalog = useCatalog();
  const { metric, measurement } = catalog.places.errors.trend;
  const { title, doc, type } = catalog.metric(metric);
  const question = ask('/data/v1/metrics/{id}/timeseries', {
    path: { id: metric as never },
    query: { ...scope.query, measurement: measurement as never },
  });
  const known = useAnswer(metric ? question : undefined);
  const data = known.data?.data;
  const series = useMemo<Series | undefined>(() => {
    if (type !== 'percentage') return undefined;
    const { values, n } = readLine(data);
    return { name: title, values, n, color: 2 };
  }, [data, title, type]);
  return (
    <Trend
      title="Views with a fatal error"
      doc={`Views in which an error ended playback, business exceptions too. ${title}: ${doc}`}
      id="any"
      name="Fatal errors"
      more={{ question, known, series }}
    />
  );
}

function List() {
  const scope = useScope();
  const known = useAnswer(ask('/data/v1/errors', { query: scope.query }));
  const before = useAnswer(scope.compare ? ask('/data/v1/errors', { query: scope.queryBefore }) : undefined);
  const [kind, setKind] = useParam('kind');
  const [text, setText] = useParam('search');
  const types = known.data?.data;
  const found = types?.filter((type) => mentions(type, text));
  const rows = found?.filter((type) => !kind || kindOf(type) === kind);
  return (
    <Panel
      title="Error types"
      doc={
        'Errors with the same code and message are of one type. A view counts once for each type that it had. ' +
        'Fatal errors end playback, warnings do not; business exceptions are meant to be. What an operator says of a code goes before what players say.'
      }
      known={known}
      minHeight="18rem"
      flush
      actions={
        <input
          class="input errors-search"
          type="search"
          data-shortcut="search"
          aria-label="Search in code, message and note"
          placeholder="Code, message or note"
          value={text}
          onInput={(event) => setText(event.currentTarget.value, { replace: true })}
        />
      }
    >
      <Tabs
        label="Kinds of errors"
        tabs={[
          { id: '', title: 'All', count: found?.length },
          ...kinds.map((one) => ({ id: one, title: kindTitle(one), count: count(found, one) })),
        ]}
        selected={kind}
        onSelect={setKind}
      >
        <Types
          rows={rows}
          before={scope.compare ? before.data?.data : undefined}
          loading={known.loading}
          filtered={Boolean(kind || text)}
        />
      </Tabs>
    </Panel>
  );
}

const count = (types: ErrorType[] | undefined, kind: string): number | undefined =>
  types?.filter((type) => kindOf(type) === kind).length;
