import { useMemo } from 'preact/hooks';
import { ask } from '../../api/client';
import { useAnswer } from '../../api/use';
import type { Annotation } from '../../kit/chart';
import { plainText } from '../../kit/emphasis';
import { useScope } from '../../state/scope';
import { timeframe } from '../../state/timeframe';

/** What the charts note: annotations, and incidents while they lasted. */
export function useMarks(): Annotation[] {
  const { range } = useScope();
  const notes = useAnswer(ask('/data/v1/annotations', { query: { 'timeframe[]': timeframe(range), limit: 100 } }));
  const incidents = useAnswer(ask('/data/v1/incidents', { query: { limit: 25 } }));
  return useMemo(() => {
    const list: Annotation[] = (notes.data?.data ?? []).map((note) => ({
      from: Date.parse(note.date) / 1000,
      text: note.note,
    }));
    for (const one of incidents.data?.data ?? []) {
      const from = Date.parse(one.started_at) / 1000;
      const to = one.resolved_at ? Date.parse(one.resolved_at) / 1000 : range.to;
      if (from < range.to && to > range.from)
        list.push({ from, to, text: plainText(one.description), kind: 'incident' });
    }
    return list;
  }, [notes.data, incidents.data, range]);
}
