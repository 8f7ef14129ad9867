import { useMemo } from 'preact/hooks';
import { useAnswer, useTogether } from '../../api/use';
import { usePlace } from '../../app/router';
import { formatWhole } from '../../format/format';
import { type Annotation, Chart, type Series } from '../../kit/chart';
import { Panel } from '../../kit/panel';
import { alignBefore, shiftOf } from '../../kit/series';
import { type Measured, useCatalog } from '../../state/catalog';
import { useScope } from '../../state/scope';
import { rangeText } from '../../state/timeframe';
import { readSteps, stepCells } from '../metrics/measure';
import { metricLink, timeseries, titleOf } from './measured';

const height = 180;

/** A metric over time. */
export function MetricChart({ marks, ...measured }: Measured & { marks: Annotation[] }) {
  const place = usePlace();
  const scope = useScope();
  const metric = useCatalog().metric(measured.metric);
  const known = useAnswer(timeseries(measured, scope.query));
  const knownBefore = useAnswer(scope.compare ? timeseries(measured, scope.queryBefore) : undefined);
  const [answer, answerBefore] = useTogether(known, knownBefore);
  const line = useMemo(() => readSteps(answer?.data, measured.measurement), [answer, measured.measurement]);
  const past = useMemo(() => readSteps(answerBefore?.data, measured.measurement), [answerBefore, measured.measurement]);
  const shift = shiftOf(answer, answerBefore);
  const filled = metric.type === 'number';
  const series = useMemo(() => {
    const list: Series[] = [
      {
        name: scope.compare ? 'This period' : metric.title,
        values: line.values,
        n: line.n,
        style: filled ? 'area' : 'line',
      },
    ];
    if (scope.compare)
      list.push({ name: 'Previous period', ...alignBefore(line.times, past, shift), color: 6, style: 'dashed' });
    return list;
  }, [line, past, scope.compare, shift, metric.title, filled]);
  const write = (value: number | null | undefined) => formatWhole(value, metric.type);
  const title = titleOf(metric, measured.measurement);
  return (
    <Panel
      title={title}
      doc={metric.doc}
      known={scope.compare ? [known, knownBefore] : known}
      minHeight={`${height + 20}px`}
      items={[{ title: 'Open in Metrics', href: metricLink(place, metric, measured.measurement) }]}
      table={() => stepCells(line.times, series, metric.type, scope.utc)}
    >
      <Chart
        label={`${title} over time`}
        series={series}
        times={line.times}
        range={scope.range}
        steps
        format={write}
        type={metric.type}
        zoom={(range) => scope.setScope({ rangeText: rangeText(range) })}
        annotations={marks}
        height={height}
        utc={scope.utc}
        sync="overview"
      />
    </Panel>
  );
}
