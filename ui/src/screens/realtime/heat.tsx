import { useState } from 'preact/hooks';
import { formatCount, formatShare, formatWhole } from '../../format/format';
import { formatTime } from '../../format/time';
import { Panel } from '../../kit/panel';
import type { RealtimeMetric } from '../../state/catalog';
import { useScope } from '../../state/scope';
import type { Minute } from './history';
import type { Live } from './live';

const columns = 30;

/** Startup times over time: a column for each minute, a row for each bucket, and the more of a minute's starts the stronger. */
export function Heat({ live, metric }: { live: Live; metric: RealtimeMetric }) {
  const { utc } = useScope();
  const [at, setAt] = useState<number | undefined>();
  const minutes = lastMinutes(live.history?.minutes ?? []);
  const buckets = (metric.buckets ?? []).map((bucket) => bucketText(bucket, metric));
  // The last minute that is over, until another one is pointed at.
  const shown = at ?? columns - 2;
  const time = (minute: Minute | undefined) =>
    minute ? formatTime(Date.parse(minute.timestamp), utc, { day: false }) : '';
  const words = (minute: Minute | undefined) => minuteText(minute, time(minute), metric);
  return (
    <Panel
      title={`${metric.title} by minute`}
      doc={metric.doc}
      known={{ ...live, data: live.history, loading: !live.history, reload: live.retry }}
      minHeight="12.125rem"
      table={() => ({
        columns: ['Minute', 'First frames', 'Median', '95th', ...buckets],
        rows: minutes
          .toReversed()
          .flatMap((minute) =>
            minute
              ? [
                  [
                    time(minute),
                    minute.sum,
                    formatWhole(minute.median, metric.type),
                    formatWhole(minute.p95, metric.type),
                    ...minute.bucket_values.map(({ count }) => count),
                  ],
                ]
              : [],
          ),
      })}
    >
      <div class="heat">
        <div class="heat-buckets" aria-hidden="true">
          {buckets.toReversed().map((text) => (
            <span key={text}>{text}</span>
          ))}
        </div>
        <div
          class="heat-plot"
          tabIndex={0}
          role="slider"
          aria-label={`${metric.title} of the last half an hour: left and right arrow keys read minutes`}
          aria-valuemin={0}
          aria-valuemax={columns - 1}
          aria-valuenow={shown}
          aria-valuetext={words(minutes[shown])}
          onPointerMove={(event) => setAt(columnAt(event))}
          onPointerLeave={() => setAt(undefined)}
          onBlur={() => setAt(undefined)}
          onKeyDown={(event) => {
            const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
            if (!step) return;
            event.preventDefault();
            setAt(Math.max(0, Math.min(columns - 1, shown + step)));
          }}
        >
          {minutes.map((minute, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: columns are places
            <div key={i} class={i === at ? 'heat-minute heat-at' : 'heat-minute'}>
              {buckets.map((text, bucket) => {
                const share = minute?.bucket_values[bucket]?.percentage ?? 0;
                return (
                  <span key={text} class="heat-cell">
                    <i style={{ opacity: share && 0.15 + 0.85 * share }} />
                  </span>
                );
              })}
            </div>
          ))}
        </div>
        <div class="heat-times" aria-hidden="true">
          {minutes.map((minute, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: columns are places
            <span key={i} class={`heat-time-${minute ? new Date(minute.timestamp).getUTCMinutes() % 10 : ''}`}>
              {time(minute)}
            </span>
          ))}
        </div>
      </div>
      <p class="heat-words">{words(minutes[shown])}</p>
    </Panel>
  );
}

/** A place for each of the last minutes; those that are not known are empty. */
function lastMinutes(known: Minute[]): (Minute | undefined)[] {
  const newest = Date.parse(known.at(-1)?.timestamp ?? '');
  const places = new Map(known.map((minute) => [Date.parse(minute.timestamp), minute]));
  return Array.from({ length: columns }, (_, i) => places.get(newest - (columns - 1 - i) * 60_000));
}

function columnAt(event: PointerEvent): number {
  const { left, width } = (event.currentTarget as Element).getBoundingClientRect();
  return Math.max(0, Math.min(columns - 1, Math.floor(((event.clientX - left) / width) * columns)));
}

function bucketText({ start, end }: { start: number; end: number | null }, { type }: RealtimeMetric): string {
  if (end === null) return `${formatWhole(start, type)} or more`;
  if (start === 0) return `below ${formatWhole(end, type)}`;
  return `${formatWhole(start, type)} – ${formatWhole(end, type)}`;
}

function minuteText(minute: Minute | undefined, time: string, { type }: RealtimeMetric): string {
  if (!minute) return 'Not known.';
  if (minute.sum === 0) return `${time}: no first frame.`;
  const fullest = formatShare(minute.max_percentage);
  return (
    `${time}: ${formatCount(minute.sum)} first ${minute.sum === 1 ? 'frame' : 'frames'}, median ${formatWhole(minute.median, type)}, ` +
    `95th percentile ${formatWhole(minute.p95, type)}, ${fullest} in the fullest row.`
  );
}
