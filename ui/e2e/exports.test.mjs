import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { api, axe, eventually, expectTrouble, fits, open, shot, testLooks, url } from './browser.mjs';

const number = (text) => Number(text.replaceAll(',', ''));

/** The rows of a table as texts. */
const rowsOf = async (table) => {
  const rows = await table.locator('tbody tr').all();
  return Promise.all(
    rows.map(async (row) => (await row.locator('th, td').allTextContents()).map((text) => text.trim())),
  );
};

/** A receiver of streams, which keeps what it is sent. */
const received = [];
const receiver = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  received.push({ headers: request.headers, body: Buffer.concat(parts) });
  response.end();
});
await new Promise((done) => receiver.listen(0, '127.0.0.1', done));
const target = `http://127.0.0.1:${receiver.address().port}/views?key=hidden`;

/** A dimension by which the views of the range differ. */
async function parting(address) {
  const range = new URL(address).searchParams.get('range');
  for (const dimension of (await api('/data/v1/catalog')).data.dimensions) {
    if (dimension.level !== 'basic' || !dimension.filterable || dimension.trace) continue;
    const { total_row_count: values } = await api(`/data/v1/dimensions/${dimension.name}?timeframe[]=${range}`);
    if (values > 1 && values < 20) return dimension;
  }
  return assert.fail('all views are alike');
}

/** Whether a request is signed with a secret. */
function signs({ headers, body }, secret) {
  const [time, ...signatures] = headers['mux-signature'].split(',');
  const own = createHmac('sha256', secret)
    .update(`${time.slice(2)}.${body}`)
    .digest('hex');
  return signatures.includes(`v1=${own}`);
}

after(async () => {
  for (const { id, name } of (await api('/data/v1/exports/streams')).data) {
    if (name.startsWith('e2e ')) await api(`/data/v1/exports/streams/${id}`, { method: 'DELETE' });
  }
  receiver.closeAllConnections();
  receiver.close();
});

testLooks('exports', 'exports', (page) =>
  page.getByRole('table', { name: 'Daily files' }).locator('a').first().waitFor(),
);
testLooks('exports-query', 'exports?tab=query&range=7:days', (page) => page.getByText(/^[\d,]+ views$/).waitFor());

test('days are those of the API, and a file is what its checksum says', async () => {
  const page = await open({ path: 'exports' });
  const table = page.getByRole('table', { name: 'Daily files' });
  await table.locator('a').first().waitFor();
  const states = (await api('/data/v1/exports/days')).data;
  const files = new Map((await api('/data/v1/exports/views')).data.map((day) => [day.export_date, day.files]));
  const rows = await rowsOf(table);
  assert.deepEqual(
    rows.map((row) => row[0]),
    states.map((day) => day.export_date),
  );
  for (const [i, { export_date: day }] of states.entries()) {
    const of = files.get(day);
    assert.equal(rows[i][2], of ? of[0].rows.toLocaleString('en-US') : '–');
  }

  const [day] = states.filter(({ export_date: date }) => files.has(date));
  const csv = files.get(day.export_date).find(({ type }) => type === 'csv');
  const waited = page.waitForEvent('download');
  await page.getByRole('link', { name: `CSV of ${day.export_date}` }).click();
  const download = await waited;
  const content = await readFile(await download.path());
  assert.equal(createHash('sha256').update(content).digest('hex'), csv.sha256);
  // Quoted texts may hold lines, so that only the least is known without reading CSV.
  assert.ok(gunzipSync(content).toString().split('\n').length >= csv.rows + 2);
});

