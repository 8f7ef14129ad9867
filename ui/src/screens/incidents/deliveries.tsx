import { ask, type RowOf } from '../../api/client';
import { useAnswer } from '../../api/use';
import { formatDuration } from '../../format/format';
import { Badge } from '../../kit/badge';
import { Panel } from '../../kit/panel';
import { Empty } from '../../kit/states';
import { Table } from '../../kit/table';
import { Time } from '../../kit/time';
import { useScope } from '../../state/scope';

type Delivery = RowOf<'/data/v1/incidents/{id}/deliveries'>;

const kinds = { delivered: 'good', failed: 'bad', queued: 'warn' } as const;

/** Who was told of an incident, and what became of it. */
export function Deliveries({ id }: { id: string }) {
  const { utc } = useScope();
  const known = useAnswer(ask('/data/v1/incidents/{id}/deliveries', { path: { id } }), { every: 15_000 });
  return (
    <Panel title="Notifications" known={known.error ? known : []} question={known.question} minHeight="4rem" flush>
      <Table
        caption="Notifications"
        rows={known.data?.data}
        expected={1}
        rowKey={(one) => one.id}
        empty={<Empty title="No notifications">Nothing about it was sent, and nothing is to be sent.</Empty>}
        columns={[
          {
            key: 'channel',
            title: 'Channel',
            wraps: true,
            cell: (one) => (
              <>
                {one.channel_name || 'removed'} <span class="soft">{one.channel_kind}</span>
              </>
            ),
          },
          { key: 'event', title: 'About', cell: (one) => one.event },
          { key: 'state', title: 'State', cell: (one) => <Badge kind={kinds[one.state]}>{one.state}</Badge> },
          { key: 'queued', title: 'Queued', cell: (one) => <Time at={one.queued_at} utc={utc} seconds /> },
          { key: 'attempts', title: 'Attempts', align: 'right', cell: (one) => one.attempts },
          { key: 'log', title: 'Log', wide: true, cell: (one) => <Attempts delivery={one} utc={utc} /> },
        ]}
      />
    </Panel>
  );
}

function Attempts({ delivery, utc }: { delivery: Delivery; utc: boolean }) {
  return (
    <ul class="attempts">
      {delivery.log.map((attempt) => (
        <li key={attempt.at}>
          <Time at={attempt.at} utc={utc} day={false} seconds />{' '}
          {attempt.error || (attempt.status ? `status ${attempt.status}` : 'delivered')}{' '}
          <span class="soft">in {formatDuration(attempt.took_ms)}</span>
        </li>
      ))}
      {delivery.next_attempt_at && (
        <li class="soft">
          next attempt at <Time at={delivery.next_attempt_at} utc={utc} day={false} seconds />
        </li>
      )}
    </ul>
  );
}
