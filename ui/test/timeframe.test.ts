import assert from 'node:assert/strict';
import { test } from 'node:test';
import { before, parseRange, rangeText } from '../src/state/timeframe';

test('ranges are read as the URL has them', () => {
  const now = 1_000_000_030; // 10 s into a minute: 1 000 000 020 is a whole one
  for (const [text, want] of [
    ['60:minutes', { from: 999_996_420, to: 1_000_000_020 }],
    ['1:weeks', { from: 1_000_000_020 - 604_800, to: 1_000_000_020 }],
    ['100-200', { from: 100, to: 200 }],
    ['200-100', undefined],
    // not over: up to the minute; all to come: as it is
    ['999999000-1000086400', { from: 999_999_000, to: 1_000_000_020 }],
    ['1000086400-1000172800', { from: 1_000_086_400, to: 1_000_172_800 }],
    ['0:hours', undefined],
    ['24:constructor', undefined],
    ['99999:weeks', undefined], // before 1970
    ['5:parsecs', undefined],
    ['', undefined],
  ] as const) {
    assert.deepEqual(parseRange(text, now), want, text);
  }
});

test('the period before ends where the range begins', () => {
  assert.deepEqual(before({ from: 100, to: 160 }), { from: 40, to: 100 });
  assert.equal(rangeText({ from: 40, to: 100 }), '40-100');
});
