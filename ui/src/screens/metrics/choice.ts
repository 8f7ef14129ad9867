/**
 * What the screen of a metric chooses beside the scope. It is in the URL, so
 * that a link shows others the same; what is by default is not written.
 */
import { go, usePlace } from '../../app/router';
import { usePage } from '../../kit/pager';
import { type Metric, useCatalog } from '../../state/catalog';
import { filterText, parseFilter } from '../../state/filter';
import { link, type Scope } from '../../state/scope';

const names = ['measurement', 'by', 'step', 'tab', 'sort', 'order', 'page', 'a', 'b'] as const;
type Name = (typeof names)[number];

export type Changes = Partial<Record<Name, string>>;

/** What a change makes pointless: pages of another list, values of another dimension. */
const resets: Partial<Record<Name, Name[]>> = {
  by: ['page', 'a', 'b'],
  sort: ['page'],
  order: ['page'],
  tab: ['page'],
};

export function useChoice(metric: Metric) {
  const place = usePlace();
  const catalog = useCatalog();
  const [page, setPage] = usePage();
  const own = (name: Name) => place.params.get(name) ?? '';
  const by = own('by') || catalog.places.metrics.dimension;

  const to = (changes: Changes, scope: Partial<Scope> = {}, path = place.path) => {
    const all: Changes = {};
    for (const name of names) all[name] = own(name);
    for (const name of Object.keys(changes) as Name[]) for (const other of resets[name] ?? []) all[other] = '';
    if (scope.filters || scope.rangeText) all.page = '';
    return link(place, path, { ...all, ...changes }, scope);
  };
  return {
    measurement: metric.measurements.find((one) => one === own('measurement')) ?? metric.measurement,
    by,
    step: own('step'),
    tab: own('tab') || 'breakdown',
    sort: own('sort') || 'views',
    order: own('order') === 'asc' ? ('asc' as const) : ('desc' as const),
    page,
    setPage,
    /** The value to compare, as filters spell it; undefined if none of this dimension is chosen. */
    compared: (which: 'a' | 'b') => {
      const filter = parseFilter(own(which));
      return filter?.dimension === by ? filter.value : undefined;
    },
    comparedText: (value: string) => filterText({ op: 'is', dimension: by, value }),
    /** The URL with something chosen otherwise. */
    to,
    /** The URL of another metric, with what makes sense of it too. */
    toMetric: (id: string) =>
      to({ measurement: '', sort: own('sort') === 'field' ? 'field' : '', page: '' }, {}, `metrics/${id}`),
    set: (changes: Changes) => go(to(changes)),
  };
}

export type Choice = ReturnType<typeof useChoice>;
