import { useSyncExternalStore } from 'preact/compat';
import { isReachable } from '../api/reachable';

const read = () => Math.floor(Date.now() / 60_000) * 60;

const listeners = new Set<() => void>();
let now = read();
let timer: ReturnType<typeof setInterval> | undefined;

function look() {
  // Nobody looks, or nobody answers: what is on screen stays.
  if (document.visibilityState === 'hidden' || !isReachable()) return;
  if (now === read()) return;
  now = read();
  for (const call of listeners) call();
}

function subscribe(call: () => void): () => void {
  if (listeners.size === 0) {
    look();
    timer = setInterval(look, 5_000);
    document.addEventListener('visibilitychange', look);
  }
  listeners.add(call);
  return () => {
    listeners.delete(call);
    if (listeners.size > 0) return;
    clearInterval(timer);
    document.removeEventListener('visibilitychange', look);
  };
}

/**
 * The present minute, in seconds since 1970, so that ranges up to now move on.
 * It is one for all: what is on screen is of the same range.
 */
export function useMinute(): number {
  return useSyncExternalStore(subscribe, () => now);
}
