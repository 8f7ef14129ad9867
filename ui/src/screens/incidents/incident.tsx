import './incidents.css';
import type { ComponentChildren } from 'preact';
import { ask } from '../../api/client';
import { useAnswer } from '../../api/use';
import { usePlace } from '../../app/router';
import { useMay } from '../../app/session';
import { formatCount, formatDuration } from '../../format/format';
import { Emphasis } from '../../kit/emphasis';
import { ReadOnly } from '../../kit/may';
import { Panel } from '../../kit/panel';
import { Empty, ErrorBox, Skeleton } from '../../kit/states';
import { Time } from '../../kit/time';
import { useCatalog } from '../../state/catalog';
import { link, useScope } from '../../state/scope';
import { whomInWords } from '../rules/draft';
import { Causes } from './causes';
import { Deliveries } from './deliveries';
import { IncidentTable } from './incidenttable';
import { MeasuredChart } from './measuredchart';
import { endOf, type Incident, quantity, thresholdOf, typeOf } from './quantity';
import { Segment, Segments } from './segment';
import { Severity, State } from './state';

/** One incident: what happened, when, to whom, why, and who was told. */
export function IncidentScreen({ id }: { id: string }) {
  const place = usePlace();
  const may = useMay('system:read');
  const known = useAnswer(ask('/data/v1/incidents/{id}', { path: { id } }), { every: 15_000 });
  const incident = known.data?.data;
  if (!incident) {
    return (
      <div class="screen">
        <h1>Incident {id}</h1>
        {known.error ? <ErrorBox error={known.error} retry={known.reload} /> : <Skeleton height="12rem" />}
      </div>
    );
  }
  return (
    <div class="screen">
      <h1>Incident {id}</h1>
      <div class="incident-badges">
        <State incident={incident} />
        <Severity severity={incident.severity} />
        {incident.rule ? (
          <span>
            by the rule <a href={link(place, `rules/${incident.rule.id}`)}>{incident.rule.name}</a>
          </span>
        ) : (
          <span class="soft">detected automatically</span>
        )}
      </div>
      <p class="incident-lead">
        <Emphasis text={incident.description} />
      </p>
      <Panel title="What happened" question={known.question}>
        <Facts incident={incident} />
      </Panel>
      <MeasuredChart incident={incident} />
      <Causes incident={incident} />
      <Related id={id} />
      <ReadOnly permission="system:read" what="see who was told of it" />
      {may && <Deliveries id={id} />}
    </div>
  );
}

function Fact({ title, wide, children }: { title: string; wide?: boolean; children: ComponentChildren }) {
  return (
    <div class={wide ? 'incident-fact-wide' : undefined}>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Facts({ incident }: { incident: Incident }) {
  const catalog = useCatalog();
  const { utc } = useScope();
  const write = (value: number | null) => quantity(value, typeOf(incident, catalog));
  const end = endOf(incident, Date.now());
  const time = (at: string | null) => (at ? <Time at={at} utc={utc} seconds /> : '–');
  return (
    <dl class="incident-facts">
      <Fact title="Began">{time(incident.started_at)}</Fact>
      <Fact title="Found">{time(incident.opened_at)}</Fact>
      <Fact title="Ended">{time(incident.resolved_at)}</Fact>
      <Fact title="Lasted">{formatDuration(end - Date.parse(incident.started_at))}</Fact>
      <Fact title="When found">{write(incident.measured_value)}</Fact>
      <Fact title="At worst">{write(incident.peak_value)}</Fact>
      <Fact title={incident.status === 'open' ? 'Now' : 'At close'}>
        {write(incident.status === 'open' ? incident.current_value : incident.measured_value_on_close)}
      </Fact>
      <Fact title="Threshold">{thresholdOf(incident, catalog)}</Fact>
      <Fact title="Sample">
        {formatCount(incident.sample_size)} {incident.sample_size_unit}
      </Fact>
      <Fact title="Affected views">{formatCount(incident.affected_views)}</Fact>
      <Fact title="Per hour">
        {formatCount(incident.affected_views_per_hour)}{' '}
        <span class="soft small">({formatCount(incident.affected_views_per_hour_on_open)} when found)</span>
      </Fact>
      {incident.error_description && (
        <Fact title="Error" wide>
          {incident.error_description}
        </Fact>
      )}
      <Fact title="About" wide>
        {incident.breakdowns.length > 0 ? (
          <Segments>
            <Segment incident={incident} values={incident.breakdowns} />
          </Segments>
        ) : (
          whomInWords(incident.rule?.filters ?? [], catalog) // a rule's may be of more than one value
        )}
      </Fact>
    </dl>
  );
}

function Related({ id }: { id: string }) {
  const known = useAnswer(ask('/data/v1/incidents/{id}/related', { path: { id }, query: { limit: 10 } }));
  return (
    <Panel title="Related incidents" known={known.error ? known : []} question={known.question} minHeight="4rem" flush>
      <IncidentTable
        caption="Related incidents"
        rows={known.data?.data}
        expected={1}
        empty={<Empty title="None">No other incident is about the same, or of about the same time.</Empty>}
      />
    </Panel>
  );
}
