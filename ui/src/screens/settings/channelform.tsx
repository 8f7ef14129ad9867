import { useState } from 'preact/hooks';
import { change } from '../../api/client';
import { Dialog } from '../../kit/dialog';
import { Checkbox, Form, Select, TextInput } from '../../kit/form';
import type { Channel } from './channels';

export const kinds: Record<Channel['kind'], { title: string; target: string; placeholder: string; help: string }> = {
  webhook: {
    title: 'Webhook',
    target: 'URL',
    placeholder: 'https://example.com/playhead',
    help: 'JSON is posted to it, signed with a secret that is shown once.',
  },
  slack: {
    title: 'Slack',
    target: 'URL of the incoming webhook',
    placeholder: 'https://hooks.slack.com/services/…',
    help: 'As Slack has made it for one channel.',
  },
  email: {
    title: 'E-mail',
    target: 'Addresses',
    placeholder: 'on-call@example.com, video@example.com',
    help: 'Separated by commas. The server needs the setting smtp-address.',
  },
  pagerduty: {
    title: 'PagerDuty',
    target: 'Integration key',
    placeholder: '32 letters and digits',
    help: 'Of a service, with the Events API v2.',
  },
};

export const subscriptions: Record<Channel['subscription'], string> = {
  all: 'all incidents',
  anomaly: 'what stands out',
  threshold: 'rules',
};

const titles: Record<Channel['subscription'], string> = {
  all: 'All incidents',
  anomaly: 'What stands out by itself, without a rule',
  threshold: 'Those of rules',
};

/** Makes a channel, or changes one: its kind stays. */
export function ChannelForm({
  channel,
  onClose,
  onDone,
}: {
  channel?: Channel;
  onClose: () => void;
  onDone: (made?: { name: string; secret?: string | null }) => void;
}) {
  const [kind, setKind] = useState<Channel['kind']>(channel?.kind ?? 'webhook');
  const [name, setName] = useState(channel?.name ?? '');
  const [target, setTarget] = useState('');
  const [subscription, setSubscription] = useState<Channel['subscription']>(channel?.subscription ?? 'all');
  const [enabled, setEnabled] = useState(channel?.enabled ?? true);
  const words = kinds[kind];
  const submit = async () => {
    if (!channel) {
      const body = { name, kind, target, subscription, enabled };
      onDone((await change('post', '/data/v1/notification-channels', { body })).data);
      return;
    }
    await change('patch', '/data/v1/notification-channels/{id}', {
      path: { id: channel.id },
      body: { name, subscription, enabled, ...(target && { target }) },
    });
    onDone();
  };
  return (
    <Dialog title={channel ? `Change ${channel.name}` : 'New channel'} onClose={onClose}>
      <Form submit={channel ? 'Save' : 'Make channel'} onSubmit={submit} onCancel={onClose}>
        <TextInput label="Name" name="name" value={name} onInput={setName} required />
        {!channel && (
          <Select
            label="By"
            name="kind"
            value={kind}
            onChange={(value) => setKind(value as Channel['kind'])}
            options={Object.entries(kinds).map(([value, { title }]) => ({ value, label: title }))}
          />
        )}
        <TextInput
          label={words.target}
          name="target"
          help={channel ? `Empty: it stays ${channel.target}` : words.help}
          placeholder={words.placeholder}
          value={target}
          onInput={setTarget}
          required={!channel}
          mono
        />
        <Select
          label="Of which incidents"
          name="subscription"
          value={subscription}
          onChange={(value) => setSubscription(value as Channel['subscription'])}
          options={Object.entries(titles).map(([value, label]) => ({ value, label }))}
        />
        <Checkbox
          label="Enabled"
          help="What waits to be sent to it is not sent any more when it is not."
          checked={enabled}
          onChange={setEnabled}
        />
      </Form>
    </Dialog>
  );
}
