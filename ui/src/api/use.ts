import { useEffect, useRef, useState } from 'preact/hooks';
import { type Ask, get } from './client';
import { whenAgain } from './reachable';

/** What is known of the answer to a question. */
export interface Known<A> {
  /** The latest answer: while another is awaited, the one before it. */
  data?: A;
  /** What went wrong when it was asked last. Data beside it are an earlier answer to the same question. */
  error?: Error;
  /** Whether an answer is awaited. */
  loading: boolean;
  /** The question, which "copy as curl" shows. */
  question?: Ask<A>;
  /** Asks again. */
  reload: () => void;
}

/** What a question is about, whatever its parameters. */
const pathOf = (address: string | undefined) => address?.split('?')[0];

/**
 * Asks a question, and again when it is another one, and every so many ms if
 * `every` is given. Without a question there is nothing, which is not loading.
 * What is on screen stays until the next answer, so that nothing jumps, unless
 * it is about something else: a number of another metric, say.
 */
export function useAnswer<A>(question: Ask<A> | undefined, { every = 0 } = {}): Known<A> {
  const [state, setState] = useState<{ address?: string; data?: A; error?: Error; awaited: boolean }>({
    awaited: true,
  });
  const [turn, setTurn] = useState(0);
  const address = question?.address;
  const latest = useRef(question);
  latest.current = question;

  // biome-ignore lint/correctness/useExhaustiveDependencies: turn asks again
  useEffect(() => {
    const asked = latest.current;
    if (!asked) {
      setState({ awaited: false });
      return;
    }
    const aborter = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    setState((before) => ({ ...before, awaited: true }));
    const once = async () => {
      try {
        const data = await get(asked, aborter.signal);
        if (aborter.signal.aborted) return; // another question has been asked meanwhile
        setState({ address, data, awaited: false });
      } catch (error) {
        if (aborter.signal.aborted) return;
        setState((before) => ({
          data: before.address === address ? before.data : undefined,
          address,
          error: error as Error,
          awaited: false,
        }));
      }
      if (every && !aborter.signal.aborted) timer = setTimeout(once, every);
    };
    once();
    return () => {
      aborter.abort();
      clearTimeout(timer);
    };
  }, [address, turn, every]);

  const failed = state.error !== undefined;
  useEffect(() => (failed ? whenAgain(() => setTurn((n) => n + 1)) : undefined), [failed]);

  return {
    data: pathOf(state.address) === pathOf(address) ? state.data : undefined,
    error: state.address === address ? state.error : undefined,
    loading: address !== undefined && (state.awaited || state.address !== address),
    question,
    reload: () => setTurn((n) => n + 1),
  };
}

/** The answers to several questions. */
type Answers<K extends Known<unknown>[]> = { [I in keyof K]: K[I]['data'] };

/**
 * What belongs together, as it is held against each other: while one of the
 * answers is awaited, all stay those that were there before.
 */
export function useTogether<K extends Known<unknown>[]>(...known: K): Answers<K> {
  const kept = useRef<unknown[]>([]);
  const waiting = known.some((one) => one.loading);
  kept.current = known.map(({ data }, i) => (waiting && data !== undefined ? (kept.current[i] ?? data) : data));
  return kept.current as Answers<K>;
}
