/** Errors: types of them, and one type, as the API tells them; what people say of them. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { api, axe, eventually, fits, open, shot, testLooks } from './browser.mjs';

// A range that has ended, so that its numbers stay.
const to = Math.floor(Date.now() / 3_600_000) * 3600;
const from = to - 7 * 86_400;
const range = `range=${from}-${to}`;
const frame = `timeframe[]=${from}&timeframe[]=${to}`;

const { data: types } = await api(`/data/v1/errors?${frame}`);
assert.ok(types.length >= 3, 'the server has too few types of errors to look at');
const first = types[0];

const table = (page, name) => page.getByRole('region', { name }).locator('tbody tr');
const cells = async (row) => (await row.locator('th, td').allInnerTexts()).map((text) => text.trim());
const count = (n) => n.toLocaleString('en-US');

/** That a text is a share of the API, as exactly as it is written. */
function isShare(text, share) {
  assert.match(text, /^[\d.]+%/);
  assert.ok(Math.abs(Number.parseFloat(text) - share * 100) <= 0.0501, `${text} for a share of ${share}`);
}

/** What tests have said of errors is taken back, whatever becomes of them. */
after(async () => {
  await api(`/data/v1/errors/${first.id}`, { method: 'PATCH', body: { notes: null } });
  for (const { code } of (await api('/data/v1/error-categories')).data) {
    await api(`/data/v1/error-categories/${encodeURIComponent(code)}`, { method: 'DELETE' });
  }
});

testLooks('errors', `errors?${range}&compare=previous`, async (page) => {
  await table(page, 'Error types')
    .nth(types.length - 1)
    .waitFor();
  await page.locator('.spark path[d*=L]').first().waitFor({ state: 'attached' });
});

testLooks('error', `errors/${first.id}?${range}`, async (page) => {
  await table(page, 'The newest views with the error').first().waitFor();
  await table(page, /^Views with the error by/)
    .first()
    .waitFor();
});

test('types are those of the API', async () => {
  const page = await open({ path: `errors?${range}` });
  const rows = table(page, 'Error types');
  await rows.nth(types.length - 1).waitFor();
  assert.equal(await rows.count(), types.length);
  for (const [i, type] of types.entries()) {
    const [name, views, share, , kind] = await cells(rows.nth(i));
    assert.ok(name.endsWith(type.message ?? type.player_error_code), name);
    if (type.player_error_code) assert.ok(name.includes(type.player_error_code), name);
    assert.equal(kind.toLowerCase(), type.business_exception ? 'business exception' : type.severity);
    assert.equal(views, count(type.count));
    isShare(share, type.percentage);
  }
  const all = await api(`/data/v1/errors/any/timeseries?${frame}`);
  const sum = all.data.reduce((n, step) => n + step.views, 0);
  await page.getByText(`Shares are of ${count(sum)} views.`).waitFor();
});

test('kinds are told apart, and text is searched for', async () => {
  const page = await open({ path: `errors?${range}` });
  const rows = table(page, 'Error types');
  await rows.nth(types.length - 1).waitFor();
  const business = types.filter((type) => type.business_exception);
  const tab = page.getByRole('tab', { name: /^Business exceptions/ });
  assert.match(await tab.textContent(), new RegExp(`\\D${business.length}$`));
  await tab.click();
  await eventually(async () => assert.equal(await rows.count(), business.length));
  assert.ok(page.url().includes('kind=business'));
  await page.goBack();
  await eventually(async () => assert.equal(await rows.count(), types.length));
  await page.getByRole('searchbox').fill(first.message.slice(4, 14).toUpperCase());
  await eventually(async () => assert.equal(await rows.count(), 1));
  await page.getByRole('searchbox').fill('nobody says so');
  await page.getByText('No type of errors is like that').waitFor();
});

test('a type is as the API tells it', async () => {
  const page = await open({ path: `errors?${range}` });
  await table(page, 'Error types').first().getByRole('link').click();
  await page.getByRole('heading', { level: 1, name: first.message }).waitFor();
  const tile = (name) => page.getByRole('region', { name, exact: true }).locator('.tile-value');
  assert.equal(await tile('Views with it').textContent(), count(first.count));
  isShare(await tile('Share of views').textContent(), first.percentage);

  await page.getByRole('button', { name: 'More about Over time' }).click();
  await page.getByRole('menuitem', { name: 'Show as table' }).click();
  const steps = (await api(`/data/v1/errors/${first.id}/timeseries?${frame}`)).data;
  const rows = table(page, 'Over time');
  await rows.first().waitFor();
  const shown = await Promise.all((await rows.all()).map(cells));
  assert.deepEqual(
    shown.map(([, views, all]) => [views, all]),
    steps.map((step) => [count(step.count), count(step.views)]),
  );
});

