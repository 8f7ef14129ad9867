import './views.css';
import { ask } from '../../api/client';
import { useAnswer } from '../../api/use';
import { go, usePlace } from '../../app/router';
import { formatCount } from '../../format/format';
import { Pager, useLastPage, usePage } from '../../kit/pager';
import { Panel } from '../../kit/panel';
import { ScopeBar } from '../../kit/scope';
import { Empty } from '../../kit/states';
import { Table } from '../../kit/table';
import { Tabs } from '../../kit/tabs';
import { useCatalog } from '../../state/catalog';
import { link, useParam, useScope } from '../../state/scope';
import { viewColumns } from './columns';
import { type Find, Search } from './search';

const limit = 50;

/** How often views in progress are asked for, in ms. */
const often = 5000;

/** The list of views: what is looked for is in the URL. */
export function Views() {
  const place = usePlace();
  const scope = useScope();
  const catalog = useCatalog();
  const own = useOwn();
  const { progress, page } = own;
  const known = useAnswer(
    ask('/data/v1/video-views', {
      query: {
        ...scope.query,
        ...(progress && { in_progress: true, 'timeframe[]': ['1:hours'] }), // they go by their last event, which is now
        viewer_id: own.viewer || undefined,
        view_id: own.view || undefined,
        error_id: (own.error || undefined) as undefined,
        order_direction: own.order,
        limit,
        page,
      },
    }),
    { every: progress ? often : 0 },
  );
  const total = known.data?.total_row_count ?? 0;
  useLastPage(page, limit, known, own.setPage);
  const columns = viewColumns(catalog, scope.utc, progress ? 'start' : 'end');
  const first = columns[0]?.key ?? '';
  return (
    <div class="screen">
      <h1>Views</h1>
      <div class="views-scope">
        <ScopeBar realtime={progress} compare={false}>
          <Search onFind={own.find} />
        </ScopeBar>
        <Chips own={own} />
      </div>
      <Panel
        title={progress ? 'Views in progress' : 'Views'}
        doc={
          progress
            ? 'Views that are not complete yet, as far as they are known, those heard of last first.'
            : 'Single attempts to watch that ended in the range.'
        }
        question={known.question}
        known={known}
        flush
        minHeight="30rem"
        actions={
          <>
            <Tabs
              label="Which views"
              selected={progress ? 'progress' : 'complete'}
              onSelect={own.setState}
              tabs={[
                { id: 'complete', title: 'Complete' },
                { id: 'progress', title: 'In progress' },
              ]}
            />
            <span class="views-count">{known.data && `${formatCount(total)} ${total === 1 ? 'view' : 'views'}`}</span>
          </>
        }
      >
        <div class="views-table">
          <Table
            caption={progress ? 'Views in progress' : 'Views that ended in the range'}
            columns={columns.map((column) => ({ ...column, sort: column.key === first && !progress }))}
            rows={known.data?.data}
            rowKey={(row) => row.id}
            href={(row) => link(place, `views/${row.id}`)}
            loading={known.loading && !progress}
            expected={20}
            sort={{ key: first, direction: own.order, onSort: (_, direction) => own.setOrder(direction) }}
            empty={<Nothing own={own} filtered={scope.filters.length > 0} />}
          />
        </div>
        {total > 0 && <Pager page={page} limit={limit} total={total} onPage={own.setPage} />}
      </Panel>
    </div>
  );
}

type Own = ReturnType<typeof useOwn>;

/** The parameters of the list in the URL. Another search begins at the first page. */
function useOwn() {
  const place = usePlace();
  const { filters } = useScope();
  const [state] = useParam('state', 'complete');
  const [order] = useParam('order', 'desc');
  const [page, setPage] = usePage();
  const [viewer] = useParam('viewer');
  const [view] = useParam('view');
  const [error] = useParam('error');
  const own = { viewer, view, error, state: state === 'complete' ? '' : state, order: order === 'desc' ? '' : order };
  const to = (change: Partial<typeof own>, more: string[] = filters) =>
    go(link(place, 'views', { ...own, ...change }, { filters: more }));
  return {
    viewer,
    view,
    error,
    progress: state === 'progress',
    order: order === 'asc' ? ('asc' as const) : ('desc' as const),
    page,
    setPage,
    setState: (next: string) => to({ state: next === 'complete' ? '' : next }),
    setOrder: (next: string) => to({ order: next === 'desc' ? '' : next }),
    set: to,
    find: (find: Find) => ('filter' in find ? to({}, [...new Set([...filters, find.filter])]) : to(find)),
  };
}

/** What is looked for beside filters. */
function Chips({ own }: { own: Own }) {
  const chips = [
    { name: 'viewer' as const, title: 'Viewer ID is', value: own.viewer },
    { name: 'view' as const, title: 'View ID is', value: own.view },
    { name: 'error' as const, title: 'Error is', value: own.error === 'any' ? 'any fatal one' : own.error },
  ].filter((chip) => chip.value);
  if (chips.length === 0) return null;
  return (
    <ul class="views-chips" aria-label="Looked for">
      {chips.map(({ name, title, value }) => (
        <li class="chip" key={name}>
          <span class="chip-text">
            {title} <b>{value}</b>
          </span>
          <button
            type="button"
            class="chip-remove"
            aria-label={`Remove ${title} ${value}`}
            onClick={() => own.set({ [name]: '' })}
          >
            ✕
          </button>
        </li>
      ))}
    </ul>
  );
}

function Nothing({ own, filtered }: { own: Own; filtered: boolean }) {
  if (own.progress) return <Empty title="Nobody is watching now">What begins is here within seconds.</Empty>;
  const narrowed = filtered || own.viewer || own.view || own.error;
  return (
    <Empty title={narrowed ? 'No view is like that' : 'No views ended in this range'}>
      {narrowed ? 'Take a filter away, or choose a wider range.' : 'Choose a wider range.'}
    </Empty>
  );
}
