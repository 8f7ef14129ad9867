import './incidents.css';
import { ask } from '../../api/client';
import { useAnswer } from '../../api/use';
import { usePlace } from '../../app/router';
import { formatCount } from '../../format/format';
import { Select } from '../../kit/form';
import { Pager, useLastPage, usePage } from '../../kit/pager';
import { Panel } from '../../kit/panel';
import { Empty } from '../../kit/states';
import { link, useParam } from '../../state/scope';
import { IncidentTable } from './incidenttable';
import type { Incident } from './quantity';

const limit = 25;

const states = [
  { value: '', label: 'All' },
  { value: 'open', label: 'Open' },
  { value: 'closed', label: 'Closed' },
  { value: 'expired', label: 'Expired' },
];
const severities = [
  { value: '', label: 'All' },
  { value: 'alert', label: 'Alert' },
  { value: 'warning', label: 'Warning' },
];

/** What has gone wrong with many viewers: what is open first, then what was. */
export function Incidents() {
  const place = usePlace();
  const [state, setState] = useParam('state');
  const [severityText, setSeverity] = useParam('severity');
  const [, setPage] = useParam('page', '1');
  // Another list is read from its first page on.
  const first = (set: (value: string) => void) => (value: string) => {
    set(value);
    setPage('1', { replace: true });
  };
  const severity = (severityText || undefined) as Incident['severity'] | undefined;
  return (
    <div class="screen">
      <h1>Incidents</h1>
      <div class="incidents-head">
        <Select label="State" value={state} options={states} onChange={first(setState)} />
        <Select label="Severity" value={severityText} options={severities} onChange={first(setSeverity)} />
        <a class="button button-plain" href={link(place, 'rules')}>
          Rules
        </a>
      </div>
      {(state === '' || state === 'open') && <Open severity={severity} />}
      {state !== 'open' && <Past state={state === '' ? 'ended' : (state as Incident['status'])} severity={severity} />}
    </div>
  );
}

/** So many open ones are shown at most. */
const mostOpen = 100;

function Open({ severity }: { severity?: Incident['severity'] }) {
  const known = useAnswer(ask('/data/v1/incidents', { query: { status: 'open', severity, limit: mostOpen } }), {
    every: 15_000,
  });
  const total = known.data?.total_row_count ?? 0;
  return (
    <Panel
      title="Open"
      known={known.error ? known : []}
      question={known.question}
      minHeight="4rem"
      flush
      actions={
        total > mostOpen && (
          <span class="soft">
            The latest {mostOpen} of {formatCount(total)}
          </span>
        )
      }
    >
      <IncidentTable
        caption="Open incidents"
        rows={known.data?.data}
        expected={1}
        empty={<Empty title="No open incidents" />}
      />
    </Panel>
  );
}

function Past({ state, severity }: { state: 'ended' | Incident['status']; severity?: Incident['severity'] }) {
  const [page, setPage] = usePage();
  const known = useAnswer(ask('/data/v1/incidents', { query: { status: state, severity, limit, page } }), {
    every: 60_000,
  });
  useLastPage(page, limit, known, setPage);
  const total = known.data?.total_row_count ?? 0;
  const title = { ended: 'Ended', closed: 'Closed', expired: 'Expired', open: 'Open' }[state];
  return (
    <Panel
      title={title}
      known={known.error ? known : []}
      question={known.question}
      minHeight="6rem"
      flush
      actions={<Pager page={page} limit={limit} total={total} onPage={setPage} />}
    >
      <IncidentTable
        caption={`${title} incidents`}
        rows={known.data?.data}
        loading={known.loading}
        empty={
          <Empty title="No incidents">
            Failures that stand out are found by themselves. Rules find what else should be known.
          </Empty>
        }
      />
    </Panel>
  );
}
