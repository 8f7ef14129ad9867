import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, axe, eventually, fits, open, shot, testLooks, type, url } from './browser.mjs';
import { counted, isWritten } from './read.mjs';

const day = 86_400;
const today = Math.floor(Date.now() / 1000 / day) * day;
/** Three whole days of the past: their numbers do not change any more. */
const from = today - 5 * day;
const to = today - 2 * day;
const range = `range=${from}-${to}`;
const frame = `timeframe[]=${from}&timeframe[]=${to}`;

const { data: catalog } = await api('/data/v1/catalog');
const place = catalog.places.metrics;
const metric = catalog.metrics.find(({ id }) => id === place.metric);
const dimension = catalog.dimensions.find(({ name }) => name === place.dimension);

const overall = async (id, query) => (await api(`/data/v1/metrics/${id}/overall?${frame}&${query}`)).data;
const breakdown = (query) => api(`/data/v1/metrics/${metric.id}/breakdown?${frame}&${query}`);
const value = (page) => page.locator('.metrics-value');
const rows = (page) => page.locator('table tbody tr');
const options = (page) => page.locator('.picklist').getByRole('option');
/** Waits until nothing on screen is about to change. */
const parameter = (page, name) => new URL(page.url()).searchParams.get(name);

/** Waits until the value over all views is shown and is that of the API. */
async function shows(page, answer, { type, title }) {
  await eventually(async () => {
    isWritten(await value(page).textContent(), answer.value, type, title);
    const facts = await page.locator('.metrics-facts').textContent();
    assert.match(facts, new RegExp(`^${counted(answer.total_views)} views?`));
  });
}

/** Waits until the rows of the breakdown are those of the API. */
async function showsRows(page, answer) {
  await eventually(async () => {
    const cells = await rows(page).evaluateAll((list) =>
      list.map((row) => [...row.children].map((cell) => cell.textContent.trim())),
    );
    assert.equal(cells.length, answer.data.length);
    for (const [i, row] of answer.data.entries()) {
      const [, shown, views, , watched, impact] = cells[i];
      isWritten(shown.replace(' (few views)', ''), row.value, metric.type, `row ${i}`);
      assert.equal(views, counted(row.views), `views of row ${i}`);
      assert.equal(impact, `#${row.negative_impact}`, `impact of row ${i}`);
      if (row.total_watch_time >= 1000)
        isWritten(watched, row.total_watch_time, 'milliseconds', `watch time of row ${i}`);
    }
  });
}

test('each kind of metric has the numbers of the API, by each measurement', async () => {
  const page = await open({ path: `metrics?${range}` });
  const kinds = [...new Set(catalog.metrics.map(({ type }) => type))];
  for (const kind of kinds) {
    // the one of the kind that most measurements have
    const one = catalog.metrics
      .filter(({ type }) => type === kind)
      .reduce((a, b) => (b.measurements.length > a.measurements.length ? b : a));
    for (const measurement of one.measurements) {
      const own = measurement === one.measurement ? '' : `&measurement=${measurement}`;
      await page.goto(url(`metrics/${one.id}?${range}${own}`));
      assert.equal(await page.locator('h1').textContent(), one.title);
      await shows(page, await overall(one.id, `measurement=${measurement}`), one);
    }
  }
});

test('the chart as a table has the steps of the API', async () => {
  const page = await open({ path: `metrics/${metric.id}?${range}&step=day&zone=utc` });
  await page.getByRole('button', { name: 'More about Over time' }).click();
  await page.getByRole('menuitem', { name: 'Show as table' }).click();
  const table = page.getByRole('table', { name: 'Over time' });
  await table.waitFor();
  const { data } = await api(`/data/v1/metrics/${metric.id}/timeseries?${frame}&group_by=day`);
  assert.equal(data.length, 3);
  for (const [i, [, step, views]] of data.entries()) {
    const cells = await table.locator('tbody tr').nth(i).locator('> *').allInnerTexts();
    isWritten(cells[1], step, metric.type, `step ${i}`);
    assert.equal(cells[2], counted(views));
  }
});

