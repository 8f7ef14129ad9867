import { useState } from 'preact/hooks';
import { change } from '../../api/client';
import { Dialog } from '../../kit/dialog';
import { Checkbox, Form, Select, TextInput } from '../../kit/form';
import { toast } from '../../kit/toast';
import type { Act } from './streamdialogs';
import type { Stream } from './streams';

const contents = [
  { value: 'video_views', label: 'Views, each complete with its events' },
  { value: 'monitoring_samples', label: 'Samples of what each viewer does' },
];
const formats = [
  { value: 'json', label: 'JSON' },
  { value: 'protobuf', label: 'Protobuf' },
];
const kinds = [
  { value: 'http', label: 'URL' },
  { value: 'kafka', label: 'Kafka' },
];
const mechanisms = [
  { value: '', label: 'None' },
  { value: 'plain', label: 'PLAIN' },
  { value: 'scram-sha-256', label: 'SCRAM-SHA-256' },
  { value: 'scram-sha-512', label: 'SCRAM-SHA-512' },
];

/** A stream as it is being edited. */
const empty = {
  name: '',
  content: 'video_views',
  format: 'json',
  kind: 'http',
  target: '',
  topic: '',
  tls: true,
  sasl_mechanism: '',
  username: '',
  password: '',
  enabled: true,
};
type Draft = typeof empty;

const draftOf = (stream: Stream): Draft => ({
  ...empty,
  ...stream,
  topic: stream.topic ?? '',
  sasl_mechanism: stream.sasl_mechanism ?? '',
  username: stream.username ?? '',
});

interface Props {
  /** Undefined for a new one. */
  stream?: Stream;
  next: (act?: Act) => void;
  changed: () => void;
}

/** Makes a stream, or changes one. */
export function StreamForm({ stream, next, changed }: Props) {
  const [draft, setDraft] = useState(() => (stream ? draftOf(stream) : empty));
  const put = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const kafka = draft.kind === 'kafka';
  const save = async () => {
    const secret = stream ? await update(stream, draft) : await create(draft);
    changed();
    toast(stream ? 'Saved.' : `${draft.name} is made.`);
    next(secret ? { what: 'secret', name: draft.name, secret } : undefined);
  };
  return (
    <Dialog title={stream ? `Edit ${stream.name}` : 'New stream'} onClose={() => next()}>
      <Form submit={stream ? 'Save' : 'Make'} onSubmit={save} onCancel={() => next()}>
        <TextInput label="Name" name="name" value={draft.name} onInput={(name) => put({ name })} required />
        {!stream && (
          <>
            <Select
              label="What"
              name="content"
              value={draft.content}
              onChange={(content) => put({ content })}
              options={contents}
            />
            <div class="exports-fields">
              <Select
                label="Format"
                name="format"
                value={draft.format}
                onChange={(format) => put({ format })}
                options={formats}
              />
              <Select
                label="Where to"
                name="kind"
                value={draft.kind}
                onChange={(kind) => put({ kind, target: '' })}
                options={kinds}
              />
            </div>
          </>
        )}
        <TextInput
          label={kafka ? 'Brokers' : 'URL'}
          name="target"
          help={
            stream?.target.includes('…')
              ? 'What is secret of it is not shown. Leave it as it is, or write all of it.'
              : kafka
                ? 'Addresses as host:port, separated by commas.'
                : undefined
          }
          value={draft.target}
          onInput={(target) => put({ target })}
          placeholder={kafka ? 'k1.example.com:9093,k2.example.com:9093' : 'https://example.com/views'}
          required
        />
        {kafka && <Kafka draft={draft} put={put} known={stream?.username !== null && stream !== undefined} />}
        <Checkbox
          label="Enabled"
          help="A stream that is disabled keeps its place, and goes on there."
          checked={draft.enabled}
          onChange={(enabled) => put({ enabled })}
        />
      </Form>
    </Dialog>
  );
}

function Kafka({ draft, put, known }: { draft: Draft; put: (part: Partial<Draft>) => void; known: boolean }) {
  return (
    <>
      <TextInput label="Topic" name="topic" value={draft.topic} onInput={(topic) => put({ topic })} required />
      <Checkbox label="Encrypted (TLS)" checked={draft.tls} onChange={(tls) => put({ tls })} />
      <Select
        label="Log in by"
        name="sasl_mechanism"
        value={draft.sasl_mechanism}
        onChange={(mechanism) => put({ sasl_mechanism: mechanism })}
        options={mechanisms}
      />
      {draft.sasl_mechanism && (
        <div class="exports-fields">
          <TextInput
            label="User name"
            name="username"
            value={draft.username}
            onInput={(username) => put({ username })}
          />
          <TextInput
            label="Password"
            name="password"
            type="password"
            autocomplete="new-password"
            placeholder={known ? 'as it is' : undefined}
            value={draft.password}
            onInput={(password) => put({ password })}
          />
        </div>
      )}
    </>
  );
}

/** What a stream by Kafka has besides. */
const kafkaParts = ({ topic, tls, sasl_mechanism, username, password }: Draft) => ({
  topic,
  tls,
  sasl_mechanism: sasl_mechanism as 'plain',
  ...(sasl_mechanism && { username, ...(password && { password }) }),
});

/** Makes the stream; what it returns is its secret, if it has one. */
async function create(draft: Draft): Promise<string | null> {
  const { name, content, format, kind, target, enabled, sasl_mechanism } = draft;
  const parts = kafkaParts(draft);
  const { data } = await change('post', '/data/v1/exports/streams', {
    body: {
      name,
      content: content as Stream['content'],
      format: format as Stream['format'],
      kind: kind as Stream['kind'],
      target,
      enabled,
      ...(kind === 'kafka' && { ...parts, sasl_mechanism: sasl_mechanism ? parts.sasl_mechanism : undefined }),
    },
  });
  return data.secret;
}

/** Sends what is different: what is secret of a target was not shown, and stays if it is not touched. */
async function update(stream: Stream, draft: Draft): Promise<null> {
  const before: Record<string, unknown> = draftOf(stream);
  const all = {
    name: draft.name,
    target: draft.target,
    enabled: draft.enabled,
    ...(stream.kind === 'kafka' && kafkaParts(draft)),
  };
  const body = Object.fromEntries(Object.entries(all).filter(([member, value]) => value !== before[member]));
  await change('patch', '/data/v1/exports/streams/{id}', { path: { id: stream.id }, body });
  return null;
}
