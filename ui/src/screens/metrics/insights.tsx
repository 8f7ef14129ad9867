import { ask, type RowOf } from '../../api/client';
import { useAnswer } from '../../api/use';
import { formatCount, formatDuration } from '../../format/format';
import { Bar } from '../../kit/bar';
import { Pager, useLastPage } from '../../kit/pager';
import { Panel } from '../../kit/panel';
import { Table } from '../../kit/table';
import { type Metric, useCatalog } from '../../state/catalog';
import { withFilter } from '../../state/filter';
import { useScope } from '../../state/scope';
import type { Choice } from './choice';
import { measurementTitle } from './measure';
import { Nothing } from './nothing';
import { Value } from './value';

type Row = RowOf<'/data/v1/metrics/{id}/insights'>;

const limit = 25;

/** The values that hurt the metric most. A click keeps the views with that value alone. */
export function Insights({ metric, choice }: { metric: Metric; choice: Choice }) {
  const scope = useScope();
  const catalog = useCatalog();
  const known = useAnswer(
    ask('/data/v1/metrics/{id}/insights', {
      path: { id: metric.id as never },
      query: { ...scope.query, measurement: choice.measurement, outcomes: false, limit, page: choice.page },
    }),
  );
  useLastPage(choice.page, limit, known, choice.setPage);
  const rows = known.data?.data;
  const total = known.data?.total_row_count ?? 0;
  const worst = Math.min(0, ...(rows ?? []).map((row) => row.negative_impact_score ?? 0));
  const dimensionOf = (row: Row) => catalog.dimension(row.filter_column).title;
  const nameOf = (row: Row) => catalog.value(row.filter_column, row.filter_value);
  const harm = metric.better !== 'neither';
  return (
    <Panel
      title={harm ? 'Largest impact' : 'Most frequent'}
      doc={
        harm
          ? 'Values of all dimensions but those that tell how views went, such as their error: by how much worse their views are than all views, times their number.'
          : 'Values of all dimensions but those that tell how views went. No direction of this metric is better, so nothing hurts it.'
      }
      known={known}
      flush
      minHeight="16rem"
    >
      <Table
        caption={`${metric.title} by values of all dimensions`}
        rows={rows}
        rowKey={(row) => `${row.filter_column}:${row.filter_value}`}
        href={(row) => choice.to({}, { filters: withFilter(scope.filters, row.filter_column, row.filter_value) })}
        loading={known.loading}
        empty={<Nothing />}
        columns={[
          { key: 'value', title: 'Value', wide: true, cell: (row) => <span title={nameOf(row)}>{nameOf(row)}</span> },
          { key: 'dimension', title: 'Dimension', cell: dimensionOf },
          {
            key: 'metric',
            title: measurementTitle(choice.measurement, metric),
            align: 'right',
            cell: (row) => <Value value={row.metric} type={metric.type} n={row.total_views} />,
          },
          { key: 'views', title: 'Views', align: 'right', cell: (row) => formatCount(row.total_views) },
          { key: 'watch', title: 'Watch time', align: 'right', cell: (row) => formatDuration(row.total_watch_time) },
          ...(harm
            ? [
                {
                  key: 'impact',
                  title: 'Impact',
                  doc: 'How much these views worsen the metric, beside the worst of this page.',
                  cell: (row: Row) => <Impact score={row.negative_impact_score} worst={worst} />,
                },
              ]
            : []),
        ]}
      />
      {total > 0 && <Pager page={choice.page} limit={limit} total={total} onPage={choice.setPage} />}
    </Panel>
  );
}

function Impact({ score, worst }: { score: number | null; worst: number }) {
  const share = score !== null && worst < 0 ? Math.max(0, score / worst) : 0;
  return (
    <span class="metrics-impact" title={score === null ? undefined : `Score ${score}`}>
      <Bar share={share} color={2} />
      <span class="unseen">{Math.round(share * 100)} of 100</span>
    </span>
  );
}
