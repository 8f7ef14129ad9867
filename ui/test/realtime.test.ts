import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type History, manyOf, merge, numbersOf, type Point, ticksOf, unitOf } from '../src/screens/realtime/history';

const start = Date.UTC(2026, 0, 1, 12, 0, 0);
const iso = (seconds: number) => new Date(start + seconds * 1000).toISOString().replace('.000', '');

const point = (seconds: number, viewers: number): Point => ({
  date: iso(seconds),
  concurrent_viewers: viewers,
  starting_up_viewers: 0,
  start_attempts: 3,
  values: { some: viewers / 2 } as never,
});
const minute = (seconds: number, sum: number) =>
  ({
    timestamp: iso(seconds),
    sum,
    p95: null,
    median: null,
    max_percentage: 0,
    bucket_values: [],
    average: null,
  }) as History['minutes'][0];
const told = (points: Point[], minutes: History['minutes'] = [], groups?: History['groups']) => ({
  timeseries: points,
  histogram_timeseries: minutes,
  breakdown: groups,
  settled_through: iso(0),
});
const viewers = ({ points }: History) =>
  points.map((one) => [(Date.parse(one.date) - start) / 1000, one.concurrent_viewers]);

test('events replace what was told of a time, and a snapshot everything', () => {
  let history = merge(undefined, 'snapshot', told([point(0, 1), point(5, 2)], [minute(0, 3)]));
  history = merge(history, 'tick', told([point(5, 4), point(10, 5)], [minute(0, 6)]));
  assert.deepEqual(viewers(history), [
    [0, 1],
    [5, 4],
    [10, 5],
  ]);
  assert.deepEqual(
    history.minutes.map(({ sum }) => sum),
    [6],
  );
  history = merge(history, 'snapshot', told([point(15, 7)]));
  assert.deepEqual(viewers(history), [[15, 7]]);
  assert.deepEqual(history.minutes, []);
});

test('half an hour is kept', () => {
  let history = merge(
    undefined,
    'snapshot',
    told([point(0, 1), point(5, 2), point(1795, 3)], [minute(0, 1), minute(60, 2)]),
  );
  assert.equal(history.points.length, 3);
  history = merge(history, 'tick', told([point(1800, 4)], [minute(1800, 3)]));
  assert.deepEqual(viewers(history), [
    [5, 2],
    [1795, 3],
    [1800, 4],
  ]);
  assert.deepEqual(
    history.minutes.map(({ sum }) => sum),
    [2, 3],
  );
});

test('a breakdown is of the newest tick', () => {
  const group = { value: 'a', concurrent_viewers: 1, starting_up_viewers: 0, start_attempts: 0, values: {} as never };
  let history = merge(undefined, 'snapshot', told([point(0, 1)], [], [group]));
  assert.deepEqual(history.groups, [group]);
  history = merge(history, 'tick', told([point(5, 1)], [], []));
  assert.deepEqual(history.groups, []);
});

test('ticks that are missing are gaps', () => {
  const { points } = merge(undefined, 'snapshot', told([point(0, 2), point(10, 4)]));
  const { times, at } = ticksOf(points);
  assert.equal(times.length, 360);
  assert.deepEqual(
    times.slice(-3),
    [0, 5, 10].map((seconds) => start / 1000 + seconds),
  );
  assert.deepEqual(numbersOf(points, at, 'some').slice(-4), [null, 1, null, 2]);
});

test('of how many a value is made depends on the metric', () => {
  const row = point(0, 10_000);
  const of = (of: string | null) => ({ of }) as Parameters<typeof manyOf>[1];
  assert.equal(manyOf(row, of('concurrent_viewers')), 10_000);
  assert.equal(manyOf(row, of('start_attempts')), 3);
  assert.equal(manyOf(row, of(null)), undefined); // it is how many
  assert.deepEqual(
    ['concurrent_viewers', 'start_attempts'].map((name) => unitOf(of(name))),
    ['viewers', 'start attempts'],
  );
});
