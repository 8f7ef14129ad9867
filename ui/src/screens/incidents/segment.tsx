import type { ComponentChildren } from 'preact';
import { usePlace } from '../../app/router';
import { useCatalog } from '../../state/catalog';
import { filterText } from '../../state/filter';
import { link } from '../../state/scope';
import { rangeText } from '../../state/timeframe';
import { endOf, type Incident } from './quantity';

export function Segments({ children }: { children: ComponentChildren }) {
  return <span class="segments">{children}</span>;
}

interface Props {
  incident: Incident;
  /** Values of dimensions that all these views have. */
  values: { name: string; value: string }[];
}

/** Some viewers, by what they have in common; it leads to the metrics of these in the time of the incident. */
export function Segment({ incident, values }: Props) {
  const place = usePlace();
  const catalog = useCatalog();
  const text = values
    .map(({ name, value }) => `${catalog.dimension(name).title}: ${catalog.value(name, value)}`)
    .join(' and ');
  const filters = values.map(({ name, value }) => filterText({ op: 'is', dimension: name, value }));
  return (
    <a
      title="Metrics of these views around that time"
      href={link(place, 'metrics', {}, { filters, rangeText: rangeText(aroundOf(incident)) })}
    >
      {text}
    </a>
  );
}

/** The time of an incident with as much before it and after it, an hour at least, to whole minutes. */
export function aroundOf(incident: Incident) {
  const now = Math.floor(Date.now() / 60_000) * 60;
  const from = Date.parse(incident.started_at) / 1000;
  const to = endOf(incident, now * 1000) / 1000;
  const margin = Math.min(Math.max(3600, to - from), 86_400);
  return { from: Math.floor((from - margin) / 60) * 60, to: Math.min(now, Math.ceil((to + margin) / 60) * 60) };
}
