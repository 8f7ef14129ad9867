/** The lanes of a view below each other, with one axis, one cursor and zoom. */
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Known } from '../../api/use';
import { Button } from '../../kit/button';
import { Panel } from '../../kit/panel';
import { useParam } from '../../state/scope';
import { closest, parseSight, type Sight, sightText, spanAt, timeText, wholeOf, within, zoomed } from './axis';
import {
  CdnLane,
  EventLane,
  placeOf,
  RenditionLane,
  RequestLane,
  type Scale,
  StateLane,
  TickLane,
  timeAt,
} from './lanes';
import { type Course, renditionDetails, stateText, tookText, totals } from './states';

interface TimelineProps {
  course: Course;
  known: Known<unknown>;
  /** The time that lanes and lists point at; undefined while nobody points. */
  cursor: number | undefined;
  onCursor: (at: number | undefined, chosen?: boolean) => void;
}

export function Timeline({ course, known, cursor, onCursor }: TimelineProps) {
  const [zoom, setZoom] = useParam('zoom');
  const whole = useMemo(() => wholeOf(course.length, course.in_progress), [course.length, course.in_progress]);
  const wanted = parseSight(zoom);
  const sight = wanted ? within(wanted, whole) : whole;
  const setSight = (next: Sight) => {
    const all = next.from <= whole.from && next.to >= whole.to;
    setZoom(all ? '' : sightText(next), { replace: true });
  };
  const middle = cursor ?? (sight.from + sight.to) / 2;
  return (
    <Panel
      title="Timeline"
      doc="What the viewer was doing, what played, and what was loaded, by the corrected clock of the player. Drag to zoom in; click to keep the cursor where it is. By keyboard: arrows move the cursor, + and − zoom, Esc shows all."
      known={known}
      table={() => ({
        columns: ['State', 'From (s)', 'To (s)', 'Took (s)'],
        rows: course.states.map((one) => [
          stateText(one),
          (one.from / 1000).toFixed(3),
          (one.to / 1000).toFixed(3),
          ((one.to - one.from) / 1000).toFixed(3),
        ]),
      })}
      actions={
        <>
          <Button kind="quiet" label="Zoom in" onClick={() => setSight(zoomed(sight, 0.5, middle, whole))}>
            +
          </Button>
          <Button
            kind="quiet"
            label="Zoom out"
            disabled={!wanted}
            onClick={() => setSight(zoomed(sight, 2, middle, whole))}
          >
            −
          </Button>
          <Button kind="quiet" disabled={!wanted} onClick={() => setSight(whole)}>
            Show all
          </Button>
        </>
      }
    >
      <Readout course={course} cursor={cursor} />
      <Lanes {...{ course, cursor, onCursor, sight, whole, setSight }} />
      <Legend course={course} />
    </Panel>
  );
}

/** What is so at the cursor, or else what the lanes are about, in a line that is always there. */
function Readout({ course, cursor }: { course: Course; cursor: number | undefined }) {
  if (cursor === undefined) return <p class="view-readout soft">Hover over the timeline for details.</p>;
  const state = spanAt(course.states, cursor);
  const rendition = spanAt(course.renditions, cursor);
  const cdn = spanAt(course.cdns, cursor);
  return (
    <p class="view-readout">
      <b>{timeText(cursor)}</b>
      {state && <span>{stateText(state)}</span>}
      {rendition && <span>{renditionDetails(rendition)}</span>}
      {cdn && <span class="soft">{cdn.name}</span>}
    </p>
  );
}

interface LanesProps extends Omit<TimelineProps, 'known'> {
  sight: Sight;
  whole: Sight;
  setSight: (sight: Sight) => void;
}

