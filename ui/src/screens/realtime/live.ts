import { useEffect, useRef, useState } from 'preact/hooks';
import { type Ask, ask, type Failure, type QueryOf } from '../../api/client';
import { type Connection, follow } from '../../api/stream';
import { useCatalog } from '../../state/catalog';
import { parseFilter } from '../../state/filter';
import { useScope } from '../../state/scope';
import { type History, merge } from './history';

/** What is known of the present. */
export interface Live {
  question: Ask<unknown>;
  /** While another question is first answered, that of the one before; not while there is no answer to it. */
  history?: History;
  connection: Connection;
  /** Why it waits or has ended, if the server said so. */
  why?: Failure;
  retry: () => void;
}

type Query = QueryOf<'/data/v1/monitoring/stream'>;

/**
 * Follows the present of the viewers that the filters choose, broken down by a
 * dimension if one is given.
 */
export function useLive(filters: string[], dimension?: string): Live {
  const question = ask('/data/v1/monitoring/stream', { query: { 'filters[]': filters, dimension } as Query });
  const viewers = JSON.stringify(filters);
  const [state, setState] = useState<Pick<Live, 'history' | 'connection' | 'why'> & { of?: string }>({
    connection: 'connecting',
  });
  const [turn, setTurn] = useState(0);
  const latest = useRef(question);
  latest.current = question;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the address stands for the question, turn asks again
  useEffect(() => {
    setState(({ history, of }) => ({
      connection: 'connecting',
      history: history && { ...history, groups: undefined },
      of,
    }));
    return follow(latest.current, {
      event: (name, data) =>
        setState((before) => ({
          ...before,
          of: viewers,
          history: merge(before.history, name, data as Parameters<typeof merge>[2]),
        })),
      connection: (connection, why) =>
        setState(({ history, of }) => {
          const others = of !== viewers && connection !== 'connecting'; // whom nobody asks for any more
          return { history: others ? undefined : history, of, connection, why };
        }),
    });
  }, [question.address, turn]);

  const { history, connection, why } = state;
  return { history, connection, why, question, retry: () => setTurn((n) => n + 1) };
}

/** The filters of the scope that there are real-time numbers by, and those that are left out. */
export function useLiveFilters(): { filters: string[]; leftOut: string[] } {
  const { realtime_dimensions } = useCatalog();
  const { filters } = useScope();
  const names = new Set<string>(realtime_dimensions.map(({ name }) => name));
  const known = (filter: string) => names.has(parseFilter(filter)?.dimension ?? '');
  return { filters: filters.filter(known), leftOut: filters.filter((filter) => !known(filter)) };
}
