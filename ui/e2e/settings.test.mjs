import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  api,
  axe,
  eventually,
  expectTrouble,
  fits,
  open,
  secret,
  server,
  shot,
  signIn,
  testLooks,
  type,
} from './browser.mjs';

const some = () => Math.random().toString(36).slice(2, 10);
const sure = (page) => page.getByRole('dialog');

/** Sends a beacon of a view as players do, and returns the status. */
async function beacon(key, events = ['viewstart']) {
  const { data } = await api('/system/v1/ingest');
  const view = crypto.randomUUID();
  const body = { events: events.map((e, i) => ({ ake: key, xid: view, xsqno: i + 1, uti: Date.now() + i, e })) };
  const response = await fetch(data.url.startsWith('http://127.') ? data.url : server, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'text/plain' },
  });
  return response.status;
}

/** A page that is signed in with a token of some permissions. */
async function openAs(permissions, path) {
  const { data } = await api('/system/v1/tokens', { method: 'POST', body: { name: `reader ${some()}`, permissions } });
  const page = await open({ path, signIn: false });
  await signIn(page, data);
  return page;
}

const tabs = {
  environments: ['settings', (page) => page.getByText('Beacons are arriving').waitFor()],
  ingest: ['settings/ingest', (page) => page.getByRole('heading', { name: 'Unknown keys' }).waitFor()],
  tokens: ['settings/tokens', (page) => page.getByRole('cell', { name: 'never' }).first().waitFor()],
  'signing-keys': ['settings/signing-keys', (page) => page.getByRole('button', { name: 'New signing key' }).waitFor()],
  channels: ['settings/channels', (page) => page.getByRole('button', { name: 'New channel' }).waitFor()],
  'error-categories': [
    'settings/error-categories',
    (page) => page.getByRole('button', { name: 'New category' }).waitFor(),
  ],
  server: ['settings/server', (page) => page.getByRole('rowheader', { name: 'view-retention', exact: true }).waitFor()],
};
for (const [name, [path, ready]] of Object.entries(tabs)) testLooks(`settings-${name}`, path, ready);

test('a long name and all permissions fit', async () => {
  const { permissions } = (await api('/data/v1/catalog')).data;
  const name = `Reads and writes everything ${some()}`.padEnd(64, 'x');
  await api('/system/v1/tokens', { method: 'POST', body: { name, permissions: permissions.map(({ id }) => id) } });
  const page = await open({ path: 'settings/tokens' });
  await page.getByText(name).waitFor();
  await fits(page);
});

test('an environment is made, its first beacon turns the check good, and unknown keys are told', async () => {
  const page = await open({ path: 'settings' });
  const name = `shop ${some()}`;
  await page.getByRole('button', { name: 'New environment' }).click();
  await sure(page).getByLabel('Name').fill(name);
  await sure(page).getByLabel('Type').selectOption('staging');
  await sure(page).getByRole('button', { name: 'Make environment' }).click();
  await page.getByRole('heading', { name: `Are beacons of ${name} arriving?` }).waitFor();
  await page.getByText('Waiting for the first beacon').waitFor();
  const made = (await api('/system/v1/environments?limit=1000')).data.find((one) => one.name === name);
  assert.equal(made.type, 'staging');

  // Every snippet has the key and where beacons go.
  const { data } = await api('/system/v1/ingest');
  const domain = new URL(data.url).host;
  for (const tab of await page.getByRole('tablist', { name: 'SDK' }).getByRole('tab').all()) {
    await tab.click();
    const code = await page.locator('.settings-snippet').textContent();
    assert.ok(code.includes(made.env_key) && code.includes(domain), `${await tab.textContent()}: ${code}`);
  }

  const typo = `typo-${some()}`;
  assert.equal(await beacon(typo), 200);
  await page.locator('.settings-unknown').getByText(typo).waitFor();
  await page.getByText('Waiting for the first beacon').waitFor();
  assert.equal(await beacon(made.env_key, ['viewstart', 'playing', 'viewend']), 200);
  await page.getByText('Beacons are arriving').waitFor();
  await page.getByText('1 in the last minute, 1 in the last hour with 3 events').waitFor();
  await shot(page, 'settings-arriving', { fullPage: true });
  await axe(page);

  // It is in the URL, so that a link shows others the same.
  await page.reload();
  await page.getByRole('heading', { name: `Are beacons of ${name} arriving?` }).waitFor();
});

