import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { test } from 'node:test';
import {
  api,
  axe,
  eventually,
  expectTrouble,
  fits,
  looks,
  newPage,
  open,
  secret,
  server,
  shot,
  signIn,
  tokenId,
  url,
} from './browser.mjs';

const screenTitle = (page) => page.locator('.frame-main h1').first();

/** What the environment and the token are called. */
const who = async () => (await api('/system/v1/whoami')).data;

test('the root leads to the dashboard', async () => {
  const page = await open({ signIn: false });
  await page.goto(server);
  assert.equal(page.url(), url());
});

test('below a prefix that a proxy takes off, all screens work', async (t) => {
  const prefix = '/video/quality';
  const proxy = createServer((ask, answer) => {
    if (!ask.url.startsWith(`${prefix}/`)) {
      answer.writeHead(404).end();
      return;
    }
    const { method, headers } = ask;
    const behind = request(new URL(ask.url.slice(prefix.length), server), { method, headers }, (got) => {
      answer.writeHead(got.statusCode, got.headers);
      got.pipe(answer);
    });
    behind.on('error', () => answer.destroy());
    answer.on('close', () => behind.destroy());
    ask.pipe(behind);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const root = `http://127.0.0.1:${proxy.address().port}${prefix}/`;
  const page = await newPage();
  await page.goto(root);
  await signIn(page);
  const links = page.getByRole('navigation', { name: 'Screens' }).getByRole('link');
  for (const link of await links.all()) {
    await link.click();
    assert.ok(page.url().startsWith(`${root}ui/`), page.url());
    await page.reload();
    await screenTitle(page).waitFor();
    await eventually(async () => assert.equal(await page.locator('.skeleton').count(), 0));
  }
});

for (const [look, options] of Object.entries(looks)) {
  test(`the sign-in in ${look}`, async () => {
    const page = await open({ signIn: false, ...options });
    await page.getByLabel('Secret').waitFor();
    await shot(page, `signin-${look}`);
    await fits(page);
    await axe(page);
  });
}

test('signing in leads to what the URL asks for, out to the sign-in', async () => {
  const page = await open({ path: 'exports?range=7:days&zone=utc', signIn: false });
  const id = page.getByLabel('Token ID');
  const hidden = page.getByLabel('Secret');
  await id.fill(tokenId);
  await hidden.fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByText('no such token').waitFor();
  await axe(page);
  assert.equal(await hidden.inputValue(), '');
  // Both in one, as they are often kept.
  await id.fill(`${tokenId}:${secret}`);
  assert.equal(await id.inputValue(), tokenId);
  await page.keyboard.press('Enter');
  await screenTitle(page).waitFor();
  assert.equal(page.url(), url('exports?range=7:days&zone=utc'));

  await page.reload();
  await screenTitle(page).waitFor();

  const { environment_name: environment, environment_type: type } = await who();
  await page.getByRole('button', { name: `${environment} ${type}` }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await hidden.waitFor();
  assert.equal(page.url(), url('exports?range=7:days&zone=utc'));
  assert.deepEqual(await page.context().cookies(), []);
});

test('the cookie is for the server alone, and scripts know nothing', async () => {
  const page = await open();
  const [cookie, ...others] = await page.context().cookies();
  assert.deepEqual(others, []);
  assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.secure], [true, 'Strict', false]);
  const seen = await page.evaluate(() => JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }]));
  assert.ok(!seen.includes(cookie.value) && !seen.includes('playhead-demo-secret'), seen);
  // A page of elsewhere has the browser send what it likes: without the cookie, or it is refused.
  await page.route('http://other.test/', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<title>other</title>' }),
  );
  const other = await page.context().newPage();
  await other.route('http://other.test/', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<title>other</title>' }),
  );
  await other.goto('http://other.test/');
  const before = await api('/data/v1/annotations');
  for (const method of ['POST', 'PUT', 'DELETE']) {
    await other.evaluate(
      async ([target, sent]) => {
        const body = sent === 'DELETE' ? undefined : JSON.stringify({ note: 'from elsewhere', date: 1777896000 });
        await fetch(target, { method: 'POST', mode: 'no-cors', credentials: 'include', body }).catch(() => {});
        await fetch(target, { method: sent, credentials: 'include', body }).catch(() => {});
      },
      [`${server}/data/v1/annotations`, method],
    );
  }
  assert.deepEqual((await api('/data/v1/annotations')).data, before.data);
});

