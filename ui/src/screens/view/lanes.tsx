/** The lanes of a view as drawings, all on the same axis. */
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { rowsOf, type Sight, tickDigits, ticksOf, timeText } from './axis';
import { type Course, type Rendition, type Request, renditionText, type State, stateText } from './states';

/** What lanes are drawn by. */
export interface Scale {
  sight: Sight;
  /** In px. */
  width: number;
}

/** Where a time is, in px from the left; what is out of sight ends a little beyond it. */
export function placeOf({ sight, width }: Scale, at: number): number {
  const share = (at - sight.from) / (sight.to - sight.from);
  return Math.max(-4, Math.min(width + 4, share * width));
}

/** The time at a place. */
export const timeAt = ({ sight, width }: Scale, x: number): number =>
  sight.from + (Math.max(0, Math.min(width, x)) / Math.max(1, width)) * (sight.to - sight.from);

const seen = ({ sight }: Scale, from: number, to: number) => to >= sight.from && from <= sight.to;

interface LaneProps {
  title: string;
  height: number;
  scale: Scale;
  children: ComponentChildren;
}

/** A lane and its title. What it draws is told in words elsewhere. */
function Lane({ title, height, scale, children }: LaneProps) {
  return (
    <div class="lane" style={{ height: `${height}px` }}>
      <span class="lane-title">{title}</span>
      <svg class="lane-drawing" width={scale.width} height={height} aria-hidden="true">
        {children}
      </svg>
    </div>
  );
}

/** About how wide a text is, in px. */
const widthOf = (text: string) => text.length * 6.6 + 8;

/** A text in a span, the first of several that there is room for. */
function Label({
  x,
  y,
  width,
  texts,
  class: looks,
}: {
  x: number;
  y: number;
  width: number;
  texts: string[];
  class?: string;
}) {
  const text = texts.find((one) => one && widthOf(one) <= width);
  if (!text) return null;
  return (
    <text class={looks ? `lane-label ${looks}` : 'lane-label'} x={x + 4} y={y}>
      {text}
    </text>
  );
}

export function TickLane({ scale }: { scale: Scale }) {
  const digits = tickDigits(scale.sight, scale.width);
  return (
    <Lane title="" height={20} scale={scale}>
      {ticksOf(scale.sight, scale.width).map((at) => {
        const x = placeOf(scale, at);
        return (
          <g key={at}>
            <line class="lane-tick" x1={x} x2={x} y1={14} y2={20} />
            <text class="lane-tick-text" x={Math.max(12, Math.min(x, scale.width - 24))} y={11}>
              {timeText(at, digits)}
            </text>
          </g>
        );
      })}
    </Lane>
  );
}

const shortTitles: Partial<Record<State['state'], string>> = { starting: 'Starting', rebuffering: 'Stalled' };

export function StateLane({ states, scale }: { states: State[]; scale: Scale }) {
  return (
    <Lane title="State" height={28} scale={scale}>
      {states.map((one) => {
        if (!seen(scale, one.from, one.to)) return null;
        const x = placeOf(scale, one.from);
        const width = Math.max(1.5, placeOf(scale, one.to) - x);
        return (
          <g key={one.from}>
            <rect
              class={`state-${one.state}${one.heard ? '' : ' state-unheard'}`}
              x={x}
              y={2}
              width={width}
              height={24}
            />
            <Label
              class={`label-${one.state}`}
              x={Math.max(0, x)}
              y={18}
              width={width + Math.min(0, x)}
              texts={[shortTitles[one.state] ?? stateText({ ...one, heard: true })]}
            />
          </g>
        );
      })}
    </Lane>
  );
}

/** How high a rendition stands: by its bitrate, or its height where no bitrate is known. */
function heights(renditions: Rendition[]): (one: Rendition) => number {
  const of = renditions.some((one) => one.bitrate) ? (one: Rendition) => one.bitrate : (one: Rendition) => one.height;
  const most = Math.max(1, ...renditions.map((one) => of(one) ?? 0));
  return (one) => Math.max(0.12, (of(one) ?? 0) / most);
}

