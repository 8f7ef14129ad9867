import './page';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../src/kit/change';
import { rangeOfValues, short, stepsOf, timeTexts, wholeMinutes } from '../src/kit/chartplot';
import { plainText } from '../src/kit/emphasis';
import { mentions } from '../src/kit/form';
import { find } from '../src/kit/picklist';
import { alignBefore, partOf, readLine, shiftOf } from '../src/kit/series';
import { sparkPath } from '../src/kit/spark';
import { isFew } from '../src/kit/states';
import { rangeWords } from '../src/kit/timepicker';

test('a change is good or bad by the direction that is better', () => {
  assert.equal(judge(0.1, 'higher'), 'good');
  assert.equal(judge(0.1, 'lower'), 'bad');
  assert.equal(judge(-0.1, 'higher'), 'bad');
  assert.equal(judge(-0.1, 'lower'), 'good');
  assert.equal(judge(0.1, 'neither'), 'neither');
  assert.equal(judge(0.0001, 'higher'), 'neither');
  assert.equal(judge(undefined, 'higher'), 'neither');
});

test('steps at the ends of a range may be in it in part', () => {
  const times = [3600, 7200, 10_800];
  const part = (range: { from: number; to: number }) => times.map((_, at) => partOf(times, range, at));
  assert.deepEqual(part({ from: 3600, to: 14_400 }), [undefined, undefined, undefined]);
  assert.deepEqual(part({ from: 5400, to: 10_860 }), [1800, undefined, 60]);
  assert.equal(partOf([3600], { from: 3600, to: 3660 }, 0), undefined);
});

test('few are less than thirty', () => {
  assert.deepEqual([29, 30, null, undefined].map(isFew), [true, false, false, false]);
});

test('the axis of values begins at 0 unless all are far from it', () => {
  const line = [{ name: '', values: [] }];
  const area = [{ name: '', values: [], style: 'area' as const }];
  assert.deepEqual(rangeOfValues({ series: line }, 10, 100), [0, 108]);
  assert.deepEqual(rangeOfValues({ series: line }, 80, 100), [80 - 1.6, 100 + 1.6]);
  assert.deepEqual(rangeOfValues({ series: area }, 80, 100), [0, 108]);
  assert.deepEqual(rangeOfValues({ series: line, zero: true }, 80, 100), [0, 108]);
  assert.deepEqual(rangeOfValues({ series: line }, 0, 0), [0, 1]);
  assert.deepEqual(rangeOfValues({ series: line }, null, null), [0, 1]);
  assert.deepEqual(rangeOfValues({ series: line, thresholds: [{ value: 200, text: '' }] }, 10, 100), [0, 216]);
});

test('the axis of values has steps that its values have', () => {
  const of = (values: (number | null)[], type: 'number' | 'milliseconds') =>
    stepsOf({ type, series: [{ name: '', values }] });
  assert.ok(Math.min(...of([1, null, 3], 'number')) === 1);
  assert.ok(of([1, 0.5], 'number').includes(0.25));
  const durations = of([1, 2], 'milliseconds');
  assert.deepEqual(
    durations,
    [...durations].sort((a, b) => a - b),
  );
  assert.deepEqual(
    durations.filter((step) => step >= 5_000 && step < 18_000_000),
    [5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_200_000, 1_800_000, 3_600_000, 7_200_000],
  );
});

test('the axis of time names the day where one begins', () => {
  const at = (day: number, hour: number) => Date.UTC(new Date().getFullYear(), 10, day, hour) / 1000;
  assert.deepEqual(timeTexts([at(28, 18), at(28, 21), at(29, 0), at(29, 3)], 10_800, true), [
    '18:00\nNov 28',
    '21:00',
    '00:00\nNov 29',
    '03:00',
  ]);
  assert.deepEqual(timeTexts([at(28, 0), at(29, 0)], 86_400, true), ['Nov 28', 'Nov 29']);
});

