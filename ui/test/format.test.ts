import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  changeOf,
  format,
  formatBytes,
  formatChange,
  formatCount,
  formatDuration,
  formatShare,
  formatShort,
  formatWhole,
  none,
  type ValueType,
} from '../src/format/format';
import { formatAgo, formatTime, fromLocalInput, toLocalInput } from '../src/format/time';

test('values are written by their type', () => {
  const cases: [number | null | undefined, ValueType, string][] = [
    [0.8734, 'score', '87.3'],
    [1, 'score', '100.0'],
    [0.07, 'percentage', '7%'],
    [0.01234, 'percentage', '1.23%'],
    [0.5, 'percentage', '50%'],
    [0, 'percentage', '0%'],
    [0, 'milliseconds', '0 ms'],
    [430.4, 'milliseconds', '430 ms'],
    [999.4, 'milliseconds', '999 ms'],
    [999.6, 'milliseconds', '1.00 s'],
    [1234, 'milliseconds', '1.23 s'],
    [60_000, 'milliseconds', '1 min'],
    [744_000, 'milliseconds', '12.4 min'],
    [129_660_000, 'milliseconds', '36.0 h'],
    [0.5, 'per_minute', '0.50/min'],
    [12_345, 'number', '12,345'],
    [0.3456, 'number', '0.35'],
    [640_000, 'mbps', '640 kbit/s'],
    [4_210_000, 'mbps', '4.21 Mbit/s'],
    [999_999, 'mbps', '1.00 Mbit/s'],
    [null, 'score', '–'],
    [undefined, 'number', '–'],
    [Number.NaN, 'number', '–'],
  ];
  for (const [value, type, want] of cases) assert.equal(formatWhole(value, type), want, `${value} ${type}`);
  assert.deepEqual(format(1234, 'milliseconds'), { text: '1.23', unit: 's' });
});

test('durations have at most two parts', () => {
  for (const [ms, want] of [
    [0, '0.0 s'],
    [400, '0.4 s'],
    [9_949, '9.9 s'],
    [9_950, '10 s'],
    [32_000, '32 s'],
    [59_600, '1 min'],
    [80_000, '1 min 20 s'],
    [3_599_600, '1 h'],
    [11_520_000, '3 h 12 min'],
    [56_129_899, '15 h 35 min'], // 35.498
    [361_776_000, '100 h'], // 100.493
    [4_464_000_000, '1,240 h'],
    [-400, '-0.4 s'],
    [null, '–'],
  ] as const) {
    assert.equal(formatDuration(ms), want, String(ms));
  }
});

test('counts and bytes', () => {
  assert.equal(formatCount(1_234_567), '1,234,567');
  assert.equal(formatShort(12_340), '12.3K');
  assert.equal(formatBytes(999), '999 B');
  assert.equal(formatBytes(1_234_567), '1.23 MB');
  assert.equal(formatBytes(999_700), '1.00 MB');
});

test('a change is relative to the value before', () => {
  for (const [now, before, want] of [
    [110, 100, '+10%'],
    [90, 100, '−10%'],
    [100, 100, '0%'],
    [100.001, 100, '0%'],
    [0, 0, '0%'],
    [5, 0, undefined],
    [5, null, undefined],
    [null, 5, undefined],
    [1500, 100, '×15'],
  ] as const) {
    assert.equal(formatChange(now, before), want, `${now} ${before}`);
  }
  assert.equal(changeOf(-50, -100), 0.5);
});

test('what is no number is written as nothing', () => {
  for (const value of [null, undefined, Number.NaN, Infinity, -Infinity]) {
    for (const write of [formatCount, formatShort, formatBytes, formatDuration, formatShare]) {
      assert.equal(write(value), none, `${write.name} ${value}`);
    }
    assert.equal(formatChange(value, 1), undefined);
    assert.equal(formatChange(1, value), undefined);
  }
});

test('moments in UTC', () => {
  const now = new Date();
  const at = Date.UTC(now.getFullYear(), 10, 28, 4, 5, 6, 70);
  assert.equal(formatTime(at, true), 'Nov 28, 04:05');
  assert.equal(formatTime(at, true, { seconds: true }), 'Nov 28, 04:05:06');
  assert.equal(formatTime(at, true, { day: false, millis: true }), '04:05:06.070');
  assert.equal(formatTime(at, true, { clock: false }), 'Nov 28');
  assert.equal(formatTime(Date.UTC(2001, 1, 3), true, { clock: false }), 'Feb 3, 2001');
});

test('how long ago', () => {
  for (const [seconds, want] of [
    [0, 'just now'],
    [59.9, '59 s ago'],
    [60, '1 min ago'],
    [3_599, '59 min ago'],
    [3_600, '1 h ago'],
    [86_399, '23 h ago'],
    [86_400, '1 day ago'],
    [864_000, '10 days ago'],
  ] as const) {
    assert.equal(formatAgo(1_000_000, 1_000_000 + seconds * 1000), want);
  }
});

test('moments of inputs come back as they were', () => {
  const at = Date.UTC(2026, 10, 28, 4, 5);
  assert.equal(toLocalInput(at, true), '2026-11-28T04:05');
  for (const utc of [true, false]) assert.equal(fromLocalInput(toLocalInput(at, utc), utc), at);
  assert.ok(Number.isNaN(fromLocalInput('', true)));
});
