import { useMemo } from 'preact/hooks';
import { formatCount } from '../../format/format';
import { Chart } from '../../kit/chart';
import type { Result } from './backtest';

const hour = 3600;

/** When a rule would have fired: how many incidents began in each step. */
export function Firings({ result, utc }: { result: Result; utc: boolean }) {
  const { range, times, values, bands } = useMemo(() => stepsOf(result), [result]);
  return (
    <Chart
      label="Incidents that would have begun, over time"
      range={range}
      times={times}
      series={[{ name: 'Incidents', values, style: 'bars' }]}
      bands={bands}
      format={(value) => (Number.isInteger(value) ? formatCount(value) : '')}
      height={120}
      zero
      utc={utc}
    />
  );
}

/** How many began in each step, and how long each lasted, unless they are too many to be told apart. */
export function stepsOf(result: Pick<Result, 'from' | 'to' | 'fired' | 'incidents'>) {
  const range = { from: Date.parse(result.from) / 1000, to: Date.parse(result.to) / 1000 };
  const length = range.to - range.from;
  const step = length <= 2 * 24 * hour ? hour : length <= 8 * 24 * hour ? 6 * hour : 24 * hour;
  const first = Math.floor(range.from / step) * step;
  const times = Array.from({ length: Math.ceil((range.to - first) / step) }, (_, i) => first + i * step);
  const values = times.map(() => 0);
  for (const one of result.incidents) {
    const at = Math.floor((Date.parse(one.started_at) / 1000 - first) / step);
    values[at] = (values[at] ?? 0) + 1;
  }
  const most = 20; // more would be a haze
  const shown = result.fired > most ? [] : result.incidents; // some of them would say that there were no others
  const bands = shown.map((one) => ({
    from: Date.parse(one.started_at) / 1000,
    to: one.resolved_at ? Date.parse(one.resolved_at) / 1000 : range.to,
    color: 'bad' as const,
  }));
  return { range, times, values, bands };
}