test('the breakdown has the rows of the API, sorted, paged and by another dimension', async () => {
  const page = await open({ path: `metrics?${range}` });
  await page.getByRole('table', { name: `${metric.title} by ${dimension.title}` }).waitFor();
  await showsRows(page, await breakdown(`group_by=${dimension.name}`));

  await page.getByRole('button', { name: 'Impact', exact: true }).click();
  await showsRows(page, await breakdown(`group_by=${dimension.name}&order_by=negative_impact&order_direction=desc`));
  await page.getByRole('button', { name: 'Impact', exact: true }).click();
  await showsRows(page, await breakdown(`group_by=${dimension.name}&order_by=negative_impact&order_direction=asc`));
  assert.equal(await page.locator('th[aria-sort=ascending]').textContent(), 'Impact↑?');

  const many = await firstOf(catalog.dimensions, async ({ name, level, trace }) => {
    if (level === 'unlisted' || trace) return false;
    return (await breakdown(`group_by=${name}`)).total_row_count > 25;
  });
  await page.getByRole('button', { name: `Dimension: ${dimension.title}` }).click();
  await type(page, many.title);
  await page.keyboard.press('Enter');
  await page.getByRole('table', { name: `${metric.title} by ${many.title}` }).waitFor();
  await page.getByRole('button', { name: 'Next page' }).click();
  assert.equal(parameter(page, 'page'), '2');
  await showsRows(page, await breakdown(`group_by=${many.name}&order_by=negative_impact&order_direction=asc&page=2`));
});

async function firstOf(list, fits) {
  for (const one of list) if (await fits(one)) return one;
  throw new Error('none of them fits');
}

