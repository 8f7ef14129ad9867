import assert from 'node:assert/strict';
import { test } from 'node:test';
import { around } from '../src/screens/view/around';

const rows = (ids: string) => [...ids].map((id) => ({ id }));
const text = (list: { id: string }[]) => list.map((row) => row.id).join('');

/** What the list of the views that ended up to the end of a view has, and that of those that ended since, by hand. */
function told(id: string, endedUpTo: string, endedSince: string, many = 5) {
  const { before, after } = around(id, [rows(endedUpTo), rows(endedSince)], many);
  return [text(before), text(after)];
}

test('views around one, in the order that they began', () => {
  assert.deepEqual(told('d', 'dcba', 'dfg'), ['cba', 'fg']);
  assert.deepEqual(told('d', 'dcba', 'defg', 2), ['cb', 'ef']);
  assert.deepEqual(told('d', '', ''), ['', '']);
});

test('views that went on at the same time are among them', () => {
  // b began within a and ended before it: two tabs of one viewer.
  assert.deepEqual(told('a', 'ab', 'a'), ['', 'b']);
  assert.deepEqual(told('b', 'b', 'ba'), ['a', '']);
});
