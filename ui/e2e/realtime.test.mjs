import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, axe, eventually, expectTrouble, looks, open, restart, shot, testLooks, url } from './browser.mjs';

/** What the catalogue says of the screen: its metrics, its first dimension. */
async function catalogue() {
  const { data } = await api('/data/v1/catalog');
  const metric = (id) => data.realtime_metrics.find((one) => one.id === id);
  return {
    metrics: data.places.realtime.tiles.map(metric),
    histogram: metric(data.places.realtime.histogram),
    dimensions: data.realtime_dimensions,
    by: data.realtime_dimensions[0],
  };
}

/** Waits until numbers are there. */
const live = (page) => page.getByText('Live', { exact: true }).waitFor();

/** The tick whose numbers are on screen, and the text of a number of it. */
const shownAt = (page) => page.locator('.live-state time').getAttribute('datetime');

/** A value as the dashboard writes it, made another way than there. */
function written(value, type) {
  if (value === null) return '–';
  switch (type) {
    case 'percentage':
      return `${digits(value * 100)}%`;
    case 'mbps':
      return value < 999_500 ? `${digits(Math.round(value / 1e3))} kbit/s` : `${digits(value / 1e6)} Mbit/s`;
    case 'number':
      return Number.isInteger(value) ? value.toLocaleString('en-US') : digits(value);
  }
  throw new Error(`no metric of the tiles is of type ${type}`);
}

function digits(value) {
  const rounded = Number(value.toPrecision(12));
  if (Number.isInteger(rounded)) return rounded.toLocaleString('en-US');
  const after = Math.max(0, 2 - Math.max(0, Math.floor(Math.log10(Math.abs(rounded)))));
  // Not toFixed, which makes 2.52 of 2.525.
  return rounded.toLocaleString('en-US', { minimumFractionDigits: after, maximumFractionDigits: after });
}

/** What a function finds on screen, and the tick that all of it is of. */
async function atOneTick(page, find) {
  return eventually(async () => {
    const before = await shownAt(page);
    const found = await find();
    assert.equal(await shownAt(page), before);
    return { at: before, found };
  });
}

test('tiles have the numbers of the API at the same tick, and move while viewers come', async () => {
  const { metrics } = await catalogue();
  const page = await open({ path: 'realtime' });
  await live(page);
  const ticks = new Set();
  await eventually(async () => {
    const { at, found } = await atOneTick(page, () => page.locator('.tile-value').allTextContents());
    ticks.add(at);
    for (const [i, metric] of metrics.entries()) {
      const { data } = await api(`/data/v1/monitoring/metrics/${metric.id}/timeseries`);
      const point = data.find(({ date }) => Date.parse(date) === Date.parse(at));
      assert.equal(found[i], written(point?.value ?? null, metric.type), `${metric.title} at ${at}`);
    }
    assert.ok(ticks.size >= 3, `the numbers of ${ticks.size} ticks were equal`);
  }, 60_000);
});

test('a tile leads to its line and its breakdown, and that by another dimension', async () => {
  const { metrics, by, dimensions } = await catalogue();
  const page = await open({ path: 'realtime' });
  await live(page);
  const metric = metrics.at(-1);
  await page.getByRole('link', { name: metric.title }).click();
  await page.getByRole('table', { name: `${metric.title} by ${by.title}` }).waitFor();
  const other = dimensions.find((one) => one.name !== by.name);
  await page.getByLabel('by', { exact: true }).selectOption(other.name);
  const table = page.getByRole('table', { name: `${metric.title} by ${other.title}` });
  await eventually(async () => {
    const { at, found } = await atOneTick(page, async () => {
      const rows = await table.locator('tbody tr').all();
      return Promise.all(rows.map((row) => row.locator('th, td').allTextContents()));
    });
    const seconds = Date.parse(at) / 1000;
    const { data } = await api(
      `/data/v1/monitoring/metrics/${metric.id}/breakdown?dimension=${other.name}&timestamp=${seconds}`,
    );
    const want = data
      .slice(0, 100)
      .map((row) => [
        row.display_value ?? 'not known',
        written(row.metric_value, metric.type),
        row.concurrent_viewers.toLocaleString('en-US'),
        row.starting_up_viewers.toLocaleString('en-US'),
      ]);
    assert.ok(want.length > 0, 'somebody is watching');
    assert.deepEqual(found.map(String).toSorted(), want.map(String).toSorted());
  }, 30_000);

  // The place is in the URL, and the back button goes where one was.
  await page.reload();
  await table.waitFor();
  await page.goBack();
  await page.getByRole('table', { name: `${metric.title} by ${by.title}` }).waitFor();
});

