import { useId } from 'preact/hooks';
import { FilterBar } from '../../kit/filters';
import { Checkbox, NumberInput, Select, TextInput } from '../../kit/form';
import { useCatalog } from '../../state/catalog';
import { quantity, type Rule, unitOf } from '../incidents/quantity';
import { type Draft, metricsOf } from './draft';

interface Props {
  draft: Draft;
  onChange: (part: Partial<Draft>) => void;
}

/** All that a rule has. */
export function RuleFields({ draft, onChange }: Props) {
  const catalog = useCatalog();
  const id = useId();
  const metric = catalog.realtimeMetric(draft.metric);
  const written = draft.threshold === undefined ? '' : quantity(draft.threshold, metric.type);
  return (
    <>
      <TextInput label="Name" name="name" required value={draft.name} onInput={(name) => onChange({ name })} />
      <Select
        label="Metric"
        name="metric"
        help={metric.doc}
        value={draft.metric}
        options={metricsOf(catalog).map((one) => ({ value: one.id, label: one.title }))}
        onChange={(value) => onChange({ metric: value })}
      />
      <div class="rules-pair">
        <Select
          label="Opens when it is"
          name="direction"
          value={draft.direction}
          options={[
            { value: 'above', label: 'above' },
            { value: 'below', label: 'below' },
          ]}
          onChange={(value) => onChange({ direction: value as Rule['direction'] })}
        />
        <NumberInput
          label="Threshold"
          name="threshold"
          required
          min={0}
          max={metric.type === 'percentage' ? 100 : undefined}
          unit={unitOf(metric)}
          help={metric.type === 'mbps' || metric.type === 'milliseconds' ? written : undefined}
          value={draft.threshold}
          onInput={(threshold) => onChange({ threshold })}
        />
      </div>
      <div class="rules-pair">
        <NumberInput
          label="For at least"
          name="interval_minutes"
          required
          min={1}
          max={60}
          step={1}
          unit="min"
          help="The incident closes once it has been normal for as long."
          value={draft.interval}
          onInput={(interval) => onChange({ interval })}
        />
        <NumberInput
          label="More viewers than"
          name="minimum_viewers"
          min={0}
          step={1}
          unit="viewers"
          help="0: with any number of viewers."
          value={draft.viewers}
          onInput={(viewers) => onChange({ viewers })}
        />
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: what is in it has a group of its own */}
      <div class="field" role="group" aria-labelledby={id}>
        <span class="field-label" id={id}>
          Viewers
        </span>
        <FilterBar
          filters={draft.filters}
          dimensions={catalog.realtime_dimensions.map((one) => one.name)}
          onChange={(filters) => onChange({ filters })}
        />
        {draft.filters.length === 0 && <p class="field-help">All viewers.</p>}
      </div>
      <Select
        label="Severity of incidents"
        name="severity"
        value={draft.severity}
        options={[
          { value: 'alert', label: 'alert' },
          { value: 'warning', label: 'warning' },
        ]}
        onChange={(value) => onChange({ severity: value as Rule['severity'] })}
      />
      <Checkbox label="Enabled" checked={draft.enabled} onChange={(enabled) => onChange({ enabled })} />
    </>
  );
}