test('the snippet of curl sends a view that is counted', async () => {
  const page = await open({ path: 'settings?sdk=curl' });
  const command = await page.getByRole('region', { name: 'curl, Shell' }).textContent();
  const before = (await api('/system/v1/ingest')).data.total;
  const { execFileSync } = await import('node:child_process');
  const out = execFileSync('sh', ['-c', command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  assert.match(out, /^HTTP\/1\.1 200/);
  const after = (await api('/system/v1/ingest')).data.total;
  assert.ok(after.beacons > before.beacons && after.events >= before.events + 3, JSON.stringify([before, after]));
});

test('a key that is in use is told at its field, which has the focus', async () => {
  const page = await open({ path: 'settings?new=environment' });
  const [{ env_key }] = (await api('/system/v1/environments')).data;
  await sure(page).getByLabel('Name').fill(`other ${some()}`);
  await sure(page).getByLabel('Key').fill(env_key);
  await sure(page).getByRole('button', { name: 'Make environment' }).click();
  await sure(page).locator('.field-error').waitFor();
  await page.locator('input[name=env_key]:focus').waitFor();
  expectTrouble(page, /status 409/);
  // An environment that has no name to see could not be told from others, and stays.
  await sure(page).getByLabel('Key').fill('');
  await sure(page).getByLabel('Name').fill('  ');
  await sure(page).getByRole('button', { name: 'Make environment' }).click();
  await sure(page).getByText('has only spaces').waitFor();
  await page.locator('input[name=name]:focus').waitFor();
  expectTrouble(page, /status 400/);
});

test('back does not open again what was closed', async () => {
  const page = await open({ path: 'settings' });
  for (const [tab, make] of [
    ['Environments', 'New environment'],
    ['Tokens', 'New token'],
  ]) {
    await page.getByRole('tab', { name: tab }).click();
    await page.getByRole('button', { name: make }).click();
    await sure(page).getByRole('button', { name: 'Cancel' }).click();
    await sure(page).waitFor({ state: 'detached' });
    await page.goBack();
    await page.getByRole('button', { name: make }).waitFor();
    assert.equal(await sure(page).count(), 0);
  }
});

test('a token without data:read makes tokens of what it has', async () => {
  const page = await openAs(['system:read', 'system:write'], 'settings/tokens');
  const name = `operator ${some()}`;
  await page.getByRole('button', { name: 'New token' }).click();
  await sure(page).getByLabel('Name').fill(name);
  assert.equal(await sure(page).getByRole('button', { name: 'Make token' }).isDisabled(), true);
  await sure(page).getByLabel('system:read').check();
  await sure(page).getByRole('button', { name: 'Make token' }).click();
  await sure(page).getByText('Copy it now').waitFor();
  const made = (await api('/system/v1/tokens?limit=1000')).data.find((one) => one.name === name);
  assert.deepEqual(made.permissions, ['system:read']);
});

test('a token is made, shown once, good, and refused once it is revoked', async () => {
  const page = await open({ path: 'settings/tokens' });
  const name = `exporter ${some()}`;
  await page.getByRole('button', { name: 'New token' }).click();
  await sure(page).getByLabel('Name').fill(name);
  await sure(page).getByLabel('system:read').check();
  await sure(page).getByRole('button', { name: 'Make token' }).click();
  await sure(page).getByText('Copy it now').waitFor();
  const [id, made] = await sure(page).locator('.secret-value').allTextContents();
  await axe(page);
  // It is not lost by a slip of the finger.
  await page.keyboard.press('Escape');
  assert.equal(await sure(page).getByRole('button', { name: 'Done' }).isDisabled(), true);
  await sure(page).getByLabel('I have copied it').check();
  await sure(page).getByRole('button', { name: 'Done' }).click();

  const ask = () =>
    fetch(`${server}/system/v1/whoami`, {
      headers: { Authorization: `Basic ${Buffer.from(`${id}:${made}`).toString('base64')}` },
    });
  const who = await (await ask()).json();
  assert.deepEqual(who.data.permissions, ['data:read', 'system:read']);

  const row = page.getByRole('row').filter({ hasText: name });
  await row.getByText('valid').waitFor();
  await page.getByRole('button', { name: `Revoke ${name}` }).click();
  await sure(page).getByRole('button', { name: 'Revoke', exact: true }).click();
  await row.getByText('revoked', { exact: true }).waitFor();
  assert.equal((await ask()).status, 401);
});

test('a signing key is made and removed', async () => {
  const page = await open({ path: 'settings/signing-keys' });
  await page.getByRole('button', { name: 'New signing key' }).click();
  await sure(page).getByText('Copy it now').waitFor();
  const [id, key] = await sure(page).locator('.secret-value').allTextContents();
  assert.match(atob(key), /BEGIN RSA PRIVATE KEY/);
  await sure(page).getByLabel('I have copied it').check();
  await sure(page).getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: `Remove ${id}` }).click();
  await sure(page).getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('row').filter({ hasText: id }).waitFor({ state: 'detached' });
});

