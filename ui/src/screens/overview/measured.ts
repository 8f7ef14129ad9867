/** The questions about a metric that the parts of the overview ask. */
import { ask } from '../../api/client';
import type { Place } from '../../app/router';
import type { Measured, Metric } from '../../state/catalog';
import { link, type useScope } from '../../state/scope';
import { measurementTitle } from '../metrics/measure';

type Query = ReturnType<typeof useScope>['query'];

export const overall = ({ metric, measurement }: Measured, query: Query) =>
  ask('/data/v1/metrics/{id}/overall', { path: { id: metric as never }, query: { ...query, measurement } });

export const timeseries = ({ metric, measurement }: Measured, query: Query) =>
  ask('/data/v1/metrics/{id}/timeseries', { path: { id: metric as never }, query: { ...query, measurement } });

/** A metric with how it is measured, where that is not plain: "Startup Time, median". */
export function titleOf(metric: Metric, measurement: string): string {
  const plain = metric.measurements.length === 1 || measurement === 'avg' || measurement === 'sum';
  return plain ? metric.title : `${metric.title}, ${measurementTitle(measurement, metric).toLowerCase()}`;
}

/** The screen of a metric, about the same. */
export const metricLink = (place: Place, { id, measurement }: Metric, wanted: string) =>
  link(place, `metrics/${id}`, wanted === measurement ? {} : { measurement: wanted });