test('a row leads to the numbers of its viewers alone', async () => {
  const { metrics, by } = await catalogue();
  const page = await open({ path: 'realtime' });
  await live(page);
  const row = page
    .getByRole('table', { name: `${metrics[0].title} by ${by.title}` })
    .locator('tbody tr')
    .first();
  const name = await row.locator('a').textContent();
  await row.locator('a').click();
  await eventually(async () => assert.match(page.url(), new RegExp(`filter=${by.name}:`)));
  const filter = new URL(page.url()).searchParams.get('filter');
  await eventually(async () => {
    assert.equal(await page.locator('.realtime-groups tbody tr').count(), 1);
    assert.equal(await page.locator('.realtime-groups tbody tr').locator('a').textContent(), name);
    const { at, found } = await atOneTick(page, () => page.locator('.tile-value').first().textContent());
    const { data } = await api(`/data/v1/monitoring/metrics/${metrics[0].id}/timeseries?filters[]=${filter}`);
    const point = data.find(({ date }) => Date.parse(date) === Date.parse(at));
    assert.equal(found, written(point.value, metrics[0].type));
  }, 30_000);
});

test('a row of several values that are filtered by leads to its own', async () => {
  const { by } = await catalogue();
  const { data } = await api(`/data/v1/dimensions/${by.name}?timeframe[]=7:days`);
  const filters = data.slice(0, 2).map(({ value }) => `filter=${by.name}:${value}`);
  assert.equal(filters.length, 2);
  const page = await open({ path: `realtime?${filters.join('&')}` });
  await live(page);
  const links = page.locator('.realtime-groups tbody tr a');
  await links.first().waitFor();
  const to = await links.evaluateAll((all) => all.map((one) => new URL(one.href).searchParams.getAll('filter')));
  for (const one of to) assert.equal(one.length, 1);
});

test('startup times are those of the API, by minute and bucket', async () => {
  const { histogram } = await catalogue();
  const page = await open({ path: 'realtime' });
  await live(page);
  const panel = page.locator('section.panel', { has: page.locator('.heat') });
  const title = await panel.getByRole('heading').textContent();
  await panel.getByRole('button', { name: `More about ${title}` }).click();
  await page.getByRole('menuitem', { name: 'Show as table' }).click();
  const table = page.getByRole('table', { name: title });
  await eventually(async () => {
    const found = await table
      .locator('tbody tr')
      .evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll('th, td')].map((cell) => cell.textContent)));
    const { data } = await api(`/data/v1/monitoring/metrics/${histogram.id}/histogram-timeseries`);
    const counts = data
      .toReversed()
      .map((minute) => [minute.sum, ...minute.bucket_values.map(({ count }) => count)].map(String));
    assert.deepEqual(
      found.map(([, sum, , , ...buckets]) => [sum, ...buckets]),
      counts,
    );
    assert.ok(
      data.some(({ sum }) => sum > 0),
      'somebody has started to watch',
    );
  }, 90_000); // what is told late is on screen once all of the half hour is computed again, every minute
});

test('the startup chart is read by keyboard', async () => {
  const page = await open({ path: 'realtime' });
  await live(page);
  const heat = page.locator('.heat-plot');
  await heat.focus();
  const words = await heat.getAttribute('aria-valuetext');
  await page.keyboard.press('ArrowLeft');
  await eventually(async () => assert.notEqual(await heat.getAttribute('aria-valuetext'), words));
  assert.equal(await page.locator('.heat-words').textContent(), await heat.getAttribute('aria-valuetext'));
});

