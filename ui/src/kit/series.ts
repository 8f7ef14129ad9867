/** What the API answers over time, as charts have it. */
import type { Range } from '../state/timeframe';

export interface Line {
  /** In seconds since 1970. */
  times: number[];
  values: (number | null)[];
  n: (number | null)[];
}

/** Reads the data of a timeseries: begin of the step, value, number of views. */
export function readLine(data: readonly unknown[] | undefined): Line {
  const rows = (data ?? []) as [string, number | null, number | null][];
  return {
    times: rows.map(([at]) => Date.parse(at) / 1000),
    values: rows.map(([, value]) => value),
    n: rows.map(([, , n]) => n),
  };
}

/** How many seconds of a step are in the range, where that is not all of it: at the ends of the range. */
export function partOf(times: number[], range: Range | undefined, at: number): number | undefined {
  const [first, second] = times;
  const from = times[at];
  if (!range || first === undefined || second === undefined || from === undefined) return undefined;
  const step = second - first;
  const part = Math.min(from + step, range.to) - Math.max(from, range.from);
  return part < step ? part : undefined;
}

/** By how many seconds one answer is later than another. */
export const shiftOf = (
  one: { timeframe: number[] } | undefined,
  before: { timeframe: number[] } | undefined,
): number => (one?.timeframe[0] ?? 0) - (before?.timeframe[0] ?? 0);

/** The period before, brought to the times of the present one: `shift` seconds later, each to the step that it falls in. */
export function alignBefore(times: number[], before: Line, shift: number): Pick<Line, 'values' | 'n'> {
  const step = times.length > 1 ? (times[1] as number) - (times[0] as number) : 1;
  const first = times[0] ?? 0;
  const values: (number | null)[] = times.map(() => null);
  const n: (number | null)[] = times.map(() => null);
  before.times.forEach((at, i) => {
    const place = Math.round((at + shift - first) / step);
    if (place < 0 || place >= times.length) return;
    values[place] = before.values[i] ?? null;
    n[place] = before.n[i] ?? null;
  });
  return { values, n };
}
