package simulate

import "math/rand/v2"

// title is a video that people watch.
type title struct {
	id, name, series, contentType string
	minutes                       float64 // length
}

var titles = []title{
	{"ocean-1", "Under the Pack Ice", "Cold Water", "episode", 42},
	{"ocean-2", "The Kelp Forest", "Cold Water", "episode", 44},
	{"rail-1", "Night Train to Trieste", "Slow Journeys", "episode", 58},
	{"bread", "A Baker's Night", "", "movie", 92},
	{"lighthouse", "Keeper of the Light", "", "movie", 104},
	{"derby", "City Derby, Second Half", "", "event", 55},
	{"news", "Evening News in Ten", "", "short", 10},
	{"trailer", "Trailer: The Long Winter", "", "trailer", 2.5},
}

// device is what a viewer watches on.
type device struct {
	userAgent, software, plugin string
	width, height               int // of the player
}

var devices = []device{
	{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36", "hls.js", "mux-hlsjs", 1280, 720},
	{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Safari/605.1.15", "HTML5 Video Element", "VideoElementMonitor", 1440, 810},
	{"Mozilla/5.0 (iPhone; CPU iPhone OS 19_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.2 Mobile/15E148 Safari/604.1", "HTML5 Video Element", "VideoElementMonitor", 390, 219},
	{"Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Mobile Safari/537.36", "hls.js", "mux-hlsjs", 412, 232},
	{"Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0", "Shaka Player", "shaka-mux", 1920, 1080},
	{"Mozilla/5.0 (SMART-TV; LINUX; Tizen 9.0) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/7.0 Chrome/132.0.0.0 TV Safari/537.36", "Shaka Player", "shaka-mux", 1920, 1080},
}

// network is how a viewer is connected: an address that the databases of the
// demo know, a CDN, and a quality.
type network struct {
	address, cdn, connection string
	startup                  float64 // ms, median
	stallEvery               float64 // seconds of playing between stalls, on average
	failure                  float64 // share of views that fail
}

var networks = []network{
	{"81.2.69.142", "northlight", "wifi", 600, 900, 0.008},
	{"8.8.8.8", "northlight", "wired", 450, 1800, 0.005},
	{"193.0.6.139", "northlight", "wifi", 700, 700, 0.010},
	{"133.11.93.0", "skyhop", "wifi", 900, 500, 0.012},
	{"200.160.2.3", "skyhop", "cellular", 1800, 120, 0.040},
	{"41.231.21.44", "skyhop", "cellular", 2400, 90, 0.060},
}

// rendition is one quality of a stream.
type rendition struct{ width, height, bitrate int }

var renditions = []rendition{{640, 360, 900_000}, {1280, 720, 2_800_000}, {1920, 1080, 5_600_000}}

// viewer is a person with a device on a network.
type viewer struct {
	device
	network
	id string
}

// audience is how many viewers there are; each of them watches several times.
const audience = 500

func newViewer(rng *rand.Rand) viewer {
	person := rand.New(rand.NewPCG(rng.Uint64N(audience), 0))
	return viewer{
		device:  devices[person.IntN(len(devices))],
		network: networks[person.IntN(len(networks))],
		id:      newID(person),
	}
}