test('it goes on after the server has started again', async () => {
  const page = await open({ path: 'realtime' });
  await live(page);
  const before = await shownAt(page);
  const [again] = await Promise.all([
    page.waitForRequest((request) => request.url().includes('monitoring/stream'), { timeout: 60_000 }),
    restart(),
  ]);
  assert.match(again.headers()['last-event-id'] ?? '', /^\d+/, 'it says what it had');
  await eventually(async () => {
    assert.ok(Date.parse(await shownAt(page)) > Date.parse(before));
    assert.equal(await page.getByText('Live', { exact: true }).count(), 1);
  }, 60_000);
  expectTrouble(page, /monitoring\/stream.*(status 502|net::ERR)/, 0); // it may be back before anybody comes
});

test('it says that it is cut off, and comes back at once with the network', async () => {
  const page = await open({ path: 'realtime' });
  await live(page);
  await page.context().setOffline(true);
  // The stream that is open goes on; another one does not begin.
  await page.getByLabel('by', { exact: true }).selectOption({ index: 3 });
  await page.getByText('Cut off, tries again').waitFor();
  await page.context().setOffline(false);
  await live(page);
  expectTrouble(page, /monitoring\/stream.*net::ERR_INTERNET_DISCONNECTED/);
});

test('numbers of other viewers do not stand in for those that are asked for while there is no answer', async () => {
  const { by } = await catalogue();
  const page = await open({ path: 'realtime' });
  await live(page);
  const row = page.locator('.realtime-groups tbody tr a').first();
  await row.waitFor();
  await page.context().setOffline(true);
  await row.click();
  await page.getByText('Cut off, tries again').waitFor();
  assert.match(page.url(), new RegExp(`filter=${by.name}:`));
  assert.equal(await page.locator('.tile-value').count(), 0);
  assert.equal(await page.locator('.chart canvas').count(), 0);
  await page.context().setOffline(false);
  await live(page);
  await page.locator('.tile-value').first().waitFor();
  expectTrouble(page, /monitoring\/stream.*net::ERR_INTERNET_DISCONNECTED/);
});

test('a breakdown that is not whole says so', async () => {
  const page = await open({ path: 'overview' });
  await page.route('**/monitoring/stream*', (route) => {
    const { metrics } = told;
    const values = Object.fromEntries(metrics.map(({ id }) => [id, 1]));
    const group = (i) => ({ value: `v${i}`, concurrent_viewers: 1, starting_up_viewers: 0, start_attempts: 0, values });
    const event = {
      timeseries: [
        { date: '2026-01-01T12:00:00Z', concurrent_viewers: groups, starting_up_viewers: 0, start_attempts: 7, values },
      ],
      histogram_timeseries: [],
      breakdown: Array.from({ length: groups }, (_, i) => group(i)),
      settled_through: '2026-01-01T12:00:00Z',
    };
    return route.fulfill({
      contentType: 'text/event-stream',
      body: `retry: 60000\nid: 1.a\nevent: snapshot\ndata: ${JSON.stringify(event)}\n\n`,
    });
  });
  const told = await catalogue();
  const words = page.getByText('The 100 with the most viewers: there may be others.');
  let groups = 99;
  const rows = page.locator('.realtime-groups tbody tr');
  await page.goto(url('realtime'));
  await eventually(async () => assert.equal(await rows.count(), 99));
  assert.equal(await words.count(), 0);
  groups = 100;
  await page.reload();
  await words.waitFor();
});

test('shares of start attempts say of how many of these they are', async () => {
  const page = await open({ path: 'overview' });
  const { metrics } = await catalogue();
  const values = Object.fromEntries(metrics.map(({ id }) => [id, 0.25]));
  const point = {
    date: '2026-01-01T12:00:00Z',
    concurrent_viewers: 10_000,
    starting_up_viewers: 2,
    start_attempts: 8,
    values,
  };
  await page.route('**/monitoring/stream*', (route) =>
    route.fulfill({
      contentType: 'text/event-stream',
      body: `retry: 60000\nid: 1.a\nevent: snapshot\ndata: ${JSON.stringify({
        timeseries: [point],
        histogram_timeseries: [],
        breakdown: [],
        settled_through: point.date,
      })}\n\n`,
    }),
  );
  await page.goto(url('realtime'));
  for (const { title, of } of metrics) {
    const words = { concurrent_viewers: '10,000 viewers', start_attempts: '8 start attempts' }[of] ?? '';
    const tile = page.locator('.tile').filter({ has: page.getByText(title, { exact: true }) });
    await tile.locator('.tile-value').waitFor();
    await eventually(async () => assert.equal((await tile.locator('.n-count').allTextContents()).join(), words, title));
  }
});