test('what is chosen is downloaded, as many views as the API counts', async () => {
  const page = await open({ path: 'exports?tab=query&range=7:days&format=ndjson' });
  const counted = page.getByText(/^[\d,]+ views$/);
  await counted.waitFor();
  const all = number((await counted.textContent()).split(' ')[0]);

  // A filter by a dimension of which there is more than one value.
  const { title } = await parting(page.url());
  await page.keyboard.press('/');
  await page.getByPlaceholder('Filter by').fill(title);
  await page.keyboard.press('Enter');
  await page.getByPlaceholder('Search', { exact: true }).waitFor();
  await page.locator('.popover [role=option]').nth(1).waitFor();
  await page.keyboard.press('Enter');
  await eventually(async () => assert.ok(number((await counted.textContent()).split(' ')[0]) < all));
  const at = new URL(page.url());
  const filter = at.searchParams.get('filter');
  assert.ok(filter);

  const waited = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  const download = await waited;
  const query = new URLSearchParams(new URL(download.url()).search);
  assert.deepEqual(
    [query.getAll('filters[]'), query.get('format'), query.get('compression')],
    [[filter], 'ndjson', 'gzip'],
  );
  const lines = gunzipSync(await readFile(await download.path()))
    .toString()
    .trimEnd()
    .split('\n');
  const same = new URLSearchParams([
    ...query.getAll('timeframe[]').map((one) => ['timeframe[]', one]),
    ['filters[]', filter],
  ]);
  assert.equal(lines.length, (await api(`/data/v1/video-views?limit=1&${same}`)).total_row_count);
  assert.ok(JSON.parse(lines[0]).view_id);

  await page.goBack();
  await eventually(async () => assert.equal(number((await counted.textContent()).split(' ')[0]), all));
});

