/**
 * What players need to send beacons here: for each SDK, the few lines that
 * differ from what its own documentation says, with the key and the domain.
 */

/** An SDK, and what to write for it. */
export interface Snippet {
  id: string;
  title: string;
  language: string;
  /** What has to be there first. */
  install?: string;
  code: string;
  note: string;
}

/** Where beacons go. */
export interface Target {
  key: string;
  /** As players write it: a host, perhaps with a port and a path, without a scheme. */
  domain: string;
  url: string;
}

/** The domain of a URL, as players want it. */
export function domainOf(url: string): string {
  return url.replace(/^https?:\/\//, '').replace(/\/+$/, '');
}

/** Addresses of the machine itself. */
const loopback = /^(127\.[\d.]+|\[::1\])$/;

/** What would keep players from reaching a URL: they build theirs of the domain alone. */
export function obstacles(url: string): string[] {
  const { protocol, hostname, port, pathname } = new URL(url);
  const local = hostname === 'localhost';
  const found: string[] = [];
  if (protocol === 'http:' && loopback.test(hostname)) {
    found.push(
      `Players send over https, but to localhost: on this machine web players can send to localhost${port && `:${port}`} (mux-embed 5.18 and later).`,
    );
  } else if (protocol === 'http:' && !local) {
    found.push(
      'Players send over https. Put a proxy with a certificate before this address, and tell it by the setting ingest-url.',
    );
  }
  if (protocol === 'http:' && local) {
    found.push('Web players send to localhost over http (mux-embed 5.18 and later); all others need https.');
  }
  if (port || pathname !== '/') {
    found.push(
      'Apps for iOS, tvOS and Android take a bare host name: for them beacons must come in at port 443, without a path.',
    );
  }
  return found;
}

// In JSON a text is written as in all the languages here but BrightScript.
const quoted = (text: string) => JSON.stringify(text);
const brs = (text: string) => `"${text.replaceAll('"', '""')}"`;
const attribute = (text: string) => `"${text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"`;

/** The snippets of all SDKs. */
export function snippets({ key, domain, url }: Target): Snippet[] {
  const web = (more: string) => `mux.monitor('#player', {
  beaconCollectionDomain: ${quoted(domain)},${more}
  data: {
    env_key: ${quoted(key)},
    video_id: 'my-video',
    video_title: 'My video',
  },
});`;
  return [
    {
      id: 'html5',
      title: 'Web: HTML5 video',
      language: 'JavaScript',
      install: 'npm install mux-embed',
      code: `import mux from 'mux-embed';

// <video id="player" src="…"></video>
${web('')}`,
      note: 'Before play() is called. beaconCollectionDomain needs mux-embed 4.7 or later.',
    },
    {
      id: 'hlsjs',
      title: 'Web: hls.js',
      language: 'JavaScript',
      install: 'npm install mux-embed hls.js',
      code: `import Hls from 'hls.js';
import mux from 'mux-embed';

const hls = new Hls();
hls.loadSource('https://example.com/video.m3u8');
hls.attachMedia(document.querySelector('#player'));

${web('\n  hlsjs: hls,\n  Hls,')}`,
      note: 'With hlsjs and Hls, requests and changes of the rendition are told too.',
    },
    {
      id: 'react',
      title: 'Web: React',
      language: 'JSX',
      install: 'npm install @mux/mux-player-react',
      code: `import MuxPlayer from '@mux/mux-player-react';

export const Player = () => (
  <MuxPlayer
    src="https://example.com/video.m3u8"
    envKey=${attribute(key)}
    beaconCollectionDomain=${attribute(domain)}
    metadata={{ video_id: 'my-video', video_title: 'My video' }}
  />
);`,
      note: 'The element <mux-player> has the same as the attributes env-key and beacon-collection-domain.',
    },
    {
      id: 'ios',
      title: 'iOS, tvOS: AVPlayer',
      language: 'Swift',
      install: '.package(url: "https://github.com/muxinc/mux-stats-sdk-avplayer", .upToNextMajor(from: "4.0.0"))',
      code: `import AVKit
import MUXSDKStats

let playerData = MUXSDKCustomerPlayerData()
playerData.environmentKey = ${quoted(key)}
let videoData = MUXSDKCustomerVideoData()
videoData.videoId = "my-video"
videoData.videoTitle = "My video"

MUXSDKStats.monitorAVPlayerViewController(
    playerViewController,
    withPlayerName: "main",
    customerData: MUXSDKCustomerData(
        customerPlayerData: playerData, videoData: videoData, viewData: nil
    )!,
    automaticErrorTracking: true,
    beaconCollectionDomain: ${quoted(domain)}
)`,
      note: 'A bare host name at port 443. Call MUXSDKStats.destroyPlayer("main") when the player goes away.',
    },
    {
      id: 'android',
      title: 'Android: Media3',
      language: 'Kotlin',
      install: `// among the repositories, in settings.gradle.kts
maven { url = uri("https://muxinc.jfrog.io/artifactory/default-maven-release-local") }
// among the dependencies, in build.gradle.kts
implementation("com.mux.stats.sdk.muxstats:data-media3:[version]")`,
      code: `import com.mux.stats.sdk.core.CustomOptions
import com.mux.stats.sdk.core.model.*
import com.mux.stats.sdk.muxstats.monitorWithMuxData

val muxStats = player.monitorWithMuxData(
  context = this,
  envKey = ${quoted(key)},
  customerData = CustomerData(
    CustomerPlayerData(),
    CustomerVideoData().apply {
      videoId = "my-video"
      videoTitle = "My video"
    },
    CustomerViewData(),
  ),
  playerView = playerView,
  customOptions = CustomOptions().setBeaconCollectionDomain(${quoted(domain)}),
)`,
      note: 'A bare host name at port 443; beacons come to its path /android. The SDK for ExoPlayer 2 has the same call. Call muxStats.release() when the player goes away.',
    },
    {
      id: 'roku',
      title: 'Roku',
      language: 'BrightScript',
      code: `m.mux = m.top.CreateNode("MuxTask")
m.mux.setField("video", m.video)
m.mux.setField("config", {
  env_key: ${brs(key)},
  beaconCollectionDomain: ${brs(domain)},
  video_id: "my-video",
  video_title: "My video"
})
m.mux.control = "RUN"`,
      note: 'MuxTask is the component that runs mux-analytics.brs of the SDK. Before the content of the video node is set.',
    },
    {
      id: 'curl',
      title: 'curl',
      language: 'Shell',
      code: curlSnippet(key, url),
      note: 'One view without a player, to see that beacons arrive.',
    },
  ];
}

/** Sends the beacon of a view of some seconds, in the short words that players use. */
function curlSnippet(key: string, url: string): string {
  const common = `"ake":${quoted(key)},"xid":"'$view'"`;
  const events = [
    `{${common},"xsqno":1,"uti":'$now'000,"e":"viewstart","vtt":"A test by curl"}`,
    `{${common},"xsqno":2,"uti":'$now'500,"e":"playing","pphti":0,"xtitofifr":500}`,
    `{${common},"xsqno":3,"uti":'$now'900,"e":"viewend","pphti":400,"xctpbti":400}`,
  ];
  return `view=$(uuidgen || cat /proc/sys/kernel/random/uuid); now=$(date +%s)
curl -si ${shell(url)} -d '{"events":[
${events.join(',\n')}
]}'`;
}

const shell = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
