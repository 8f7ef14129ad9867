import { useState } from 'preact/hooks';
import { ask, change, type RowOf } from '../../api/client';
import { useAnswer } from '../../api/use';
import { useMay, useSession } from '../../app/session';
import { Badge } from '../../kit/badge';
import { Button } from '../../kit/button';
import { Confirm } from '../../kit/dialog';
import { ReadOnly } from '../../kit/may';
import { Pager, useLastPage, usePage } from '../../kit/pager';
import { Panel } from '../../kit/panel';
import { Secret } from '../../kit/secret';
import { Table } from '../../kit/table';
import { Time } from '../../kit/time';
import { toast, toastError } from '../../kit/toast';
import { useParam, useScope } from '../../state/scope';
import { type Made, TokenForm } from './tokenform';

export type Token = RowOf<'/system/v1/tokens'>;

const perPage = 50;

/** Who reads by the API, and who changes. */
export function Tokens() {
  const { utc } = useScope();
  const [page, setPage] = usePage();
  const known = useAnswer(ask('/system/v1/tokens', { query: { limit: perPage, page } }));
  useLastPage(page, perPage, known, setPage);
  const environments = useAnswer(ask('/system/v1/environments', { query: { limit: 1000 } }));
  const write = useMay('system:write');
  const [making, setMaking] = useParam('new');
  const [made, setMade] = useState<Made>();
  const [ending, setEnding] = useState<Token>();
  const names = new Map(environments.data?.data.map((one) => [one.id, one.name]));
  return (
    <>
      <Panel
        title="Tokens"
        flush
        known={[known, environments]}
        actions={write && <Button onClick={() => setMaking('token')}>New token</Button>}
      >
        <Table
          caption="Tokens"
          rows={known.data?.data}
          rowKey={(token) => token.id}
          columns={[
            {
              key: 'name',
              title: 'Name and ID',
              wraps: true,
              cell: (token) => (
                <span class="settings-reason">
                  {token.name}
                  <code class="settings-id">{token.id}</code>
                </span>
              ),
            },
            { key: 'state', title: 'State', cell: (token) => <State token={token} /> },
            {
              key: 'environment',
              title: 'Environment',
              cell: (token) => names.get(token.environment_id) ?? token.environment_id,
            },
            { key: 'permissions', title: 'Permissions', wraps: true, cell: (token) => token.permissions.join(', ') },
            { key: 'created', title: 'Created', cell: (token) => <Time at={token.created_at} utc={utc} /> },
            {
              key: 'ends',
              title: 'Expires',
              cell: (token) => (token.expires_at ? <Time at={token.expires_at} utc={utc} /> : 'never'),
            },
            ...(write
              ? [
                  {
                    key: 'do',
                    title: '',
                    cell: (token: Token) =>
                      !isOver(token) && <Revoke token={token} onRevoke={() => setEnding(token)} />,
                  },
                ]
              : []),
          ]}
        />
        <Pager page={page} limit={perPage} total={known.data?.total_row_count ?? 0} onPage={setPage} />
        <ReadOnly permission="system:write" what="make and revoke tokens" />
      </Panel>
      {making && write && environments.data && (
        <TokenForm
          environments={environments.data.data}
          onClose={() => setMaking('', { replace: true })}
          onMade={(token) => {
            setMaking('', { replace: true });
            setMade(token);
            known.reload();
          }}
        />
      )}
      {made && (
        <Secret
          title={`The token ${made.name}`}
          parts={[
            { label: 'ID', text: made.id },
            { label: 'Secret', text: made.secret },
          ]}
          note="When it is lost, revoke the token and make another."
          onClose={() => setMade(undefined)}
        />
      )}
      {ending && <Ending token={ending} onClose={() => setEnding(undefined)} onDone={known.reload} />}
    </>
  );
}

const isOver = (token: Token) => token.revoked_at !== null || hasExpired(token);
const hasExpired = (token: Token) => token.expires_at !== null && Date.parse(token.expires_at) <= Date.now();

function State({ token }: { token: Token }) {
  if (token.revoked_at) return <Badge kind="bad">revoked</Badge>;
  if (hasExpired(token)) return <Badge kind="warn">expired</Badge>;
  return <Badge kind="good">valid</Badge>;
}

function Revoke({ token, onRevoke }: { token: Token; onRevoke: () => void }) {
  return (
    <Button kind="quiet" label={`Revoke ${token.name}`} onClick={onRevoke}>
      Revoke
    </Button>
  );
}

function Ending({ token, onClose, onDone }: { token: Token; onClose: () => void; onDone: () => void }) {
  const session = useSession();
  const [busy, setBusy] = useState(false);
  const own = session.state === 'in' && session.who.access_token_name === token.name;
  const revoke = async () => {
    setBusy(true);
    try {
      await change('delete', '/system/v1/tokens/{id}', { path: { id: token.id } });
      toast(`${token.name} is revoked.`);
      onDone();
    } catch (error) {
      toastError(error);
    }
    onClose();
  };
  return (
    <Confirm title={`Revoke ${token.name}?`} action="Revoke" busy={busy} onConfirm={revoke} onClose={onClose}>
      <p class="settings-text">
        Whoever uses the token <code>{token.id}</code> is refused at once, and sessions of the dashboard that were begun
        with it end. It cannot be undone.
      </p>
      {own && <p class="settings-text">You may be signed in with it: its name is that of your own token.</p>}
    </Confirm>
  );
}
