import { useState } from 'preact/hooks';
import { change, server } from '../../api/client';
import { formatCount, formatDuration, formatShare } from '../../format/format';
import { copyText } from '../../kit/copy';
import { Button, Select } from '../../kit/form';
import { Panel } from '../../kit/panel';
import { Empty, ErrorBox, Skeleton } from '../../kit/states';
import { Table } from '../../kit/table';
import { Time } from '../../kit/time';
import { useCatalog } from '../../state/catalog';
import { useScope } from '../../state/scope';
import { quantity } from '../incidents/quantity';
import { Distribution } from './distribution';
import { conditionOf, type Draft } from './draft';
import { Firings } from './firings';

export type Result = Awaited<ReturnType<typeof test>>['data'];
type Body = ReturnType<typeof conditionOf> & { days: number };

const test = (body: Body) => change('post', '/data/v1/alert-rules/backtest', { body });

/** What was found out, and of which rule. */
type State =
  | { is: 'nothing' }
  | { is: 'running' }
  | { is: 'failed'; error: Error }
  | { is: 'done'; result: Result; of: Body };

/** What the rule would have done in the last days. */
export function Backtest({ draft }: { draft: Draft }) {
  const [days, setDays] = useState('7');
  const [state, setState] = useState<State>({ is: 'nothing' });
  const body: Body = { ...conditionOf(draft), days: Number(days) };
  const run = async () => {
    setState({ is: 'running' });
    try {
      setState({ is: 'done', result: (await test(body)).data, of: body });
    } catch (error) {
      setState({ is: 'failed', error: error as Error });
    }
  };
  const ready = draft.threshold !== undefined && draft.metric !== '';
  return (
    <Panel
      title="Back-test"
      doc="How often the rule would have opened an incident in the last days, by the views that are stored. Nothing is kept, and nobody is notified."
      items={ready ? [{ title: 'Copy as curl', onPick: () => copyText(curlOf(body)) }] : []}
    >
      <div class="rules-run">
        <Select
          label="Over the last"
          value={days}
          options={['1', '7', '14', '30'].map((n) => ({ value: n, label: n === '1' ? '1 day' : `${n} days` }))}
          onChange={setDays}
        />
        <Button busy={state.is === 'running'} disabled={!ready} onClick={run}>
          Back-test
        </Button>
      </div>
      <div aria-live="polite">
        {state.is === 'nothing' && (
          <Empty title={ready ? 'Not tested yet' : 'A rule needs a threshold'}>
            Computed from stored views; this takes up to half a minute.
          </Empty>
        )}
        {state.is === 'running' && <Skeleton height="20rem" />}
        {state.is === 'failed' && <ErrorBox error={state.error} retry={run} />}
        {state.is === 'done' && (
          <Found result={state.result} of={state.of} stale={JSON.stringify(state.of) !== JSON.stringify(body)} />
        )}
      </div>
    </Panel>
  );
}

const curlOf = (body: Body) =>
  `curl -sg -u "$TOKEN" -H 'Content-Type: application/json' -d '${JSON.stringify(body).replaceAll("'", "'\\''")}' '${new URL('data/v1/alert-rules/backtest', server).href}'`;

function daysOf(ms: number): string {
  const days = Math.round(ms / 8_640_000) / 10;
  return days === 1 ? '1 day' : days < 1 ? formatDuration(ms) : `${days} days`;
}

function Found({ result, of, stale }: { result: Result; of: Body; stale: boolean }) {
  const { utc } = useScope();
  const { type } = useCatalog().realtimeMetric(of.metric);
  const write = (value: number | null) => quantity(value, type);
  const length = Date.parse(result.to) - Date.parse(result.from);
  return (
    <div class={stale ? 'rules-found rules-stale' : 'rules-found'}>
      {stale && <p class="note">The rule has been changed since: test it again.</p>}
      <p class="rules-fired">
        It would have fired{' '}
        <b>
          {formatCount(result.fired)} {result.fired === 1 ? 'time' : 'times'}
        </b>{' '}
        in {daysOf(length)}
        {result.open_seconds > 0 && (
          <>
            , and been open for {formatDuration(result.open_seconds * 1000)} (
            {formatShare((result.open_seconds * 1000) / length)})
          </>
        )}
        .
      </p>
      <p class="note">
        Computed from <Time at={result.from} utc={utc} /> on. Of {formatCount(result.moments)} moments,{' '}
        {formatCount(result.known)} counted: the metric was known, of enough viewers.
      </p>
      <h3>When{result.fired > result.incidents.length ? ` (the last ${result.incidents.length})` : ''}</h3>
      <Firings result={result} utc={utc} />
      <h3>Values against the threshold</h3>
      <Distribution values={result.values} threshold={of.threshold} direction={of.direction} write={write} />
      {result.incidents.length > 0 && (
        <>
          <h3>Incidents{result.fired > result.incidents.length ? ` (the last ${result.incidents.length})` : ''}</h3>
          <Table
            caption="Incidents that would have opened"
            rows={result.incidents}
            rowKey={(one) => one.started_at}
            columns={[
              { key: 'began', title: 'Began', cell: (one) => <Time at={one.started_at} utc={utc} seconds /> },
              {
                key: 'lasted',
                title: 'Lasted',
                align: 'right',
                cell: (one) =>
                  one.resolved_at
                    ? formatDuration(Date.parse(one.resolved_at) - Date.parse(one.started_at))
                    : 'still open',
              },
              { key: 'value', title: 'When found', align: 'right', cell: (one) => write(one.measured_value) },
              { key: 'peak', title: 'At worst', align: 'right', cell: (one) => write(one.peak_value) },
            ]}
          />
        </>
      )}
    </div>
  );
}
