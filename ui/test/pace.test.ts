import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pace } from '../src/screens/view/states';

test('a view is asked for again while more of it may come: for an hour after its end', () => {
  const noon = Date.UTC(2026, 4, 4, 12);
  const view = { start: noon - 60_000, length: 60_000 };
  const minute = 60_000;
  assert.equal(pace({ ...view, in_progress: true }, noon), 2000);
  assert.equal(pace({ ...view, in_progress: false }, noon + minute), 15_000);
  assert.equal(pace({ ...view, in_progress: false }, noon + 59 * minute), 15_000);
  assert.equal(pace({ ...view, in_progress: false }, noon + 60 * minute), 0);
});
