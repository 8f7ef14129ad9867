/** All events of a view in a list that goes with the cursor, and the details of one of them. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatCount } from '../../format/format';
import { CopyButton } from '../../kit/copy';
import { Empty } from '../../kit/states';
import { Time } from '../../kit/time';
import { useParam } from '../../state/scope';
import { lastAt, playheadText, timeText } from './axis';
import type { Course, Mark } from './states';

interface EventListProps {
  course: Course;
  /** The time that the lanes point at. */
  cursor: number | undefined;
  /** A time that somebody chose in the lanes: the list goes there. */
  chosen: number | undefined;
  onCursor: (at: number | undefined, chosen?: boolean) => void;
  utc: boolean;
}

/** The height of a row in px, by which only the rows in sight are made. */
const rowHeight = 28;

const textOf = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

const summaryOf = (event: Mark): string =>
  Object.entries(event.details)
    .map(([name, value]) => `${name}: ${textOf(value)}`)
    .join(' · ');

/** Whether an event has all words of a text, in its name or its details. */
function has(event: Mark, words: string[]): boolean {
  const text = `${event.name} ${summaryOf(event)}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

export function EventList({ course, cursor, chosen, onCursor, utc }: EventListProps) {
  const [text, setText] = useParam('find');
  const words = text.toLowerCase().split(/\s+/).filter(Boolean).join(' ');
  const found = useMemo(
    () => course.events.filter((event) => has(event, words.split(' ').filter(Boolean))),
    [course.events, words],
  );
  const [picked, setPicked] = useState(0);
  const at = cursor === undefined ? undefined : lastAt(found, cursor);
  const shown = found[Math.min(picked, found.length - 1)];
  const pick = (index: number) => {
    const next = Math.max(0, Math.min(found.length - 1, index));
    const event = found[next];
    if (!event) return;
    setPicked(next);
    onCursor(event.at, true);
  };
  useEffect(() => {
    if (chosen !== undefined) setPicked(Math.max(0, lastAt(found, chosen)));
  }, [chosen, found]);
  return (
    <div class="events">
      <div class="events-side">
        <p class="row">
          <input
            class="input events-find"
            type="search"
            aria-label="Find events"
            placeholder="Find by name or details"
            value={text}
            onInput={(event) => setText(event.currentTarget.value, { replace: true })}
          />
          <span class="soft small" role="status">
            {words
              ? `${formatCount(found.length)} of ${formatCount(course.events.length)}`
              : `${formatCount(found.length)} events`}
          </span>
        </p>
        {found.length > 0 ? (
          <Rows
            {...{ found, at, utc, pick, onCursor }}
            picked={Math.min(picked, found.length - 1)}
            live={course.in_progress}
          />
        ) : (
          <Empty title="No event is like that" />
        )}
      </div>
      {shown && <Details event={shown} utc={utc} />}
    </div>
  );
}

interface RowsProps {
  found: Mark[];
  /** The last event before the cursor. */
  at: number | undefined;
  picked: number;
  live: boolean;
  utc: boolean;
  pick: (index: number) => void;
  onCursor: (at: number | undefined) => void;
}

function Rows({ found, at, picked, live, utc, pick, onCursor }: RowsProps) {
  const area = useRef<HTMLElement>(null);
  const [top, setTop] = useState(0);
  const [room, setRoom] = useState(400);
  const count = found.length;
  const first = Math.max(0, Math.floor(top / rowHeight) - 10);
  const last = Math.min(count, Math.ceil((top + room) / rowHeight) + 10);
  useScrollTo(area, picked);
  useStayAtEnd(area, count, live);
  useLayoutEffect(() => setRoom(area.current?.clientHeight ?? 400), []);
  const onKeyDown = (event: KeyboardEvent) => {
    const next = {
      ArrowDown: picked + 1,
      ArrowUp: picked - 1,
      PageDown: picked + 10,
      PageUp: picked - 10,
      Home: 0,
      End: count - 1,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    pick(next);
  };
  return (
    <section
      ref={area}
      class="events-rows"
      aria-label="Events"
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <table class="table events-table" aria-rowcount={count + 1}>
        <caption class="unseen">Events of the view, in their order</caption>
        <thead>
          <tr>
            <th scope="col" class="table-right">
              Time
            </th>
            <th scope="col">Event</th>
            <th scope="col" class="table-right">
              Playhead
            </th>
            <th scope="col" class="table-wide">
              Details
            </th>
          </tr>
        </thead>
        <tbody onKeyDown={onKeyDown}>
          <Spacer rows={first} />
          {found.slice(first, last).map((event, i) => (
            <Row
              // biome-ignore lint/suspicious/noArrayIndexKey: events are only added
              key={first + i}
              event={event}
              index={first + i}
              picked={first + i === picked}
              near={first + i === at}
              utc={utc}
              pick={pick}
              onCursor={onCursor}
            />
          ))}
          <Spacer rows={count - last} />
        </tbody>
      </table>
    </section>
  );
}

function Spacer({ rows }: { rows: number }) {
  if (rows <= 0) return null;
  return (
    <tr class="events-spacer">
      <td colSpan={4} style={{ height: `${rows * rowHeight}px` }} />
    </tr>
  );
}

interface RowProps {
  event: Mark;
  index: number;
  picked: boolean;
  near: boolean;
  utc: boolean;
  pick: (index: number) => void;
  onCursor: (at: number | undefined) => void;
}

function Row({ event, index, picked, near, utc, pick, onCursor }: RowProps) {
  return (
    <tr
      class={near ? 'events-near' : undefined}
      data-selected={picked || undefined}
      aria-rowindex={index + 2}
      onClick={() => pick(index)}
      onPointerMove={() => onCursor(event.at)} // not of rows that come below a pointer that rests
      onPointerLeave={() => onCursor(undefined)}
    >
      <th scope="row" class="table-right">
        <button
          type="button"
          class="events-time"
          tabIndex={picked ? 0 : -1}
          aria-pressed={picked}
          onClick={() => pick(index)}
        >
          {timeText(event.at)}
        </button>
      </th>
      <td class={event.name === 'error' ? 'events-error' : undefined}>{event.name}</td>
      <td class="table-right soft">{playheadText(event.playhead, utc, 1)}</td>
      <td class="table-wide soft">{summaryOf(event)}</td>
    </tr>
  );
}

/** Brings a row into sight when another one is picked, and gives it the focus if one of the rows has it. */
function useScrollTo(area: { current: HTMLElement | null }, picked: number) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the element stays
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    const head = element.querySelector('thead')?.clientHeight ?? 0;
    const top = picked * rowHeight;
    const room = element.clientHeight - head;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + room) element.scrollTop = top + rowHeight - room;
    const focused = element.contains(document.activeElement);
    if (!focused) return;
    const frame = requestAnimationFrame(() =>
      element.querySelector<HTMLElement>('[data-selected] .events-time')?.focus({ preventScroll: true }),
    );
    return () => cancelAnimationFrame(frame);
  }, [picked]);
}

/** Follows a list that grows, if its end is in sight; else it stays where it is. */
function useStayAtEnd(area: { current: HTMLElement | null }, count: number, live: boolean) {
  const before = useRef(count);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the element stays
  useLayoutEffect(() => {
    const element = area.current;
    const grown = count - before.current;
    before.current = count;
    if (!live || !element || grown <= 0) return;
    const rest = element.scrollHeight - element.clientHeight - element.scrollTop;
    if (rest < grown * rowHeight + rowHeight) element.scrollTop = element.scrollHeight;
  }, [count]);
}

function Details({ event, utc }: { event: Mark; utc: boolean }) {
  const rows: [string, ComponentChildren][] = [
    ['At', timeText(event.at)],
    ['Playhead', playheadText(event.playhead, utc)],
    ['Received', <Time key="received" at={event.received} utc={utc} millis />],
  ];
  for (const [name, value] of Object.entries(event.details)) rows.push([name, textOf(value)]);
  return (
    <section class="events-details" aria-label="The event in detail">
      <h3 class="events-name">{event.name}</h3>
      <dl class="facts">
        {rows.map(([name, value]) => (
          <div class="facts-row" key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <CopyButton text={() => JSON.stringify(event, undefined, 2)} label="Copy as JSON" />
    </section>
  );
}
