import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, axe, eventually, expectTrouble, newPage, open, signIn, testLooks, url } from './browser.mjs';

const { view_fields: fields } = (await api('/data/v1/catalog')).data;
const timelineOf = async (id) => (await api(`/data/v1/video-views/${id}/timeline`)).data;

/** The first of the newest views with an error whose course is as wanted; else the first of all. */
async function viewWith(wanted, query = '') {
  const { data } = await api(`/data/v1/video-views?timeframe[]=14:days&limit=200&${query}`);
  for (const { id } of data) {
    const course = await timelineOf(id);
    if (wanted(course)) return course;
  }
  assert.fail(`none of ${data.length} views is as wanted`);
}

/** Shorter than ten minutes, so that a tenth of it is told in seconds. */
const stalled = await viewWith(
  (course) => course.length < 600_000 && course.states.filter((one) => one.state === 'rebuffering').length > 1,
);
const failed = await viewWith((course) => course.outcome === 'failed' && course.errors.length > 0, 'error_id=any');

const ready = async (page) => {
  await page.locator('.view-legend li').first().waitFor();
  await page.locator('.fields-group').first().waitFor();
  await page.getByRole('heading', { name: 'Other views of the same viewer' }).waitFor();
};

testLooks('view', `views/${stalled.id}`, ready);
testLooks('view-failed', `views/${failed.id}?tab=errors`, ready);

test('the verdict and the lanes are those of the API', async () => {
  const page = await open({ path: `views/${stalled.id}` });
  await ready(page);
  await page.getByText(stalled.verdict, { exact: true }).waitFor();
  const total = stalled.states
    .filter((one) => one.state === 'rebuffering')
    .reduce((sum, one) => sum + one.to - one.from, 0);
  const legend = await page.locator('.view-legend li').filter({ hasText: 'Rebuffering' }).first().textContent();
  const tenths = (total / 1000).toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const text = total < 1000 ? `${total} ms` : total < 9950 ? `${tenths} s` : `${Math.round(total / 1000)} s`;
  assert.ok(legend.includes(text), `${legend} does not tell ${text}`);
  const drawn = await page.locator('.lane rect[class^="state-"]').count();
  assert.equal(drawn, stalled.states.length);
  // The table has the same, span by span.
  await page.getByRole('button', { name: 'More about Timeline' }).click();
  await page.getByRole('menuitem', { name: 'Show as table' }).click();
  const cells = await page.getByRole('table', { name: 'Timeline' }).locator('tbody tr').allInnerTexts();
  const seconds = (ms) => (ms / 1000).toFixed(3);
  assert.deepEqual(
    cells.map((row) =>
      row
        .split('\t')
        .slice(1)
        .map((cell) => cell.trim()),
    ),
    stalled.states.map((one) => [seconds(one.from), seconds(one.to), seconds(one.to - one.from)]),
  );
});

test('drag zooms, the URL keeps it, and Esc shows all', async () => {
  const page = await open({ path: `views/${stalled.id}` });
  await ready(page);
  const area = page.getByRole('slider', { name: 'Cursor of the timeline' });
  const box = await area.boundingBox();
  await page.mouse.move(box.x + box.width / 4, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + 40, { steps: 4 });
  await page.mouse.up();
  const zoom = () => new URL(page.url()).searchParams.get('zoom');
  await eventually(() => assert.match(zoom() ?? '', /^\d+-\d+$/));
  const [from, to] = zoom().split('-').map(Number);
  const near = (got, want) => assert.ok(Math.abs(got - want) < stalled.length / 50, `${got} is not about ${want}`);
  near(from, stalled.length / 4);
  near(to, stalled.length / 2);
  await page.reload();
  await ready(page);
  await eventually(async () => near(Number(await area.getAttribute('aria-valuemax')), stalled.length / 2));
  await area.focus();
  await page.keyboard.press('Escape');
  await eventually(() => assert.equal(zoom(), null));
});

