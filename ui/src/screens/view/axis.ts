/** The axis of time of a view: what of it is in sight, and where. All times are in ms from its start. */
import { formatTime } from '../../format/time';

/** What is in sight. */
export interface Sight {
  from: number;
  to: number;
}

/** As much as the lanes can show at least, in ms. */
export const closest = 50;

const steps = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000, 86_400_000,
];

/** The step of ticks that are at least so many px apart. */
function stepOf({ from, to }: Sight, width: number, apart: number): number {
  const least = ((to - from) * apart) / Math.max(1, width);
  return steps.find((step) => step >= least) ?? (steps.at(-1) as number);
}

/** The times of ticks in a width in px. */
export function ticksOf(sight: Sight, width: number, apart = 80): number[] {
  const step = stepOf(sight, width, apart);
  const list: number[] = [];
  for (let at = Math.ceil(sight.from / step) * step; at <= sight.to; at += step) list.push(at);
  return list;
}

/**
 * All of a view. One in progress has room to grow, and only now and then more of
 * it, so that lanes do not move with each answer.
 */
export function wholeOf(length: number, growing: boolean): Sight {
  const least = Math.max(length, 1000);
  if (!growing) return { from: 0, to: least };
  const step = stepOf({ from: 0, to: least * 1.1 }, 8, 1);
  return { from: 0, to: Math.ceil((least * 1.1) / step) * step };
}

/** A sight within the whole, moved back into it or made smaller where it is not. */
export function within(sight: Sight, whole: Sight): Sight {
  const size = Math.min(whole.to - whole.from, Math.max(closest, sight.to - sight.from));
  const from = Math.max(whole.from, Math.min(sight.from, whole.to - size));
  return { from, to: from + size };
}

/** A sight that is so many times as large, around a time that stays where it is. */
export function zoomed({ from, to }: Sight, factor: number, around: number, whole: Sight): Sight {
  const at = Math.max(from, Math.min(to, around));
  return within({ from: at - (at - from) * factor, to: at + (to - at) * factor }, whole);
}

/** Reads a sight from the URL: "1200-8000"; undefined if it is none. */
export function parseSight(text: string): Sight | undefined {
  const parts = /^(\d{1,9})-(\d{1,9})$/.exec(text);
  const sight = { from: Number(parts?.[1]), to: Number(parts?.[2]) };
  return sight.to - sight.from >= closest ? sight : undefined;
}

export const sightText = ({ from, to }: Sight): string => `${Math.round(from)}-${Math.round(to)}`;

/** A time on the axis: "12.345 s", "1:05.2", "2:03:04". What is apart by less than a second has the digits for it. */
export function timeText(ms: number, digits = 3): string {
  const sign = ms < 0 ? '−' : '';
  const unit = 10 ** (3 - digits);
  const whole = Math.round(Math.abs(ms) / unit) * unit;
  if (whole < 60_000) return `${sign}${(whole / 1000).toFixed(digits)} s`;
  const seconds = (whole % 60_000) / 1000;
  const minutes = Math.floor(whole / 60_000) % 60;
  const hours = Math.floor(whole / 3_600_000);
  const tail = seconds.toFixed(digits).padStart(digits ? digits + 3 : 2, '0');
  return hours ? `${sign}${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${sign}${minutes}:${tail}`;
}

/** A position in the content, from its beginning; of streams whose positions are times, the time. */
export const playheadText = (ms: number, utc: boolean, digits = 3): string =>
  ms < 1e12 ? timeText(ms, digits) : formatTime(ms, utc, { seconds: true });

/** How many digits behind the second ticks of a sight need. */
export function tickDigits(sight: Sight, width: number): number {
  const step = stepOf(sight, width, 80);
  return step >= 1000 ? 0 : step >= 100 ? 1 : step >= 10 ? 2 : 3;
}

/** The item of a list of spans, in their order, that a time is in. */
export function spanAt<S extends { from: number; to: number }>(spans: S[], at: number): S | undefined {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle] as S).to <= at) low = middle + 1;
    else high = middle;
  }
  const found = spans[low];
  return found && found.from <= at ? found : undefined;
}

/** The place of the last item that is not after a time; -1 if all are. */
export function lastAt<E extends { at: number }>(items: E[], at: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle] as E).at <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The row of each span such that none overlap; from `most` on, what does not fit is in the last one. */
export function rowsOf(spans: { from: number; to?: number | null }[], most: number): number[] {
  const free: number[] = [];
  return spans.map(({ from, to }) => {
    let row = free.findIndex((until) => until <= from);
    if (row < 0) row = Math.min(free.length, most - 1);
    free[row] = Math.max(to ?? from, from + 1);
    return row;
  });
}
