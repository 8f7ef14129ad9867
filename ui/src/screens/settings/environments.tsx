import { useState } from 'preact/hooks';
import { ask, change, type RowOf } from '../../api/client';
import { useAnswer } from '../../api/use';
import { go, usePlace } from '../../app/router';
import { useMay, useSession } from '../../app/session';
import { formatCount } from '../../format/format';
import { Button } from '../../kit/button';
import { CopyButton } from '../../kit/copy';
import { Dialog } from '../../kit/dialog';
import { Form, Select, TextInput } from '../../kit/form';
import { ReadOnly } from '../../kit/may';
import { Panel } from '../../kit/panel';
import { Table } from '../../kit/table';
import { Ago } from '../../kit/time';
import { link, useParam } from '../../state/scope';
import { Arriving } from './arriving';
import { Players } from './players';

type Environment = RowOf<'/system/v1/environments'>;

/** The environments, how players are set up for one, and whether its beacons arrive. */
export function Environments() {
  const place = usePlace();
  const session = useSession();
  const write = useMay('system:write');
  const [making, setMaking] = useParam('new');
  const [wanted] = useParam('environment');
  const list = useAnswer(ask('/system/v1/environments', { query: { limit: 1000 } }));
  const ingest = useAnswer(ask('/system/v1/ingest'), { every: 2_000 });
  const own = session.state === 'in' ? session.who.environment_id : '';
  const chosen = list.data?.data.find((one) => one.id === (wanted || own)) ?? list.data?.data[0];
  const came = new Map(ingest.data?.data.environments.map((one) => [one.id, one]));
  return (
    <>
      <Panel
        title="Environments"
        flush
        known={list}
        actions={write && <Button onClick={() => setMaking('environment')}>New environment</Button>}
      >
        <Table
          caption="Environments"
          rows={list.data?.data}
          rowKey={(one) => one.id}
          href={(one) => link(place, 'settings', { environment: one.id })}
          selected={(one) => one.id === chosen?.id}
          columns={[
            { key: 'name', title: 'Name', wraps: true, cell: (one) => one.name },
            { key: 'type', title: 'Type', cell: (one) => one.type },
            {
              key: 'key',
              title: 'Key',
              doc: 'What players send to be counted here. It is not secret.',
              cell: (one) => <code class="settings-key">{one.env_key}</code>,
            },
            {
              key: 'last',
              title: 'Last beacon',
              cell: (one) => {
                const at = came.get(one.id)?.last_beacon_at;
                return at ? <Ago at={at} /> : 'none since the start';
              },
            },
            {
              key: 'hour',
              title: 'Beacons in the last hour',
              align: 'right',
              cell: (one) => formatCount(came.get(one.id)?.last_hour.beacons),
            },
          ]}
        />
        <ReadOnly permission="system:write" what="make environments" />
      </Panel>
      {chosen && (
        <>
          <Panel
            title={`Are beacons of ${chosen.name} arriving?`}
            known={ingest}
            minHeight="5rem"
            actions={
              write && (
                <a
                  class="button button-plain"
                  href={link(place, 'settings/tokens', { new: 'token', environment: chosen.id })}
                >
                  New token
                </a>
              )
            }
          >
            {ingest.data && <Arriving id={chosen.id} ingest={ingest.data.data} />}
          </Panel>
          <Panel
            title={`Set up players for ${chosen.name}`}
            known={ingest}
            actions={<CopyButton text={chosen.env_key} label="Copy the key" />}
          >
            {ingest.data && <Players envKey={chosen.env_key} url={ingest.data.data.url} />}
          </Panel>
        </>
      )}
      {making && write && (
        <EnvironmentForm
          onClose={() => setMaking('', { replace: true })}
          onMade={(made) => {
            list.reload();
            go(link(place, 'settings', { environment: made.id }), { replace: true });
          }}
        />
      )}
    </>
  );
}

function EnvironmentForm({ onClose, onMade }: { onClose: () => void; onMade: (made: Environment) => void }) {
  const [name, setName] = useState('');
  const [type, setType] = useState('production');
  const [key, setKey] = useState('');
  const submit = async () => {
    const body = { name, type, env_key: key || undefined };
    onMade((await change('post', '/system/v1/environments', { body })).data);
  };
  return (
    <Dialog title="New environment" onClose={onClose}>
      <Form submit="Make environment" onSubmit={submit} onCancel={onClose}>
        <p class="settings-text">
          What is sent to an environment is seen by its own tokens alone. It cannot be renamed or removed.
        </p>
        <TextInput label="Name" name="name" value={name} onInput={setName} required />
        <Select
          label="Type"
          name="type"
          value={type}
          onChange={setType}
          options={['production', 'staging', 'development'].map((value) => ({ value, label: value }))}
        />
        <TextInput
          label="Key"
          name="env_key"
          help="What its players send: letters, digits, _ and -. A random one when empty; that of another server, where players move from there."
          value={key}
          onInput={setKey}
          mono
        />
      </Form>
    </Dialog>
  );
}
