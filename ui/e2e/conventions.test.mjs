/** What all screens have in common, shown by the overview: the state is in the URL, and everything is done by keyboard too. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, axe, eventually, open, secret, server, settled, shot, tokenId, url } from './browser.mjs';

const day = 86_400;
const today = Math.floor(Date.now() / 1000 / day) * day;
const from = today - 5 * day;
const to = today - 2 * day;
const range = `range=${from}-${to}&zone=utc`;
const frame = `timeframe[]=${from}&timeframe[]=${to}`;

const { data: catalog } = await api('/data/v1/catalog');
const { charts, map } = catalog.places.overview;
const dimension = catalog.dimensions.find(({ name }) => name === map.dimension);
const parameters = (page, name) => new URL(page.url()).searchParams.getAll(name);
const chart = (page) => page.getByRole('slider').first();
const drawn = (page) =>
  eventually(async () => {
    assert.equal(await page.getByRole('slider').count(), charts.length);
    assert.equal(await page.locator('main :is(.skeleton, [aria-busy=true])').count(), 0);
  });

/** The range in the URL, in seconds. */
const shownRange = (page) => parameters(page, 'range')[0].split('-').map(Number);

test('a filter is added by keyboard, changed and removed; back, reload and a shared URL keep it', async () => {
  const page = await open({ path: `?${range}` });
  await drawn(page);
  const values = (await api(`/data/v1/dimensions/${dimension.name}?${frame}`)).data.filter(({ value }) => value);
  const filter = `${dimension.name}:${values[0].value}`;

  await page.keyboard.press('/');
  await page.getByRole('combobox', { name: 'Dimension' }).waitFor();
  await page.keyboard.type(dimension.title);
  await page.keyboard.press('Enter');
  await page.getByRole('combobox', { name: 'Value' }).waitFor();
  await page.getByRole('option').first().waitFor();
  await axe(page);
  await shot(page, 'filter');
  await page.keyboard.type(values[0].value);
  await eventually(async () =>
    assert.notEqual(await page.getByRole('combobox').getAttribute('aria-activedescendant'), null),
  );
  await page.keyboard.press('Enter');
  await eventually(() => assert.deepEqual(parameters(page, 'filter'), [filter]));

  const chip = page.getByRole('button', { name: `Filter: ${dimension.title} is` });
  await chip.waitFor();
  await page.reload();
  await chip.waitFor();
  const shared = await open({ path: page.url().slice(url().length) });
  await shared.getByRole('button', { name: `Filter: ${dimension.title} is` }).waitFor();

  await chip.click();
  await page.getByRole('button', { name: 'is not', exact: true }).click();
  await eventually(() => assert.deepEqual(parameters(page, 'filter'), [`!${filter}`]));
  await page.getByRole('button', { name: `Remove the filter ${dimension.title}` }).click();
  await eventually(() => assert.deepEqual(parameters(page, 'filter'), []));
  await page.goBack();
  await page.getByRole('button', { name: `Filter: ${dimension.title} is not` }).waitFor();
  await page.goBack();
  await chip.waitFor();
});

test('dragging over a chart zooms, and back undoes it', async () => {
  const page = await open({ path: `?${range}` });
  await drawn(page);
  const box = await chart(page).locator('.u-over').boundingBox();
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width / 3, y);
  await page.mouse.down();
  await page.mouse.move(box.x + (2 * box.width) / 3, y, { steps: 5 });
  await page.mouse.up();
  await eventually(() => {
    const [a, b] = shownRange(page);
    assert.ok(Math.abs(a - (from + day)) < 0.05 * day && Math.abs(b - (from + 2 * day)) < 0.05 * day, `${a} ${b}`);
  });
  await drawn(page);
  await page.goBack();
  await eventually(() => assert.deepEqual(shownRange(page), [from, to]));
});

test('a finger that moves sideways over a chart zooms', async () => {
  const page = await open({ path: `?${range}`, width: 390, hasTouch: true });
  await drawn(page);
  await chart(page).scrollIntoViewIfNeeded();
  const box = await chart(page).locator('.u-over').boundingBox();
  const client = await page.context().newCDPSession(page);
  const touch = (type, ...x) =>
    client.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: x.map((share) => ({ x: box.x + share * box.width, y: box.y + box.height / 2 })),
    });
  await touch('touchStart', 1 / 3);
  await touch('touchMove', 1 / 3 + 5 / box.width);
  await touch('touchEnd');
  assert.deepEqual(shownRange(page), [from, to], 'a tap chooses nothing');
  await touch('touchStart', 1 / 3);
  for (const share of [0.4, 0.5, 0.6, 2 / 3]) await touch('touchMove', share);
  await touch('touchEnd');
  await eventually(() => {
    const [a, b] = shownRange(page);
    assert.ok(Math.abs(a - (from + day)) < 0.05 * day && Math.abs(b - (from + 2 * day)) < 0.05 * day, `${a} ${b}`);
  });
});

