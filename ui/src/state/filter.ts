/** Filters as the API reads them: "country:US", "!country:US", "+video_cdn_trace:fastly". */

export type Op = 'is' | 'not' | 'has' | 'lacks';

export interface Filter {
  op: Op;
  dimension: string;
  /** Empty where it is not known. */
  value: string;
}

const signs: Record<Op, string> = { is: '', not: '!', has: '+', lacks: '-' };
const ops: Record<string, Op> = { '!': 'not', '+': 'has', '-': 'lacks' };

/** What stands between a dimension and its value. */
export const opWords: Record<Op, string> = { is: 'is', not: 'is not', has: 'has', lacks: 'has no' };

/** Reads a filter; undefined if the text is none. */
export function parseFilter(text: string): Filter | undefined {
  const op = ops[text[0] ?? ''];
  const rest = op ? text.slice(1) : text;
  const colon = rest.indexOf(':');
  if (colon < 1) return undefined;
  return { op: op ?? 'is', dimension: rest.slice(0, colon), value: rest.slice(colon + 1) };
}

export const filterText = ({ op, dimension, value }: Filter): string => `${signs[op]}${dimension}:${value}`;

/** Filters without those that choose values of a dimension. */
export const withoutFilter = (filters: string[], dimension: string): string[] =>
  filters.filter((text) => {
    const { op, dimension: other } = parseFilter(text) ?? {};
    return op !== 'is' || other !== dimension;
  });

/** Filters with one more. It takes the place of other values of its dimension: beside them it would choose these too. */
export const withFilter = (filters: string[], dimension: string, value: string | null): string[] => [
  ...withoutFilter(filters, dimension),
  filterText({ op: 'is', dimension, value: value ?? '' }),
];
