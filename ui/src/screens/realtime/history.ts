/** The last half an hour, as the event stream tells it. */
import type { components } from '../../api/schema';
import type { RealtimeMetric } from '../../state/catalog';

type Told = components['schemas']['StreamEvent'];
export type Point = Told['timeseries'][number];
export type Minute = Told['histogram_timeseries'][number];
export type Group = NonNullable<Told['breakdown']>[number];

export interface History {
  /** Ticks, the oldest first. Some are missing where the server did not run. */
  points: Point[];
  /** First frames by the minute, likewise. */
  minutes: Minute[];
  /** The newest tick by the values of the dimension; undefined: not asked for, or not told yet. */
  groups?: Group[];
}

/** There is a tick every so many ms, and they are kept for so long. */
export const tickEvery = 5_000;
export const ticks = 360;
const minutesKept = 30;

/** The history after an event. */
export function merge(before: History | undefined, name: string, told: Told): History {
  const known = name === 'snapshot' || !before ? { points: [], minutes: [] } : before;
  const points = replace(known.points, told.timeseries, (point) => Date.parse(point.date));
  const minutes = replace(known.minutes, told.histogram_timeseries, (minute) => Date.parse(minute.timestamp));
  const newest = Date.parse(points.at(-1)?.date ?? '');
  const minute = newest - (newest % 60_000);
  return {
    points: points.filter((point) => Date.parse(point.date) > newest - ticks * tickEvery),
    minutes: minutes.filter(({ timestamp }) => Date.parse(timestamp) > minute - minutesKept * 60_000),
    groups: told.breakdown,
  };
}

/** Rows in the place of those of the same time, in the order of time. */
function replace<Row>(before: Row[], told: Row[], timeOf: (row: Row) => number): Row[] {
  if (told.length === 0) return before;
  const rows = new Map(before.map((row) => [timeOf(row), row]));
  for (const row of told) rows.set(timeOf(row), row);
  return [...rows].sort(([a], [b]) => a - b).map(([, row]) => row);
}

/** What is drawn: a place for each tick of half an hour, in seconds since 1970. */
export function ticksOf(points: Point[]): { times: number[]; at: (number | undefined)[] } {
  const newest = Date.parse(points.at(-1)?.date ?? '') / 1000;
  const places = new Map(points.map((point, i) => [Date.parse(point.date) / 1000, i]));
  const times = Array.from({ length: ticks }, (_, i) => newest - (ticks - 1 - i) * (tickEvery / 1000));
  return { times, at: times.map((time) => places.get(time)) };
}

/** The values of a metric at the places of {@link ticksOf}. */
export function numbersOf(points: Point[], at: (number | undefined)[], metric: string): (number | null)[] {
  return at.map((i) => (i === undefined ? null : numberOf(points[i], metric)));
}

/** Of how many the value of a metric in a row is made; undefined if it counts them itself. */
export const manyOf = (row: Point | Group | undefined, { of }: RealtimeMetric): number | undefined =>
  of ? row?.[of] : undefined;

/** What these are called. */
export const unitOf = ({ of }: RealtimeMetric): string => (of === 'start_attempts' ? 'start attempts' : 'viewers');

/** The value of a metric in a row of ticks or of a breakdown. */
export function numberOf(row: { values: object } | undefined, metric: string): number | null {
  return (row?.values as Record<string, number | null> | undefined)?.[metric] ?? null;
}

/** Of how many the values of {@link numbersOf} are made. */
export function manysOf(points: Point[], at: (number | undefined)[], metric: RealtimeMetric): (number | null)[] {
  return at.map((i) => (i === undefined ? null : (manyOf(points[i], metric) ?? null)));
}