test('a session that has ended asks to sign in again, in place', async () => {
  const page = await open({ path: 'exports' });
  const other = await page.context().newPage(); // which signs out
  await other.goto(url());
  await other.evaluate((target) => fetch(target, { method: 'DELETE' }), `${server}/session`);
  await page.getByRole('navigation').getByRole('link').first().click();
  await page.getByText('The session has ended').waitFor();
  await page.getByLabel('Token ID').fill(tokenId);
  await page.getByLabel('Secret').fill(secret);
  await page.keyboard.press('Enter');
  await screenTitle(page).waitFor();
  assert.equal(page.url(), url());
});

/** An environment that nothing has come to, and a token of it. */
async function emptyEnvironment(permissions) {
  const name = `new ${Math.random().toString(36).slice(2, 10)}`;
  const environment = (await api('/system/v1/environments', { method: 'POST', body: { name, type: 'staging' } })).data;
  const body = { name: 'first', environment_id: environment.id, permissions };
  return { environment, token: (await api('/system/v1/tokens', { method: 'POST', body })).data };
}

test('who signs in anew in another window sees no data under the name of another environment', async () => {
  const { environment, token } = await emptyEnvironment(['data:read']);
  const page = await open({ path: 'views' });
  const other = await page.context().newPage();
  await other.goto(url());
  await other.locator('.frame-side .account').click();
  await other.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByText('The session has ended').waitFor();
  await signIn(other, token);
  await page.locator('.frame-side').getByText(environment.name).waitFor();
  assert.equal(page.url(), url('views'));
});

test('where nothing has come yet, every screen leads to what sets players up', async () => {
  const { environment, token } = await emptyEnvironment(['data:read', 'system:read']);
  const page = await open({ signIn: false });
  await signIn(page, token);
  const lead = page.getByText(`No player has sent anything to ${environment.name} yet.`);
  await lead.waitFor();
  await shot(page, 'frame-nothing-yet');
  await axe(page);
  await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Views' }).click();
  await lead.waitFor();
  await lead.getByRole('link').click();
  await page.getByRole('heading', { name: `Set up players for ${environment.name}` }).waitFor();
  await lead.waitFor({ state: 'detached' });
  const event = { ake: environment.env_key, xid: crypto.randomUUID(), xsqno: 1, uti: Date.now(), e: 'viewstart' };
  await fetch(server, { method: 'POST', body: JSON.stringify({ events: [event] }) });
  await page.getByText('Beacons are arriving').waitFor();
  await page.getByRole('link', { name: 'Overview' }).click();
  await screenTitle(page).waitFor();
  await eventually(async () => assert.equal(await lead.count(), 0));
});

test('a token that may not see data is told so once on each screen, and sees what it may', async () => {
  const { token } = await emptyEnvironment(['system:read']);
  const page = await open({ signIn: false });
  await signIn(page, token);
  for (const link of await page.getByRole('navigation', { name: 'Screens' }).getByRole('link').all()) {
    await link.click();
    await page.waitForFunction((text) => document.title.includes(text), await link.textContent());
    if ((await link.textContent()) === 'Settings') break;
    await page.getByText('It lacks the permission data:read').waitFor();
    assert.equal(await page.locator('.error-box').count(), 0);
  }
  await page.getByRole('heading', { name: 'Environments' }).waitFor();
  await page.goto(url('exports?tab=streams'));
  await page.getByText('No streams').waitFor();
});

