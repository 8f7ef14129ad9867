import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, eventually, expectTrouble, open, testLooks } from './browser.mjs';
import { counted, isWritten } from './read.mjs';

const day = 86_400;
const today = Math.floor(Date.now() / 1000 / day) * day;
/** Three whole days of the past, and the three before: their numbers do not change any more. */
const from = today - 5 * day;
const to = today - 2 * day;
const range = `range=${from}-${to}&zone=utc`;
const frame = `timeframe[]=${from}&timeframe[]=${to}`;
const frameBefore = `timeframe[]=${2 * from - to}&timeframe[]=${from}`;

const { data: catalog } = await api('/data/v1/catalog');
const place = catalog.places.overview;
const metricOf = (id) => catalog.metrics.find((metric) => metric.id === id);
const dimensionOf = (name) => catalog.dimensions.find((dimension) => dimension.name === name);
const overall = async ({ metric, measurement }, query) =>
  (await api(`/data/v1/metrics/${metric}/overall?measurement=${measurement}&${query}`)).data;

const group = (page, name) => page.getByRole('group', { name, exact: true });
/** Waits until all that the screen asks is there. */
async function ready(page) {
  await page.locator('.tile-value').first().waitFor();
  await page
    .locator('.chart')
    .nth(place.charts.length - 1)
    .waitFor();
  await page.locator('.table tbody th').first().waitFor();
  await eventually(async () => assert.equal(await page.locator('main :is(.skeleton, [aria-busy=true])').count(), 0));
}

testLooks('overview', `?compare=previous&${range}`, ready);

test('each tile has the number of the API, of how many views, and whether it has become better', async () => {
  const page = await open({ path: `?${range}` });
  await ready(page);
  for (const [name, list] of [
    ['Scores', place.scores],
    ['At a glance', place.glance],
  ]) {
    const tiles = group(page, name).locator('.tile');
    assert.equal(await tiles.count(), list.length);
    for (const [i, one] of list.entries()) {
      const metric = metricOf(one.metric);
      const tile = tiles.nth(i);
      assert.ok((await tile.locator('.tile-title').textContent()).startsWith(metric.title));
      const [now, before] = [await overall(one, frame), await overall(one, frameBefore)];
      isWritten(await tile.locator('.tile-value').textContent(), now.value, metric.type, metric.title);
      if (metric.type !== 'number' || now.value !== now.total_views) {
        assert.match(await tile.locator('.n').textContent(), new RegExp(`^${counted(now.total_views)} views`));
      }
      const change = (now.value - before.value) / Math.abs(before.value);
      if (Math.abs(change) < 0.0005) continue;
      const words = await tile.locator('.change').textContent();
      assert.ok(words.includes(change > 0 ? '▲' : '▼'), `${metric.title}: ${change} is told as ${words}`);
      const better =
        metric.better === 'neither' ? '' : change > 0 === (metric.better === 'higher') ? 'better' : 'worse';
      assert.equal(/\((.*)\)/.exec(words)?.[1] ?? '', better, metric.title);
    }
  }
});

test('lists have the rows of the API, and a row leads to the same about it alone', async () => {
  const page = await open({ path: `?${range}` });
  await ready(page);
  for (const { metric, measurement, dimension } of [place.map, ...place.breakdowns]) {
    const table = page.getByRole('table', { name: `${metricOf(metric).title} by ${dimensionOf(dimension).title}` });
    const query = `${frame}&measurement=${measurement}&group_by=${dimension}&order_by=views&limit=8`;
    const { data } = await api(`/data/v1/metrics/${metric}/breakdown?${query}`);
    const all = await overall({ metric, measurement }, frame);
    const rows = table.locator('tbody tr');
    assert.equal(await rows.count(), data.length);
    for (const [i, row] of data.entries()) {
      const cells = await rows.nth(i).locator('> *').allTextContents();
      assert.ok(cells.includes(counted(row.views)), `views of ${row.field}: ${cells}`);
      isWritten(
        cells.find((text) => text.endsWith('%')),
        row.views / all.total_views,
        'percentage',
        row.field,
      );
    }
  }
  const { metric, measurement, dimension } = place.breakdowns[0];
  const query = `${frame}&measurement=${measurement}&group_by=${dimension}&order_by=views&limit=8`;
  const first = (await api(`/data/v1/metrics/${metric}/breakdown?${query}`)).data[0];
  const name = `${metricOf(metric).title} by ${dimensionOf(dimension).title}`;
  await page.getByRole('table', { name }).locator('tbody tr').first().getByRole('link').click();
  const filter = `${dimension}:${first.field}`;
  assert.deepEqual(new URL(page.url()).searchParams.getAll('filter'), [filter]);
  const wanted = await overall(place.glance[0], `${frame}&filters[]=${encodeURIComponent(filter)}`);
  const tile = group(page, 'At a glance').locator('.tile').first();
  await eventually(async () =>
    isWritten(await tile.locator('.tile-value').textContent(), wanted.value, metricOf(place.glance[0].metric).type, ''),
  );
});

test('open incidents are told, or that there are none', async () => {
  const page = await open();
  const { data } = await api('/data/v1/incidents?status=open');
  const title = data.length > 0 ? 'Open incidents' : 'No open incidents';
  const panel = page.getByRole('region', { name: title, exact: true });
  await panel.waitFor();
  const rows = data.length > 0 ? Math.min(5, data.length) + (data.length > 5) : 0;
  await eventually(async () => assert.equal(await panel.locator('li').count(), rows));
});