function Lanes({ course, cursor, onCursor, sight, whole, setSight }: LanesProps) {
  const [area, width] = useWidth();
  const [drag, setDrag] = useState<{ from: number; to: number }>();
  const { from, to } = sight;
  const scale: Scale = useMemo(() => ({ sight: { from, to }, width }), [from, to, width]);
  const at = (event: PointerEvent) =>
    timeAt(scale, event.clientX - (area.current as Element).getBoundingClientRect().left);
  const state = cursor === undefined ? undefined : spanAt(course.states, cursor);
  const onUp = (event: PointerEvent) => {
    if (!drag) return;
    setDrag(undefined);
    const end = at(event);
    const [a, b] = drag.from < end ? [drag.from, end] : [end, drag.from];
    if (placeOf(scale, b) - placeOf(scale, a) < 5) onCursor(end, true);
    else setSight(within({ from: a, to: b }, whole));
  };
  return (
    <div class="lanes">
      <div
        ref={area}
        class="lanes-area"
        role="slider"
        tabIndex={0}
        aria-label="Cursor of the timeline"
        aria-valuemin={Math.round(from)}
        aria-valuemax={Math.round(to)}
        aria-valuenow={Math.round(cursor ?? from)}
        aria-valuetext={cursor === undefined ? 'not set' : `${timeText(cursor)}${state ? `, ${stateText(state)}` : ''}`}
        onKeyDown={(event) => onKey(event, { sight, whole, cursor, onCursor, setSight })}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          (event.currentTarget as Element).setPointerCapture(event.pointerId);
          setDrag({ from: at(event), to: at(event) });
        }}
        onPointerMove={(event) => {
          if (drag) setDrag({ ...drag, to: at(event) });
          onCursor(at(event));
        }}
        onPointerUp={onUp}
        onPointerLeave={() => !drag && onCursor(undefined)}
        onDblClick={() => setSight(whole)}
      >
        <TickLane scale={scale} />
        <StateLane states={course.states} scale={scale} />
        {course.renditions.length > 0 && <RenditionLane renditions={course.renditions} scale={scale} />}
        {course.cdns.length > 1 && <CdnLane cdns={course.cdns} scale={scale} />}
        {course.requests.length > 0 && <RequestLane requests={course.requests} scale={scale} />}
        <EventLane events={course.events} errors={course.errors} scale={scale} />
        {drag && <Band scale={scale} a={drag.from} b={drag.to} />}
        {course.in_progress && <span class="lanes-now" style={{ left: `${placeOf(scale, course.length)}px` }} />}
        {cursor !== undefined && cursor >= from && cursor <= to && (
          <span class="lanes-cursor" style={{ left: `${placeOf(scale, cursor)}px` }} />
        )}
      </div>
    </div>
  );
}

function Band({ scale, a, b }: { scale: Scale; a: number; b: number }) {
  const [left, right] = [placeOf(scale, Math.min(a, b)), placeOf(scale, Math.max(a, b))];
  return <span class="lanes-band" style={{ left: `${left}px`, width: `${right - left}px` }} />;
}

interface Keyed {
  sight: Sight;
  whole: Sight;
  cursor: number | undefined;
  onCursor: (at: number | undefined, chosen?: boolean) => void;
  setSight: (sight: Sight) => void;
}

function onKey(event: KeyboardEvent, { sight, whole, cursor, onCursor, setSight }: Keyed) {
  const size = sight.to - sight.from;
  const now = cursor ?? sight.from;
  const step = size / (event.shiftKey ? 20 : 200);
  const to = {
    ArrowRight: now + step,
    ArrowLeft: now - step,
    PageUp: now + size / 10,
    PageDown: now - size / 10,
    Home: sight.from,
    End: sight.to,
  }[event.key];
  if (to !== undefined) onCursor(Math.max(sight.from, Math.min(sight.to, to)), true);
  else if (event.key === '+' || event.key === '=') setSight(zoomed(sight, 0.5, now, whole));
  else if (event.key === '-') setSight(zoomed(sight, 2, now, whole));
  else if (event.key === 'Escape' && size < whole.to - whole.from) setSight(whole);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** An element and how wide it is, in px. */
function useWidth() {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  const measure = useCallback(() => setWidth(Math.max(closest, element.current?.clientWidth ?? 0)), []);
  useLayoutEffect(() => {
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element.current as Element);
    return () => observer.disconnect();
  }, [measure]);
  return [element, width] as const;
}

/** What the colours mean, how long each state took and how often it came. */
function Legend({ course }: { course: Course }) {
  const since = course.states[0]?.from ?? 0;
  return (
    <ul class="view-legend">
      {since >= 1000 && <li class="soft">States before {timeText(since, 0)} are not known</li>}
      {totals(course.states).map((row) => (
        <li key={row.state + row.heard}>
          <svg class="view-swatch" width="12" height="12" aria-hidden="true">
            <rect class={`state-${row.state}${row.heard ? '' : ' state-unheard'}`} width="12" height="12" />
          </svg>
          {stateText(row)} <b>{tookText(row.ms)}</b>
          {row.times > 1 && <span class="soft"> in {row.times} spans</span>}
        </li>
      ))}
    </ul>
  );
}
