/**
 * An answer of the API that goes on: server-sent events, read with fetch, which
 * unlike EventSource tells why there are none. A stream that is cut off is
 * asked for again, from the event on that was the last.
 */
import { type Ask, asPage, type Failure, failureOf, server } from './client';
import { EventReader } from './events';

/** How it is with a stream. */
export type Connection =
  | 'connecting' // the first event is awaited
  | 'open' // events come
  | 'waiting' // it was cut off or there was no place for it: it is tried again
  | 'ended'; // the server will not have it: trying again would be of no use

/** Who is told what comes. */
export interface Listener {
  event: (name: string, data: unknown) => void;
  /** The error is why it waits or has ended, as far as the server says so. */
  connection: (now: Connection, why?: Failure) => void;
}

/** Without any sign for so many ms the other side is gone: there is an event or a comment every five seconds. */
const silence = 20_000;
/** It never waits longer before it tries again. */
const longest = 30_000;

/** Follows a stream until the function that it returns is called. */
export function follow(question: Ask<unknown>, listener: Listener): () => void {
  const stopper = new AbortController();
  const stopped = stopper.signal;
  const reader = new EventReader();
  let failures = 0;

  const told: Listener = {
    event: (name, data) => {
      failures = 0;
      if (!stopped.aborted) listener.event(name, data);
    },
    connection: (now, why) => {
      if (!stopped.aborted) listener.connection(now, why);
    },
  };

  (async () => {
    told.connection('connecting');
    for (;;) {
      const why = await once(question.address, reader, told, stopped);
      if (stopped.aborted) return;
      if (why && [400, 401, 403].includes(why.status)) {
        told.connection('ended', why);
        return;
      }
      told.connection('waiting', why);
      await pause(Math.min(longest, reader.retry * 2 ** failures++), stopped);
      if (stopped.aborted) return;
    }
  })();
  return () => stopper.abort();
}

/** Asks once and tells what comes until there is no more; what it returns is why, if the server says so. */
async function once(
  address: string,
  reader: EventReader,
  { event, connection }: Listener,
  stopped: AbortSignal,
): Promise<Failure | undefined> {
  const silent = new AbortController();
  // By the clock on the wall: timers of a computer that sleeps stand still.
  let heard = Date.now();
  const timer = setInterval(() => Date.now() - heard >= silence && silent.abort(), 1000);
  try {
    const response = await fetch(new URL(address, server), {
      headers: { ...asPage, Accept: 'text/event-stream', ...(reader.lastId && { 'Last-Event-ID': reader.lastId }) },
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.any([stopped, silent.signal]),
    });
    if (!response.ok || !response.body) return await failureOf(response);
    const decoder = new TextDecoder();
    const parts = response.body.getReader();
    for (;;) {
      const { done, value } = await parts.read();
      if (done) return undefined;
      heard = Date.now();
      for (const { name, data } of reader.read(decoder.decode(value, { stream: true }))) {
        const told = JSON.parse(data);
        try {
          event(name, told);
        } catch (error) {
          reportError(error); // a fault of who listens, which no new connection mends
        }
        connection('open');
      }
    }
  } catch (error) {
    if (error instanceof SyntaxError) reader.lastId = ''; // what came was not whole: everything again
    return undefined; // there is no server, it was cut off or silent, or nobody listens any more
  } finally {
    clearInterval(timer);
    reader.cut();
  }
}

/** Waits, but not after the network or the window has come back. */
function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = new AbortController();
    const end = () => {
      done.abort();
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(end, ms);
    addEventListener('online', end, { signal: done.signal });
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && end(), {
      signal: done.signal,
    });
    stopped.addEventListener('abort', end, { signal: done.signal });
  });
}