test('a channel is made, tested, changed, given another secret and deleted', async () => {
  const page = await open({ path: 'settings/channels' });
  const name = `hook ${some()}`;
  const row = page.getByRole('row').filter({ hasText: name });
  const pick = async (what) => {
    await page.getByRole('button', { name: `More about ${name}` }).click();
    await page.getByRole('menuitem', { name: what }).click();
  };
  await page.getByRole('button', { name: 'New channel' }).click();
  await sure(page).getByLabel('Name').fill(name);
  // Every kind is there, and says what it needs.
  for (const kind of ['slack', 'email', 'pagerduty', 'webhook']) await sure(page).getByLabel('By').selectOption(kind);
  await sure(page).getByLabel('URL').fill('https://playhead.invalid/hook');
  await sure(page).getByRole('button', { name: 'Make channel' }).click();
  const first = await sure(page).locator('.secret-value').textContent();
  await sure(page).getByLabel('I have copied it').check();
  await sure(page).getByRole('button', { name: 'Done' }).click();
  await row.getByText('enabled').waitFor();

  await pick('Send a test');
  await sure(page).getByText('no answer').waitFor(); // there is no such host
  await shot(page, 'settings-deliveries');
  await axe(page);
  await sure(page).getByRole('button', { name: 'Close' }).click();

  await pick('Change');
  await sure(page).getByLabel('Enabled').uncheck();
  await sure(page).getByRole('button', { name: 'Save' }).click();
  await row.getByText('disabled').waitFor();

  await pick('Rotate the secret');
  await sure(page).getByRole('button', { name: 'Rotate' }).click();
  await sure(page).getByText('Copy it now').waitFor();
  assert.notEqual(await sure(page).locator('.secret-value').textContent(), first);
  await sure(page).getByLabel('I have copied it').check();
  await sure(page).getByRole('button', { name: 'Done' }).click();

  await pick('Delete');
  await sure(page).getByRole('button', { name: 'Delete' }).click();
  await row.waitFor({ state: 'detached' });
});

test('a category of errors is made, changed and removed', async () => {
  const page = await open({ path: 'settings/error-categories' });
  const code = `code-${some()}`;
  const row = page.getByRole('row').filter({ hasText: code });
  await page.getByRole('button', { name: 'New category' }).click();
  await sure(page).getByLabel('Code').fill(code);
  await sure(page).getByLabel('Severity').selectOption('warning');
  await sure(page).getByRole('button', { name: 'Save' }).click();
  await row.getByText('warning').waitFor();
  await page.getByRole('button', { name: `Change ${code}` }).click();
  await sure(page).getByLabel('Business exception').check();
  await sure(page).getByRole('button', { name: 'Save' }).click();
  await row.getByText('yes').waitFor();
  assert.deepEqual(
    (await api('/data/v1/error-categories')).data.find((one) => one.code === code),
    { code, severity: 'warning', business_exception: true },
  );
  await page.getByRole('button', { name: `Remove ${code}` }).click();
  await row.waitFor({ state: 'detached' });
});

