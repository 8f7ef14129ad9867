import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, server } from './browser.mjs';

test('the root leads to the dashboard', async () => {
  const page = await open({ signIn: false });
  await page.goto(server);
  assert.equal(page.url(), `${server}/ui/`);
});
