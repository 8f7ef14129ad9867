// Lists exports with the API client of npm, downloads what is listed, and writes
// what has come as JSON to standard output.
//
// Usage: node exports.mjs '{"baseURL":"http://…","id":"…","secret":"…"}'
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import Mux from '@mux/mux-node';
import { refusal, watch } from './client.mjs';

const { baseURL, id, secret } = JSON.parse(process.argv[2]);
const client = new Mux({ baseURL, tokenId: id, tokenSecret: secret, maxRetries: 0 });
const watched = watch(client, 'data');
const stranger = new Mux({ baseURL, tokenId: id, tokenSecret: secret + 'x', maxRetries: 0 });

// A file is downloaded as by anybody who has its URL: without the token.
async function download({ type, path }) {
  const response = await fetch(path);
  const file = Buffer.from(await response.arrayBuffer());
  const answer = {
    status: response.status, type: response.headers.get('content-type'), bytes: file.length,
    sha256: createHash('sha256').update(file).digest('hex'),
  };
  if (type === 'csv') {
    // Cells may have commas and lines in quotes; ids have none.
    const lines = gunzipSync(file).toString().split('\n');
    const column = lines[0].trim().split(',').indexOf('view_id');
    answer.header = lines[0].trim().split(',');
    answer.ids = records(gunzipSync(file).toString()).slice(1).map((record) => record[column]);
  }
  return answer;
}

// records reads CSV as RFC 4180 describes it.
function records(text) {
  const all = [];
  let record = [], cell = '', quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') cell += text[++i];
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ',') { record.push(cell); cell = ''; }
    else if (c === '\n') { all.push([...record, cell]); record = []; cell = ''; }
    else if (c !== '\r') cell += c;
  }
  return all;
}

// resume downloads a file in two parts, as a client does that was cut off.
async function resume({ path }) {
  const head = await fetch(path, { method: 'HEAD' });
  const etag = head.headers.get('etag'), size = Number(head.headers.get('content-length')), half = Math.floor(size / 2);
  const first = await fetch(path, { headers: { range: `bytes=0-${half - 1}` } });
  const rest = await fetch(path, { headers: { range: `bytes=${half}-`, 'if-range': etag } });
  const whole = Buffer.concat([Buffer.from(await first.arrayBuffer()), Buffer.from(await rest.arrayBuffer())]);
  const old = await fetch(path, { headers: { range: `bytes=${half}-`, 'if-range': '"another"' } });
  await old.arrayBuffer();
  return {
    statuses: [head.status, first.status, rest.status, old.status],
    sha256: createHash('sha256').update(whole).digest('hex'),
  };
}

const status = async (path) => (await fetch(path)).status;

const list = await client.data.exports.listVideoViews();
const [newest] = list.data;
const [csv] = newest.files;
const downloads = [];
for (const day of list.data) {
  for (const file of day.files) downloads.push({ day: day.export_date, format: file.type, ...await download(file) });
}
console.log(JSON.stringify({
  list,
  downloads,
  resumed: await resume(csv),
  older: await client.get('/data/v1/exports'),
  refusals: {
    secret: await refusal(() => stranger.data.exports.listVideoViews()),
    unsigned: await status(csv.path.split('?')[0]),
    prolonged: await status(csv.path.replace(/expires=\d/, 'expires=2')),
    other: await status(csv.path.replace('.csv.gz', '.parquet')),
  },
  called: [...watched.called].sort(),
}));
