/**
 * Values as text. What kind of value it is, the catalogue tells; how each kind
 * is written is here alone. Numbers are written as in American English, which
 * is the language of the dashboard.
 */

export { formatAgo, formatTime } from './time';

/** What a value is, as the API tells it. */
export type ValueType = 'score' | 'percentage' | 'milliseconds' | 'per_minute' | 'number' | 'mbps';

/** A value in two parts, as the unit is often written smaller, or once for many values. */
export interface Formatted {
  text: string;
  unit: string;
}

/** What stands where there is no value. */
export const none = '–';

type Value = number | null | undefined;

const isNone = (value: Value): value is null | undefined => !Number.isFinite(value);

const plain = [0, 1, 2, 3].map((digits) => new Intl.NumberFormat('en-US', { maximumFractionDigits: digits }));
const fixed = [0, 1, 2, 3].map(
  (digits) => new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }),
);

/** Three digits or more that count: 0.123, 1.23, 12.3, 123, 1,234. Noughts behind the point stay, so that columns align. */
function digits(value: number): string {
  const size = Math.abs(value);
  const after = size === 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  const format = Number.isInteger(value) ? plain[0] : fixed[after];
  return (format as Intl.NumberFormat).format(value);
}

/** A value and its unit. Scores are shown from 0 to 100. */
export function format(value: Value, type: ValueType): Formatted {
  if (isNone(value)) return { text: none, unit: '' };
  switch (type) {
    case 'score':
      return { text: (fixed[1] as Intl.NumberFormat).format(value * 100), unit: '' };
    case 'percentage':
      return { text: digits(tidy(value * 100)), unit: '%' };
    case 'milliseconds':
      return milliseconds(value);
    case 'per_minute':
      return { text: digits(value), unit: '/min' };
    case 'mbps':
      return Math.abs(value) < 999_500
        ? { text: digits(Math.round(value / 1000)), unit: 'kbit/s' }
        : { text: digits(tidy(value / 1e6)), unit: 'Mbit/s' };
    case 'number':
      return { text: Number.isInteger(value) ? formatCount(value) : digits(value), unit: '' };
  }
}

/** Undoes what a factor does to a binary fraction: 0.07 * 100 is 7. */
const tidy = (value: number) => Number(value.toPrecision(12));

function milliseconds(value: number): Formatted {
  const size = Math.abs(value);
  if (size < 999.5) return { text: digits(size < 99.95 ? value : Math.round(value)), unit: 'ms' };
  if (size < 59_995) return { text: digits(value / 1000), unit: 's' };
  if (size < 3_599_500) return { text: digits(value / 60_000), unit: 'min' };
  return { text: digits(value / 3_600_000), unit: 'h' };
}

/** The same in one text: "1.24 s", "12.3%". */
export function formatWhole(value: Value, type: ValueType): string {
  const { text, unit } = format(value, type);
  if (!unit) return text;
  return unit === '%' || unit.startsWith('/') ? text + unit : `${text} ${unit}`;
}

/** A whole number: "12,345". */
export function formatCount(value: Value): string {
  return isNone(value) ? none : (plain[0] as Intl.NumberFormat).format(value);
}

const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** A number where there is little room: "12.3K". */
export function formatShort(value: Value): string {
  return isNone(value) ? none : short.format(value);
}

/** A fraction as a percentage: "12.3%". */
export function formatShare(value: Value): string {
  return formatWhole(value, 'percentage');
}

/** How long something took, in ms: "0.4 s", "32 s", "1 min 20 s", "3 h 12 min", "1,240 h". */
export function formatDuration(value: Value): string {
  if (isNone(value)) return none;
  if (value < 0) return `-${formatDuration(-value)}`;
  if (value < 9_950) return `${(fixed[1] as Intl.NumberFormat).format(value / 1000)} s`;
  const seconds = Math.round(value / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return two(seconds, 60, 'min', 's');
  const minutes = Math.round(value / 60_000);
  if (minutes < 6000) return two(minutes, 60, 'h', 'min');
  return `${formatCount(Math.round(value / 3_600_000))} h`;
}

function two(value: number, size: number, big: string, small: string): string {
  const rest = value % size;
  return `${Math.floor(value / size)} ${big}${rest ? ` ${rest} ${small}` : ''}`;
}

/** A number of bytes: "1.23 MB". */
export function formatBytes(value: Value): string {
  if (isNone(value)) return none;
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let at = 0;
  let rest = value;
  while (Math.abs(rest) >= 999.5 && at < units.length - 1) {
    rest /= 1000;
    at++;
  }
  return `${digits(at === 0 ? Math.round(rest) : rest)} ${units[at]}`;
}

/** How a value differs from the one before: "+12.3%"; undefined where there is nothing to compare. */
export function formatChange(now: Value, before: Value): string | undefined {
  const change = changeOf(now, before);
  if (change === undefined) return undefined;
  if (Math.abs(change) < 0.0005) return '0%';
  if (change > 9.995) return `×${digits(change + 1)}`;
  return (change > 0 ? '+' : '−') + formatShare(Math.abs(change));
}

/** The change relative to the value before: 0.1 is a tenth more. */
export function changeOf(now: Value, before: Value): number | undefined {
  if (isNone(now) || isNone(before)) return undefined;
  if (before === 0) return now === 0 ? 0 : undefined;
  return (now - before) / Math.abs(before);
}