test('events are found, and go with the cursor', async () => {
  const page = await open({ path: `views/${failed.id}` });
  await ready(page);
  const tab = page.getByRole('tab', { name: new RegExp(`^Events\\s*${failed.events.length}$`) });
  assert.equal(await tab.getAttribute('aria-selected'), 'true');
  const [error] = failed.errors;
  await page.getByRole('searchbox', { name: 'Find events' }).fill('error_severity fatal');
  const wanted = failed.events.filter((one) => one.details.error_severity === 'fatal').length;
  await page.getByText(`${wanted} of ${failed.events.length}`, { exact: true }).waitFor();
  await page.locator('.events-time').first().click();
  const details = page.getByRole('region', { name: 'The event in detail' });
  await details.getByText(error.message, { exact: true }).waitFor();
  const cursor = page.getByRole('slider', { name: 'Cursor of the timeline' });
  await eventually(async () => assert.equal(Number(await cursor.getAttribute('aria-valuenow')), error.at));
  await page.getByRole('tab', { name: new RegExp(`^Errors\\s*${failed.errors.length}$`) }).click();
  await page.getByRole('cell', { name: error.message }).first().waitFor();
});

test('fields are those of the API, and lead to views that have the same', async () => {
  const whole = (await api(`/data/v1/video-views/${stalled.id}`)).data;
  const page = await open({ path: `views/${stalled.id}` });
  await ready(page);
  const field = fields.find(({ dimension, format, key }) => dimension && format === 'text' && whole[key]);
  const row = page
    .locator('.facts-row')
    .filter({ hasText: new RegExp(`^${field.title}`) })
    .first();
  const value = row.getByRole('link', { name: whole[field.key], exact: true });
  await value.click();
  await page.waitForURL('**/views?*');
  assert.deepEqual(new URL(page.url()).searchParams.getAll('filter'), [`${field.dimension}:${whole[field.key]}`]);
});

test('the views of the same viewer are one step away', async () => {
  const { data } = await api('/data/v1/video-views?timeframe[]=14:days&limit=300');
  let viewer;
  let own;
  for (const { id } of data) {
    viewer = (await timelineOf(id)).viewer_id;
    own = (await api(`/data/v1/video-views?timeframe[]=14:days&viewer_id=${encodeURIComponent(viewer)}`)).data;
    if (own.length > 1) break;
  }
  assert.ok(own.length > 1, 'no viewer has watched twice');
  const [later, earlier] = own;
  const page = await open({ path: `views/${later.id}` });
  await ready(page);
  await page.getByRole('link', { name: 'Previous view of the same viewer' }).click();
  await page.waitForURL(`**/views/${earlier.id}*`);
  await ready(page);
  await page.getByRole('link', { name: 'Next view of the same viewer' }).click();
  await page.waitForURL(`**/views/${later.id}*`);
});

/** Opens a view of which the API answers something else. */
async function openChanged(id, path, change) {
  const page = await newPage();
  await page.route(
    (address) => address.pathname.endsWith(path),
    async (route) => {
      const response = await route.fetch();
      const { data, ...rest } = await response.json();
      await route.fulfill({ response, json: { ...rest, data: { ...data, ...change(data) } } });
    },
  );
  await page.goto(url(`views/${id}`));
  await signIn(page);
  await ready(page);
  return page;
}

test('a view whose events are gone tells no requests and errors either, and the list of its viewer has it', async () => {
  const [{ id }] = (await api('/data/v1/video-views?timeframe[]=90:days&limit=1&order_direction=asc')).data;
  const gone = { events_kept: false, events: [], requests: [], errors: [] };
  const page = await openChanged(id, `/${id}/timeline`, () => gone);
  for (const tab of ['Events', 'Requests', 'Errors']) {
    await page.getByRole('tab', { name: tab, exact: true }).click(); // which counts nothing
    await page.getByText('Its events are no longer stored').waitFor();
  }
  await page.getByRole('link', { name: 'All in the list of views' }).click();
  await page.locator(`main tbody a[href*="views/${id}"]`).waitFor();
});

