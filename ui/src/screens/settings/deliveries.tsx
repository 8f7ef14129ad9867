import { useEffect, useState } from 'preact/hooks';
import { ask, change, type RowOf } from '../../api/client';
import { useAnswer } from '../../api/use';
import { useMay } from '../../app/session';
import { formatDuration } from '../../format/format';
import { Badge } from '../../kit/badge';
import { Button } from '../../kit/button';
import { Dialog } from '../../kit/dialog';
import { Pager, useLastPage } from '../../kit/pager';
import { Empty, ErrorBox } from '../../kit/states';
import { Table } from '../../kit/table';
import { Time } from '../../kit/time';
import { toastError } from '../../kit/toast';
import { useScope } from '../../state/scope';
import type { Channel } from './channels';

type Delivery = RowOf<'/data/v1/notification-channels/{id}/deliveries'>;

const perPage = 10;
const looks = { queued: 'plain', delivered: 'good', failed: 'bad' } as const;

/** What has been sent to a channel, and what became of it; kept current while any waits. */
export function Deliveries({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const { utc } = useScope();
  const write = useMay('system:write');
  const [page, setPage] = useState(1);
  const known = useAnswer(
    ask('/data/v1/notification-channels/{id}/deliveries', {
      path: { id: channel.id },
      query: { limit: perPage, page },
    }),
  );
  useLastPage(page, perPage, known, setPage);
  const waits = known.data?.data.some((one) => one.state === 'queued');
  // biome-ignore lint/correctness/useExhaustiveDependencies: another answer, another look
  useEffect(() => {
    if (!waits) return;
    const timer = setTimeout(known.reload, 2_000);
    return () => clearTimeout(timer);
  }, [waits, known.data]);
  const again = async (one: Delivery) => {
    try {
      const path = { id: channel.id, delivery: one.id };
      await change('post', '/data/v1/notification-channels/{id}/deliveries/{delivery}/redeliver', { path });
      known.reload();
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <Dialog title={`Deliveries of ${channel.name}`} onClose={onClose} wide>
      {known.error && <ErrorBox error={known.error} retry={known.reload} />}
      <Table
        caption="Deliveries"
        rows={known.data?.data}
        rowKey={(one) => one.id}
        empty={<Empty title="Nothing has been sent to it" />}
        columns={[
          { key: 'event', title: 'What', cell: (one) => (one.event === 'test' ? 'test' : `incident ${one.event}`) },
          { key: 'state', title: 'State', cell: (one) => <Badge kind={looks[one.state]}>{one.state}</Badge> },
          { key: 'queued', title: 'Queued', cell: (one) => <Time at={one.queued_at} utc={utc} seconds /> },
          { key: 'attempts', title: 'Attempts', align: 'right', cell: (one) => one.attempts },
          { key: 'last', title: 'Last answer', cell: (one) => <LastAttempt delivery={one} /> },
          ...(write
            ? [
                {
                  key: 'do',
                  title: '',
                  cell: (one: Delivery) => (
                    <Button
                      kind="quiet"
                      label={`Send again, number ${one.id}`}
                      disabled={one.state === 'queued'}
                      onClick={() => again(one)}
                    >
                      Send again
                    </Button>
                  ),
                },
              ]
            : []),
        ]}
      />
      <Pager page={page} limit={perPage} total={known.data?.total_row_count ?? 0} onPage={setPage} />
    </Dialog>
  );
}

function LastAttempt({ delivery }: { delivery: Delivery }) {
  const [last] = delivery.log;
  if (!last) return <>–</>;
  const status = last.status ? `status ${last.status}` : 'no answer';
  return (
    <span class="settings-help">
      {status} in {formatDuration(last.took_ms)}
      {last.error && `: ${last.error}`}
    </span>
  );
}