test('a click on a row adds a filter, which back, reload and a shared URL keep', async () => {
  const page = await open({ path: `metrics?${range}` });
  const all = await overall(metric.id, '');
  const first = (await breakdown(`group_by=${dimension.name}`)).data.find(({ field }) => field);
  const filter = `${dimension.name}:${first.field}`;
  const some = await overall(metric.id, `filters[]=${filter}`);
  await shows(page, all, metric);
  await rows(page).first().getByRole('link').click();
  assert.equal(parameter(page, 'filter'), filter);
  await shows(page, some, metric);
  await page.reload();
  await shows(page, some, metric);
  const other = await open({
    path: new URL(page.url()).pathname.replace(/^.*\/ui\//, '') + new URL(page.url()).search,
  });
  await shows(other, some, metric);
  await page.goBack();
  await shows(page, all, metric);
  assert.equal(parameter(page, 'filter'), null);
  await page.goForward();
  await page.getByRole('button', { name: /^Remove the filter/ }).click();
  await shows(page, all, metric);
});

test('dragging over the chart zooms, and back leads out again', async () => {
  const page = await open({ path: `metrics?${range}` });
  await shows(page, await overall(metric.id, ''), metric);
  const box = await page.locator('.chart .u-over').first().boundingBox();
  await page.mouse.move(box.x + box.width / 3, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + (box.width * 2) / 3, box.y + 60, { steps: 5 });
  await page.mouse.up();
  await eventually(() => assert.notEqual(parameter(page, 'range'), `${from}-${to}`));
  const [a, b] = parameter(page, 'range').split('-').map(Number);
  const third = day;
  assert.ok(Math.abs(a - (from + third)) < 3600 && Math.abs(b - (from + 2 * third)) < 3600, `${a} to ${b}`);
  const { data } = await api(`/data/v1/metrics/${metric.id}/overall?timeframe[]=${a}&timeframe[]=${b}`);
  await shows(page, data, metric);
  await page.goBack();
  await shows(page, await overall(metric.id, ''), metric);
});

test('the period before stands beside: its line, its change, that of each row', async () => {
  const page = await open({ path: `metrics?${range}` });
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  assert.equal(parameter(page, 'compare'), 'previous');
  const before = (await api(`/data/v1/metrics/${metric.id}/overall?timeframe[]=${2 * from - to}&timeframe[]=${from}`))
    .data;
  const now = await overall(metric.id, '');
  await page.locator('.metrics-total .change').waitFor();
  const change = await page.locator('.metrics-total .change').textContent();
  const [, sign, number] = /([+−]?)([\d.]+)%/.exec(change);
  const shown = (sign === '−' ? -1 : 1) * Number(number);
  const want = ((now.value - before.value) / before.value) * 100;
  assert.ok(Math.abs(shown - want) <= 0.0501, `${change} is not ${want}%`);
  const good = metric.better === 'higher' ? want > 0 : want < 0;
  if (Math.abs(want) >= 0.05) await page.locator(`.metrics-total .change-${good ? 'good' : 'bad'}`).waitFor();
  await page.locator('.chart-legend').getByText('Previous period').waitFor();
  await page.getByRole('columnheader', { name: 'Change' }).waitFor();
  await eventually(async () => assert.equal(await page.locator('tbody .change').count(), await rows(page).count()));
});

test('insights are those of the API, and a click filters', async () => {
  const page = await open({ path: `metrics?${range}` });
  await page.getByRole('tab', { name: 'Insights' }).click();
  const { data } = await api(`/data/v1/metrics/${metric.id}/insights?${frame}&outcomes=false&limit=25`);
  await eventually(async () => assert.equal(await rows(page).count(), data.length));
  for (const [i, row] of data.entries()) {
    const cells = await rows(page).nth(i).locator('> *').allInnerTexts();
    assert.equal(cells[1], catalog.dimensions.find(({ name }) => name === row.filter_column).title);
    isWritten(cells[2].replace(' (few views)', ''), row.metric, metric.type, `insight ${i}`);
    assert.equal(cells[3], counted(row.total_views));
  }
  await rows(page).first().getByRole('link').click();
  assert.equal(parameter(page, 'filter'), `${data[0].filter_column}:${data[0].filter_value}`);
  assert.equal(parameter(page, 'tab'), 'insights');
  await axe(page);
});

test('two values of a dimension stand side by side, with all metrics', async () => {
  const page = await open({ path: `metrics?${range}&tab=compare` });
  const { data: values } = await api(`/data/v1/dimensions/${dimension.name}?${frame}`);
  const table = page.getByRole('table', { name: /^All metrics of/ });
  await table.waitFor();
  await showsPair(table, values[0].value, values[1].value);
  await page.getByRole('button', { name: /^Second value/ }).click();
  await options(page).nth(2).click();
  await showsPair(table, values[0].value, values[2].value);
  assert.equal(parameter(page, 'b'), `${dimension.name}:${values[2].value}`);
  await axe(page);
  await shot(page, 'metrics-compare', { fullPage: true });
});

test('two values that are filtered by are each compared alone', async () => {
  const { data: values } = await api(`/data/v1/dimensions/${dimension.name}?${frame}`);
  const filters = values.slice(0, 2).map(({ value }) => `${dimension.name}:${value}`);
  const page = await open({ path: 'views' });
  const asked = new Set();
  const beside = [];
  page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname.endsWith('/timeseries')) asked.add(searchParams.getAll('filters[]').join());
    if (pathname.endsWith('/comparison')) beside.push(...searchParams.getAll('filters[]'));
  });
  const chosen = filters.map((filter) => `filter=${encodeURIComponent(filter)}`).join('&');
  await page.goto(url(`metrics?${range}&tab=compare&by=${dimension.name}&${chosen}`));
  await page.getByRole('table', { name: /^All metrics of/ }).waitFor();
  await eventually(async () => assert.deepEqual([...asked].sort(), [filters.join(), ...filters].sort()));
  assert.deepEqual(beside, []);
});

async function showsPair(table, a, b) {
  const both = await Promise.all(
    [a, b].map(async (one) => {
      const path = `/data/v1/metrics/comparison?${frame}&dimension=${dimension.name}&value=${encodeURIComponent(one)}`;
      const [totals, ...groups] = (await api(path)).data;
      return { totals, items: groups.flatMap((group) => [group, ...(group.items ?? [])]) };
    }),
  );
  await eventually(async () => {
    const head = await table.locator('thead th').allInnerTexts();
    for (const [i, { totals }] of both.entries()) {
      assert.ok(head[i + 1].includes(`(${counted(totals.view_count)})`), `${head[i + 1]}: ${totals.view_count} views`);
    }
    const cells = await table
      .locator('tbody tr')
      .evaluateAll((list) => list.map((row) => [...row.children].map((cell) => cell.textContent.trim())));
    assert.equal(cells.length, both[0].items.length);
    for (const [i, row] of cells.entries()) {
      for (const [j, { items }] of both.entries()) {
        isWritten(row[j + 1].replace(' (few views)', ''), items[i].value, items[i].type, `${row[0]} of value ${j}`);
      }
    }
  });
}