test('a chart is read and zoomed by keyboard', async () => {
  const page = await open({ path: `?${range}` });
  await drawn(page);
  const { data } = await api(
    `/data/v1/metrics/${charts[0].metric}/timeseries?${frame}&measurement=${charts[0].measurement}`,
  );
  const times = data.map(([at]) => Date.parse(at) / 1000);
  await chart(page).focus();
  await page.keyboard.press('Home');
  const text = () => chart(page).getAttribute('aria-valuetext');
  const first = await text();
  await page.keyboard.press('ArrowRight');
  await eventually(async () => assert.notEqual(await text(), first));
  for (let i = 0; i < 3; i++) await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Enter');
  await eventually(() => assert.deepEqual(shownRange(page), [times[1], times[4] + (times[1] - times[0])]));
});

test('the range is chosen, by a preset and to the minute, in local time and UTC', async () => {
  const page = await open();
  await drawn(page);
  await page.keyboard.press('p');
  await page.getByRole('button', { name: 'Last 7 days' }).click();
  await eventually(() => assert.deepEqual(parameters(page, 'range'), ['7:days']));

  await page.keyboard.press('p');
  await page.getByRole('button', { name: 'UTC', exact: true }).click();
  await eventually(() => assert.deepEqual(parameters(page, 'zone'), ['utc']));
  const iso = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 16);
  await page.getByLabel('From').fill(iso(from + 60));
  await page.getByLabel('To, not included').fill(iso(from));
  await page.getByText('The end has to be after the begin.').waitFor();
  await page.getByLabel('To, not included').fill(iso(to));
  await axe(page);
  await shot(page, 'timepicker');
  await page.getByRole('button', { name: 'Show this range' }).click();
  await eventually(() => assert.deepEqual(shownRange(page), [from + 60, to]));
  // In the zone of the reader, which is two hours or one ahead, the same moment.
  await page.keyboard.press('p');
  await page.getByRole('button', { name: 'Local time', exact: true }).click();
  await page.keyboard.press('Escape');
  await eventually(() => assert.deepEqual([parameters(page, 'zone'), shownRange(page)], [[], [from + 60, to]]));
});

test('comparing with the period before is in the URL too', async () => {
  const page = await open({ path: `?${range}` });
  await drawn(page);
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await page.locator('.chart-legend').first().getByText('Previous period').waitFor();
  assert.deepEqual(parameters(page, 'compare'), ['previous']);
  await page.goBack();
  await eventually(async () => assert.equal(await page.getByText('Previous period').count(), 0));
});

test('what a chart shows can be had as a table, and by curl', async () => {
  const { title } = catalog.metrics.find(({ id }) => id === charts[0].metric);
  const page = await open({ path: `?${range}`, permissions: ['clipboard-read', 'clipboard-write'] });
  await drawn(page);
  const panel = page.locator('.panel').filter({ has: page.getByRole('heading', { name: new RegExp(`^${title}`) }) });
  const menu = panel.getByRole('button', { name: /^More about/ });
  await menu.click();
  await axe(page);
  await page.getByRole('menuitem', { name: 'Copy as curl' }).click();
  await page.getByText('Copied.').waitFor();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  const address = /'(http[^']*)'/.exec(command)[1];
  assert.ok(address.startsWith(`${server}/data/v1/`), command);
  const Authorization = `Basic ${Buffer.from(`${tokenId}:${secret}`).toString('base64')}`;
  const { data } = await (await fetch(address, { headers: { Authorization } })).json();

  await menu.click();
  await page.getByRole('menuitem', { name: 'Show as table' }).click();
  await panel.getByRole('table').waitFor();
  assert.equal(await panel.locator('tbody tr').count(), data.length);
  // The focus was given back, and Esc closes the menu.
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Show as chart' }).waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await page.getByRole('menuitem').count(), 0);
  assert.equal(await menu.evaluate((element) => element === document.activeElement), true);
});

/** Where the tiles and panels of a screen begin, in px from the top of the page. */
const tops = (page) =>
  page
    .locator('main :is(.tile, .panel)')
    .evaluateAll((list) =>
      list.map(
        (one) =>
          `${one.ariaLabel ?? one.querySelector('h2').textContent}: ${Math.round(one.getBoundingClientRect().top + scrollY)}`,
      ),
    );

for (const path of ['', 'metrics', 'realtime', 'errors']) {
  test(`nothing jumps when answers come: ${path || 'overview'}`, async () => {
    const page = await open({ path: 'settings/signing-keys' });
    let release;
    const held = new Promise((resolve) => {
      release = resolve;
    });
    // All but how many incidents are open, which comes before all else is shown, and what every screen asks.
    await page.route(/\/data\/v1\/(metrics|monitoring|realtime|errors|dimensions)\b/, async (route) => {
      await held;
      await route.continue();
    });
    await page.evaluate((path) => history.pushState(null, '', new URL(path, document.baseURI)), `${path}?${range}`);
    await page.evaluate(() => dispatchEvent(new PopStateEvent('popstate')));
    await page.locator('main .skeleton').first().waitFor();
    if (!path) await page.getByRole('heading', { name: /pen incidents/ }).waitFor();
    const before = await tops(page);
    release();
    await eventually(async () => assert.equal(await page.locator('main .skeleton').count(), 0));
    await settled(page);
    const after = await tops(page);
    assert.ok(before.length > 1, `${before}`);
    assert.deepEqual(after, before);
  });
}
