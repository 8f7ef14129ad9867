import { useMemo } from 'preact/hooks';
import { ask } from '../../api/client';
import { useAnswer } from '../../api/use';
import { go, usePlace } from '../../app/router';
import { formatCount, formatShort, formatWhole, type ValueType } from '../../format/format';
import { Change } from '../../kit/change';
import { Chart } from '../../kit/chart';
import { Combobox } from '../../kit/combobox';
import { Panel } from '../../kit/panel';
import { Empty } from '../../kit/states';
import { Table } from '../../kit/table';
import { type Measurement, type Metric, useCatalog } from '../../state/catalog';
import { withFilter, withoutFilter } from '../../state/filter';
import { link, useScope } from '../../state/scope';
import { rangeText } from '../../state/timeframe';
import { DimensionPicker } from './breakdown';
import type { Choice } from './choice';
import { measurementTitle, pairOf, readSteps, stepCells } from './measure';
import { Value } from './value';

interface Props {
  metric: Metric;
  choice: Choice;
}

interface Item {
  name: string;
  metric: string;
  type: ValueType;
  value: number | null;
  measurement?: Measurement;
  /** Whether it stands above those that explain it. */
  group?: boolean;
}

interface Totals {
  view_count: number;
}

/** Two values of a dimension side by side: the metric over time, and all metrics. By default the two most frequent. */
export function Compare({ metric, choice }: Props) {
  const scope = useScope();
  const catalog = useCatalog();
  const values = useAnswer(
    ask('/data/v1/dimensions/{id}', { path: { id: choice.by }, query: { ...scope.query, limit: 100 } }),
  );
  const rows = values.data?.data ?? [];
  const [a, b] = pairOf(
    choice.compared('a'),
    choice.compared('b'),
    rows.map((row) => row.value ?? ''),
  );
  const options = rows.map((row) => ({
    value: row.value ?? '',
    label: catalog.value(choice.by, row.value),
    also: row.value ?? '',
    hint: formatShort(row.total_count),
  }));
  const picker = (which: 'a' | 'b', value: string | undefined) => (
    <Combobox
      label={which === 'a' ? 'First value' : 'Second value'}
      value={value ?? ''}
      options={options}
      loading={values.loading}
      free
      onChange={(picked) => choice.set({ [which]: choice.comparedText(picked) })}
    />
  );
  return (
    <div class="screen">
      <div class="metrics-pair">
        <DimensionPicker choice={choice} />
        {picker('a', a)}
        <span>against</span>
        {picker('b', b)}
      </div>
      {a !== undefined && b !== undefined ? (
        <Pair metric={metric} choice={choice} a={a} b={b} />
      ) : (
        <Panel title="Two values" known={values}>
          <Empty title="There are no two values">This dimension has fewer than two values in this range.</Empty>
        </Panel>
      )}
    </div>
  );
}

function Pair({ metric, choice, a, b }: Props & { a: string; b: string }) {
  const catalog = useCatalog();
  return (
    <>
      <PairOverTime metric={metric} choice={choice} a={a} b={b} />
      <AllMetrics choice={choice} a={a} b={b} names={[catalog.value(choice.by, a), catalog.value(choice.by, b)]} />
    </>
  );
}

function PairOverTime({ metric, choice, a, b }: Props & { a: string; b: string }) {
  const scope = useScope();
  const catalog = useCatalog();
  const question = (value: string) =>
    ask('/data/v1/metrics/{id}/timeseries', {
      path: { id: metric.id as never },
      query: {
        ...scope.query,
        'filters[]': withFilter(scope.filters, choice.by, value),
        measurement: choice.measurement,
        group_by: (choice.step || undefined) as 'hour' | undefined,
      },
    });
  const first = useAnswer(question(a));
  const second = useAnswer(question(b));
  const [one, other] = useMemo(
    () => [readSteps(first.data?.data, choice.measurement), readSteps(second.data?.data, choice.measurement)],
    [first.data, second.data, choice.measurement],
  );
  const names = [catalog.value(choice.by, a), catalog.value(choice.by, b)] as const;
  const lines = useMemo(
    () => [
      { name: names[0], values: one.values, n: one.n, color: 1 as const },
      { name: names[1], values: other.values, n: other.n, color: 2 as const },
    ],
    [one, other, names[0], names[1]],
  );
  return (
    <Panel
      title={`${metric.title}, ${measurementTitle(choice.measurement, metric).toLowerCase()}`}
      known={[first, second]}
      minHeight="14rem"
      table={() => stepCells(one.times, lines, metric.type, scope.utc)}
    >
      <Chart
        label={`${metric.title} of ${names.join(' and ')} over time`}
        series={lines}
        times={one.times}
        range={scope.range}
        steps
        format={(value) => formatWhole(value, metric.type)}
        height={200}
        utc={scope.utc}
        zoom={(range) => go(choice.to({}, { rangeText: rangeText(range) }))}
      />
    </Panel>
  );
}