export function RenditionLane({ renditions, scale }: { renditions: Rendition[]; scale: Scale }) {
  const height = useMemo(() => heights(renditions), [renditions]);
  const full = 56;
  return (
    <Lane title="Rendition" height={full + 4} scale={scale}>
      {renditions.map((one, i) => {
        if (!seen(scale, one.from, one.to)) return null;
        const x = placeOf(scale, one.from);
        const width = Math.max(1.5, placeOf(scale, one.to) - x);
        const tall = Math.round(height(one) * (full - 16));
        const again = renditionText(renditions[i - 1] ?? one) === renditionText(one) && i > 0;
        return (
          <g key={one.from}>
            <rect class="rendition" x={x} y={full - tall} width={width} height={tall} />
            <rect class="rendition-top" x={x} y={full - tall} width={width} height={2} />
            {!again && (
              <Label
                x={Math.max(0, x)}
                y={full - tall - 4}
                width={width + Math.min(0, x)}
                texts={[renditionText(one), one.height ? `${one.height}p` : '']}
              />
            )}
          </g>
        );
      })}
    </Lane>
  );
}

export function CdnLane({ cdns, scale }: { cdns: Course['cdns']; scale: Scale }) {
  return (
    <Lane title="CDN" height={20} scale={scale}>
      {cdns.map((one, i) => {
        if (!seen(scale, one.from, one.to)) return null;
        const x = placeOf(scale, one.from);
        const width = Math.max(1.5, placeOf(scale, one.to) - x);
        return (
          <g key={one.from}>
            <rect class={i % 2 ? 'cdn cdn-other' : 'cdn'} x={x} y={2} width={width} height={16} />
            <Label x={Math.max(0, x)} y={14} width={width + Math.min(0, x)} texts={[one.name]} />
          </g>
        );
      })}
    </Lane>
  );
}

const requestRows = 6;

export function RequestLane({ requests, scale }: { requests: Request[]; scale: Scale }) {
  const rows = useMemo(() => rowsOf(requests, requestRows), [requests]);
  const used = Math.max(1, ...rows.map((row) => row + 1));
  return (
    <Lane title="Requests" height={used * 8 + 4} scale={scale}>
      {requests.map((one, i) => {
        const end = one.to ?? one.from;
        if (!seen(scale, one.from, end)) return null;
        const x = placeOf(scale, one.from);
        const y = 2 + (rows[i] as number) * 8;
        const width = Math.max(2, placeOf(scale, end) - x);
        const first = one.first_byte === null ? width : Math.max(0, placeOf(scale, one.first_byte) - x);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: requests have no name of their own
          <g key={i}>
            <rect class={`request request-${one.result}`} x={x} y={y} width={width} height={6} />
            {one.result === 'completed' && one.first_byte !== null && (
              <rect class="request-wait" x={x} y={y} width={Math.min(first, width)} height={6} />
            )}
          </g>
        );
      })}
    </Lane>
  );
}

/** Events as ticks, errors as triangles above them. */
export function EventLane({ events, errors, scale }: Pick<Course, 'events' | 'errors'> & { scale: Scale }) {
  const path = useMemo(
    () =>
      events
        .filter((one) => seen(scale, one.at, one.at))
        .map((one) => `M${placeOf(scale, one.at).toFixed(1)} 14v8`)
        .join(''),
    [events, scale],
  );
  return (
    <Lane title="Events" height={24} scale={scale}>
      <path class="event-ticks" d={path} />
      {errors.map((one, i) => {
        if (!seen(scale, one.at, one.at)) return null;
        const x = Math.max(6, Math.min(scale.width - 6, placeOf(scale, one.at)));
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: errors have no name of their own
          <path key={i} class={one.fatal ? 'error-fatal' : 'error-warning'} d={`M${x} 1l6 11h-12z`} />
        );
      })}
    </Lane>
  );
}
