// Writes with the API client of npm whatever it can write, reads it back, and
// writes the answers as JSON to standard output.
//
// Usage: node write.mjs '{"baseURL":"http://…","limitedURL":"http://…","id":"…","secret":"…"}'
import Mux from '@mux/mux-node';
import { collect, refusal, watch } from './client.mjs';

const { baseURL, limitedURL, id, secret } = JSON.parse(process.argv[2]);
const client = new Mux({ baseURL, tokenId: id, tokenSecret: secret, maxRetries: 0 });
const watched = watch(client, 'data', 'system');
const { annotations } = client.data;
const { signingKeys } = client.system;

const noSuchAnnotation = '182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e';

async function writeAnnotations() {
  const made = [];
  for (const [note, date] of [['second', 1745438400], ['first', 1745434800], ['third', 1745442000]]) {
    made.push(await annotations.create({ note, date, sub_property_id: note === 'first' ? 'sub' : undefined }));
  }
  const [second, first] = made;
  const answers = {
    made,
    all: await collect(annotations.list({ limit: 2 })),
    newest: await collect(annotations.list({ limit: 1, order_direction: 'desc', timeframe: ['1745434800', '1745442000'] })),
    one: await annotations.retrieve(first.id),
    moved: await annotations.update(first.id, { note: 'zeroth', date: 1745431200, sub_property_id: 'other' }),
    renamed: await annotations.update(second.id, { note: 'a release' }),
    refusals: {
      noNote: await refusal(() => annotations.create({ date: 1745438400 })),
      noDate: await refusal(() => annotations.create({ note: 'a' })),
      update: await refusal(() => annotations.update(noSuchAnnotation, { note: 'a', date: 1 })),
    },
  };
  await annotations.delete(first.id);
  answers.left = await collect(annotations.list());
  answers.refusals.deleted = await refusal(() => annotations.retrieve(first.id));
  answers.refusals.deletedTwice = await refusal(() => annotations.delete(first.id));
  return answers;
}

// A token for reading is made as a dashboard would make it: the client has no
// method for that.
async function readOnly() {
  const { data: token } = await client.post('/system/v1/tokens', { body: { name: 'reader', permissions: ['data:read'] } });
  const reader = new Mux({ baseURL, tokenId: token.id, tokenSecret: token.secret, maxRetries: 0 });
  const whoami = await reader.system.utilities.whoami();
  const answers = {
    whoami: { ...whoami, environment_id: typeof whoami.environment_id }, // it is random
    listed: (await collect(reader.data.annotations.list())).length,
    refusals: {
      annotation: await refusal(() => reader.data.annotations.create({ note: 'a', date: 1745438400 })),
      signingKey: await refusal(() => reader.system.signingKeys.create()),
    },
  };
  await client.delete(`/system/v1/tokens/${token.id}`);
  answers.refusals.revoked = await refusal(() => reader.system.utilities.whoami());
  return answers;
}

// counts asks as a page on another site does: without a token of the API.
async function counts(key, config) {
  const token = await client.jwt.signViewerCounts('film', { keyId: key.id, keySecret: key.private_key, ...config });
  const response = await fetch(`${baseURL}/counts?token=${token}`, { headers: { origin: 'https://example.com' } });
  return { status: response.status, origin: response.headers.get('access-control-allow-origin'), body: await response.json() };
}

async function signed() {
  const key = await signingKeys.create();
  const answers = {
    key: { ...key, private_key: atob(key.private_key).split('\n')[0] },
    listed: await collect(signingKeys.list()),
    one: await signingKeys.retrieve(key.id),
    counts: await counts(key, { type: 'video', expiration: '1h' }),
    expired: await counts(key, { type: 'video', expiration: '0s' }),
  };
  await signingKeys.delete(key.id);
  answers.deleted = await counts(key, { type: 'video', expiration: '1h' });
  answers.refusal = await refusal(() => signingKeys.retrieve(key.id));
  return answers;
}

async function limited() {
  const client = new Mux({ baseURL: limitedURL, tokenId: id, tokenSecret: secret, maxRetries: 0 });
  const { response } = await client.system.utilities.whoami().withResponse();
  return {
    limit: response.headers.get('x-ratelimit-limit'),
    remaining: response.headers.get('x-ratelimit-remaining'),
    refusal: await refusal(() => client.system.utilities.whoami()),
  };
}

console.log(JSON.stringify({
  annotations: await writeAnnotations(), readOnly: await readOnly(), signed: await signed(), limited: await limited(),
  called: [...watched.called].sort(),
}));
