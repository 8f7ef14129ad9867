import type { Catalog, RealtimeMetric } from '../../state/catalog';
import { opWords, parseFilter } from '../../state/filter';
import { quantity, type Rule } from '../incidents/quantity';

/** A rule as it is being written. */
export interface Draft {
  name: string;
  enabled: boolean;
  metric: string;
  direction: Rule['direction'];
  threshold: number | undefined;
  interval: number | undefined;
  viewers: number | undefined;
  filters: string[];
  severity: Rule['severity'];
}

/** Metrics that rules can be about. */
export const metricsOf = (catalog: Catalog): RealtimeMetric[] => catalog.realtime_metrics;

export const newDraft = (catalog: Catalog): Draft => ({
  name: '',
  enabled: true,
  metric: metricsOf(catalog)[0]?.id ?? '',
  direction: 'above',
  threshold: undefined,
  interval: 5,
  viewers: 0,
  filters: [],
  severity: 'alert',
});

export const draftOf = (rule: Rule): Draft => ({
  name: rule.name,
  enabled: rule.enabled,
  metric: rule.metric,
  direction: rule.direction,
  threshold: rule.threshold,
  interval: rule.interval_minutes,
  viewers: rule.minimum_viewers,
  filters: rule.filters,
  severity: rule.severity,
});

/** What is measured, as the API takes it: of a rule and of a back-test. */
export const conditionOf = (draft: Draft) => ({
  metric: draft.metric,
  direction: draft.direction,
  threshold: draft.threshold ?? Number.NaN, // it is required
  interval_minutes: draft.interval,
  minimum_viewers: draft.viewers ?? 0,
  filters: draft.filters,
});

export const bodyOf = (draft: Draft) => ({
  ...conditionOf(draft),
  name: draft.name,
  enabled: draft.enabled,
  severity: draft.severity,
});

type Condition = Pick<Rule, 'metric' | 'direction' | 'threshold' | 'interval_minutes' | 'minimum_viewers'>;

/** When a rule fires, in words. */
export function inWords(rule: Condition, catalog: Catalog): string {
  const { title, type } = catalog.realtimeMetric(rule.metric);
  const among = rule.minimum_viewers > 0 ? `, while more than ${quantity(rule.minimum_viewers, 'number')} watch` : '';
  return `${title} ${rule.direction} ${quantity(rule.threshold, type)} for ${rule.interval_minutes} min${among}`;
}

/** Whom a rule is about, in words. */
export function whomInWords(filters: string[], catalog: Catalog): string {
  if (filters.length === 0) return 'all viewers';
  const values = new Map<string, string[]>(); // of each dimension, of which one is enough
  for (const text of filters) {
    const filter = parseFilter(text);
    if (!filter) continue;
    const { dimension, op, value } = filter;
    const what = `${catalog.dimension(dimension).title} ${opWords[op]}`;
    values.set(what, [...(values.get(what) ?? []), catalog.value(dimension, value)]);
  }
  return [...values].map(([what, list]) => `${what} ${list.join(' or ')}`).join(', ');
}
