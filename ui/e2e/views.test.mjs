import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, axe, eventually, newPage, open, signIn, testLooks, tokenId, type, url } from './browser.mjs';
import { isWritten } from './read.mjs';

const rows = (page) => page.locator('main tbody tr');
const ready = (page) => page.locator('main tbody tr .table-link').first().waitFor();

/** The catalogue's own words. */
const { places, view_columns: columns, dimensions } = (await api('/data/v1/catalog')).data;
const titleOf = (name) => dimensions.find((one) => one.name === name).title;

/** A range that is over, so that its views stay the same. */
const to = Math.floor(Date.now() / 1000 / 3600) * 3600 - 3600;
const range = `${to - 6 * 3600}-${to}`;
const timeframe = `timeframe[]=${to - 6 * 3600}&timeframe[]=${to}`;

/** The ids of the views that are listed, by their links. */
const ids = (page) =>
  rows(page)
    .locator('.table-link')
    .evaluateAll((links) => links.map((link) => new URL(link.href).pathname.split('/').at(-1)));

const listed = async (query) =>
  (await api(`/data/v1/video-views?limit=50&${timeframe}&${query}`)).data.map((row) => row.id);

const reads = (page, query) => eventually(async () => assert.deepEqual(await ids(page), await listed(query)));

testLooks('views', `views?range=${range}`, ready);

test('the list has the views of the API, page by page', async () => {
  const page = await open({ path: `views?range=${range}` });
  await reads(page, 'page=1');
  const total = (await api(`/data/v1/video-views?limit=1&${timeframe}`)).total_row_count;
  assert.ok(total > 50, `${total} views are not enough for pages`);
  await page.getByText(`${total.toLocaleString('en-US')} views`).waitFor();
  await page.getByRole('button', { name: 'Next page' }).click();
  await reads(page, 'page=2');
  assert.match(page.url(), /page=2/);
  await page.reload();
  await reads(page, 'page=2');
  await page.goBack();
  await reads(page, 'page=1');
  const time = columns.findLast((column) => column.format === 'time').title;
  await page.getByRole('button', { name: time }).click();
  await reads(page, 'order_direction=asc');
});

test('a row tells of its view what the API does', async () => {
  const page = await open({ path: `views?range=${range}` });
  await reads(page, 'page=1');
  const heads = await page.locator('main thead th').allInnerTexts();
  const shown = await rows(page).evaluateAll((list) =>
    list.map((row) => [...row.querySelectorAll('td, th')].map((cell) => cell.textContent)),
  );
  const views = (await api(`/data/v1/video-views?limit=50&${timeframe}`)).data;
  for (const { key, title, format } of columns.filter((column) => column.format in { milliseconds: 0, score: 0 })) {
    const at = heads.findIndex((head) => head.includes(title));
    assert.ok(at >= 0, `${title} is not in ${heads}`);
    for (const [i, view] of views.entries()) {
      if (view[key] === null) assert.equal(shown[i][at], '', `${title} of ${view.id}`);
      else isWritten(shown[i][at], view[key], format, `${title} of ${view.id}`);
    }
  }
});

test('a title is found by a part of it, and stays in the URL', async () => {
  const name = places.views.search[1];
  const [{ value }] = (await api(`/data/v1/dimensions/${name}?limit=1&${timeframe}`)).data;
  const page = await open({ path: `views?range=${range}` });
  await ready(page);
  await page.getByRole('button', { name: 'Search views' }).click();
  await type(page, value.slice(1, -1).toUpperCase());
  await page
    .getByRole('option', { name: new RegExp(titleOf(name)) })
    .first()
    .waitFor();
  await page
    .getByRole('option')
    .filter({ hasText: value })
    .filter({ hasText: titleOf(name) })
    .first()
    .click();
  await reads(page, `filters[]=${encodeURIComponent(`${name}:${value}`)}`);
  await page.getByRole('button', { name: `Filter: ${titleOf(name)} is ${value}` }).waitFor();
  assert.deepEqual(new URL(page.url()).searchParams.getAll('filter'), [`${name}:${value}`]);
});

