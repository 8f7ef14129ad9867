import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventReader } from '../src/api/events';

const text =
  'retry: 3000\n\nevent: snapshot\nid: 5.a\ndata: {"a":1}\n\n:\n\nevent: tick\r\nid: 10.a\r\ndata: one\r\ndata:two\r\n\r\nid: 15.a\n\n';
const events = [
  { name: 'snapshot', data: '{"a":1}' },
  { name: 'tick', data: 'one\ntwo' },
];

test('events are read wherever they are cut', () => {
  for (let size = 1; size <= text.length; size++) {
    const reader = new EventReader();
    const read = [];
    for (let at = 0; at < text.length; at += size) read.push(...reader.read(text.slice(at, at + size)));
    assert.deepEqual(read, events, `parts of ${size}`);
    assert.equal(reader.lastId, '15.a');
    assert.equal(reader.retry, 3000);
  }
});

test('what was not whole is forgotten when a stream is cut off', () => {
  const reader = new EventReader();
  assert.deepEqual(reader.read('id: 5.a\ndata: {}\n\nevent: tick\nid: 10.a\ndata: {"ha'), [
    { name: 'message', data: '{}' },
  ]);
  reader.cut();
  assert.deepEqual(reader.read('event: snapshot\ndata: {"b":2}\n\n'), [{ name: 'snapshot', data: '{"b":2}' }]);
  assert.equal(reader.lastId, '5.a');
});

test('what has a colon keeps it', () => {
  assert.deepEqual(new EventReader().read('data: {"a":"b: c"}\nunknown: x\n\n'), [
    { name: 'message', data: '{"a":"b: c"}' },
  ]);
});
