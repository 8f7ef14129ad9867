import { useState } from 'preact/hooks';
import { ask, change, type RowOf } from '../../api/client';
import { useAnswer } from '../../api/use';
import { useMay } from '../../app/session';
import { Button } from '../../kit/button';
import { Confirm } from '../../kit/dialog';
import { ReadOnly } from '../../kit/may';
import { Panel } from '../../kit/panel';
import { Secret } from '../../kit/secret';
import { Empty } from '../../kit/states';
import { Table } from '../../kit/table';
import { Time } from '../../kit/time';
import { toastError } from '../../kit/toast';
import { useScope } from '../../state/scope';

type Key = RowOf<'/system/v1/signing-keys'>;

/** What customers sign tokens with, so that pages can show how many are watching. */
export function SigningKeys() {
  const { utc } = useScope();
  const known = useAnswer(ask('/system/v1/signing-keys', { query: { limit: 1000 } }));
  const write = useMay('system:write');
  const [made, setMade] = useState<{ id: string; private_key: string }>();
  const [ending, setEnding] = useState<Key>();
  const [busy, setBusy] = useState(false);
  const attempt = async (what: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await what();
      known.reload();
    } catch (error) {
      toastError(error);
    }
    setBusy(false);
    setEnding(undefined);
  };
  const make = () => attempt(async () => setMade((await change('post', '/system/v1/signing-keys')).data));
  return (
    <>
      <Panel
        title="Signing keys"
        doc="What you sign with the private key of a pair shows anybody how many are watching a video now, and nothing else. The server keeps the public key alone."
        flush
        known={known}
        actions={
          write && (
            <Button busy={busy} onClick={make}>
              New signing key
            </Button>
          )
        }
      >
        <Table
          caption="Signing keys"
          rows={known.data?.data}
          rowKey={(key) => key.id}
          empty={
            <Empty title="There is no signing key">
              One is needed to show on pages of yours how many are watching.
            </Empty>
          }
          columns={[
            { key: 'id', title: 'ID', cell: (key) => <code class="settings-key">{key.id}</code> },
            { key: 'created', title: 'Created', cell: (key) => <Time at={Number(key.created_at) * 1000} utc={utc} /> },
            ...(write
              ? [
                  {
                    key: 'do',
                    title: '',
                    cell: (key: Key) => (
                      <Button kind="quiet" label={`Remove ${key.id}`} onClick={() => setEnding(key)}>
                        Remove
                      </Button>
                    ),
                  },
                ]
              : []),
          ]}
        />
        <ReadOnly permission="system:write" what="make and remove signing keys" />
      </Panel>
      {made && (
        <Secret
          title="The signing key"
          parts={[
            { label: 'ID', text: made.id },
            { label: 'Private key', text: made.private_key, long: true },
          ]}
          onClose={() => setMade(undefined)}
        />
      )}
      {ending && (
        <Confirm
          title="Remove the signing key?"
          action="Remove"
          busy={busy}
          onConfirm={() => attempt(() => change('delete', '/system/v1/signing-keys/{id}', { path: { id: ending.id } }))}
          onClose={() => setEnding(undefined)}
        >
          <p class="settings-text">
            All that was signed with <code>{ending.id}</code> is refused from then on.
          </p>
        </Confirm>
      )}
    </>
  );
}
