import { useMemo } from 'preact/hooks';
import { ask } from '../../api/client';
import { useAnswer } from '../../api/use';
import { usePlace } from '../../app/router';
import { formatCount, formatShare } from '../../format/format';
import { Bar } from '../../kit/bar';
import { Change } from '../../kit/change';
import { Pager, usePage } from '../../kit/pager';
import { Spark } from '../../kit/spark';
import { Empty } from '../../kit/states';
import { type Column, Table } from '../../kit/table';
import { Ago } from '../../kit/time';
import { link, useParam, useScope } from '../../state/scope';
import type { Range } from '../../state/timeframe';
import { type ErrorType, KindBadge, nameOf } from './kind';

const limit = 25;

interface TypesProps {
  rows: ErrorType[] | undefined;
  /** Those of the period before, where it is compared. */
  before: ErrorType[] | undefined;
  loading: boolean;
  /** Whether some are left out. */
  filtered: boolean;
}

/** The types of errors, page by page. */
export function Types({ rows, before, loading, filtered }: TypesProps) {
  const place = usePlace();
  const [order, setOrder] = useParam('order', 'count desc');
  const [asked, setPage] = usePage();
  const [key, direction] = order.split(' ') as [string, 'asc' | 'desc'];
  const sorted = useMemo(() => sort(rows, key, direction), [rows, key, direction]);
  const pages = Math.max(1, Math.ceil((sorted?.length ?? 0) / limit));
  const page = Math.min(asked, pages);
  const shown = sorted?.slice((page - 1) * limit, page * limit);
  const trends = useTrends(shown);
  return (
    <>
      <Table
        caption="Error types"
        rows={shown}
        rowKey={(type) => type.id}
        href={(type) => link(place, `errors/${type.id}`)}
        loading={loading}
        columns={columns(sorted ?? [], trends.of, before)}
        sort={{ key, direction, onSort: (by, to) => setOrder(`${by} ${to}`) }}
        empty={
          filtered ? (
            <Empty title="No type of errors is like that">Choose another kind, or search for something else.</Empty>
          ) : (
            <Empty title="No errors">No view of this range had one, nor a warning.</Empty>
          )
        }
      />
      {sorted && sorted.length > 0 && (
        <div class="errors-foot">
          <span class="errors-of">{trends.views > 0 && `Shares are of ${formatCount(trends.views)} views.`}</span>
          {pages > 1 && <Pager page={page} limit={limit} total={sorted.length} onPage={setPage} />}
        </div>
      )}
    </>
  );
}

function columns(
  rows: ErrorType[],
  trends: Map<number, (number | null)[]>,
  before: ErrorType[] | undefined,
): Column<ErrorType>[] {
  const largest = Math.max(...rows.map((type) => type.percentage));
  const list: Column<ErrorType>[] = [
    {
      key: 'message',
      title: 'Error',
      sort: true,
      wide: true,
      cell: (type) => (
        <span title={nameOf(type)}>
          {type.message && type.player_error_code && <code class="errors-code">{type.player_error_code}</code>}
          {nameOf(type)}
        </span>
      ),
    },
    { key: 'count', title: 'Views', align: 'right', sort: true, cell: (type) => formatCount(type.count) },
    {
      key: 'share',
      title: 'Share',
      align: 'right',
      doc: 'Of all views of the range, the share that had it.',
      cell: (type) => (
        <span class="errors-share">
          {formatShare(type.percentage)}
          <Bar share={type.percentage / largest} color={2} />
        </span>
      ),
    },
    {
      key: 'trend',
      title: 'Trend',
      roomy: true,
      cell: (type) => (
        <span class="errors-spark">
          <Spark values={trends.get(type.id) ?? []} color={2} />
        </span>
      ),
    },
    { key: 'kind', title: 'Kind', cell: (type) => <KindBadge type={type} /> },
    { key: 'last', title: 'Last seen', align: 'right', sort: true, cell: (type) => <Ago at={type.last_seen} /> },
  ];
  if (before) {
    const was = new Map(before.map((type) => [type.id, type.percentage]));
    list.splice(3, 0, {
      key: 'change',
      title: 'Change',
      roomy: true,
      align: 'right',
      doc: 'Of the share, against the period before.',
      cell: (type) => (
        <Change now={type.percentage} before={was.get(type.id) ?? 0} better="lower" format={formatShare} />
      ),
    });
  }
  if (rows.some((type) => type.notes)) {
    list.push({
      key: 'note',
      title: 'Note',
      roomy: true,
      cell: (type) => (
        <span class="errors-note" title={type.notes ?? undefined}>
          {type.notes}
        </span>
      ),
    });
  }
  return list;
}

function sort(rows: ErrorType[] | undefined, key: string, direction: string): ErrorType[] | undefined {
  const sign = direction === 'asc' ? 1 : -1;
  const compare: Record<string, (a: ErrorType, b: ErrorType) => number> = {
    message: (a, b) => nameOf(a).localeCompare(nameOf(b)),
    last: (a, b) => Date.parse(a.last_seen) - Date.parse(b.last_seen),
    count: (a, b) => a.count - b.count,
  };
  const by = compare[key] ?? (compare.count as (a: ErrorType, b: ErrorType) => number);
  return rows?.slice().sort((a, b) => sign * by(a, b) || a.id - b.id);
}

/** The share of views that had an error of each of some types, over time, by its id; and how many views there are at all. */
function useTrends(types: ErrorType[] | undefined) {
  const scope = useScope();
  const ids = types?.map((type) => type.id).sort((a, b) => a - b) ?? [];
  const { data } = useAnswer(
    ids.length > 0
      ? ask('/data/v1/errors/timeseries', {
          query: { ...scope.query, 'error_ids[]': ids, group_by: coarse(scope.range) },
        })
      : undefined,
  );
  return useMemo(() => {
    const of = new Map<number, (number | null)[]>();
    for (const [i, id] of (data?.meta.error_ids ?? []).entries()) {
      of.set(id, data?.data.map(({ counts, views }) => (views ? (counts[i] ?? 0) / views : null)) ?? []);
    }
    return { of, views: data?.data.reduce((sum, step) => sum + step.views, 0) ?? 0 };
  }, [data]);
}

/** Steps so wide that a small line has a dozen or a few dozens of them. */
function coarse({ from, to }: Range) {
  const hours = (to - from) / 3600;
  if (hours < 2) return 'minute';
  if (hours <= 8) return 'ten_minutes';
  return hours <= 96 ? 'hour' : 'day';
}
