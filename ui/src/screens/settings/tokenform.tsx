import { useState } from 'preact/hooks';
import { change, type RowOf } from '../../api/client';
import { type Permission, useSession } from '../../app/session';
import { Dialog } from '../../kit/dialog';
import { Checkbox, Form, Select, TextInput } from '../../kit/form';
import { useCatalog } from '../../state/catalog';
import { useParam } from '../../state/scope';

/** A token with its secret. */
export type Made = { id: string; name: string; secret: string };

/** Asks what a token is for, and makes it. It can have no more permissions than the one that makes it. */
export function TokenForm({
  environments,
  onClose,
  onMade,
}: {
  environments: RowOf<'/system/v1/environments'>[];
  onClose: () => void;
  onMade: (token: Made) => void;
}) {
  const session = useSession();
  const own = session.state === 'in' ? session.who : undefined;
  const catalog = useCatalog();
  const [wanted] = useParam('environment');
  const [name, setName] = useState('');
  const [environment, setEnvironment] = useState(wanted || own?.environment_id || '');
  const [expires, setExpires] = useState('');
  const [permissions, setPermissions] = useState<Permission[]>(() =>
    own?.permissions.includes('data:read') ? ['data:read'] : [],
  );
  const submit = async () => {
    const answer = await change('post', '/system/v1/tokens', {
      body: {
        name,
        environment_id: environment,
        permissions,
        expires_at: expires ? new Date(expires).toISOString() : undefined,
      },
    });
    onMade(answer.data);
  };
  const toggle = (id: Permission, on: boolean) =>
    setPermissions(on ? [...permissions, id] : permissions.filter((one) => one !== id));
  return (
    <Dialog title="New token" onClose={onClose}>
      <Form submit="Make token" onSubmit={submit} onCancel={onClose} disabled={permissions.length === 0}>
        <TextInput
          label="Name"
          name="name"
          help="What it is for, such as the service that uses it."
          value={name}
          onInput={setName}
          required
        />
        <Select
          label="Environment"
          name="environment_id"
          help="The one whose data it reads."
          value={environment}
          onChange={setEnvironment}
          options={environments.map((one) => ({ value: one.id, label: one.name }))}
        />
        <fieldset class="settings-fields">
          <legend class="field-label">It may</legend>
          {catalog.permissions.map(({ id, doc }) => {
            const has = own?.permissions.includes(id) ?? false;
            return (
              <Checkbox
                key={id}
                label={<code>{id}</code>}
                help={has ? doc : `${doc} Your own token lacks this, and so cannot give it.`}
                checked={permissions.includes(id) && has}
                disabled={!has}
                onChange={(on) => toggle(id, on)}
              />
            );
          })}
        </fieldset>
        <TextInput
          label="Ends"
          name="expires_at"
          type="datetime-local"
          help="In the time of this browser. Empty: never."
          value={expires}
          onInput={setExpires}
        />
      </Form>
    </Dialog>
  );
}
