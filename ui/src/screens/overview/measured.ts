/** The questions about a metric that the parts of the overview ask. */
import { ask } from '../../api/client';
import type { Place } from '../../app/router';
import { type Measured, type Metric, measurementTitle } from '../../state/catalog';
import { link, type useScope } from '../../state/scope';

type Query = ReturnType<typeof useScope>['query'];

export const overall = ({ metric, measurement }: Measured, query: Query) =>
  ask('/data/v1/metrics/{id}/overall', { path: { id: metric as never }, query: { ...query, measurement } });

export const timeseries = ({ metric, measurement }: Measured, query: Query) =>
  ask('/data/v1/metrics/{id}/timeseries', { path: { id: metric as never }, query: { ...query, measurement } });

/** A metric with how it is measured, where there is a choice. */
export function titleOf({ title, better, measurements }: Metric, measurement: string): string {
  return measurements.length > 1 && measurement !== 'avg' && measurement !== 'sum'
    ? `${title}, ${measurementTitle(measurement, better).toLowerCase()}`
    : title;
}

/** The screen of a metric, about the same. */
export const metricLink = (place: Place, { id, measurement }: Metric, wanted: string) =>
  link(place, `metrics/${id}`, wanted === measurement ? {} : { measurement: wanted });
