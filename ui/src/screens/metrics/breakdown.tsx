import { ask, type RowOf } from '../../api/client';
import { useAnswer, useTogether } from '../../api/use';
import { formatCount, formatDuration, formatWhole } from '../../format/format';
import { Bar } from '../../kit/bar';
import { Change } from '../../kit/change';
import { Combobox } from '../../kit/combobox';
import { Pager, useLastPage } from '../../kit/pager';
import { Panel } from '../../kit/panel';
import { type Column, Table } from '../../kit/table';
import { type Metric, useCatalog } from '../../state/catalog';
import { withFilter } from '../../state/filter';
import { useScope } from '../../state/scope';
import type { Choice } from './choice';
import { measurementTitle } from './measure';
import { Nothing } from './nothing';
import { Value } from './value';

interface Props {
  metric: Metric;
  choice: Choice;
}

type Row = RowOf<'/data/v1/metrics/{id}/breakdown'>;

const limit = 25;

/** The metric for each value of a dimension. A click keeps the views with that value alone. */
export function Breakdown({ metric, choice }: Props) {
  const scope = useScope();
  const catalog = useCatalog();
  const path = { id: metric.id as never };
  const common = { measurement: choice.measurement, group_by: choice.by as never };
  const known = useAnswer(
    ask('/data/v1/metrics/{id}/breakdown', {
      path,
      query: {
        ...scope.query,
        ...common,
        order_by: choice.sort as 'views',
        order_direction: choice.order,
        limit,
        page: choice.page,
      },
    }),
  );
  useLastPage(choice.page, limit, known, choice.setPage);
  const before = useAnswer(
    scope.compare
      ? ask('/data/v1/metrics/{id}/breakdown', { path, query: { ...scope.queryBefore, ...common, limit: 1000 } })
      : undefined,
  );
  const [answer, answerBefore] = useTogether(known, before);
  const past = scope.compare && answerBefore ? new Map(answerBefore.data.map((row) => [row.field, row])) : undefined;
  const rows = answer?.data;
  const total = answer?.total_row_count ?? 0;
  const most = Math.max(1, ...(rows ?? []).map((row) => row.views));
  const dimension = catalog.dimension(choice.by);
  return (
    <Panel
      title={`By ${dimension.title.toLowerCase()}`}
      doc={dimension.doc}
      known={scope.compare ? [known, before] : known}
      flush
      minHeight="16rem"
      actions={<DimensionPicker choice={choice} />}
    >
      <Table
        caption={`${metric.title} by ${dimension.title}`}
        columns={columnsOf(metric, choice, most, past, (row) => catalog.value(choice.by, row.field))}
        rows={rows}
        rowKey={(row) => row.field ?? ''}
        href={(row) => choice.to({}, { filters: withFilter(scope.filters, choice.by, row.field) })}
        sort={{
          key: choice.sort,
          direction: choice.order,
          onSort: (sort, order) =>
            choice.set({ sort: sort === 'views' ? '' : sort, order: order === 'desc' ? '' : order }),
        }}
        loading={known.loading || before.loading}
        empty={<Nothing />}
      />
      {total > 0 && <Pager page={choice.page} limit={limit} total={total} onPage={choice.setPage} />}
    </Panel>
  );
}

function columnsOf(
  metric: Metric,
  choice: Choice,
  most: number,
  past: Map<string | null, Row> | undefined,
  nameOf: (row: Row) => string,
): Column<Row>[] {
  const columns: Column<Row>[] = [
    {
      key: 'field',
      title: 'Value',
      sort: true,
      wide: true,
      cell: (row) => <span title={nameOf(row)}>{nameOf(row)}</span>,
    },
    {
      key: 'value',
      title: measurementTitle(choice.measurement, metric),
      align: 'right',
      sort: true,
      cell: (row) => <Value value={row.value} type={metric.type} n={row.views} />,
    },
    { key: 'views', title: 'Views', align: 'right', sort: true, cell: (row) => formatCount(row.views) },
    { key: 'share', title: '', roomy: true, cell: (row) => <Bar share={row.views / most} /> },
    { key: 'watch', title: 'Watch time', align: 'right', cell: (row) => formatDuration(row.total_watch_time) },
    {
      key: 'negative_impact',
      title: 'Impact',
      doc: 'Rank among all values: 1 hurts the metric most, as it is worse than the rest and has many views.',
      align: 'right',
      sort: true,
      cell: (row) => `#${row.negative_impact}`,
    },
  ];
  if (past) {
    columns.splice(2, 0, {
      key: 'change',
      title: 'Change',
      align: 'right',
      cell: (row) => (
        <Change
          now={row.value}
          before={past.get(row.field)?.value}
          better={metric.better}
          format={(value) => formatWhole(value, metric.type)}
          views={{ now: row.views, before: past.get(row.field)?.views }}
        />
      ),
    });
  }
  return columns;
}

/** Which dimension the lists below go by. */
export function DimensionPicker({ choice }: { choice: Choice }) {
  const catalog = useCatalog();
  const options = catalog.dimension_groups.flatMap((group) =>
    catalog.dimensions
      .filter((one) => one.group === group && one.filterable)
      .map((one) => ({ value: one.name, label: one.title, also: one.name, group })),
  );
  return <Combobox label="Dimension" value={choice.by} options={options} onChange={(by) => choice.set({ by })} />;
}