test('a viewer, a view and an error are found by what they are called', async () => {
  const [first] = (await api(`/data/v1/video-views?limit=1&${timeframe}`)).data;
  const { viewer_id: viewer } = (await api(`/data/v1/video-views/${first.id}/timeline`)).data;
  const { view_id: view } = (await api(`/data/v1/video-views/${first.id}`)).data;
  const page = await open({ path: `views?range=${range}` });
  await ready(page);
  const find = async (text, option) => {
    await page.getByRole('button', { name: 'Search views' }).click();
    await type(page, text);
    await page.getByRole('option', { name: option }).first().click();
  };
  await find(viewer, /^Viewer ID is/);
  await reads(page, `viewer_id=${encodeURIComponent(viewer)}`);
  await page.getByRole('button', { name: /^Remove Viewer ID is/ }).click();
  await find(view, /^View ID is/);
  await reads(page, `view_id=${view}`);
  assert.deepEqual(await ids(page), [first.id]);
  await page.getByRole('button', { name: /^Remove View ID is/ }).click();
  await find('any fatal', /^Any fatal error/);
  await reads(page, 'error_id=any');
  await find(first.id, /^Open the view/);
  await page.waitForURL(`**/views/${first.id}*`);
});

test('what is not there is said', async () => {
  const page = await open({ path: `views?range=${range}&viewer=nobody` });
  await page.getByText('No view is like that').waitFor();
  await axe(page);
});

test('a view that failed of an error without words is told to have failed', async () => {
  const flag = columns.find((column) => column.format === 'flag');
  const words = columns.filter((column) => /error/.test(column.key)).map((column) => [column.key, null]);
  const page = await newPage();
  await page.route(
    (address) => address.pathname.endsWith('/video-views'),
    async (route) => {
      const response = await route.fetch();
      const { data, ...rest } = await response.json();
      const [first, ...others] = data;
      const mute = { ...first, ...Object.fromEntries(words), [flag.key]: true };
      await route.fulfill({ response, json: { ...rest, data: [mute, ...others] } });
    },
  );
  await page.goto(url(`views?range=${range}`));
  await signIn(page);
  await ready(page);
  assert.equal(await rows(page).first().locator('td').last().textContent(), flag.title);
});

test('a page past the end is the last one', async () => {
  const total = (await api(`/data/v1/video-views?limit=1&${timeframe}`)).total_row_count;
  const last = Math.ceil(total / 50);
  const page = await open({ path: `views?range=${range}&page=${last + 7}` });
  await page.waitForURL(`**page=${last}`);
  await reads(page, `page=${last}`);
});

test('views in progress come and stay current', async () => {
  const page = await open({ path: 'views' });
  await ready(page);
  await page.getByRole('tab', { name: 'In progress' }).click();
  await page.getByRole('heading', { name: 'Views in progress' }).waitFor();
  await eventually(async () => {
    const now = (await api('/data/v1/video-views?in_progress=true&timeframe[]=1:hours&limit=50')).data.map(
      (row) => row.id,
    );
    const seen = await ids(page);
    assert.ok(seen.length > 0 && seen.some((id) => now.includes(id)), `${tokenId} sees ${seen} of ${now}`);
  });
  await axe(page);
});

test('by keyboard alone: search, and open a view', async () => {
  const page = await open({ path: `views?range=${range}` });
  await ready(page);
  const focused = () =>
    page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.className ?? '');
  const tabTo = async (what) => {
    for (let i = 0; i < 80 && !(await focused()).includes(what); i++) await page.keyboard.press('Tab');
    assert.ok((await focused()).includes(what), `Tab never comes to ${what}`);
  };
  await tabTo('Search views');
  await page.keyboard.press('Enter');
  await page.getByRole('combobox', { name: 'Search views' }).waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await focused(), 'Search views');
  await tabTo('table-link');
  const [id] = await ids(page);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/views/${id}*`);
  await page.locator('.view-verdict').waitFor();
});
