import { useMemo } from 'preact/hooks';
import { type AnswerOf, ask } from '../../api/client';
import { useAnswer } from '../../api/use';
import { formatCount } from '../../format/format';
import { formatTime } from '../../format/time';
import { type Annotation, Chart, type Series } from '../../kit/chart';
import { Panel } from '../../kit/panel';
import { Empty } from '../../kit/states';
import { useCatalog } from '../../state/catalog';
import { useScope } from '../../state/scope';
import { endOf, type Incident, quantity, typeOf } from './quantity';

type Point = AnswerOf<'/data/v1/incidents/{id}/timeseries'>['data']['points'][number];

const seconds = (at: string) => Date.parse(at) / 1000;

/** What was measured against the threshold, with when the incident opened and closed. */
export function MeasuredChart({ incident }: { incident: Incident }) {
  const { utc } = useScope();
  const type = typeOf(incident, useCatalog());
  const question = ask('/data/v1/incidents/{id}/timeseries', { path: { id: incident.id } });
  const known = useAnswer(question, { every: incident.status === 'open' ? 30_000 : 0 });
  const series = known.data?.data;
  const points = series?.points ?? [];
  const write = (value: number | null) => quantity(value, type);
  const line = useMemo(() => lineOf(series?.points ?? [], !incident.rule), [series, incident.rule]);
  const lines = useMemo(() => {
    const list: Series[] = [{ name: series?.title ?? '', values: line.values, n: line.n }];
    if (line.unsure.some((value) => value !== null))
      list.push({
        name: incident.rule ? 'few viewers' : 'not judged',
        values: line.unsure,
        n: line.n,
        color: 6,
        style: 'dashed',
      });
    return list;
  }, [line, series?.title, incident.rule]);
  const marks = useMemo(() => marksOf(incident), [incident]);
  const range = known.data && { from: known.data.timeframe[0] as number, to: known.data.timeframe[1] as number };
  const end = endOf(incident, (range?.to ?? 0) * 1000) / 1000;
  return (
    <Panel
      title={series ? `${series.title} against the threshold` : 'Measured against the threshold'}
      doc={
        incident.rule
          ? 'The metric over the minute up to each moment, as the rule looks at it. Moments of fewer viewers than it wants do not count.'
          : 'The share of the views that were looked at together, from the end of the first to that of the last. Of what is not judged nothing is certain yet.'
      }
      known={known}
      minHeight="18rem"
      table={() => ({
        columns: ['From', 'To', 'Value', series?.sample_size_unit === 'viewers' ? 'Viewers' : 'Views'],
        rows: points.map((point) => [
          formatTime(Date.parse(point.from), utc, { seconds: true }),
          formatTime(Date.parse(point.to), utc, { seconds: true }),
          write(point.value),
          formatCount(point.sample_size),
        ]),
      })}
    >
      {points.length === 0 ? (
        <Empty title="Nothing is known of that time any more">The views of it are no longer stored.</Empty>
      ) : (
        <Chart
          label={`${series?.title} around the incident`}
          times={line.times}
          range={range}
          series={lines}
          thresholds={[{ value: incident.threshold, text: `threshold ${write(incident.threshold)}` }]}
          annotations={marks}
          bands={[{ from: seconds(incident.started_at), to: end, color: 'bad' }]}
          format={write}
          height={232}
          zero
          utc={utc}
        />
      )}
    </Panel>
  );
}

type Values = (number | null)[];

/** The points as a line: what views that were looked at together had, as far as they reach. */
function lineOf(points: Point[], together: boolean) {
  const line = { times: [] as number[], values: [] as Values, unsure: [] as Values, n: [] as number[] };
  const add = (at: number, point: Point) => {
    const last = line.times.at(-1) ?? 0;
    line.times.push(at > last ? at : last + 0.001);
    line.values.push(point.counts ? point.value : null);
    line.unsure.push(point.counts ? null : point.value);
    line.n.push(point.sample_size);
  };
  for (const point of points) {
    if (together) add(seconds(point.from), point);
    add(seconds(point.to), point);
  }
  return line;
}

function marksOf(incident: Incident): Annotation[] {
  const marks: Annotation[] = [{ from: seconds(incident.opened_at), text: 'opened', kind: 'incident' }];
  if (incident.resolved_at) marks.push({ from: seconds(incident.resolved_at), text: 'ended' });
  return marks;
}
