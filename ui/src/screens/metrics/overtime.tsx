import { useMemo } from 'preact/hooks';
import { type Ask, ask } from '../../api/client';
import { useAnswer, useTogether } from '../../api/use';
import { go } from '../../app/router';
import { format, formatCount, formatDuration, formatWhole } from '../../format/format';
import { useAnnotations } from '../../kit/annotations';
import { Change } from '../../kit/change';
import { Chart, type Series } from '../../kit/chart';
import { N } from '../../kit/n';
import { Panel } from '../../kit/panel';
import { alignBefore, shiftOf } from '../../kit/series';
import { isFew } from '../../kit/states';
import type { Metric } from '../../state/catalog';
import { useScope } from '../../state/scope';
import { rangeText } from '../../state/timeframe';
import type { Choice } from './choice';
import { measurementTitle, readSteps, stepCells } from './measure';
import { Nothing } from './nothing';
import { type Step, StepSelect } from './step';

interface Props {
  metric: Metric;
  choice: Choice;
}

/** The metric over all views and over time, with the period before if that is asked for. */
export function OverTime({ metric, choice }: Props) {
  const scope = useScope();
  const measurement = choice.measurement;
  const step = (choice.step || undefined) as Step | undefined;
  const path = { id: metric.id as never };
  const all = (query: typeof scope.query) =>
    ask('/data/v1/metrics/{id}/overall', { path, query: { ...query, measurement } });
  const line = (query: typeof scope.query) =>
    ask('/data/v1/metrics/{id}/timeseries', { path, query: { ...query, measurement, group_by: step } });
  const notes = useAnnotations(scope.range);
  const overall = useAnswer(all(scope.query));
  const series = useAnswer(line(scope.query));
  const overallBefore = useAnswer(scope.compare ? all(scope.queryBefore) : undefined);
  const seriesBefore = useAnswer(scope.compare ? line(scope.queryBefore) : undefined);

  const [answer, answerBefore] = useTogether(series, seriesBefore);
  const now = useMemo(() => readSteps(answer?.data, measurement), [answer, measurement]);
  const past = useMemo(() => readSteps(answerBefore?.data, measurement), [answerBefore, measurement]);
  const shift = shiftOf(answer, answerBefore);
  const length = scope.range.to - scope.range.from;
  const title = measurementTitle(choice.measurement, metric);
  const lines: Series[] = useMemo(() => {
    const list: Series[] = [{ name: title, values: now.values, n: now.n, color: 1 }];
    if (scope.compare && past.times.length > 0) {
      list.push({ name: 'Previous period', ...alignBefore(now.times, past, shift), color: 6, style: 'dashed' });
    }
    return list;
  }, [now, past, scope.compare, shift, title]);

  const known = scope.compare ? [overall, series, overallBefore, seriesBefore] : [overall, series];
  const write = (value: number) => formatWhole(value, metric.type);
  const [whole, wholeBefore] = useTogether(overall, overallBefore);
  const total = whole?.data;
  const nothing = total?.total_views === 0 && now.n.every((n) => !n);
  const before = scope.compare ? wholeBefore?.data : undefined;
  return (
    <Panel
      title="Over time"
      known={known}
      questions={known.flatMap((one) => (one.question ? [one.question as Ask<unknown>] : []))}
      minHeight="20.25rem"
      table={() => stepCells(now.times, lines, metric.type, scope.utc)}
      actions={
        <>
          {notes.actions}
          <StepSelect choice={choice} seconds={length} used={series.data?.meta.granularity as Step | undefined} />
        </>
      }
    >
      {total && !nothing && (
        <p class="metrics-total">
          <Total value={total.value} n={total.total_views} metric={metric} />
          {scope.compare && before && (
            <Change
              now={total.value}
              before={before.value}
              better={metric.better}
              format={write}
              views={{ now: total.total_views, before: before.total_views }}
            />
          )}
          <span class="metrics-facts">
            <N n={total.total_views} />
            {scope.compare && before && <span>{formatCount(before.total_views)} before</span>}
            <span>{formatDuration(total.total_watch_time)} watched</span>
          </span>
        </p>
      )}
      {nothing ? (
        <Nothing />
      ) : (
        <Chart
          label={`${metric.title}, ${title.toLowerCase()}, over time`}
          series={lines}
          times={now.times}
          range={scope.range}
          steps
          format={write}
          type={metric.type}
          height={264}
          utc={scope.utc}
          annotations={notes.marks}
          zoom={(range) => go(choice.to({}, { rangeText: rangeText(range) }))}
        />
      )}
    </Panel>
  );
}

function Total({ value, n, metric }: { value: number | null; n: number; metric: Metric }) {
  const { text, unit } = format(value, metric.type);
  return (
    <span class={isFew(n) ? 'metrics-value metrics-few' : 'metrics-value'}>
      {text}
      {unit && <span class="metrics-unit">{unit === '%' || unit.startsWith('/') ? unit : ` ${unit}`}</span>}
    </span>
  );
}