test('when views cannot be counted, that is said', async () => {
  const page = await open({ path: 'exports' });
  const refusal = { status: 503, json: { error: { messages: ['Come back later.'] } } };
  await page.route('**/data/v1/video-views?*', (route) => route.fulfill(refusal));
  await page.getByRole('tab', { name: 'On demand' }).click();
  await page.getByText('Come back later.').waitFor();
  assert.equal(await page.getByText('Counting').count(), 0);
  await page.unroute('**/data/v1/video-views?*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText(/^[\d,]+ views$/).waitFor();
  expectTrouble(page, /video-views.*status 503/);
});

test('what is wrong with a download is said', async () => {
  const page = await open({ path: 'exports?tab=query' });
  await page.getByText(/^[\d,]+ views$/).waitFor();
  await page.getByLabel('Version of the columns').fill('99');
  await page.getByRole('button', { name: 'Download' }).click();
  await page.getByText('want a whole number from').waitFor();
  await shot(page, 'exports-wrong');
  expectTrouble(page, /exports\/query.*status 400/);
});

test('a stream is made, sends, is tested, changed, gets another secret, and is deleted', async () => {
  const page = await open({ path: 'exports?tab=streams' });
  await page.getByRole('button', { name: 'New stream' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('e2e lake');
  await dialog.getByLabel('URL', { exact: true }).fill('ftp://example.com');
  await shot(page, 'exports-new-stream');
  await axe(page);
  await dialog.getByRole('button', { name: 'Make' }).click();
  await dialog.locator('.field-error').waitFor(); // what the API says, at the field
  await dialog.getByLabel('URL', { exact: true }).fill(target);
  await dialog.getByRole('button', { name: 'Make' }).click();
  expectTrouble(page, /POST .*exports\/streams: status 400/);
  const secret = page.getByRole('dialog', { name: 'The secret of e2e lake' });
  const shown = await secret.locator('code').textContent();
  await axe(page);
  // It is not lost by a slip of the finger.
  await page.keyboard.press('Escape');
  await secret.getByLabel('I have copied it').check();
  await secret.getByRole('button', { name: 'Done' }).click();

  const row = page.getByRole('table', { name: 'Streams' }).getByRole('row', { name: /^e2e lake/ });
  await row.waitFor();
  assert.ok(!(await row.textContent()).includes('hidden'));
  const act = async (what) => {
    await row.getByRole('button', { name: 'Actions for e2e lake' }).click();
    await page.getByRole('menuitem', { name: what }).click();
  };
  await act('Test');
  await dialog.getByText('It was reached in').waitFor();
  await shot(page, 'exports-test');
  await page.keyboard.press('Escape');
  const asked = received.find(({ headers }) => headers['playhead-test']);
  assert.ok(signs(asked, shown), 'the secret that was shown signs');

  await act('Edit');
  await dialog.getByLabel('Name').fill('e2e lake house');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const renamed = page.getByRole('table', { name: 'Streams' }).getByRole('row', { name: /^e2e lake house/ });
  await renamed.waitFor();

  await page.getByRole('button', { name: 'Actions for e2e lake house' }).click();
  await page.getByRole('menuitem', { name: 'Rotate the secret' }).click();
  await dialog.getByRole('button', { name: 'Make a new secret' }).click();
  const next = await page.getByRole('dialog', { name: 'The secret of e2e lake house' }).locator('code').textContent();
  assert.notEqual(next, shown);
  const { rotated_until: until } = (await api('/data/v1/exports/streams')).data.find(
    ({ name }) => name === 'e2e lake house',
  );
  assert.equal(Date.parse(await dialog.locator('time').getAttribute('datetime')), Date.parse(until));
  await shot(page, 'exports-secret');
  await dialog.getByLabel('I have copied it').check();
  await dialog.getByRole('button', { name: 'Done' }).click();

  await page.getByRole('button', { name: 'Actions for e2e lake house' }).click();
  await page.getByRole('menuitem', { name: 'Test' }).click();
  await dialog.getByText('It was reached in').waitFor();
  await page.keyboard.press('Escape');
  assert.ok(
    signs(
      received.findLast(({ headers }) => headers['playhead-test']),
      next,
    ),
    'the new secret signs',
  );
  await shot(page, 'exports-streams');
  await axe(page);
  await fits(page);

  await page.getByRole('button', { name: 'Actions for e2e lake house' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await shot(page, 'exports-delete');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await renamed.waitFor({ state: 'detached' });
  assert.ok(!(await api('/data/v1/exports/streams')).data.some(({ name }) => name === 'e2e lake house'));
});

test('who may not change anything sees no buttons', async () => {
  const { data: token } = await api('/system/v1/tokens', {
    method: 'POST',
    body: { name: 'e2e reader', permissions: ['data:read', 'system:read'] },
  });
  const page = await open({ path: 'exports?tab=streams', signIn: false });
  await page.getByLabel('Token ID').fill(token.id);
  await page.getByLabel('Secret').fill(token.secret);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Streams' }).waitFor();
  await page.getByText('No streams').waitFor();
  assert.equal(await page.getByRole('button', { name: 'New stream' }).count(), 0);
  await page.getByText('a token needs the permission system:write').waitFor();
  // The session ends with its token.
  await api(`/system/v1/tokens/${token.id}`, { method: 'DELETE' });
  await page.getByText('The session has ended').waitFor();
  assert.equal(page.url(), url('exports?tab=streams'));
});

test('who may see data alone is told what it takes to see and change more', async () => {
  const { data: token } = await api('/system/v1/tokens', {
    method: 'POST',
    body: { name: 'e2e data reader', permissions: ['data:read'] },
  });
  const page = await open({ path: 'exports?tab=streams', signIn: false });
  await page.getByLabel('Token ID').fill(token.id);
  await page.getByLabel('Secret').fill(token.secret);
  await page.keyboard.press('Enter');
  await page.getByText('It lacks the permission system:read').waitFor();
  await page.goto(url('rules'));
  await page.getByText('a token needs the permission data:write').waitFor();
  await page.goto(url('rules/new'));
  await page.getByText('a token needs the permission data:write').waitFor();
  await page.goto(url('?range=1600000000-1600086400'));
  await page.getByText('Nothing to show in this range').first().waitFor();
  await page.getByRole('button', { name: 'Annotations' }).click();
  await page.getByText('a token needs the permission data:write').waitFor();
  await api(`/system/v1/tokens/${token.id}`, { method: 'DELETE' });
});
