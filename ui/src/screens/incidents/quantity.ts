import type { RowOf } from '../../api/client';
import { formatWhole } from '../../format/format';
import type { Catalog, RealtimeMetric } from '../../state/catalog';

export type Incident = RowOf<'/data/v1/incidents'>;
export type Rule = RowOf<'/data/v1/alert-rules'>;

/** What kind of value an incident is about: of an anomaly it is a share of views. */
export const typeOf = (incident: Incident, catalog: Catalog): RealtimeMetric['type'] =>
  incident.rule ? catalog.realtimeMetric(incident.rule.metric).type : 'percentage';

/** A value in the unit of thresholds, in which percentages are from 0 to 100. */
export const quantity = (value: number | null | undefined, type: RealtimeMetric['type']): string =>
  formatWhole(type === 'percentage' && value !== null && value !== undefined ? value / 100 : value, type);

/** The threshold of an incident, with the side of it that is wrong: "above 5%". */
export const thresholdOf = (incident: Incident, catalog: Catalog): string =>
  `${incident.rule?.direction ?? 'above'} ${quantity(incident.threshold, typeOf(incident, catalog))}`;

/** The unit in which a threshold is given. */
export const unitOf = (metric: RealtimeMetric): string =>
  metric.type === 'percentage' ? '%' : metric.type === 'number' ? 'viewers' : metric.unit;

/** Until when an incident lasted, in ms since 1970: of an open one until now. */
export const endOf = (incident: Incident, now: number): number =>
  incident.resolved_at ? Date.parse(incident.resolved_at) : now;