test('where it happens is as the API tells it, and a value becomes a filter', async () => {
  const { data } = await api('/data/v1/catalog');
  const [, dimension] = data.places.errors.breakdowns;
  const { title } = data.dimensions.find((one) => one.name === dimension);
  const page = await open({ path: `errors/${first.id}?${range}` });
  await page.getByRole('button', { name: /^Dimension: / }).click();
  await page.getByRole('option', { name: title, exact: true }).click();
  const answer = await api(`/data/v1/errors/${first.id}/breakdown?${frame}&group_by=${dimension}&limit=10`);
  const rows = table(page, `Views with the error by ${title}`);
  await eventually(async () => assert.equal(await rows.count(), answer.data.length));
  for (const [i, row] of answer.data.entries()) {
    const [value, views, share, all] = await cells(rows.nth(i));
    assert.equal(value, row.field ?? 'not known');
    assert.equal(views, count(row.count));
    isShare(share, row.percentage);
    assert.ok(all.startsWith(count(row.views)), all);
  }
  const known = answer.data.findIndex((row) => row.field !== null);
  await rows.nth(known).getByRole('link').click();
  const wanted = count(answer.data[known].count);
  const views = page.getByRole('region', { name: 'Views with it', exact: true }).locator('.tile-value');
  await eventually(async () => assert.equal(await views.textContent(), wanted));
  assert.deepEqual(new URL(page.url()).searchParams.getAll('filter'), [`${dimension}:${answer.data[known].field}`]);
  await page.goBack();
  await eventually(async () => assert.equal(await views.textContent(), count(first.count)));
});

test('sample views are those of the API, and lead to the view', async () => {
  const { data: views } = await api(`/data/v1/video-views?${frame}&error_id=${first.id}&limit=10`);
  const page = await open({ path: `errors/${first.id}?${range}` });
  const rows = table(page, 'The newest views with the error');
  await rows.first().waitFor();
  const links = await rows.getByRole('link').evaluateAll((all) => all.map((a) => new URL(a.href).pathname));
  assert.deepEqual(
    links.map((path) => path.split('/').pop()),
    views.map((view) => view.id),
  );
});

test('a note is written by keyboard alone, and is there after a reload', async () => {
  const note = 'The edge in Frankfurt.\nAsk the "network" people: <50 % of it is ours.';
  const page = await open({ path: `errors?${range}` });
  await table(page, 'Error types').first().waitFor();
  await tabTo(page, () => document.activeElement.closest('tbody tr'));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: first.message }).waitFor();
  await page.getByRole('button', { name: 'Write' }).waitFor();
  await tabTo(page, () => document.activeElement.textContent === 'Write');
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'Note' }).waitFor();
  await tabTo(page, () => document.activeElement.tagName === 'TEXTAREA');
  await page.keyboard.insertText(note);
  await tabTo(page, () => document.activeElement.textContent === 'Save');
  await page.keyboard.press('Enter');
  await page.getByText('The edge in Frankfurt.').waitFor();
  await page.reload();
  await eventually(async () => assert.equal(await page.locator('.errors-note-text').textContent(), note));
  assert.equal((await api(`/data/v1/errors?${frame}`)).data.find(({ id }) => id === first.id).notes, note);
  await axe(page);

  await page.getByRole('link', { name: 'Errors', exact: false }).first().click();
  await page.getByRole('searchbox').fill('frankfurt');
  const rows = table(page, 'Error types');
  await eventually(async () => assert.equal(await rows.count(), 1));

  await rows.first().getByRole('link').click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.getByText('No note yet.').waitFor();
});

test('a category is set and removed', async () => {
  const type = types.find(({ severity, business_exception }) => severity === 'fatal' && !business_exception);
  const page = await open({ path: `errors/${type.id}?${range}` });
  const panel = page.getByRole('region', { name: 'Category' });
  await panel.getByText('as most players said').waitFor();
  await panel.getByRole('button', { name: 'Categorise' }).click();
  await panel.getByRole('combobox', { name: 'Severity' }).selectOption('warning');
  await panel.getByRole('checkbox', { name: 'Business exception' }).check();
  await shot(page, 'error-category');
  await fits(page);
  await axe(page);
  await panel.getByRole('button', { name: 'Set', exact: true }).click();
  await panel.getByText('as set here for all errors with the code').waitFor();
  await eventually(async () =>
    assert.equal(await page.locator('main .badge').first().textContent(), 'business exception'),
  );
  assert.deepEqual((await api('/data/v1/error-categories')).data, [
    { code: type.player_error_code, severity: 'warning', business_exception: true },
  ]);
  await panel.getByRole('button', { name: 'Categorise' }).click();
  await panel.getByRole('button', { name: 'Leave to players' }).click();
  await panel.getByText('as most players said').waitFor();
  await eventually(async () => assert.equal(await page.locator('main .badge').first().textContent(), 'fatal'));
  assert.deepEqual((await api('/data/v1/error-categories')).data, []);
});

test('nothing and nobody known are told', async () => {
  const page = await open({ path: 'errors?range=86400-172800' });
  await page.getByText('No errors', { exact: true }).waitFor();
  const gone = await open({ path: 'errors/1' });
  await gone.getByText('Nothing is known of this type of errors').waitFor();
});

/** Presses Tab until what has the focus is what is looked for. */
async function tabTo(page, found) {
  for (let i = 0; i < 100; i++) {
    if (await page.evaluate(found)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`no Tab leads to ${found}`);
}
