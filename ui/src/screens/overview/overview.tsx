import './overview.css';
import { useAnnotations } from '../../kit/annotations';
import { ScopeBar } from '../../kit/scope';
import { Tiles } from '../../kit/tile';
import { useCatalog } from '../../state/catalog';
import { useScope } from '../../state/scope';
import { Breakdown } from './breakdown';
import { OpenIncidents, useOpenIncidents } from './incidents';
import { MetricChart } from './metricchart';
import { MetricTile } from './metrictile';

/** How it goes, at a glance: what is shown is chosen by the catalogue. */
export function Overview() {
  const { overview } = useCatalog().places;
  const notes = useAnnotations(useScope().range);
  const incidents = useOpenIncidents();
  return (
    <div class={`screen${incidents.data || incidents.error ? '' : ' overview-waits'}`}>
      <h1>Overview</h1>
      <ScopeBar side={notes.actions} />
      <OpenIncidents known={incidents} />
      <Tiles label="Scores">
        {overview.scores.map((one) => (
          <MetricTile key={one.metric} {...one} trend />
        ))}
      </Tiles>
      <Tiles label="At a glance" dense>
        {overview.glance.map((one) => (
          <MetricTile key={one.metric} {...one} />
        ))}
      </Tiles>
      <div class="grid-2">
        {overview.charts.map((one) => (
          <MetricChart key={one.metric} {...one} marks={notes.marks} />
        ))}
      </div>
      <div class="grid-2">
        {[overview.map, ...overview.breakdowns].map((one) => (
          <Breakdown key={one.dimension} {...one} />
        ))}
      </div>
    </div>
  );
}
