package oracle

// network is how some viewers are connected. All beacons of one request come
// from one network, and from clocks that are equally wrong.
type network struct {
	address   string
	row       string // of the databases of addresses; "" is in none
	country   string
	continent string
	asn       uint32 // 0: not known
	skew      int64  // ms that the clocks there are ahead of ours
}

const (
	minute = 60_000 // ms, as all times here
	hour   = 60 * minute
	day    = 24 * hour
)

var networks = []network{
	{"192.0.2.7", "192.0.2.0/25", "US", "NA", 64500, 0},
	{"192.0.2.200", "192.0.2.128/25", "US", "NA", 64501, 3 * day},
	{"198.51.100.9", "198.51.100.0/24", "DE", "EU", 9050, 0},
	{"203.0.113.77", "203.0.113.0/24", "BR", "SA", 64502, -5 * hour},
	{"2001:db8:1::7", "2001:db8::/32", "JP", "AS", 0, 0},
	{"100.64.0.7", "", "", "", 0, 0},
}

// titles are what people watch: video_id, video_title, video_series and
// video_content_type. Some have odd letters, or lack something.
var titles = [][4]string{
	{"ocean-1", "Under the Pack Ice", "Cold Water", "episode"},
	{"ocean-2", "The Kelp Forest", "Cold Water", "episode"},
	{"rail:1", "Night Train: Trieste, 4 a.m.", "Slow Journeys", "episode"},
	{"bread", `A "Baker's" Night`, "", "movie"},
	{"café", "Größe & Höhe + 100 %", "", "movie"},
	{"list", "[a,b]", "", "short"},
	{"bang", "!country:US", "", "short"},
	{"derby", "City Derby, Second Half", "Derbies", "event"},
	{"news", "Evening News ⚽", "", ""},
	{"untitled", "", "", ""},
}

// devices are what people watch on: viewer_application_name, viewer_os_family,
// viewer_device_category, player_software_name.
var devices = [][4]string{
	{"Chrome", "Windows", "desktop", "hls.js"},
	{"Safari", "OS X", "desktop", "HTML5 Video Element"},
	{"Safari", "iOS", "phone", "AVPlayer"},
	{"Chrome", "Android", "phone", "hls.js"},
	{"Firefox", "Linux", "desktop", "Shaka Player"},
	{"", "Tizen", "tv", "Shaka Player"},
	{"", "", "", ""},
}

// size is that of a player or a picture, in px; 0 by 0 is a player that does
// not tell, or audio alone.
type size struct{ width, height float64 }

var screens = []size{{1280, 720}, {1440, 810}, {390, 219}, {1920, 1080}, {0, 0}}

// rendition is one quality of a stream.
type rendition struct {
	size
	bitrate, fps float64
	codec        string
}

var renditions = []rendition{
	{size{640, 360}, 900_000, 25, "avc1.4d401e"},
	{size{1280, 720}, 2_800_000, 25, "avc1.4d401f"},
	{size{1920, 1080}, 5_600_000, 50, "hvc1.1.6.L120"},
	{size{960, 540}, 1_650_000, 23.976, "vp09.00.30.08"},
}

var audioOnly = []rendition{{size{}, 96_000, 0, ""}, {size{}, 128_000, 0, ""}}

var cdns = []string{"northlight", "skyhop", "edge-3", "fäst"}

// errorKind is what a player says when something goes wrong.
type errorKind struct {
	code     any // players send texts and numbers
	message  string
	business bool
	warning  bool
}

// The code as the API shows it is always a text.
var (
	failures = []errorKind{
		{code: 2, message: "A network error caused the video download to fail."},
		{code: 3, message: "A segment could not be decoded."},
		{code: "networkError", message: "manifestLoadError: \"404\""},
		{code: 3, message: "The media is corrupt."}, // another type with the same code
	}
	exceptions = []errorKind{
		{code: 1001, message: "Not available in your country.", business: true},
		{code: 1002, message: "Too many devices.", business: true},
	}
	warnings = []errorKind{
		{code: 9000, message: "A subtitle is missing.", warning: true},
		{code: 2, message: "A network error caused the video download to fail.", warning: true}, // also a failure elsewhere
	}
)
