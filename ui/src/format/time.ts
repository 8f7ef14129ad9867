/** Moments as text, in the zone of the reader or in UTC. */

export interface TimeParts {
  /** Seconds too; they are left out by default. */
  seconds?: boolean;
  /** The day; it is there by default. */
  day?: boolean;
  /** The time of the day; it is there by default. */
  clock?: boolean;
  /** Milliseconds too. */
  millis?: boolean;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(utc: boolean, year: boolean, { seconds, day = true, clock = true, millis }: TimeParts) {
  const key = [utc, year, seconds, day, clock, millis].join();
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: utc ? 'UTC' : undefined,
      hourCycle: 'h23',
      ...(day && { month: 'short', day: 'numeric' }),
      ...(day && year && { year: 'numeric' }),
      ...(clock && { hour: '2-digit', minute: '2-digit' }),
      ...(clock && (seconds || millis) && { second: '2-digit' }),
      ...(clock && millis && { fractionalSecondDigits: 3 }),
    });
    formats.set(key, format);
  }
  return format;
}

/** A moment in ms since 1970: "Nov 28, 14:05", with the year when it is another one. */
export function formatTime(ms: number, utc: boolean, parts: TimeParts = {}): string {
  const yearOf = (at: Date) => (utc ? at.getUTCFullYear() : at.getFullYear());
  const year = yearOf(new Date(ms)) !== yearOf(new Date());
  return formatOf(utc, year, parts).format(ms);
}

/** How long ago, in words: "just now", "5 min ago", "3 h ago", "12 days ago". */
export function formatAgo(ms: number, now: number): string {
  const seconds = Math.floor((now - ms) / 1000);
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86_400);
  return days === 1 ? '1 day ago' : `${days} days ago`;
}

const pad = (value: number, size = 2) => String(value).padStart(size, '0');

/** A moment as an input of type datetime-local has it: "2026-11-28T14:05". */
export function toLocalInput(ms: number, utc: boolean): string {
  const at = new Date(ms);
  return utc
    ? at.toISOString().slice(0, 16)
    : `${pad(at.getFullYear(), 4)}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

/** The reverse, in ms since 1970; NaN if it is no moment. */
export function fromLocalInput(text: string, utc: boolean): number {
  return Date.parse(utc ? `${text}Z` : text);
}
