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

/** Reads a range; undefined if the text is none. Relative ones end at the whole minute before now (in seconds). */
export function parseRange(text: string, now: number): Range | undefined {
  const fixed = /^(\d{1,11})-(\d{1,11})$/.exec(text);
  if (fixed) {
    const range = { from: Number(fixed[1]), to: Number(fixed[2]) };
    return range.from < range.to ? range : undefined;
  }
  const relative = /^(\d{1,5}):(\w+)$/.exec(text);
  const unit = relative && unitSeconds[relative[2] as string];
  const amount = Number(relative?.[1]);
  if (!unit || !amount) return undefined;
  const to = Math.floor(now / 60) * 60;
  return { from: to - amount * unit, to };
}

/** The timeframe[] parameter of the API. */
export const timeframe = ({ from, to }: Range): string[] => [String(from), String(to)];

/** The range of the same length before another. */
export const before = ({ from, to }: Range): Range => ({ from: from - (to - from), to: from });

/** A fixed range as the URL has it. */
export const rangeText = ({ from, to }: Range): string => `${Math.floor(from)}-${Math.ceil(to)}`;
