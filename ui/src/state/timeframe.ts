/**
 * The range of time that the screens are about, as the URL has it: "24:hours",
 * which moves on, or "1777887000-1777896000", seconds since 1970, of which the
 * second is no longer in it.
 */

const unitSeconds: Record<string, number> = { minutes: 60, hours: 3600, days: 86400, weeks: 604800 };

/** The ranges to choose from; anything else is by the calendar. */
export const presets = ['60:minutes', '6:hours', '24:hours', '3:days', '7:days', '30:days', '90:days'];

export const defaultRange = '24:hours';

/** A range between two moments, in seconds since 1970. */
export interface Range {
  from: number;
  to: number;
}

/** A fixed range as the URL has it; undefined if the text is none. */
export function parseFixed(text: string): Range | undefined {
  const fixed = /^(\d{1,11})-(\d{1,11})$/.exec(text);
  const range = { from: Number(fixed?.[1]), to: Number(fixed?.[2]) };
  return range.from < range.to ? range : undefined;
}

/**
 * Reads a range; undefined if the text is none. Relative ones end at the whole
 * minute before now (in seconds), as do fixed ones that are not over: what is
 * to come is not a time without views, and is not compared with a whole day.
 */
export function parseRange(text: string, now: number): Range | undefined {
  const minute = Math.floor(now / 60) * 60;
  const fixed = parseFixed(text);
  if (fixed) return fixed.from < minute ? { from: fixed.from, to: Math.min(fixed.to, minute) } : fixed;
  const relative = /^(\d{1,5}):(minutes|hours|days|weeks)$/.exec(text);
  const from = minute - Number(relative?.[1]) * (unitSeconds[relative?.[2] ?? ''] ?? 0);
  return from >= 0 && from < minute ? { from, to: minute } : undefined;
}

/** The timeframe[] parameter of the API. */
export const timeframe = ({ from, to }: Range): string[] => [String(from), String(to)];

/** The range of the same length before another. */
export const before = ({ from, to }: Range): Range => ({ from: from - (to - from), to: from });

/** A fixed range as the URL has it. */
export const rangeText = ({ from, to }: Range): string => `${Math.floor(from)}-${Math.ceil(to)}`;