test('the navigation keeps the scope, and back undoes a step', async () => {
  const page = await open({ path: '?range=7:days&compare=previous' });
  const nav = page.getByRole('navigation', { name: 'Screens' });
  const links = await nav.getByRole('link').all();
  assert.ok(links.length > 1);
  for (const link of links.slice(1)) {
    const title = await link.textContent();
    await link.click();
    await page.waitForFunction((text) => document.title.includes(text), title);
    assert.equal(await link.getAttribute('aria-current'), 'page');
    const at = new URL(page.url());
    assert.deepEqual([at.searchParams.get('range'), at.searchParams.get('compare')], ['7:days', 'previous']);
    await screenTitle(page).waitFor();
  }
  for (const _ of links.slice(1)) await page.goBack();
  await page.waitForURL(url('?range=7:days&compare=previous'));
  assert.equal(await links[0].getAttribute('aria-current'), 'page');
});

test('all screens by the keyboard', async () => {
  const page = await open();
  const titles = await page.getByRole('navigation', { name: 'Screens' }).getByRole('link').all();
  for (const link of titles.reverse()) {
    const key = /\(g (.)\)/.exec(await link.getAttribute('title'))[1];
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await page.waitForFunction(
      (element) => element.getAttribute('aria-current') === 'page',
      await link.elementHandle(),
    );
    await eventually(async () => {
      assert.match(await page.evaluate(() => document.activeElement.tagName), /H1|MAIN/);
    });
  }
  await page.keyboard.press('Tab');
  assert.ok(await page.evaluate(() => document.querySelector('main').contains(document.activeElement)));

  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard' });
  await help.waitFor();
  await shot(page, 'keyboard');
  await axe(page);
  await page.keyboard.press('Escape');
  await help.waitFor({ state: 'detached' });

  await page.keyboard.press('t');
  await page.keyboard.press('t');
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await page.reload();
  await screenTitle(page).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await page.keyboard.press('t');
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), undefined);
});

test('the first stop of the keyboard leads to the content', async () => {
  const page = await open();
  await page.reload();
  await screenTitle(page).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'MAIN');
});

test('narrow: the menu leads to the screens', async () => {
  const page = await open(looks.narrow);
  await page.getByRole('button', { name: 'Menu', exact: true }).click();
  await shot(page, 'menu-narrow');
  await axe(page);
  const link = page.getByRole('navigation', { name: 'Screens' }).getByRole('link').last();
  const title = await link.textContent();
  await link.click();
  await page.waitForFunction((text) => document.title.includes(text), title);
  await link.waitFor({ state: 'detached' });
});

test('the title of the window tells screen and environment', async () => {
  const page = await open();
  const { environment_name: environment } = await who();
  const first = await page.getByRole('navigation', { name: 'Screens' }).getByRole('link').first().textContent();
  assert.equal(await page.title(), `${first} · ${environment} · Playhead`);
  await page.goto(url('no/such/screen/%E0%A4'));
  await page.getByRole('heading', { name: 'There is no such screen' }).waitFor();
  await page.getByRole('link', { name: 'To the overview' }).click();
  await page.waitForURL(url());
});

test('while the server is gone the screen stays, and goes on when it is back', async () => {
  const page = await open();
  await page.context().setOffline(true);
  await page.getByRole('navigation', { name: 'Screens' }).getByRole('link').last().click();
  await page.getByText('The server cannot be reached.').first().waitFor();
  await page.context().setOffline(false);
  await page.getByText('The server cannot be reached.').first().waitFor({ state: 'detached' });
  await screenTitle(page).waitFor();
  expectTrouble(page, /ERR_INTERNET_DISCONNECTED/);
});

test('what cannot be asked for again stays, and says that it is not up to date', async () => {
  const page = await open({ path: 'views?state=progress' });
  const rows = page.locator('main tbody tr');
  await rows.first().waitFor();
  const refusal = { status: 503, json: { error: { messages: ['Come back later.'] } } };
  await page.route('**/data/v1/video-views?*', (route) => route.fulfill(refusal));
  await page.getByText('Not up to date').waitFor();
  assert.notEqual(await rows.count(), 0);
  await page.unroute('**/data/v1/video-views?*');
  await page.getByText('Not up to date').waitFor({ state: 'detached' });
  await rows.first().waitFor();
  expectTrouble(page, /video-views.*status 503/);
});
