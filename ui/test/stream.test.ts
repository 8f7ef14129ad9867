import './page';
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { Failure } from '../src/api/client';
import { type Connection, follow } from '../src/api/stream';

const question = { address: 'data/v1/stream' };

/** Answers, one after another, as a server gives them; and what it was asked with. */
function serve(...answers: (() => Response)[]) {
  const asked: Headers[] = [];
  const events = new EventTarget();
  Object.assign(globalThis, {
    addEventListener: () => {},
    reportError: (error: Error) => events.dispatchEvent(new CustomEvent('fault', { detail: error.message })),
    fetch: async (_: URL, { headers }: { headers: Record<string, string> }) => {
      asked.push(new Headers(headers));
      return (answers.shift() as () => Response)();
    },
  });
  Object.assign(globalThis.document, { addEventListener: () => {} });
  return { asked, events };
}

const told = (text: string) => () => new Response(text, { headers: { 'Content-Type': 'text/event-stream' } });
const refused = () =>
  new Response(JSON.stringify({ error: { messages: ['There is no such dimension.'] } }), { status: 400 });

/** Follows until it has ended; what it was told. */
function followed(each: (name: string, data: unknown) => void = () => {}) {
  const events: unknown[] = [];
  const states: Connection[] = [];
  return new Promise<{ events: unknown[]; states: Connection[]; why?: Failure }>((resolve) => {
    follow(question, {
      event: (name, data) => {
        events.push(data);
        each(name, data);
      },
      connection: (now, why) => {
        states.push(now);
        if (now === 'ended') resolve({ events, states, why });
      },
    });
  });
}

test('a stream that is cut off goes on after its last event, until it is refused', async () => {
  const { asked } = serve(
    told('retry: 0\n\nid: 7\ndata: 1\n\nid: 8\ndata: {"cut'),
    told('id: 9\ndata: 2\n\n'),
    refused,
  );
  const { events, states, why } = await followed();
  assert.deepEqual(events, [1, 2]);
  assert.deepEqual(
    asked.map((headers) => headers.get('Last-Event-ID')),
    [null, '7', '9'],
  );
  assert.deepEqual(states, ['connecting', 'open', 'waiting', 'open', 'waiting', 'ended']);
  assert.deepEqual(why?.messages, ['There is no such dimension.']);
});

test('an event that is not whole is asked for again from the beginning', async () => {
  const { asked } = serve(told('retry: 0\n\nid: 7\ndata: {"a"\n\n'), refused);
  await followed();
  assert.equal(asked[1]?.get('Last-Event-ID'), null);
});

test('a fault of who listens is reported, and does not cut the stream off', async () => {
  const { events: reports } = serve(told('retry: 0\n\ndata: 1\n\ndata: 2\n\n'), refused);
  const faults: string[] = [];
  reports.addEventListener('fault', (event) => faults.push((event as CustomEvent).detail));
  const { events } = await followed((_, data) => {
    if (data === 1) throw new TypeError('cannot read it');
  });
  assert.deepEqual(events, [1, 2]);
  assert.deepEqual(faults, ['cannot read it']);
});

test('who has stopped is told nothing more', async () => {
  serve(told('data: 1\n\ndata: 2\n\n'));
  const events: unknown[] = [];
  await new Promise<void>((resolve) => {
    const stop = follow(question, {
      event: (_, data) => {
        events.push(data);
        stop();
        setTimeout(resolve);
      },
      connection: () => {},
    });
  });
  assert.deepEqual(events, [1]);
});

test('after the computer has slept, a stream of which nothing is heard is cut off at once', async () => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  let now = Date.now();
  mock.method(Date, 'now', () => now);
  const first = () => {
    const body = new ReadableStream({ start: (c) => c.enqueue(new TextEncoder().encode('retry: 0\n\ndata: 1\n\n')) });
    return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
  };
  serve(first, refused);
  const answer = globalThis.fetch;
  globalThis.fetch = async (url, init) => {
    const response = await answer(url, init);
    if (!response.ok) return response;
    const cut = new TransformStream();
    response.body?.pipeTo(cut.writable, { signal: init?.signal ?? undefined }).catch(() => {});
    return new Response(cut.readable, response);
  };
  const states: Connection[] = [];
  await new Promise<void>((resolve) => {
    follow(question, {
      event: () => {},
      connection: (state) => {
        states.push(state);
        if (state === 'open') {
          mock.timers.tick(1000); // nothing is wrong so far
          now += 3_600_000; // no timer goes on meanwhile
          setImmediate(() => mock.timers.tick(1000));
        }
        if (state === 'waiting') setImmediate(() => mock.timers.tick(1));
        if (state === 'ended') resolve();
      },
    });
  });
  mock.timers.reset();
  mock.reset();
  assert.deepEqual(states, ['connecting', 'open', 'waiting', 'ended']);
});
