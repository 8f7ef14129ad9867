import { useMemo } from 'preact/hooks';
import { useAnswer, useTogether } from '../../api/use';
import { usePlace } from '../../app/router';
import { format, formatWhole } from '../../format/format';
import { Change } from '../../kit/change';
import { readLine } from '../../kit/series';
import { Spark } from '../../kit/spark';
import { Tile } from '../../kit/tile';
import { type Measured, useCatalog } from '../../state/catalog';
import { useScope } from '../../state/scope';
import { metricLink, overall, timeseries, titleOf } from './measured';

/** A metric over the whole range, and how it has changed against the period before. */
export function MetricTile({ trend, ...measured }: Measured & { trend?: boolean }) {
  const place = usePlace();
  const scope = useScope();
  const metric = useCatalog().metric(measured.metric);
  const now = useAnswer(overall(measured, scope.query));
  const before = useAnswer(overall(measured, scope.queryBefore));
  const line = useAnswer(trend ? timeseries(measured, scope.query) : undefined);
  const [answer, answerBefore, answerLine] = useTogether(now, before, line);
  const values = useMemo(() => readLine(answerLine?.data).values, [answerLine]);

  const total = answer?.data;
  const past = answerBefore?.data;
  // What is a number of views itself need not say of how many it is made.
  const counts = metric.type === 'number' && total?.value === total?.total_views;
  const { text, unit } = format(total?.value, metric.type);
  return (
    <Tile
      title={titleOf(metric, measured.measurement)}
      doc={metric.doc}
      value={text}
      unit={unit}
      n={counts ? undefined : total?.total_views}
      change={
        past && (
          <Change
            now={total?.value}
            before={past.total_views > 0 ? past.value : null}
            better={metric.better}
            format={(value) => formatWhole(value, metric.type)}
            views={counts ? undefined : { now: total?.total_views, before: past.total_views }}
          />
        )
      }
      href={metricLink(place, metric, measured.measurement)}
      spark={trend && <Spark values={values} />}
      loading={now.loading && !now.data}
      busy={now.loading || before.loading || line.loading}
      error={now.error}
      questions={[now, before, line].flatMap((one) => one.question ?? [])}
    />
  );
}
