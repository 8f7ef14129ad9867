import './realtime.css';
import { href, usePlace } from '../../app/router';
import { format, formatWhole } from '../../format/format';
import { formatTime } from '../../format/time';
import { Chart } from '../../kit/chart';
import { Panel } from '../../kit/panel';
import { ScopeBar } from '../../kit/scope';
import { Spark } from '../../kit/spark';
import { ErrorBox } from '../../kit/states';
import { Tile, Tiles } from '../../kit/tile';
import { type RealtimeMetric, useCatalog } from '../../state/catalog';
import { link, useParam, useScope } from '../../state/scope';
import { Breakdown } from './breakdown';
import { Heat } from './heat';
import { manyOf, manysOf, numberOf, numbersOf, ticksOf, unitOf } from './history';
import { type Live, useLive, useLiveFilters } from './live';
import { LiveState } from './state';

/** What viewers are doing now, and in the half hour before: all of it comes with the event stream. */
export function Realtime() {
  const catalog = useCatalog();
  const { filters, leftOut } = useLiveFilters();
  const { tiles, histogram } = catalog.places.realtime;
  const [chosen] = useParam('metric', tiles[0]);
  const [by, setBy] = useParam('by', catalog.realtime_dimensions[0]?.name);
  const live = useLive(filters, by);
  const metrics = tiles.flatMap((id) => catalog.realtime_metrics.find((metric) => metric.id === id) ?? []);
  const metric = metrics.find(({ id }) => id === chosen) ?? metrics[0];
  const startups = catalog.realtime_metrics.find(({ id }) => id === histogram);
  return (
    <div class="screen realtime">
      <Head live={live} />
      <ScopeBar realtime dimensions={catalog.realtime_dimensions.map(({ name }) => name)} />
      {leftOut.length > 0 && (
        <p class="realtime-note">Left out, as it is not known in real time: {leftOut.join(', ')}</p>
      )}
      {live.connection === 'ended' && live.why ? (
        <ErrorBox error={live.why} retry={live.retry} />
      ) : (
        metric && (
          <>
            <Now live={live} metrics={metrics} chosen={metric.id} />
            <div class="realtime-detail">
              <Lines live={live} metric={metric} />
              <Breakdown live={live} metric={metric} by={by} onBy={setBy} />
            </div>
            {startups && <Heat live={live} metric={startups} />}
          </>
        )
      )}
    </div>
  );
}

function Head({ live }: { live: Live }) {
  const place = usePlace();
  return (
    <header class="realtime-head">
      <h1>Real-time</h1>
      <LiveState live={live} />
      <a
        class="button button-plain realtime-wall"
        href={link(place, 'realtime/wall')}
        // It is shown in the window where the browser does not let it fill the screen.
        onClick={() => document.documentElement.requestFullscreen?.().catch(() => {})}
      >
        Wall screen
      </a>
    </header>
  );
}

/** The newest numbers. Each leads to its line and its breakdown below. */
function Now({ live, metrics, chosen }: { live: Live; metrics: RealtimeMetric[]; chosen: string }) {
  const place = usePlace();
  const points = live.history?.points ?? [];
  const { at } = ticksOf(points);
  const newest = points.at(-1);
  return (
    <Tiles label="The newest numbers">
      {metrics.map((metric) => {
        const value = numberOf(newest, metric.id);
        const { text, unit } = format(value, metric.type);
        const params = new URLSearchParams(place.params);
        params.set('metric', metric.id);
        return (
          <Tile
            key={metric.id}
            title={metric.title}
            doc={metric.doc}
            value={text}
            unit={unit}
            {...(metric.of && { n: manyOf(newest, metric), of: unitOf(metric) })}
            href={href(place.path, params)}
            selected={metric.id === chosen}
            spark={<Spark values={numbersOf(points, at, metric.id)} />}
            loading={!live.history}
            question={live.question}
          />
        );
      })}
    </Tiles>
  );
}

function Lines({ live, metric }: { live: Live; metric: RealtimeMetric }) {
  const { utc } = useScope();
  const points = live.history?.points ?? [];
  const { times, at } = ticksOf(points);
  const values = numbersOf(points, at, metric.id);
  const n = metric.of ? manysOf(points, at, metric) : undefined;
  const text = (value: number | null) => formatWhole(value, metric.type);
  return (
    <Panel
      title={metric.title}
      doc={metric.doc}
      known={{ ...live, data: live.history, loading: !live.history, reload: live.retry }}
      minHeight="17.75rem"
      table={() => ({
        columns: ['Time', metric.title, 'Viewers', 'Start attempts'],
        rows: points
          .toReversed()
          .map((point) => [
            formatTime(Date.parse(point.date), utc, { day: false, seconds: true }),
            text(numberOf(point, metric.id)),
            point.concurrent_viewers,
            point.start_attempts,
          ]),
      })}
    >
      <Chart
        label={`${metric.title} of the last half an hour`}
        series={[{ name: metric.title, values, n, style: 'area' }]}
        times={times}
        format={text}
        height={264}
        utc={utc}
      />
    </Panel>
  );
}