function AllMetrics({ choice, a, b, names }: { choice: Choice; a: string; b: string; names: [string, string] }) {
  const scope = useScope();
  const catalog = useCatalog();
  const place = usePlace();
  const filters = withoutFilter(scope.filters, choice.by);
  const question = (value: string) =>
    ask('/data/v1/metrics/comparison', {
      query: { ...scope.query, 'filters[]': filters, dimension: choice.by as never, value },
    });
  const first = useAnswer(question(a));
  const second = useAnswer(question(b));
  const [one, other] = [readComparison(first.data?.data), readComparison(second.data?.data)];
  const rows = one.items.map((item, i) => ({ item, other: other.items[i]?.value ?? null }));
  const title = (name: string, totals: Totals | undefined) =>
    totals ? `${name} (${formatCount(totals.view_count)})` : name;
  return (
    <Panel title="All metrics" known={[first, second]} flush minHeight="16rem">
      <Table
        caption={`All metrics of ${names.join(' and ')}`}
        rows={rows}
        rowKey={({ item }) => `${item.metric} ${item.measurement ?? ''}`}
        href={({ item }) =>
          link(place, `metrics/${catalog.metric(item.metric).id}`, {
            by: choice.by,
            measurement: item.measurement ?? '',
            tab: 'compare',
          })
        }
        columns={[
          {
            key: 'metric',
            title: 'Metric',
            wide: true,
            cell: ({ item }) => (
              <span class={item.group ? 'metrics-group' : 'metrics-part'}>
                {titleOf(item, catalog.metric(item.metric))}
              </span>
            ),
          },
          {
            key: 'a',
            title: title(names[0], one.totals),
            doc: ended,
            align: 'right',
            cell: ({ item }) => <Value value={item.value} type={item.type} n={one.totals?.view_count} />,
          },
          {
            key: 'b',
            title: title(names[1], other.totals),
            doc: ended,
            align: 'right',
            cell: (row) => <Value value={row.other} type={row.item.type} n={other.totals?.view_count} />,
          },
          {
            key: 'change',
            title: 'Difference',
            align: 'right',
            doc: 'How the second differs from the first, coloured by whether that is good.',
            cell: ({ item, other: value }) => (
              <Change
                now={value}
                before={item.value}
                better={catalog.metric(item.metric).better}
                format={(it) => formatWhole(it, item.type)}
                views={{ now: other.totals?.view_count, before: one.totals?.view_count }}
                with={names[0]}
              />
            ),
          },
        ]}
      />
    </Panel>
  );
}

const ended = 'In brackets the views that ended in the range.';

/** The title of a number, and how it is measured where that is not by default. */
function titleOf(item: Item, metric: Metric): string {
  const measurement = item.measurement;
  return measurement && measurement !== metric.measurement
    ? `${metric.title}, ${measurementTitle(measurement, metric).toLowerCase()}`
    : metric.title;
}

/** The answer has the totals first, and then groups of numbers. */
function readComparison(data: unknown): { totals?: Totals; items: Item[] } {
  const [totals, ...groups] = (data ?? []) as [Totals, ...(Item & { items?: Item[] })[]];
  return { totals, items: groups.flatMap((group) => [{ ...group, group: true }, ...(group.items ?? [])]) };
}
