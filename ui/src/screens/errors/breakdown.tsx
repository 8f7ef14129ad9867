import { ask, type RowOf } from '../../api/client';
import { useAnswer } from '../../api/use';
import { usePlace } from '../../app/router';
import { formatCount, formatShare } from '../../format/format';
import { Bar } from '../../kit/bar';
import { Combobox } from '../../kit/combobox';
import { N } from '../../kit/n';
import { Pager, useLastPage, usePage } from '../../kit/pager';
import { Panel } from '../../kit/panel';
import { Empty, isFew } from '../../kit/states';
import { Table } from '../../kit/table';
import { useCatalog } from '../../state/catalog';
import { withFilter } from '../../state/filter';
import { link, useParam, useScope } from '../../state/scope';

type Row = RowOf<'/data/v1/errors/{id}/breakdown'>;

const limit = 10;

/** The views with an error by the values of a dimension. A value leads to the same screen filtered by it. */
export function Breakdown({ id }: { id: string }) {
  const place = usePlace();
  const scope = useScope();
  const catalog = useCatalog();
  const first = catalog.places.errors.breakdowns;
  const [by, setBy] = useParam('by', first[0] ?? '');
  const [page, setPage] = usePage();
  const question = ask('/data/v1/errors/{id}/breakdown', {
    path: { id },
    query: { ...scope.query, group_by: by as never, limit, page },
  });
  const known = useAnswer(by ? question : undefined);
  useLastPage(page, limit, known, setPage);
  const dimension = catalog.dimension(by);
  const total = known.data?.total_row_count ?? 0;
  const largest = Math.max(...(known.data?.data ?? []).map((row) => row.percentage ?? 0)) || 1;
  const others = catalog.dimensions.filter((one) => one.level !== 'unlisted' && one.filterable);
  const rest = others.filter((one) => !first.includes(one.name));
  return (
    <Panel
      title="Where it happens"
      doc="Views with the error by a dimension, the most first, and which share of all views with the same value they are. Click a value to keep only its views."
      known={known}
      minHeight="16rem"
      flush
      actions={
        <Combobox
          label="Dimension"
          value={by}
          onChange={(next) => {
            setBy(next);
            setPage(1, { replace: true });
          }}
          options={[...first.map(catalog.dimension), ...rest].map((one) => ({ value: one.name, label: one.title }))}
        />
      }
    >
      <Table
        caption={`Views with the error by ${dimension.title}`}
        rows={known.data?.data}
        rowKey={(row: Row) => row.field ?? ''}
        href={(row) =>
          link(place, place.path, keep(place.params), {
            filters: withFilter(scope.filters, by, row.field),
          })
        }
        loading={known.loading}
        columns={[
          { key: 'value', title: dimension.title, wide: true, cell: (row) => catalog.value(by, row.field) },
          { key: 'count', title: 'Views with it', align: 'right', cell: (row) => formatCount(row.count) },
          {
            key: 'share',
            title: 'Share',
            align: 'right',
            cell: (row) => (
              <span class={isFew(row.views) ? 'errors-share errors-few' : 'errors-share'}>
                {formatShare(row.percentage)}
                <Bar share={(row.percentage ?? 0) / largest} color={2} />
              </span>
            ),
          },
          { key: 'views', title: 'Of all', align: 'right', cell: (row) => <N n={row.views} /> },
        ]}
        empty={<Empty title="No view of this range had it">Choose a longer range, or take filters off.</Empty>}
      />
      {total > limit && (
        <div class="errors-foot">
          <Pager page={page} limit={limit} total={total} onPage={setPage} />
        </div>
      )}
    </Panel>
  );
}

/** The parameters of the screen that stay when a filter is added. */
function keep(params: URLSearchParams): Record<string, string> {
  return Object.fromEntries(['by', 'show'].map((name) => [name, params.get(name) ?? '']));
}
