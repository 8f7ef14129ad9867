import './page';
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { beforeEach, test } from 'node:test';
import { ask, change, get } from '../src/api/client';

const question = ask('/data/v1/errors');

interface Asked {
  address: string;
  signal: AbortSignal;
  answer: (data: unknown) => void;
}

/** What the server was asked, and can answer. */
let asked: Asked[];

beforeEach(() => {
  asked = [];
  globalThis.fetch = ((address: URL, { signal }: RequestInit) =>
    new Promise<Response>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
      const answer = (data: unknown) => resolve(Response.json(data));
      asked.push({ address: String(address), signal: signal as AbortSignal, answer });
    })) as typeof fetch;
});

test('the same is asked once at a time', async () => {
  const both = [get(question), get(question)];
  const other = get(ask('/data/v1/errors', { query: { limit: 1 } as never }));
  assert.equal(asked.length, 2);
  asked[0]?.answer({ data: [1] });
  assert.deepEqual(await Promise.all(both), [{ data: [1] }, { data: [1] }]);
  asked[1]?.answer({ data: [2] });
  assert.deepEqual(await other, { data: [2] });
  const later = get(question);
  assert.equal(asked.length, 3);
  asked[2]?.answer({ data: [3] });
  assert.deepEqual(await later, { data: [3] });
});

test('nothing is kept of a question that is answered', async () => {
  const { signal } = new AbortController();
  const first = get(question, signal);
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  asked[0]?.answer({ data: [] });
  await first;
  await Promise.resolve();
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('it is given up when nobody waits any more', async () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const both = [get(question, first.signal), get(question, second.signal)];
  first.abort();
  await assert.rejects(both[0] as Promise<unknown>, { name: 'AbortError' });
  assert.equal(asked[0]?.signal.aborted, false);
  second.abort();
  await assert.rejects(both[1] as Promise<unknown>, { name: 'AbortError' });
  assert.equal(asked[0]?.signal.aborted, true);
  const again = get(question);
  assert.equal(asked.length, 2);
  asked[1]?.answer({ data: [] });
  assert.deepEqual(await again, { data: [] });
});

test('what was asked before a change is not the answer to what is asked after it', async () => {
  const before = get(question);
  const changed = change('delete', '/session');
  asked[1]?.answer({});
  await changed;
  const after = get(question);
  assert.equal(asked.length, 3);
  asked[0]?.answer({ data: ['old'] });
  asked[2]?.answer({ data: ['new'] });
  assert.deepEqual(await before, { data: ['old'] });
  assert.deepEqual(await after, { data: ['new'] });
});
