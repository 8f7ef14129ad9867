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

/**
 * Asks a question, and again when it is another one, and every so many ms if
 * `every` is given. Without a question there is nothing, which is not loading.
 * What is on screen stays until the next answer, so that nothing jumps.
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
    data: state.data,
    error: state.address === address ? state.error : undefined,
    loading: address !== undefined && (state.awaited || state.address !== address),
    question,
    reload: () => setTurn((n) => n + 1),
  };
}
