/**
 * What the tests of the screens share: a real browser, signed in through the
 * page, at a server that runs. Each file runs by itself too:
 *
 *   PLAYHEAD_URL=http://127.0.0.1:8090 PLAYHEAD_TOKEN=demo:playhead-demo-secret node --test ui/e2e/realtime.test.mjs
 *
 * Errors that the page tells, requests that fail and what the policy of the
 * page forbids fail the test. Tests are at the top of a file: after each, its
 * pages are looked at and closed.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, afterEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/** The server, and the token to sign in with. */
export const server = required('PLAYHEAD_URL').replace(/\/$/, '');
export const [tokenId, secret] = required('PLAYHEAD_TOKEN').split(/:(.*)/s);

const screenshots = fileURLToPath(new URL('../../bin/screenshots/', import.meta.url));
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** How screens are looked at. */
export const looks = {
  light: { theme: 'light', width: 1280 },
  dark: { theme: 'dark', width: 1280 },
  narrow: { theme: 'light', width: 390 },
};

let browser;
let opened = []; // { page, troubles } of the present test

function required(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: make dashboard sets it, or see the head of ui/e2e/browser.mjs`);
  return value;
}

after(() => browser?.close());

afterEach(async () => {
  const pages = opened;
  opened = [];
  await Promise.all(pages.map(({ page }) => page.context().close()));
  assert.deepEqual(
    pages.flatMap(({ troubles }) => troubles),
    [],
    'what went wrong in the page',
  );
});

/** A page of the dashboard in a profile of its own, signed in unless `signIn` is false. */
export async function open({ path = '', signIn: signsIn = true, ...looks } = {}) {
  const page = await newPage(looks);
  await page.goto(url(path));
  if (signsIn) await signIn(page);
  return page;
}

/** Signs in at a page that asks for it, with a token, and waits for the screen behind. */
export async function signIn(page, token = { id: tokenId, secret }) {
  await page.locator('input[name=id]').fill(token.id);
  await page.locator('input[name=secret]').fill(token.secret);
  await page.locator('button[type=submit]').click();
  await page.locator('.frame-main h1').waitFor();
}

/** An empty page in a profile of its own, whose troubles are listened to. */
export async function newPage({ theme = 'light', width = 1280, height = 900, ...more } = {}) {
  browser ??= await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
      ...['--disable-background-networking', '--disable-component-update'],
    ],
  });
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    locale: 'en-US',
    timezoneId: 'Europe/Berlin', // another than UTC
    ...more,
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  opened.push({ page, troubles: await listen(page) });
  return page;
}

/** The URL of a path of the dashboard. */
export const url = (path = '') => `${server}/ui/${path}`;

/** Collects what goes wrong in a page. */
async function listen(page) {
  const troubles = [];
  page.on('pageerror', (error) => troubles.push(`exception: ${error.stack}`));
  page.on('console', (message) => {
    // The answers themselves tell more, see below.
    if (message.text().startsWith('Failed to load resource')) return;
    if (['error', 'warning'].includes(message.type())) troubles.push(`${message.type()}: ${message.text()}`);
  });
  page.on('requestfailed', (request) => {
    // The page itself gives up what it no longer needs.
    if (request.failure()?.errorText === 'net::ERR_ABORTED') return;
    troubles.push(`${request.method()} ${request.url()}: ${request.failure()?.errorText}`);
  });
  page.on('response', (response) => {
    // 401 is how a page learns that nobody is signed in.
    if (response.status() < 400 || response.status() === 401) return;
    troubles.push(`${response.request().method()} ${response.url()}: status ${response.status()}`);
  });
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      console.error(`the policy forbids ${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}`);
    });
  });
  return troubles;
}

/** Takes from the troubles of a page those that a test has made itself, of which there have to be some. */
export function expectTrouble(page, pattern, least = 1) {
  const one = opened.find((o) => o.page === page);
  const others = one.troubles.filter((text) => !pattern.test(text));
  assert.ok(one.troubles.length - others.length >= least, `no trouble is like ${pattern}: ${one.troubles}`);
  one.troubles.splice(0, one.troubles.length, ...others);
}

/** Types, once there is a field that has the focus: what opens a list or a dialog gives it a moment later. */
export async function type(page, text) {
  await page.locator('input:focus').waitFor();
  await page.keyboard.type(text);
}

/** Keeps a picture of what the page shows: bin/screenshots/NAME.png. */
export async function shot(page, name, options = {}) {
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: `${screenshots}${name}.png`, animations: 'disabled', ...options });
}

/** Waits until nothing is dimmed, as what waits for an answer is. */
export async function settled(page) {
  await page.waitForFunction(
    () =>
      !document.querySelector('main [aria-busy=true]') &&
      !document.getAnimations().some((one) => one instanceof CSSTransition && one.playState === 'running'),
  );
}

/** Fails when the page is hard to use for some: any rule of WCAG A and AA, and what else axe finds serious. */
export async function axe(page) {
  await settled(page);
  // By the browser's own protocol: the policy of the page would not have the script.
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => window.axe.run({ preload: false, resultTypes: ['violations'] }));
  const found = violations.filter(
    ({ impact, tags }) => ['serious', 'critical'].includes(impact) || tags.some((tag) => /^wcag\d+aa?$/.test(tag)),
  );
  assert.deepEqual(
    found.map(
      ({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((n) => `${n.html} ${n.failureSummary}`).join('\n')}`,
    ),
    [],
  );
}

/** Fails when the page has to be scrolled sideways, or, where there is room, a table. */
export async function fits(page) {
  const wide = await page.evaluate(
    (parts) =>
      [...document.querySelectorAll(parts)]
        .filter((element) => element.scrollWidth > element.clientWidth)
        .map(
          ({ tagName, className, scrollWidth, clientWidth }) =>
            `${tagName}.${className}: ${scrollWidth}px in ${clientWidth}px`,
        ),
    page.viewportSize().width < looks.light.width ? 'html, main' : 'html, main, .table-scroll',
  );
  assert.deepEqual(wide, []);
}

/** What the API answers to the path of a question, asked with the token. */
export async function api(path, { method = 'GET', body } = {}) {
  const response = await fetch(new URL(path.replace(/^\//, ''), `${server}/`), {
    method,
    headers: {
      Authorization: `Basic ${Buffer.from(`${tokenId}:${secret}`).toString('base64')}`,
      ...(body && { 'Content-Type': 'application/json' }),
    },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.ok, `${path}: status ${response.status}: ${text}`);
  return text && JSON.parse(text);
}

/** Waits until a condition, which throws as long as it does not hold; what it returns. */
export async function eventually(condition, within = 15_000) {
  const end = Date.now() + within;
  for (;;) {
    try {
      return await condition();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((next) => setTimeout(next, 100));
    }
  }
}

/** Ends the server and starts it again, with the same data; only under `make dashboard`. */
export async function restart() {
  const response = await fetch(`${required('PLAYHEAD_CONTROL')}/restart`, { method: 'POST' });
  assert.equal(response.status, 200);
}

/**
 * Tests that a screen can be looked at in light, dark and narrow, and keeps a
 * picture of each: bin/screenshots/NAME-LOOK.png. `ready` waits until what it
 * shows is there.
 */
export function testLooks(name, path, ready) {
  for (const [look, options] of Object.entries(looks)) {
    test(`${name} in ${look}`, async () => {
      const page = await open({ path: typeof path === 'function' ? await path() : path, ...options });
      await ready(page);
      await settled(page);
      await shot(page, `${name}-${look}`, { fullPage: true });
      await fits(page);
      await axe(page);
    });
  }
}