test('settings are those of the API, and ingest health counts what the API counts', async () => {
  const page = await open({ path: 'settings/server' });
  const { data } = await api('/system/v1/settings');
  for (const { name } of data) await page.getByRole('rowheader', { name, exact: true }).waitFor();
  const text = await page.locator('main').textContent();
  assert.ok(!text.includes(secret));

  const typo = `typo-${some()}`;
  await beacon(typo);
  await page.getByRole('tab', { name: 'Ingest health' }).click();
  await page.getByRole('row').filter({ hasText: typo }).getByRole('cell', { name: '1', exact: true }).waitFor();
  await eventually(async () => {
    const { dropped } = (await api('/system/v1/ingest')).data.total;
    const { beacons } = dropped.find((one) => one.reason === 'unknown_environment');
    await page
      .getByRole('row')
      .filter({ hasText: 'Unknown key' })
      .getByText(String(beacons), { exact: true })
      .last()
      .waitFor({ timeout: 1000 });
  });
});

test('what was dropped in the last hour is told at once', async () => {
  await beacon(`typo-${some()}`);
  const page = await open({ path: 'settings/ingest' });
  await eventually(async () => {
    const { minutes } = (await api('/system/v1/ingest')).data;
    const dropped = minutes.flatMap((one) => one.dropped).reduce((all, one) => all + one.beacons, 0);
    const tile = page.locator('.tile').filter({ hasText: 'Dropped' });
    await tile.getByText(dropped.toLocaleString('en-US'), { exact: true }).waitFor({ timeout: 1000 });
  });
});

test('events that are lost of beacons that are stored are told', async () => {
  const { data } = await api('/system/v1/ingest');
  const [{ env_key: key }] = data.environments;
  const event = { ake: key, xid: crypto.randomUUID(), xsqno: 1, uti: Date.now(), e: 'viewstart' };
  await fetch(server, { method: 'POST', body: JSON.stringify({ events: [event, 'no event'] }) });
  const page = await open({ path: 'settings/ingest' });
  await page.getByText(/^in the last hour; [\d,]+ events? lost$/).waitFor();
  await fits(page);
});

test('what a token may not do is not offered, and why is said', async () => {
  const reader = await openAs(['data:read', 'system:read'], 'settings/tokens');
  await reader.getByText('To make and revoke tokens, a token needs the permission system:write').waitFor();
  assert.equal(await reader.getByRole('button', { name: /New|Revoke/ }).count(), 0);
  await reader.getByRole('tab', { name: 'Error categories' }).click();
  await reader.getByText('needs the permission data:write').waitFor();
  assert.equal(await reader.getByRole('button', { name: /New|Change|Remove/ }).count(), 0);

  const blind = await openAs(['data:read'], 'settings');
  await blind.getByText('This token may not see this').waitFor();
  await blind.getByText('It lacks the permission system:read').waitFor();
});

test('a token is made by the keyboard alone', async () => {
  const page = await open({ path: 'settings/tokens' });
  await page.getByRole('tab', { name: 'Environments' }).waitFor();
  await page.getByRole('tab', { name: 'Tokens' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.getByRole('heading', { name: 'Signing keys' }).waitFor();
  await page.keyboard.press('ArrowLeft');
  await page.getByRole('button', { name: 'New token' }).focus();
  await page.keyboard.press('Enter');
  await sure(page).locator('input[name=name]:focus').waitFor();
  await page.keyboard.press('Escape');
  await sure(page).waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'New token');
  await page.keyboard.press('Enter');
  const name = `typed ${some()}`;
  await type(page, name);
  await page.keyboard.press('Enter');
  await sure(page).getByText('Copy it now').waitFor();
  await sure(page).getByLabel('I have copied it').focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('Escape');
  await page.getByRole('row').filter({ hasText: name }).waitFor();
});
