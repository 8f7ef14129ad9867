import { useMemo } from 'preact/hooks';
import { useAnswer } from '../../api/use';
import { usePlace } from '../../app/router';
import { formatCount, formatWhole } from '../../format/format';
import { formatTime } from '../../format/time';
import { type Annotation, Chart, type Series } from '../../kit/chart';
import { Panel } from '../../kit/panel';
import { alignBefore, readLine } from '../../kit/series';
import { type Measured, useCatalog } from '../../state/catalog';
import { useScope } from '../../state/scope';
import { rangeText } from '../../state/timeframe';
import { metricLink, timeseries, titleOf } from './measured';

const height = 180;

/** A metric over time. */
export function MetricChart({ marks, ...measured }: Measured & { marks: Annotation[] }) {
  const place = usePlace();
  const scope = useScope();
  const metric = useCatalog().metric(measured.metric);
  const known = useAnswer(timeseries(measured, scope.query));
  const knownBefore = useAnswer(scope.compare ? timeseries(measured, scope.queryBefore) : undefined);
  const line = useMemo(() => readLine(known.data?.data), [known.data]);
  const past = useMemo(() => readLine(knownBefore.data?.data), [knownBefore.data]);
  const shift = scope.range.to - scope.range.from;
  const filled = metric.type === 'number';
  const series = useMemo(() => {
    const list: Series[] = [{ name: metric.title, values: line.values, n: line.n, style: filled ? 'area' : 'line' }];
    if (scope.compare)
      list.push({ name: 'Period before', ...alignBefore(line.times, past, shift), color: 6, style: 'dashed' });
    return list;
  }, [line, past, scope.compare, shift, metric.title, filled]);
  const write = (value: number | null | undefined) => formatWhole(value, metric.type);
  const title = titleOf(metric, measured.measurement);
  return (
    <Panel
      title={title}
      doc={metric.doc}
      known={scope.compare ? [known, knownBefore] : known}
      minHeight={`${height + 36}px`}
      items={[{ title: 'Open in Metrics', href: metricLink(place, metric, measured.measurement) }]}
      table={() => ({
        columns: ['Time', ...series.map((one) => one.name), 'Views'],
        rows: line.times.map((at, i) => [
          formatTime(at * 1000, scope.utc),
          ...series.map((one) => write(one.values[i])),
          formatCount(line.n[i] ?? 0),
        ]),
      })}
    >
      <Chart
        label={`${title} over time`}
        series={series}
        times={line.times}
        range={scope.range}
        format={write}
        zoom={(range) => scope.setScope({ rangeText: rangeText(range) })}
        annotations={marks}
        height={height}
        utc={scope.utc}
        sync="overview"
      />
    </Panel>
  );
}
