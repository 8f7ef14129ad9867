import { useMemo } from 'preact/hooks';
import { type AnswerOf, type Ask, ask } from '../../api/client';
import { type Known, useAnswer } from '../../api/use';
import { formatCount, formatShare, none } from '../../format/format';
import { formatTime } from '../../format/time';
import { useAnnotations } from '../../kit/annotations';
import { Button } from '../../kit/button';
import { Chart, type Series } from '../../kit/chart';
import { Panel } from '../../kit/panel';
import { alignBefore, type Line } from '../../kit/series';
import { useParam, useScope } from '../../state/scope';
import { rangeText } from '../../state/timeframe';

type Steps = AnswerOf<'/data/v1/errors/{id}/timeseries'>['data'];

/** Steps as a chart has them: the share of views, or their number. */
function lineOf(steps: Steps | undefined, counts: boolean): Line {
  const rows = steps ?? [];
  return {
    times: rows.map((step) => Date.parse(step.time) / 1000),
    values: rows.map((step) => (counts ? step.count : step.percentage)),
    n: rows.map((step) => step.views),
  };
}

interface TrendProps {
  title: string;
  doc: string;
  /** An error type, or "any". */
  id: string;
  /** What the line is. */
  name: string;
  /** A line more, where shares are shown. */
  more?: { question: Ask<unknown>; known: Known<unknown>; series: Series | undefined };
}

/** How many views had an error, or which share of them, over time; with that of the period before, if it is asked for. */
export function Trend({ title, doc, id, name, more }: TrendProps) {
  const scope = useScope();
  const [shown, show] = useParam('show', 'share');
  const counts = shown === 'views';
  const question = ask('/data/v1/errors/{id}/timeseries', { path: { id }, query: scope.query });
  const questionBefore = scope.compare
    ? ask('/data/v1/errors/{id}/timeseries', { path: { id }, query: scope.queryBefore })
    : undefined;
  const notes = useAnnotations(scope.range);
  const known = useAnswer(question);
  const knownBefore = useAnswer(questionBefore);
  const steps = known.data?.data;
  const before = questionBefore && knownBefore.data?.data;
  const line = useMemo(() => lineOf(steps, counts), [steps, counts]);
  const width = scope.range.to - scope.range.from;
  const extra = counts ? undefined : more?.series;
  const series = useMemo(() => {
    const list: Series[] = [{ name, ...line, n: counts ? undefined : line.n, style: counts ? 'bars' : 'area' }];
    if (extra) list.push(extra);
    if (before) {
      const { values, n } = alignBefore(line.times, lineOf(before, counts), width);
      list.push({ name: 'Previous period', values, n: counts ? undefined : n, color: 6, style: 'dashed' });
    }
    return list;
  }, [line, before, extra, counts, name, width]);
  const format = counts ? formatCount : formatShare;
  return (
    <Panel
      title={title}
      doc={doc}
      known={extra ? [known, (more as { known: Known<unknown> }).known] : known}
      questions={[question, ...(extra && more ? [more.question] : []), ...(questionBefore ? [questionBefore] : [])]}
      minHeight="15rem"
      actions={
        <>
          {notes.actions}
          <Button pressed={!counts} onClick={() => show('share')}>
            Share
          </Button>
          <Button pressed={counts} onClick={() => show('views')}>
            Views
          </Button>
        </>
      }
      table={() => ({
        columns: ['Time', 'Views with it', 'All views', 'Share'],
        rows: (steps ?? []).map((step) => [
          formatTime(Date.parse(step.time), scope.utc),
          formatCount(step.count),
          formatCount(step.views),
          step.percentage === null ? none : formatShare(step.percentage),
        ]),
      })}
    >
      <Chart
        label={`${title}: ${counts ? 'views' : 'share of views'} over time`}
        series={series}
        times={line.times}
        format={format}
        range={scope.range}
        annotations={notes.marks}
        zoom={(range) => scope.setScope({ rangeText: rangeText(range) })}
        height={220}
        utc={scope.utc}
        zero
      />
    </Panel>
  );
}
