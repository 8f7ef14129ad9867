/**
 * What all screens are about: a range of time, filters, whether it is compared
 * with the period before, and in which time zone times are read. It is in the
 * URL, so that a link shows others the same.
 */
import { useMemo } from 'preact/hooks';
import { go, href, type Place, placeNow, usePlace } from '../app/router';
import { useMinute } from './minute';
import { before, defaultRange, parseRange, type Range, timeframe } from './timeframe';

export interface Scope {
  /** As the URL has it: "24:hours" or "from-to". */
  rangeText: string;
  range: Range;
  /** What the URL has in place of a range, and is none. */
  noRange?: string;
  /** As the API reads them: "country:US", "!country:US". */
  filters: string[];
  compare: boolean;
  utc: boolean;
}

const names = { range: 'range', filter: 'filter', compare: 'compare', zone: 'zone' };

function readScope(params: URLSearchParams, now: number): Scope {
  const text = params.get(names.range) ?? defaultRange;
  const range = parseRange(text, now);
  return {
    rangeText: range ? text : defaultRange,
    range: range ?? (parseRange(defaultRange, now) as Range),
    noRange: range ? undefined : text,
    filters: params.getAll(names.filter),
    compare: params.get(names.compare) === 'previous',
    utc: params.get(names.zone) === 'utc',
  };
}

function writeScope(params: URLSearchParams, scope: Partial<Scope>) {
  if (scope.rangeText !== undefined) set(params, names.range, scope.rangeText === defaultRange ? '' : scope.rangeText);
  if (scope.compare !== undefined) set(params, names.compare, scope.compare ? 'previous' : '');
  if (scope.utc !== undefined) set(params, names.zone, scope.utc ? 'utc' : '');
  if (scope.filters !== undefined) {
    params.delete(names.filter);
    for (const one of new Set(scope.filters)) params.append(names.filter, one);
  }
}

function set(params: URLSearchParams, name: string, value: string) {
  if (value) params.set(name, value);
  else params.delete(name);
}

/** The scope of the place where the user is, and how to change it. */
export function useScope() {
  const place = usePlace();
  const now = useMinute();
  const key = place.params.toString();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the parameters
  const scope = useMemo(() => readScope(place.params, now), [key, now]);
  return {
    ...scope,
    /** Goes to the same screen with another scope: a step that the back button undoes. */
    setScope: (change: Partial<Scope>) =>
      go(
        changed((params) => {
          writeScope(params, change);
          // Of another list, the page that is open may not be.
          if (change.rangeText !== undefined || change.filters !== undefined) params.delete('page');
        }),
      ),
    /** What the API's questions about the scope have in common. */
    query: { 'timeframe[]': timeframe(scope.range), 'filters[]': scope.filters },
    /** The same for the period before. */
    queryBefore: { 'timeframe[]': timeframe(before(scope.range)), 'filters[]': scope.filters },
  };
}

/** The URL of the place of this moment with other parameters, so that one change does not undo the one just before. */
function changed(change: (params: URLSearchParams) => void): string {
  const { path, params } = placeNow();
  const copy = new URLSearchParams(params);
  change(copy);
  return href(path, copy);
}

/**
 * The URL of another screen with the same scope, some of it changed, and with
 * parameters of its own.
 */
export function link(
  place: Place,
  path: string,
  own: Record<string, string> = {},
  change: Partial<Scope> = {},
): string {
  const params = new URLSearchParams();
  for (const name of Object.values(names)) {
    for (const value of place.params.getAll(name)) params.append(name, value);
  }
  for (const [name, value] of Object.entries(own)) set(params, name, value);
  writeScope(params, change);
  return href(path, params);
}

/**
 * A parameter of the screen itself in the URL, and how to set it: a step that
 * the back button undoes, unless `replace` (while typing, say). The default is
 * not written.
 */
export function useParam(
  name: string,
  fallback = '',
): [string, (value: string, options?: { replace?: boolean }) => void] {
  const place = usePlace();
  const value = place.params.get(name) ?? fallback;
  return [
    value,
    (next, options) =>
      go(
        changed((params) => set(params, name, next === fallback ? '' : next)),
        options,
      ),
  ];
}
