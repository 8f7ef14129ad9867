import { useState } from 'preact/hooks';
import { ask, change, type RowOf } from '../../api/client';
import { useAnswer } from '../../api/use';
import { useMay } from '../../app/session';
import { Badge } from '../../kit/badge';
import { Button } from '../../kit/button';
import { Confirm } from '../../kit/dialog';
import { ReadOnly } from '../../kit/may';
import { Menu } from '../../kit/menu';
import { Panel } from '../../kit/panel';
import { Secret } from '../../kit/secret';
import { Empty } from '../../kit/states';
import { Table } from '../../kit/table';
import { Time } from '../../kit/time';
import { toastError } from '../../kit/toast';
import { useParam, useScope } from '../../state/scope';
import { ChannelForm, kinds, subscriptions } from './channelform';
import { Deliveries } from './deliveries';

export type Channel = RowOf<'/data/v1/notification-channels'>;

type Asked = { about: 'edit' | 'delete' | 'rotate'; channel: Channel };

/** Who is told of incidents. */
export function Channels() {
  const { utc } = useScope();
  const known = useAnswer(ask('/data/v1/notification-channels', { query: { limit: 1000 } }));
  const write = useMay('system:write');
  const [making, setMaking] = useState(false);
  const [asked, setAsked] = useState<Asked>();
  const [secret, setSecret] = useState<{ name: string; text: string }>();
  const [shown, setShown] = useParam('deliveries');
  const channel = known.data?.data.find((one) => one.id === shown);

  const done = (made?: { name: string; secret?: string | null }) => {
    setMaking(false);
    setAsked(undefined);
    if (made?.secret) setSecret({ name: made.name, text: made.secret });
    known.reload();
  };
  const attempt = async (what: () => Promise<void>) => {
    try {
      await what();
    } catch (error) {
      toastError(error);
      setAsked(undefined);
    }
  };
  const test = (of: Channel) =>
    attempt(async () => {
      await change('post', '/data/v1/notification-channels/{id}/test', { path: { id: of.id } });
      setShown(of.id);
    });
  const items = (of: Channel) => [
    { title: 'Send a test', onPick: () => test(of) },
    { title: 'Change', onPick: () => setAsked({ about: 'edit', channel: of }) },
    ...(of.kind === 'webhook'
      ? [{ title: 'Rotate the secret', onPick: () => setAsked({ about: 'rotate', channel: of }) }]
      : []),
    { title: 'Delete', danger: true, onPick: () => setAsked({ about: 'delete', channel: of }) },
  ];
  return (
    <>
      <Panel
        title="Notification channels"
        flush
        known={known}
        actions={write && <Button onClick={() => setMaking(true)}>New channel</Button>}
      >
        <Table
          caption="Notification channels"
          rows={known.data?.data}
          rowKey={(one) => one.id}
          empty={<Empty title="No channels">A channel sends incidents by webhook, Slack, e-mail or PagerDuty.</Empty>}
          columns={[
            { key: 'name', title: 'Name', wraps: true, cell: (one) => one.name },
            {
              key: 'enabled',
              title: 'State',
              cell: (one) => (
                <Badge kind={one.enabled ? 'good' : 'plain'}>{one.enabled ? 'enabled' : 'disabled'}</Badge>
              ),
            },
            { key: 'kind', title: 'By', cell: (one) => kinds[one.kind].title },
            { key: 'target', title: 'To', wide: true, cell: (one) => <span title={one.target}>{one.target}</span> },
            { key: 'subscription', title: 'Of', cell: (one) => subscriptions[one.subscription] },
            { key: 'updated', title: 'Changed', cell: (one) => <Time at={one.updated_at} utc={utc} /> },
            {
              key: 'do',
              title: '',
              cell: (one) => (
                <span class="settings-buttons">
                  <Button kind="quiet" label={`Deliveries of ${one.name}`} onClick={() => setShown(one.id)}>
                    Deliveries
                  </Button>
                  {write && <Menu label={`More about ${one.name}`} items={items(one)} />}
                </span>
              ),
            },
          ]}
        />
        <ReadOnly permission="system:write" what="change channels and send tests" />
      </Panel>
      {making && <ChannelForm onClose={() => setMaking(false)} onDone={done} />}
      {asked?.about === 'edit' && (
        <ChannelForm channel={asked.channel} onClose={() => setAsked(undefined)} onDone={done} />
      )}
      {asked?.about === 'delete' && (
        <Confirm
          title={`Delete ${asked.channel.name}?`}
          action="Delete"
          onClose={() => setAsked(undefined)}
          onConfirm={() =>
            attempt(async () => {
              await change('delete', '/data/v1/notification-channels/{id}', { path: { id: asked.channel.id } });
              done();
            })
          }
        >
          <p class="settings-text">What waits to be sent to it is not sent any more.</p>
        </Confirm>
      )}
      {asked?.about === 'rotate' && (
        <Confirm
          title="Rotate the secret?"
          action="Rotate"
          danger={false}
          onClose={() => setAsked(undefined)}
          onConfirm={() =>
            attempt(async () => {
              const path = { id: asked.channel.id };
              done((await change('post', '/data/v1/notification-channels/{id}/rotate-secret', { path })).data);
            })
          }
        >
          <p class="settings-text">
            {asked.channel.name} is signed with a new secret, which is shown once. For a while there is a signature of
            the old one beside it, so that the receiver can be changed in peace.
          </p>
        </Confirm>
      )}
      {secret && (
        <Secret
          title={`The secret of ${secret.name}`}
          parts={[{ label: 'Secret', text: secret.text }]}
          onClose={() => setSecret(undefined)}
        />
      )}
      {channel && <Deliveries channel={channel} onClose={() => setShown('')} />}
    </>
  );
}
