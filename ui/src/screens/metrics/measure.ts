/** What the parts of the screen of a metric have in common, and what needs no page. */
import { formatCount, formatWhole, none, type ValueType } from '../../format/format';
import { formatTime } from '../../format/time';
import type { Series } from '../../kit/chart';
import type { Cells } from '../../kit/panel';
import { type Line, readLine } from '../../kit/series';
import type { Measurement, Metric } from '../../state/catalog';

/** What people call a measurement: the worst five per cent are at the low end where higher is better. */
export function measurementTitle(measurement: string, { better }: Pick<Metric, 'better'>): string {
  if (measurement === '95th') return better === 'higher' ? '5th percentile' : '95th percentile';
  return { median: 'Median', avg: 'Average', sum: 'Total', count: 'Count' }[measurement] ?? measurement;
}

/** The steps of a timeseries. Where nobody watched, a count or a total is 0, anything else is not known. */
export function readSteps(data: readonly unknown[] | undefined, measurement: Measurement): Line {
  const line = readLine(data);
  if (measurement !== 'count' && measurement !== 'sum') return line;
  return { ...line, values: line.values.map((value) => value ?? 0), n: line.n.map((n) => n ?? 0) };
}

/** The two values to compare: those chosen, and of the most frequent those that the other is not. */
export function pairOf(
  a: string | undefined,
  b: string | undefined,
  frequent: string[],
): [string | undefined, string | undefined] {
  const first = a ?? frequent.find((value) => value !== b);
  return [first, b ?? frequent.find((value) => value !== first)];
}

/** What a chart shows, as text: with the views of each step. */
export function stepCells(times: number[], lines: Series[], type: ValueType, utc: boolean): Cells {
  return {
    columns: ['Time', ...lines.flatMap(({ name }) => [name, lines.length > 1 ? `Views, ${name}` : 'Views'])],
    rows: times.map((at, i) => [
      formatTime(at * 1000, utc),
      ...lines.flatMap(({ values, n }) => [
        values[i] == null ? none : formatWhole(values[i], type),
        formatCount(n?.[i] ?? 0),
      ]),
    ]),
  };
}