test('the keyboard alone: another metric, a step of the chart, a tab, a row', async () => {
  const other = catalog.metrics.find(({ id, group }) => id !== metric.id && group !== metric.group);
  const page = await open({ path: `metrics?${range}` });
  await page.locator('.metrics-value').waitFor();
  await page.keyboard.press('m');
  await type(page, other.title);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: other.title }).waitFor();
  assert.equal(new URL(page.url()).pathname.split('/').at(-1), other.id);

  await page.locator('.metrics-value').waitFor();
  await reach(page, page.locator('.chart-plot').first());
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Enter');
  await eventually(() => assert.equal(parameter(page, 'range'), `${from}-${from + 3 * 3600}`));

  await page.goBack();
  await reach(page, page.getByRole('tab', { selected: true }));
  await page.keyboard.press('ArrowRight');
  await eventually(() => assert.equal(parameter(page, 'tab'), 'insights'));
  await page.keyboard.press('ArrowLeft');
  await eventually(() => assert.equal(parameter(page, 'tab'), null));
  await rows(page).first().waitFor();
  await reach(page, rows(page).first().getByRole('link'));
  await page.keyboard.press('Enter');
  await eventually(() => assert.ok(parameter(page, 'filter')));
});

/** Goes to an element with the Tab key alone. */
async function reach(page, element) {
  for (let i = 0; i < 60; i++) {
    if (await element.evaluate((it) => it === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('the Tab key does not lead there');
}

test('the metrics to choose from are in their groups, and found by what they are also called', async () => {
  const page = await open({ path: `metrics?${range}` });
  await page.getByRole('button', { name: 'Change metric' }).click();
  const groups = [...new Set(catalog.metrics.map(({ group }) => group))];
  assert.deepEqual(await page.locator('.picklist-group').allInnerTexts(), groups);
  assert.equal(await options(page).count(), catalog.metrics.length);
  await fits(page);
  await axe(page);
  await shot(page, 'metrics-choose');
  const aliased = catalog.metrics.find(({ aliases }) => aliases.length > 0);
  await type(page, aliased.aliases[0]);
  await page.getByRole('option', { name: aliased.title }).click();
  await page.getByRole('heading', { level: 1, name: aliased.title }).waitFor();
});

test('few views are said to be few, and none leaves nothing but words', async () => {
  const values = (await breakdown(`group_by=${dimension.name}&order_by=views&order_direction=asc`)).data;
  // a range in which a rare value has some views, but not 30
  const hours = await api(
    `/data/v1/metrics/${metric.id}/timeseries?${frame}&group_by=hour&filters[]=${dimension.name}:${values.at(-1).field}`,
  );
  const [at] = hours.data.find(([, , n]) => n > 0 && n < 30);
  const begin = Date.parse(at) / 1000;
  const page = await open({
    path: `metrics?range=${begin}-${begin + 3600}&filter=${dimension.name}:${values.at(-1).field}`,
  });
  await page.locator('.metrics-facts .few').waitFor();
  await page.locator('td .metrics-few').waitFor();
  await axe(page);
  await page.goto(url(`metrics?range=${begin}-${begin + 3600}&filter=${dimension.name}:no+such+value`));
  await page.getByText('No views').first().waitFor();
  await eventually(async () => assert.equal(await page.getByText('No views').count(), 2));
  await page.goto(url('metrics/none-such'));
  await page.getByText('There is no metric none-such').waitFor();
});

test('a question is copied as a command that asks the same', async () => {
  const page = await open({ path: `metrics?${range}`, permissions: ['clipboard-read', 'clipboard-write'] });
  await page.locator('.metrics-value').waitFor();
  await page.getByRole('button', { name: 'More about Over time' }).click();
  await page.getByRole('menuitem', { name: 'Copy as curl' }).click();
  const text = await eventually(async () => {
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(copied, /curl/);
    return copied;
  });
  const address = /'(http[^']*overall[^']*)'/.exec(text)[1];
  const { data } = await api(new URL(address).pathname + new URL(address).search);
  await shows(page, data, metric);
});

test('another metric does not have the number of the one before', async () => {
  const other = catalog.metrics.find(({ type }) => type !== metric.type);
  const page = await open({ path: `metrics/${metric.id}?${range}` });
  await value(page).waitFor();
  let answer;
  const held = new Promise((resolve) => {
    answer = resolve;
  });
  await page.route(`**/metrics/${other.id}/**`, async (route) => {
    await held;
    await route.continue();
  });
  await page.keyboard.press('m');
  await type(page, other.title);
  await page.getByRole('option', { name: other.title, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: other.title }).waitFor();
  assert.equal(await value(page).count(), 0);
  assert.equal(await rows(page).locator('td:not(:has(.skeleton))').count(), 0);
  answer();
  await shows(page, await overall(other.id, `measurement=${other.measurement}`), other);
});

test('another range begins at the first page, and a page past the end says so', async () => {
  const many = await firstOf(catalog.dimensions, async ({ name, level, trace }) => {
    if (level === 'unlisted' || trace) return false;
    return (await breakdown(`group_by=${name}`)).total_row_count > 25;
  });
  const page = await open({ path: `metrics?${range}&by=${many.name}&page=2` });
  await rows(page).first().waitFor();
  await page.keyboard.press('p');
  await page.getByRole('button', { name: 'Last 7 days' }).click();
  await eventually(() => assert.deepEqual([parameter(page, 'range'), parameter(page, 'page')], ['7:days', null]));

  const { total_row_count } = await breakdown(`group_by=${many.name}`);
  for (const tab of ['', '&tab=insights']) {
    await page.goto(url(`metrics?${range}&by=${many.name}&page=9999${tab}`));
    await rows(page).first().waitFor();
    if (!tab) assert.equal(parameter(page, 'page'), String(Math.ceil(total_row_count / 25)));
    else assert.notEqual(parameter(page, 'page'), '9999');
  }
});

test('a step that is in the range in part says so, and the keyboard zooms to no more than the range', async () => {
  const path = `range=${from + 1800}-${from + 5 * 3600 + 600}`; // of the first step half an hour, of the last 10 min
  const page = await open({ path: `metrics?${path}&step=hour` });
  const chart = page.locator('.chart-plot').first();
  await value(page).waitFor();
  await chart.focus();
  const told = (words) => eventually(async () => assert.match(await chart.getAttribute('aria-valuetext'), words));
  await page.keyboard.press('End');
  await told(/only 10 min of this step/);
  await page.keyboard.press('Home');
  await told(/only 30 min of this step/);
  await page.keyboard.press('Shift+End');
  await page.keyboard.press('Enter');
  assert.equal(parameter(page, 'range'), `${from + 1800}-${from + 5 * 3600 + 600}`);
  await page.keyboard.press('ArrowLeft');
  await eventually(async () =>
    assert.doesNotMatch(await chart.getAttribute('aria-valuetext'), /of this step/, 'whole steps say nothing'),
  );
});

test('what is no range says so, and which is shown', async () => {
  const page = await open({ path: 'metrics?range=yesterday' });
  await page.getByText('“yesterday” is no range of time. Last 24 hours is shown instead.').waitFor();
  await value(page).waitFor();
  await page.keyboard.press('p');
  await page.getByRole('button', { name: 'Last 7 days' }).click();
  await eventually(async () => assert.equal(await page.getByText('is no range of time').count(), 0));
});

const ready = async (page) => {
  await page.locator('.metrics-value').waitFor();
  await rows(page).first().waitFor();
};
testLooks('metrics', `metrics?${range}&compare=previous`, ready);
testLooks('metrics-insights', `metrics?${range}&tab=insights`, ready);
