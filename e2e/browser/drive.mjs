// Plays six viewers in one browser, each in a context of its own, and writes a
// line of JSON about each to standard output. What the viewers saw is sent by
// their pages to the media server.
//
// It ends when its standard input does.
//
// Usage: node drive.mjs '{"site":"http://localhost:1","collector":"localhost:2","env":"KEY","chromium":"/usr/bin/chromium"}'
import { chromium } from 'playwright-core';

const config = JSON.parse(process.argv[2]);

// A viewer has a source and does something with it. Waiting is for the
// playhead where the film decides, and for the clock where the viewer does.
const viewers = {
  played: {
    source: 'free/clip.mp4',
    async watch(page) {
      await begin(page);
      await reach(page, 3);
      await page.evaluate(() => window.page.video.pause());
      await page.waitForTimeout(2000);
      await page.evaluate(() => window.page.press());
      await reach(page, 5.5);
      await seek(page, 14);
      await reach(page, 17);
      await seek(page, 8);
      await reach(page, 11);
      await close(page);
    },
  },
  stalled: {
    source: 'stalled/clip.mp4',
    async watch(page) {
      await begin(page);
      await stallFor(page, 4000);
      await stallFor(page, 2000);
      await reach(page, 16);
      await close(page);
    },
  },
  switched: {
    source: 'free/hls/master.m3u8',
    async watch(page) {
      await begin(page);
      await reach(page, 4);
      await page.evaluate(() => { window.page.hls.loadLevel = 0; });
      await page.waitForFunction(() => window.page.video.videoHeight === 90);
      await reach(page, 14);
      await close(page);
    },
  },
  missing: {
    source: 'free/missing.mp4',
    async watch(page) {
      await begin(page);
      await page.waitForFunction(() => window.page.video.error);
      await page.waitForTimeout(1000);
      await close(page);
    },
  },
  left: {
    source: 'never/clip.mp4',
    async watch(page) {
      await begin(page);
      await page.waitForTimeout(4000);
      await close(page);
    },
  },
  navigated: {
    source: 'free/clip.mp4',
    async watch(page) {
      await begin(page);
      await reach(page, 5);
      await page.goto(config.site + '/elsewhere');
    },
  },
};

const begin = (page) => page.evaluate(() => window.page.begin());

// reach waits until the playhead has come to a position in seconds.
const reach = (page, seconds) => page.waitForFunction((s) => window.page.video.currentTime >= s && !window.page.video.seeking, seconds);

const seek = (page, seconds) => page.evaluate((s) => new Promise((seeked) => {
  window.page.video.addEventListener('seeked', seeked, { once: true });
  window.page.video.currentTime = s;
}), seconds);

// stallFor waits until the film has stood still for so long and then has the
// media server let go of it.
async function stallFor(page, ms) {
  await page.waitForFunction((wait) => window.page.probe.standing() >= wait, ms);
  await page.evaluate(() => fetch('/release/stalled', { method: 'POST' }));
  await page.waitForFunction(() => window.page.probe.standing() < 100);
}

// close closes the tab as a viewer does, so that the page's handlers run.
async function close(page) {
  const closed = page.waitForEvent('close');
  await page.close({ runBeforeUnload: true });
  await closed;
}

// open loads the page for one viewer and collects the view ids that its SDK
// sends.
async function open(browser, name, { source }) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(40_000);
  const views = new Set();
  page.on('request', (request) => {
    if (request.method() !== 'POST' || new URL(request.url()).host !== config.collector) return;
    for (const [, id] of (request.postData() ?? '').matchAll(/"xid":"([^"]+)"/g)) views.add(id);
  });
  page.on('pageerror', (error) => console.error(`${name}: ${error.stack}`));
  const query = new URLSearchParams({
    collector: config.collector, env: config.env, source: '/media/' + source, video: name, title: `Film für ${name}`,
  });
  await page.goto(`${config.site}/?${query}`);
  await page.waitForFunction(() => window.page);
  return { page, views };
}

async function play(browser, name, viewer) {
  const { page, views } = await open(browser, name, viewer);
  try {
    await viewer.watch(page);
  } catch (error) {
    throw new Error(`viewer ${name}`, { cause: error });
  }
  process.stdout.write(JSON.stringify({ video: name, views: [...views] }) + '\n');
}

const browser = await chromium.launch({
  executablePath: config.chromium,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required',
  ],
});
// One after the other at the start, so that pages do not measure each other's
// loading; together from then on.
const playing = [];
for (const [name, viewer] of Object.entries(viewers)) {
  playing.push(play(browser, name, viewer));
  await new Promise((next) => setTimeout(next, 1500));
}
await Promise.all(playing);
process.stdout.write('{"done":true}\n');
// The last beacons of a page may still be on their way when the page is gone:
// whoever started this closes standard input when all have come.
for await (const _ of process.stdin);
await browser.close();
