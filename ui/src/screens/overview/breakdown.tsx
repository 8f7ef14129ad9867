import { ask } from '../../api/client';
import { useAnswer } from '../../api/use';
import { usePlace } from '../../app/router';
import { formatCount, formatDuration, formatShare, formatWhole } from '../../format/format';
import { Bar } from '../../kit/bar';
import { Panel } from '../../kit/panel';
import { Empty } from '../../kit/states';
import { type Column, Table } from '../../kit/table';
import { type Measured, useCatalog } from '../../state/catalog';
import { withFilter } from '../../state/filter';
import { link, useScope } from '../../state/scope';

const limit = 8;

/** The values of a dimension that most views have. Each leads to the same screen about it alone. */
export function Breakdown({ metric: id, measurement, dimension: name }: Measured & { dimension: string }) {
  const place = usePlace();
  const scope = useScope();
  const catalog = useCatalog();
  const metric = catalog.metric(id);
  const dimension = catalog.dimension(name);
  const known = useAnswer(
    ask('/data/v1/metrics/{id}/breakdown', {
      path: { id: id as never },
      query: { ...scope.query, group_by: name as never, measurement, limit, order_by: 'views' },
    }),
  );
  const all = useAnswer(
    ask('/data/v1/metrics/{id}/overall', { path: { id: id as never }, query: { ...scope.query, measurement } }),
  );
  const rows = known.data?.data;
  type Row = NonNullable<typeof rows>[number];
  const total = all.data?.data.total_views ?? 0;
  const counted = rows?.every((row) => row.value === row.views);
  const columns: Column<Row>[] = [
    {
      key: 'field',
      title: dimension.title,
      wide: true,
      doc: dimension.doc,
      cell: (row) => catalog.value(name, row.field),
    },
    { key: 'bar', title: '', roomy: true, cell: (row) => <Bar share={total ? row.views / total : 0} /> },
    { key: 'share', title: 'Share', align: 'right', cell: (row) => (total ? formatShare(row.views / total) : '') },
    { key: 'views', title: 'Views', align: 'right', cell: (row) => formatCount(row.views) },
    {
      key: 'time',
      title: 'Watch time',
      roomy: true,
      align: 'right',
      cell: (row) => formatDuration(row.total_watch_time),
    },
  ];
  if (!counted) {
    const value = {
      key: 'value',
      title: metric.title,
      align: 'right' as const,
      cell: (row: Row) => formatWhole(row.value, metric.type),
    };
    columns.splice(1, 0, value);
  }
  return (
    <Panel
      title={dimension.title}
      known={[known, all]}
      minHeight={`${2 + (limit + 1) * 2.25}rem`} // a head, rows, and the way to all
      flush
      items={[{ title: 'Open in Metrics', href: link(place, `metrics/${id}`, { by: name }) }]}
    >
      <Table
        caption={`${metric.title} by ${dimension.title}`}
        rows={rows as Row[] | undefined}
        rowKey={(row) => row.field ?? ''}
        columns={columns}
        href={(row) =>
          link(
            place,
            place.path,
            {},
            {
              filters: withFilter(scope.filters, name, row.field),
            },
          )
        }
        empty={<Empty title="No views">Nobody watched in this range, with these filters.</Empty>}
      />
      {known.data && known.data.total_row_count > limit && (
        <p class="overview-more">
          <a href={link(place, `metrics/${id}`, { by: name })}>All {formatCount(known.data.total_row_count)}</a>
        </p>
      )}
    </Panel>
  );
}
