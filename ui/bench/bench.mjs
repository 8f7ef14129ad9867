/**
 * Figures of the dashboard: how soon the first screen shows what it is for, and
 * how a chart of 10,000 points moves. `make bench-dashboard` runs it.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { newPage, open, url } from '../e2e/browser.mjs';

const rounds = 7;
const read = (path) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const round = (value) => Math.round(value * 10) / 10;
const quantile = (values, q) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];

test('how soon the overview shows something', async (t) => {
  const state = await (await open()).context().storageState();
  const seen = [];
  for (let i = 0; i < rounds; i++) {
    const page = await newPage({ storageState: state }); // with nothing in its cache
    await page.addInitScript(watchPaint);
    await page.goto(url());
    await page.waitForFunction(() => window.seen.number && window.seen.whole, undefined, { timeout: 60_000 });
    seen.push(await page.evaluate(() => window.seen));
    await page.close();
  }
  for (const [what, words] of Object.entries({
    content: 'the first content (FCP)',
    number: 'the first number of a tile, which is the first that has a meaning',
    whole: 'everything',
  })) {
    const times = seen.map((one) => one[what]);
    t.diagnostic(`${words}: median ${Math.round(quantile(times, 0.5))} ms, of ${times.map(Math.round)}`);
  }
});

/** Keeps when the page has painted the first content, the first number, and all that it waits for. */
function watchPaint() {
  window.seen = {};
  const once = (what) => {
    if (what in window.seen) return;
    window.seen[what] = 0;
    // After the frame that shows it.
    requestAnimationFrame(() => setTimeout(() => Object.assign(window.seen, { [what]: performance.now() })));
  };
  new PerformanceObserver((list) => {
    for (const { name, startTime } of list.getEntries()) {
      if (name === 'first-contentful-paint') window.seen.content = startTime;
    }
  }).observe({ type: 'paint', buffered: true });
  new MutationObserver(() => {
    if (!document.querySelector('.tile-value')) return;
    once('number');
    if (!document.querySelector('.skeleton')) once('whole');
  }).observe(document, { childList: true, subtree: true });
}

test('how a chart of 10,000 points moves', async (t) => {
  const page = await newPage();
  await page.setContent(`<!doctype html><style>${read('../../bin/bench-chart/chart.css')}</style><body></body>`);
  await page.evaluate(read('../../bin/bench-chart/chart.js'));
  const plot = page.locator('.chart-plot .u-over');
  const { x, y, width, height } = await plot.boundingBox();
  const [left, right, middle] = [x + 0.05 * width, x + 0.95 * width, y + height / 2];
  const shown = () => page.locator('output').textContent();
  assert.equal(await shown(), '10000');

  const still = () => page.waitForTimeout(2000);
  const move = async () => {
    for (let i = 0; i < 4; i++) await page.mouse.move(i % 2 ? left : right, middle, { steps: 150 });
  };
  const zoom = async () => {
    for (let i = 0; i < 5; i++) {
      await page.mouse.move(x + 0.3 * width, middle);
      await page.mouse.down();
      await page.mouse.move(x + 0.7 * width, middle, { steps: 20 });
      await page.mouse.up();
      assert.ok(Number(await shown()) < 10_000, 'it zoomed');
      await page.getByRole('button', { name: 'All' }).click();
      assert.equal(await shown(), '10000');
    }
  };
  for (const [words, act] of Object.entries({
    'nothing moves': still,
    'the cursor moves': move,
    'five times zoomed and back': zoom,
  })) {
    t.diagnostic(`${words}: ${await framesOf(page, act)}`);
  }
});

/** What is said of the frames while something is done: how far apart they are, and what the page itself needs for one. */
async function framesOf(page, act) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' }); // processor time: other work does not count
  const busy = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return 1000 * metrics.find(({ name }) => name === 'TaskDuration').value;
  };
  await page.evaluate(() => {
    window.frames10k = { going: true, gaps: [] };
    let last;
    const next = (now) => {
      if (last) window.frames10k.gaps.push(now - last);
      last = now;
      if (window.frames10k.going) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
  const before = await busy();
  await act();
  const took = (await busy()) - before;
  const gaps = await page.evaluate(() => {
    window.frames10k.going = false;
    return window.frames10k.gaps;
  });
  const late = gaps.filter((gap) => gap > 25).length;
  return (
    `${gaps.length} frames, ${late} of them late (more than 25 ms after the one before); median ${round(quantile(gaps, 0.5))} ms, ` +
    `99th percentile ${round(quantile(gaps, 0.99))} ms; the page was at work for ${round(took / gaps.length)} ms of each`
  );
}
