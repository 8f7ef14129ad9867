// The page under test: a video element, hls.js where the source asks for it,
// the player SDK as a customer would set it up, and the probe beside it.
import { Probe } from './probe.js';

const ask = new URLSearchParams(location.search);
const source = ask.get('source');
const video = document.querySelector('video');
const probe = new Probe(video);
const hls = source.endsWith('.m3u8')
  // A short buffer, so that a change of rendition is seen within seconds.
  ? new Hls({ startLevel: 2, maxBufferLength: 4, maxMaxBufferLength: 4 })
  : null;

mux.monitor(video, {
  beaconCollectionDomain: ask.get('collector'),
  ...(hls && { hlsjs: hls, Hls }),
  data: {
    env_key: ask.get('env'),
    player_name: 'Outer test',
    video_id: ask.get('video'),
    video_title: ask.get('title'),
    viewer_user_id: 'viewer-' + ask.get('video'),
    custom_1: 'outer',
  },
});

// begin sets the source and presses play.
async function begin() {
  if (hls) {
    hls.loadSource(source);
    hls.attachMedia(video);
    await new Promise((parsed) => hls.once(Hls.Events.MANIFEST_PARSED, parsed));
  } else {
    video.src = source;
  }
  press();
}

// press is what the play button does. That play() is refused for a source that
// cannot be had shows in the element's error.
function press() {
  probe.playPressed();
  video.play().catch(() => {});
}

window.addEventListener('pagehide', () => {
  navigator.sendBeacon('/truth?video=' + encodeURIComponent(ask.get('video')), JSON.stringify(probe.truth()));
});

window.page = { video, probe, hls, begin, press };
