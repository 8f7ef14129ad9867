import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  lastAt,
  parseSight,
  playheadText,
  rowsOf,
  sightText,
  spanAt,
  ticksOf,
  timeText,
  wholeOf,
  within,
  zoomed,
} from '../src/screens/view/axis';

const whole = { from: 0, to: 60_000 };

test('ticks are at round times, and not too close', () => {
  assert.deepEqual(ticksOf({ from: 0, to: 32_000 }, 800), [0, 5000, 10_000, 15_000, 20_000, 25_000, 30_000]);
  assert.deepEqual(ticksOf({ from: 1001, to: 1100 }, 400), [1020, 1040, 1060, 1080, 1100]);
});

test('a view in progress has room, and gets more only now and then', () => {
  assert.deepEqual(wholeOf(32_000, false), { from: 0, to: 32_000 });
  assert.deepEqual(wholeOf(32_000, true), { from: 0, to: 40_000 });
  assert.deepEqual(wholeOf(34_000, true), { from: 0, to: 40_000 });
  assert.deepEqual(wholeOf(0, true), { from: 0, to: 1200 });
});

test('windows stay within the whole', () => {
  assert.deepEqual(within({ from: -5000, to: 5000 }, whole), { from: 0, to: 10_000 });
  assert.deepEqual(within({ from: 55_000, to: 65_000 }, whole), { from: 50_000, to: 60_000 });
  assert.deepEqual(within({ from: -1, to: 99_000 }, whole), whole);
  assert.deepEqual(within({ from: 100, to: 101 }, whole), { from: 100, to: 150 });
});

test('zooming leaves a time where it is', () => {
  assert.deepEqual(zoomed(whole, 0.5, 20_000, whole), { from: 10_000, to: 40_000 });
  assert.deepEqual(zoomed({ from: 10_000, to: 40_000 }, 2, 20_000, whole), whole);
  assert.deepEqual(zoomed(whole, 0.5, 90_000, whole), { from: 30_000, to: 60_000 });
});

test('windows are in the URL', () => {
  assert.deepEqual(parseSight('1200-8000'), { from: 1200, to: 8000 });
  assert.equal(sightText({ from: 1200.4, to: 8000 }), '1200-8000');
  for (const text of ['', '8000-1200', '5-6', 'a-b', '-1-100']) assert.equal(parseSight(text), undefined);
});

test('times are read as a clock', () => {
  assert.equal(timeText(12_345), '12.345 s');
  assert.equal(timeText(-256), '−0.256 s');
  assert.equal(timeText(65_250, 1), '1:05.3');
  assert.equal(timeText(60_000, 0), '1:00');
  assert.equal(timeText(3_723_000, 0), '1:02:03');
  assert.equal(timeText(119_960, 1), '2:00.0');
});

test('a time that is rounded to a minute is read as one', () => {
  assert.equal(timeText(59_960, 1), '1:00.0');
  assert.equal(timeText(59_999.7), '1:00.000');
  assert.equal(timeText(59_940, 1), '59.9 s');
});

test('what was at a time', () => {
  const spans = [
    { from: 0, to: 10 },
    { from: 20, to: 30 },
  ];
  assert.equal(spanAt(spans, 0), spans[0]);
  assert.equal(spanAt(spans, 10), undefined);
  assert.equal(spanAt(spans, 29), spans[1]);
  assert.equal(spanAt(spans, 30), undefined);
  const items = [{ at: 5 }, { at: 5 }, { at: 9 }];
  assert.deepEqual(
    [4, 5, 8, 9].map((at) => lastAt(items, at)),
    [-1, 1, 1, 2],
  );
});

test('requests at the same time are in rows of their own, as long as there are any', () => {
  const spans = [{ from: 0, to: 10 }, { from: 5, to: 20 }, { from: 8, to: 9 }, { from: 10, to: 12 }, { from: 30 }];
  assert.deepEqual(rowsOf(spans, 8), [0, 1, 2, 0, 0]);
  assert.deepEqual(rowsOf(spans, 2), [0, 1, 1, 0, 0]);
});

test('a playhead that is a time is written as one', () => {
  assert.equal(playheadText(65_250, true, 1), '1:05.3');
  assert.equal(playheadText(Date.UTC(2020, 4, 6, 7, 8, 9), true), 'May 6, 2020, 07:08:09');
});