test('a 5-second line is read to the second', async () => {
  const page = await open({ path: 'realtime' });
  await live(page);
  await page.locator('.chart canvas').first().waitFor();
  const line = page.locator('.chart-plot').first();
  await line.focus();
  await page.keyboard.press('ArrowLeft');
  await eventually(async () => assert.match(await page.locator('.chart-time').textContent(), /\d\d:\d\d:\d[05]$/));
  assert.match(await line.getAttribute('aria-valuetext'), /\d\d:\d\d:\d[05]: /);
});

test('filters that there are no real-time numbers by are left out, and it says so', async () => {
  const { dimensions } = await catalogue();
  const { data } = await api('/data/v1/catalog');
  const other = data.dimensions.find(
    ({ name, level }) => level === 'basic' && !dimensions.some((one) => one.name === name),
  );
  const page = await open({ path: `realtime?filter=${other.name}:x` });
  await live(page);
  await page.getByText(`Left out, as it is not known in real time: ${other.name}:x`).waitFor();
});

test('the wall screen can be read from afar, and has nothing to touch', async () => {
  const { metrics } = await catalogue();
  const page = await open({ path: 'realtime', width: 1920, height: 1080 });
  await live(page);
  await page.getByRole('link', { name: 'Wall screen' }).click();
  await page.locator('.wall-value').first().waitFor();
  await live(page);
  const sizes = await page.evaluate(() => ({
    values: [...document.querySelectorAll('.wall-value')].map((one) =>
      Number.parseFloat(getComputedStyle(one).fontSize),
    ),
    titles: [...document.querySelectorAll('.wall-tile h2')].map((one) =>
      Number.parseFloat(getComputedStyle(one).fontSize),
    ),
    cut: [...document.querySelectorAll('.wall-tile, .wall-value')].filter((one) => one.scrollWidth > one.clientWidth)
      .length,
    title: [...document.querySelectorAll('.wall-head h1')].map((one) => one.scrollHeight - one.clientHeight),
    fits: document.documentElement.scrollHeight <= innerHeight,
    touched: document.querySelectorAll('button, input, select, nav').length,
  }));
  assert.equal(sizes.values.length, metrics.length);
  // How large letters are on a wall: see docs/dashboard.md.
  assert.ok(Math.min(...sizes.values) >= 120, `numbers are ${sizes.values}px`);
  assert.ok(Math.min(...sizes.titles) >= 40, `titles are ${sizes.titles}px`);
  assert.deepEqual([sizes.cut, sizes.title, sizes.fits, sizes.touched], [0, [0], true, 0]);
  assert.ok(await page.evaluate(() => document.fullscreenElement !== null), 'it fills the screen');
  await axe(page);
  const before = await shownAt(page);
  await eventually(async () => assert.notEqual(await shownAt(page), before), 30_000);
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { level: 1, name: 'Real-time' }).waitFor();
  await eventually(async () => {
    assert.match(page.url(), /\/ui\/realtime$/);
    assert.ok(await page.evaluate(() => document.fullscreenElement === null), 'it does not fill the screen any more');
  });
});

for (const theme of ['light', 'dark']) {
  test(`the wall screen in ${theme}`, async () => {
    const page = await open({ path: 'realtime/wall', theme, width: 1920, height: 1080 });
    await live(page);
    await axe(page);
    await shot(page, `wall-${theme}`);
  });
}

test('the wall screen on a telephone', async () => {
  const page = await open({ path: 'realtime/wall', ...looks.narrow, height: 844 });
  await live(page);
  await shot(page, 'wall-narrow');
});

testLooks('realtime', 'realtime', live);
