import './metrics.css';
import { go, usePlace } from '../../app/router';
import { useTitle } from '../../app/title';
import { Button } from '../../kit/button';
import { Doc } from '../../kit/doc';
import { PickList } from '../../kit/picklist';
import { Popover } from '../../kit/popover';
import { ScopeBar } from '../../kit/scope';
import { Empty } from '../../kit/states';
import { Tabs } from '../../kit/tabs';
import { type Metric, useCatalog } from '../../state/catalog';
import { link } from '../../state/scope';
import { Breakdown } from './breakdown';
import { type Choice, useChoice } from './choice';
import { Compare } from './compare';
import { Insights } from './insights';
import { measurementTitle } from './measure';
import { OverTime } from './overtime';

const tabs = [
  { id: 'breakdown', title: 'Breakdown' },
  { id: 'insights', title: 'Insights' },
  { id: 'compare', title: 'Compare two values' },
];

/** Any metric and measurement: over time, by any dimension, where it hurts, and of two values side by side. */
export function Metrics({ id }: { id: string }) {
  const catalog = useCatalog();
  const place = usePlace();
  const metric = catalog.metric(id || catalog.places.metrics.metric);
  const choice = useChoice(metric);
  useTitle(metric.title);
  if (metric.measurements.length === 0) {
    return (
      <>
        <h1>Metrics</h1>
        <Empty title={`There is no metric ${id}`}>
          <a href={link(place, 'metrics')}>All others are there.</a>
        </Empty>
      </>
    );
  }
  return (
    <>
      <header class="metrics-head">
        <h1>{metric.title}</h1>
        <Doc text={metric.doc} about={metric.title} />
        <MetricPicker metric={metric} choice={choice} />
        <Measurements metric={metric} choice={choice} />
      </header>
      <ScopeBar />
      <div class="screen">
        <OverTime metric={metric} choice={choice} />
        <div>
          <Tabs
            label="Views of the metric"
            tabs={tabs}
            selected={choice.tab}
            onSelect={(tab) => choice.set({ tab: tab === 'breakdown' ? '' : tab })}
          >
            {choice.tab === 'insights' ? (
              <Insights metric={metric} choice={choice} />
            ) : choice.tab === 'compare' ? (
              <Compare metric={metric} choice={choice} />
            ) : (
              <Breakdown metric={metric} choice={choice} />
            )}
          </Tabs>
        </div>
      </div>
    </>
  );
}

interface Props {
  metric: Metric;
  choice: Choice;
}

function MetricPicker({ metric, choice }: Props) {
  const { metrics } = useCatalog();
  const options = metrics.map((one) => ({
    value: one.id,
    label: one.title,
    group: one.group,
    also: [one.id, ...one.aliases].join(' '),
  }));
  return (
    <Popover
      class="button"
      button={
        <>
          Change metric <span aria-hidden="true">▾</span>
        </>
      }
      label="Change metric"
      shortcut="metric"
    >
      {(close) => (
        <PickList
          label="Metric"
          placeholder="Search metrics"
          options={options}
          selected={metric.id}
          onPick={(picked) => {
            close();
            if (picked !== metric.id) go(choice.toMetric(picked));
          }}
        />
      )}
    </Popover>
  );
}

function Measurements({ metric, choice }: Props) {
  if (metric.measurements.length < 2) {
    return <span class="metrics-measurement">{measurementTitle(choice.measurement, metric)}</span>;
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of buttons, not of form fields
    <span class="metrics-measurements" role="group" aria-label="Measurement">
      {metric.measurements.map((one) => (
        <Button
          key={one}
          pressed={one === choice.measurement}
          onClick={() => choice.set({ measurement: one === metric.measurement ? '' : one })}
        >
          {measurementTitle(one, metric)}
        </Button>
      ))}
    </span>
  );
}