test('an axis needs no noughts that tell nothing', () => {
  assert.deepEqual(['1.50 s', '1.00 s', '90.0', '0.05%', '100', '1,200', '7.50%'].map(short), [
    '1.5 s',
    '1 s',
    '90',
    '0.05%',
    '100',
    '1,200',
    '7.5%',
  ]);
});

test('what is zoomed to are whole minutes, one at least', () => {
  assert.deepEqual(wholeMinutes({ from: 61, to: 125 }), { from: 60, to: 180 });
  assert.deepEqual(wholeMinutes({ from: 61, to: 62 }), { from: 60, to: 120 });
  assert.deepEqual(wholeMinutes({ from: 60, to: 60 }), { from: 60, to: 120 });
});

test('the period before is brought to the steps of the present one', () => {
  const now = readLine([
    ['1970-01-01T01:00:00Z', 5, 10],
    ['1970-01-01T02:00:00Z', null, null],
  ]);
  assert.deepEqual(now, { times: [3600, 7200], values: [5, null], n: [10, null] });
  // The range begins within a step: each of those before falls in the step that is nearest.
  const before = { times: [0, 3600], values: [1, 2], n: [3, 4] };
  assert.deepEqual(alignBefore(now.times, before, 3600), { values: [1, 2], n: [3, 4] });
  assert.deepEqual(alignBefore(now.times, before, 5000), { values: [1, 2], n: [3, 4] });
  assert.deepEqual(alignBefore(now.times, before, 7200), { values: [null, 1], n: [null, 3] });
  assert.deepEqual(alignBefore([], before, 7200), { values: [], n: [] });
  assert.equal(shiftOf({ timeframe: [7200, 9000] }, { timeframe: [5400, 7200] }), 1800);
});

test('a small line has gaps, and dots where a value is alone', () => {
  assert.equal(sparkPath([]), '');
  assert.equal(sparkPath([null, null]), '');
  assert.equal(sparkPath([0, 1, null, 0, null]), 'M0 22L25 2M75 22h0.01');
  assert.equal(sparkPath([3, 3]), 'M0 12L100 12');
});

test('a list is searched by label, value and what else is said', () => {
  const options = [
    { value: 'US', label: 'United States' },
    { value: 'AU', label: 'Australia', also: 'down under' },
    { value: 'RU', label: 'Russia' },
  ];
  const found = (text: string) => find(options, text).map((one) => one.value);
  assert.deepEqual(found(''), ['US', 'AU', 'RU']);
  assert.deepEqual(found('us'), ['US', 'AU', 'RU']);
  assert.deepEqual(found('r'), ['RU', 'AU']);
  assert.deepEqual(found('UNDER'), ['AU']);
  assert.deepEqual(found('x'), []);
});

test('a message belongs to the field whose name it has as a word', () => {
  assert.ok(mentions('threshold must be a number', 'threshold'));
  assert.ok(mentions('the member "url" is not one', 'url'));
  assert.ok(!mentions('the curl is wrong', 'url'));
  assert.ok(mentions('the curl and the url are wrong', 'url'));
  assert.ok(!mentions('interval_minutes is too large', 'interval'));
});

test('a range in words', () => {
  const range = { from: 0, to: 60 };
  assert.equal(rangeWords('60:minutes', range, true), 'Last hour');
  assert.equal(rangeWords('24:hours', range, true), 'Last 24 hours');
  assert.equal(rangeWords('1:days', range, true), 'Last day');
  assert.equal(rangeWords('0-60', range, true), 'Jan 1, 1970, 00:00 – Jan 1, 1970, 00:01');
  assert.equal(rangeWords('0-120', range, true), 'Jan 1, 1970, 00:00 – Jan 1, 1970, 00:02, so far');
});

test('emphasis is taken off', () => {
  assert.equal(plainText('*17 views* were affected at *2 per hour*'), '17 views were affected at 2 per hour');
  assert.equal(plainText('a * b'), 'a * b');
});
