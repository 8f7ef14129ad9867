import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTime } from '../src/format/time';
import { measurementTitle, pairOf, readSteps, stepCells } from '../src/screens/metrics/measure';
import { withFilter } from '../src/state/filter';

test('the worst five per cent are called by the end that they are at', () => {
  for (const [measurement, better, want] of [
    ['95th', 'lower', '95th percentile'],
    ['95th', 'neither', '95th percentile'],
    ['95th', 'higher', '5th percentile'],
    ['sum', 'lower', 'Total'],
  ] as const) {
    assert.equal(measurementTitle(measurement, { better }), want);
  }
});

test('steps without views are 0 of counts and totals, and not known of all else', () => {
  const data = [
    ['2026-05-04T10:00:00Z', 0.5, 3],
    ['2026-05-04T11:00:00Z', null, null],
  ];
  const times = [1_777_888_800, 1_777_892_400];
  assert.deepEqual(readSteps(data, 'avg'), { times, values: [0.5, null], n: [3, null] });
  for (const measurement of ['count', 'sum'] as const) {
    assert.deepEqual(readSteps(data, measurement), { times, values: [0.5, 0], n: [3, 0] });
  }
});

test('a chart as text has the views of each step', () => {
  const one = { name: 'one', values: [0.5, null], n: [3, null] };
  const other = { name: 'other', values: [0, 0.25], n: [1, 1200] };
  const [first, second] = [1_777_888_800_000, 1_777_892_400_000].map((at) => formatTime(at, true));
  assert.deepEqual(stepCells([1_777_888_800, 1_777_892_400], [one], 'percentage', true), {
    columns: ['Time', 'one', 'Views'],
    rows: [
      [first, '50%', '3'],
      [second, '–', '0'],
    ],
  });
  const both = stepCells([1_777_888_800, 1_777_892_400], [one, other], 'percentage', true);
  assert.deepEqual(both.columns, ['Time', 'one', 'Views, one', 'other', 'Views, other']);
  assert.deepEqual(both.rows[1]?.slice(1), ['–', '0', '25%', '1,200']);
});

test('two values to compare are never the same by default', () => {
  const frequent = ['US', '', 'DE'];
  assert.deepEqual(pairOf(undefined, undefined, frequent), ['US', '']);
  assert.deepEqual(pairOf(undefined, 'US', frequent), ['', 'US']);
  assert.deepEqual(pairOf('', undefined, frequent), ['', 'US']);
  assert.deepEqual(pairOf('FR', 'DE', frequent), ['FR', 'DE']);
  assert.deepEqual(pairOf(undefined, undefined, ['US']), ['US', undefined]);
  assert.deepEqual(pairOf(undefined, undefined, []), [undefined, undefined]);
});

test('a filter chooses its value alone, as filters of a dimension choose all of their values', () => {
  assert.deepEqual(withFilter(['a:x', 'c:d', '!a:z', 'a:y'], 'a', 'y'), ['c:d', '!a:z', 'a:y']);
  assert.deepEqual(withFilter(['a:x'], 'a', 'b'), ['a:b']);
});

test('a filter that is there is not added again', () => {
  assert.deepEqual(withFilter(['a:b'], 'a', 'b'), ['a:b']);
  assert.deepEqual(withFilter(['a:b'], 'c', null), ['a:b', 'c:']);
});