test('a view of which only the newest states are known says from when on', async () => {
  const { id } = stalled;
  const page = await openChanged(id, `/${id}/timeline`, ({ states }) => ({
    states: states.filter((one) => one.to > 65_000).map((one) => ({ ...one, from: Math.max(one.from, 65_000) })),
    length: Math.max(70_000, stalled.length),
  }));
  await page.getByText('States before 1:05 are not known').waitFor();
});

test('a long text is scrolled, and leaves the page as it is', async () => {
  const field = fields.find((one) => one.format === 'text' && one.dimension === null);
  const long = 'at a line of a stack '.repeat(300);
  const page = await openChanged(stalled.id, `/video-views/${stalled.id}`, () => ({ [field.key]: long }));
  const text = page.getByRole('region', { name: field.title });
  await eventually(async () => assert.equal((await text.textContent()).trim(), long.trim()));
  assert.ok((await text.boundingBox()).height < 250);
  await text.focus();
  await page.keyboard.press('End');
  await eventually(async () => assert.ok((await text.evaluate((element) => element.scrollTop)) > 0));
  await axe(page);
});

/** A view that plays now and has just begun. */
const playing = () =>
  eventually(async () => {
    const { data } = await api('/data/v1/video-views?in_progress=true&timeframe[]=1:hours&limit=50');
    const courses = await Promise.all(data.map(({ id }) => timelineOf(id)));
    const found = courses.filter((one) => one.in_progress && one.states.at(-1)?.state === 'playing');
    assert.ok(found.length > 0, 'nobody is watching');
    return found.sort((a, b) => a.length - b.length)[0];
  }, 60_000);

test('a view moves while it plays, and nothing jumps', async () => {
  const { id } = await playing();
  const page = await open({ path: `views/${id}` });
  await ready(page);
  await page.getByText('In progress', { exact: true }).first().waitFor();
  const count = async () => Number(/\d+/.exec(await page.getByRole('tab', { name: /^Events/ }).textContent())[0]);
  const verdict = () => page.locator('.view-verdict').textContent();
  const lanes = () => page.locator('.lanes').boundingBox();
  const [events, words, place] = [await count(), await verdict(), await lanes()];
  // Players tell every ten seconds that they go on.
  await eventually(async () => assert.ok((await count()) > events, 'no event has come'), 60_000);
  await eventually(async () => assert.notEqual(await verdict(), words));
  const after = await lanes();
  assert.deepEqual([after.x, after.y, after.width], [place.x, place.y, place.width]);
  await axe(page);
});

test('by keyboard alone: the cursor, zoom, and from event to event', async () => {
  const page = await open({ path: `views/${stalled.id}` });
  await ready(page);
  const cursor = page.getByRole('slider', { name: 'Cursor of the timeline' });
  const points = (at) => eventually(async () => assert.equal(await cursor.getAttribute('aria-valuenow'), String(at)));
  await cursor.focus();
  await page.keyboard.press('End');
  await points(stalled.length);
  await page.keyboard.press('Home');
  await points(0);
  await page.keyboard.press('PageUp');
  await points(Math.round(stalled.length / 10));
  await page.keyboard.press('+');
  await eventually(() => assert.match(page.url(), /zoom=/));
  // The list of events has gone there too: the last one before the cursor can be reached, and from it all others.
  const before = stalled.events.findLast((one) => one.at <= stalled.length / 10);
  const row = page.locator('.events-time[tabindex="0"]');
  await eventually(async () => assert.equal(await row.textContent(), `${(before.at / 1000).toFixed(3)} s`));
  // A pointer that rests on the list while it moves chooses nothing.
  await page.locator('.events-rows').hover();
  await row.focus();
  await page.keyboard.press('End');
  await points(stalled.events.at(-1).at);
  await eventually(async () => assert.ok(await row.evaluate((element) => element === document.activeElement)));
});

test('a view that is not there is said to be', async () => {
  const page = await open({ path: 'views/01a00000-0000-7000-8000-000000000000' });
  await page.getByText('There is no such view').waitFor();
  await axe(page);
  expectTrouble(page, /status 404/);
});
