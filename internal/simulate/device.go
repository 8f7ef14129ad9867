package simulate

// sdk is a family of players as they differ on the wire.
type sdk uint8

const (
	webSDK    sdk = iota // the present one of browsers
	oldWebSDK            // one of some years ago, as on televisions
	rokuSDK
	iosSDK
	androidSDK
)

// device is what a viewer watches on, and the customer's player on it.
type device struct {
	userAgent string
	sdk       sdk
	weight    float64 // how many people have one, relatively

	player, software, softwareVersion string
	plugin, pluginVersion             string // the integration of the SDK with the player
	releases                          []release

	width, height         int // of the player in a page, in px
	fullWidth, fullHeight int // in fullscreen, where most people watch; 0: it is always so

	adaptive bool // switches renditions, tells their bitrates
	requests bool // tells each request for media

	// What a server is to say of it, by the user agent or by the SDK.
	category, browser, system string
	maker, model              string // told by native SDKs
	systemVersion             string
}

// release is a version of the customer's player.
type release struct {
	version string
	weight  float64
}

var (
	webReleases  = []release{{"5.3.1", 0.8}, {"5.3.0", 0.15}, {"5.2.4", 0.05}}
	appReleases  = []release{{"12.4", 0.55}, {"12.3", 0.35}, {"11.9", 0.10}}
	roomReleases = []release{{"2.8", 0.7}, {"2.7", 0.3}}
)

var devices = []device{
	{
		userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36",
		sdk:       webSDK, weight: 24, player: "site", software: "hls.js", softwareVersion: "1.6.13", plugin: "mux-hlsjs", pluginVersion: "1.2.0", releases: webReleases,
		width: 1280, height: 720, fullWidth: 1920, fullHeight: 1080, adaptive: true, requests: true,
		category: "desktop", browser: "Chrome", system: "Windows",
	}, {
		userAgent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Safari/605.1.15",
		sdk:       webSDK, weight: 9, player: "site", software: "HTML5 Video Element", plugin: "VideoElementMonitor", pluginVersion: "5.19.0", releases: webReleases,
		width: 1440, height: 810, fullWidth: 1728, fullHeight: 972,
		category: "desktop", browser: "Safari", system: "macOS",
	}, {
		userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 19_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.2 Mobile/15E148 Safari/604.1",
		sdk:       webSDK, weight: 11, player: "site", software: "HTML5 Video Element", plugin: "VideoElementMonitor", pluginVersion: "5.19.0", releases: webReleases,
		width: 390, height: 219, fullWidth: 844, fullHeight: 390,
		category: "phone", browser: "Safari", system: "iOS",
	}, {
		userAgent: "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Mobile Safari/537.36",
		sdk:       webSDK, weight: 15, player: "site", software: "hls.js", softwareVersion: "1.6.13", plugin: "mux-hlsjs", pluginVersion: "1.2.0", releases: webReleases,
		width: 412, height: 232, fullWidth: 915, fullHeight: 412, adaptive: true, requests: true,
		category: "phone", browser: "Chrome", system: "Android",
	}, {
		userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
		sdk:       webSDK, weight: 4, player: "site", software: "Shaka Player", softwareVersion: "4.16.2", plugin: "shaka-mux", pluginVersion: "3.2.0", releases: webReleases,
		width: 1280, height: 720, fullWidth: 1920, fullHeight: 1080, adaptive: true, requests: true,
		category: "desktop", browser: "Firefox", system: "Linux",
	}, {
		userAgent: "Mozilla/5.0 (SMART-TV; LINUX; Tizen 9.0) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/7.0 Chrome/132.0.0.0 TV Safari/537.36",
		sdk:       oldWebSDK, weight: 8, player: "living room", software: "Shaka Player", softwareVersion: "4.7.0", plugin: "shaka-mux", pluginVersion: "2.1.0", releases: roomReleases,
		width: 1920, height: 1080, adaptive: true,
		category: "tv", browser: "Samsung Internet", system: "Tizen", maker: "Samsung",
	}, {
		userAgent: "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 WebAppManager",
		sdk:       oldWebSDK, weight: 5, player: "living room", software: "Shaka Player", softwareVersion: "4.7.0", plugin: "shaka-mux", pluginVersion: "2.1.0", releases: roomReleases,
		width: 1920, height: 1080, adaptive: true,
		category: "tv", browser: "Chrome", system: "webOS", maker: "LG",
	}, {
		userAgent: "Roku/DVP-15.0 (15.0.4.1234-88)",
		sdk:       rokuSDK, weight: 6, player: "living room", software: "RokuVideoPlayer", softwareVersion: "15.0", plugin: "roku-mux", pluginVersion: "2.3.0", releases: roomReleases,
		width: 1920, height: 1080, adaptive: true,
		category: "tv", browser: "", system: "Roku OS", maker: "Roku", model: "4802X", systemVersion: "15.0",
	}, {
		userAgent: "Playhouse/12.4 CFNetwork/3826.500.131 Darwin/25.0.0",
		sdk:       iosSDK, weight: 10, player: "app", software: "AVPlayer", softwareVersion: "19.2", plugin: "apple-mux", pluginVersion: "4.8.0", releases: appReleases,
		width: 844, height: 390, adaptive: true,
		category: "phone", browser: "Playhouse", system: "iOS", maker: "Apple", model: "iPhone17,3", systemVersion: "19.2",
	}, {
		userAgent: "okhttp/5.1.0",
		sdk:       androidSDK, weight: 8, player: "app", software: "media3-exoplayer", softwareVersion: "1.8.0", plugin: "android-mux", pluginVersion: "1.6.0", releases: appReleases,
		width: 915, height: 412, adaptive: true,
		category: "phone", browser: "Playhouse", system: "Android", maker: "Samsung", model: "SM-S936B", systemVersion: "16",
	},
}

// native reports whether the SDK tells the device itself.
func (d *device) native() bool { return d.sdk == rokuSDK || d.sdk == iosSDK || d.sdk == androidSDK }
