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
    ['0:hours', undefined],
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