test('charts have the annotations of their range', async () => {
  const body = { note: 'A release of the player', date: from + day };
  const note = (await api('/data/v1/annotations', { method: 'POST', body })).data;
  try {
    const page = await open({ path: `?${range}` });
    await ready(page);
    const charts = page.getByRole('slider');
    for (const chart of await charts.all()) {
      const about = await chart.getAttribute('aria-describedby');
      assert.match(await page.locator(`[id="${about}"]`).textContent(), /A release of the player/);
    }
    // Pointed at, it is told with the values.
    await charts.first().focus();
    await page.keyboard.press('Home');
    await eventually(async () => {
      await page.keyboard.press('ArrowRight');
      assert.match(await charts.first().getAttribute('aria-valuetext'), /A release of the player/);
    });
  } finally {
    await api(`/data/v1/annotations/${note.id}`, { method: 'DELETE' });
  }
});

test('what fails says so in its place, and can be tried again', async () => {
  const page = await open({ path: 'errors' });
  const { dimension, metric } = place.breakdowns[0];
  const broken = `**/metrics/*/breakdown?*group_by=${dimension}*`;
  await page.route(broken, (route) =>
    route.fulfill({ status: 503, json: { error: { type: 'unavailable', messages: ['Too much is asked.'] } } }),
  );
  // Of a range that is over: one up to now is asked for again with each minute.
  await page.evaluate((path) => history.pushState(null, '', new URL(path, document.baseURI)), `?${range}`);
  await page.evaluate(() => dispatchEvent(new PopStateEvent('popstate')));
  const panel = page.getByRole('region', { name: dimensionOf(dimension).title, exact: true });
  await panel.getByRole('alert').getByText('Too much is asked.').waitFor();
  await page.unroute(broken);
  await panel.getByRole('button', { name: 'Try again' }).click();
  const name = `${metricOf(metric).title} by ${dimensionOf(dimension).title}`;
  await panel.getByRole('table', { name }).locator('tbody th').first().waitFor();
  expectTrouble(page, /status 503/);
});

test('a change is of the two periods that are shown, also while one of them is awaited', async () => {
  const one = place.glance[0];
  const wider = `${from - 2 * day}-${to}`;
  const [now, past] = [
    await overall(one, `timeframe[]=${from - 2 * day}&timeframe[]=${to}`),
    await overall(one, `timeframe[]=${from - 7 * day}&timeframe[]=${from - 2 * day}`),
  ];
  const page = await open({ path: `?${range}` });
  await ready(page);
  const tile = group(page, 'At a glance').locator('.tile').first();
  const before = await tile.locator('.change').textContent();
  let answer;
  const held = new Promise((resolve) => {
    answer = resolve;
  });
  await page.route(`**/overall?*timeframe[]=${from - 7 * day}*`, async (route) => {
    await held;
    await route.continue();
  });
  const asked = page.waitForResponse((response) =>
    response.url().includes(`/${one.metric}/overall?timeframe[]=${from - 2 * day}&`),
  );
  await page.evaluate((text) => history.pushState(null, '', text), `?range=${wider}&zone=utc`);
  await page.evaluate(() => dispatchEvent(new PopStateEvent('popstate')));
  await (await asked).finished();
  await page.evaluate(() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next))));
  assert.equal(await tile.locator('.change').textContent(), before);
  assert.equal(await tile.getAttribute('aria-busy'), 'true');
  answer();
  await ready(page);
  isWritten(await tile.locator('.tile-value').textContent(), now.value, metricOf(one.metric).type, 'now');
  const change = (now.value - past.value) / Math.abs(past.value);
  const words = await tile.locator('.change').textContent();
  assert.ok(words.includes(change > 0 ? '▲' : '▼'), `${change} is told as ${words}`);
});

test('a change of few views is neither good nor bad', async () => {
  const one = place.scores[0];
  // a minute in which some views ended, but not 30, before another in which some did
  const { data } = await api(
    `/data/v1/metrics/${one.metric}/timeseries?${frame}&measurement=${one.measurement}&group_by=minute`,
  );
  const [at] = data.find(([, value, n], i) => value > 0 && n < 30 && data[i + 1]?.[2] > 0);
  const begin = Date.parse(at) / 1000;
  const page = await open({ path: `?range=${begin + 60}-${begin + 120}` });
  const change = group(page, 'Scores').locator('.tile').first().locator('.change');
  await change.waitFor();
  assert.equal(await change.getAttribute('class'), 'change change-neither');
  assert.match(await change.getAttribute('title'), /chance alone/);
});

test('a range that is not over is that up to now, and compared with as long a time', async () => {
  const begin = today - day / 2;
  const page = await open({ path: `?range=${begin}-${begin + 2 * day}&zone=utc` });
  await page.getByRole('button', { name: /^Time: .*, so far/ }).waitFor();
  await page.locator('.chart').first().waitFor();
  const asked = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter(({ name }) => name.includes('/overall?'))
      .map(({ name }) => new URL(name).searchParams.getAll('timeframe[]').map(Number)),
  );
  assert.ok(asked.length > 0);
  for (const [a, b] of asked) assert.ok(b <= Date.now() / 1000 && (a === begin || b === begin), `${a} ${b}`);
  const lengths = new Set(asked.map(([a, b]) => b - a));
  assert.ok(lengths.size <= 2, `as long, or a minute longer: ${[...lengths]}`);
});

test('without views there is nothing, and that is said', async () => {
  const page = await open({ path: '?range=1000000000-1000003600' });
  await page.getByText('Nobody watched in this range').first().waitFor();
  const values = await group(page, 'Scores').locator('.tile-value').allTextContents();
  assert.deepEqual(
    values,
    place.scores.map(() => '–'),
  );
});
