/** Whether the server answers: while it does not, it is asked now and then. */
import { useSyncExternalStore } from 'preact/compat';
import { ask, get, whenAnswered } from './client';

const listeners = new Set<() => void>();
const again = new Set<() => void>();
/** How often it is asked while it does not answer, in ms. */
const every = 3000;
let reachable = true;
let timer: ReturnType<typeof setTimeout> | undefined;

whenAnswered((now) => {
  if (now === reachable) return;
  reachable = now;
  for (const call of listeners) call();
  if (reachable) for (const call of again) call();
  else tryLater();
});

function tryLater() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    get(ask('/system/v1/whoami')).catch(() => {
      if (!reachable) tryLater();
    });
  }, every);
}

/** Has a function called whenever the server answers again, until the returned one is called. */
export function whenAgain(call: () => void): () => void {
  again.add(call);
  return () => again.delete(call);
}

/** Whether the server answered when it was asked last. */
export const isReachable = (): boolean => reachable;

export function useReachable(): boolean {
  return useSyncExternalStore((call) => {
    listeners.add(call);
    return () => listeners.delete(call);
  }, isReachable);
}
