package oracle

import (
	"fmt"
	"math/rand/v2"
	"strconv"
)

// story is all that happens in one view, decided before anything is told.
type story struct {
	viewID  string
	network *network
	screen  size              // of the player
	counts  bool              // the SDK adds up times and counts; else the events are all there is
	told    map[string]any    // what the SDK says of viewer, video and player: fields that stay the same
	dims    map[string]string // the dimensions that these are, as the API shows them
	extra   extras
	acts    []act
	end     int64 // when the last act ends, ms since 1970
}

// extras are figures that only an SDK knows. A negative one is not told.
type extras struct {
	pageLoad, playerStartup, aggregate           float64
	prerollRequests, prerollRequest, prerollLoad float64
	throughput, latency, maxLatency              float64 // wrong where there are request events
	programme                                    bool    // the view began by a change of programme
}

// doing is what an act is about.
type doing uint8

const (
	getReady  doing = iota // the player is ready, before anybody asks for anything
	ask                    // for playback
	wait                   // for a first frame, or at the end of a preroll
	waitQuiet              // the same, but no event says that the player has gone on to the content
	appear                 // the first frame of content
	roll                   // the picture moves
	stall
	seek
	pause
	shift // to another rendition
	moveTo
	fetch
	sample // of the delay of a live stream
	fail   // an error event
	retry  // after an error
	breakStart
	breakEnd // back to content that had started
	prerollEnd
	adLoad
	adRoll // the ad is shown, to its end
	adBreakDown
	adFail
	adSkip
	leave // the end is told; without it the viewer vanishes
)

// together is how far apart in ms seeks have to begin to count for themselves.
const together = 2000

// act is one thing that happens, and how long it takes.
type act struct {
	doing     doing
	ms        int64
	rendition rendition
	cdn       string
	kind      errorKind
	request   request
	delay     int64 // of a sample: behind the programme
	behind    int64 // of a sample: behind the live edge
}

// request is what a player loaded.
type request struct {
	event                    string // requestcompleted, requestfailed, requestcanceled
	kind                     string // request_type
	bytes, latency, transfer int64
}

// media reports whether a request counts for throughput and latency.
func (r request) media() bool {
	return r.event == "requestcompleted" && (r.kind == "media" || r.kind == "video" || r.kind == "audio" || r.kind == "video_init" || r.kind == "audio_init")
}

// length is how long a story takes.
func (s *story) length() int64 {
	total := int64(0)
	for _, a := range s.acts {
		total += a.ms
	}
	return total
}

// author makes stories.
type author struct {
	*rand.Rand
}

// newStory makes a story that ends at the given time.
func (a author) newStory(end int64) *story {
	s := &story{
		viewID: a.uuid(), network: &networks[a.IntN(len(networks))], screen: screens[a.IntN(len(screens))],
		counts: a.chance(0.8), told: map[string]any{}, dims: map[string]string{}, end: end,
	}
	p := plot{author: a, story: s, live: a.chance(0.15), stream: renditions, vanishes: a.chance(0.1)}
	if a.chance(0.04) {
		p.stream = audioOnly
	}
	a.describe(s, p.live)
	p.write()
	a.add(s)
	return s
}

// describe says who watches what on which player.
func (a author) describe(s *story, live bool) {
	s.constant("custom_1", "custom_1", fmt.Sprintf("group %02d", min(a.IntN(60), a.IntN(60))))
	s.constant("custom_2", "custom_2", a.one("", "a", "b:c", "d,e", "+f", "-g", "ü"))
	s.constant("custom_17", "custom_17", a.one("", "", "x"))
	s.constant("experiment_name", "experiment_name", a.one("", "control", "blue button"))
	s.constant("sub_property_id", "sub_property_id", a.one("", "", "", "tenant-1"))
	s.constant("player_name", "player_name", a.one("main", "main", "embedded"))
	s.constant("viewer_connection_type", "viewer_connection_type", a.one("", "wifi", "wired", "cellular"))
	s.constant("view_session_id", "view_session_id", a.one("", "s"+strconv.Itoa(a.IntN(2000))))
	s.constant("client_application_name", "view_client_application_name", a.one("", "Web", "App"))
	s.constant("view_drm_type", "view_drm_type", a.one("", "", "widevine"))
	t := titles[min(a.IntN(len(titles)), a.IntN(len(titles)))]
	for i, field := range []string{"video_id", "video_title", "video_series", "video_content_type"} {
		s.constant(field, field, t[i])
	}
	d := devices[a.IntN(len(devices))]
	for i, name := range [][2]string{
		{"browser", "viewer_application_name"},
		{"operating_system", "viewer_os_family"},
		{"viewer_device_category", "viewer_device_category"},
		{"player_software", "player_software_name"},
	} {
		s.constant(name[0], name[1], d[i])
	}
	s.constant("stream_type", "video_stream_type", map[bool]string{true: "live", false: "on-demand"}[live])
	s.constantFlag("player_autoplay", "player_autoplay_on", a.IntN(3))
	s.constantFlag("player_remote_played", "player_remote_played", a.IntN(3))
	// What may have been made use of is never null.
	s.constantFlag("used_captions", "player_captions_enabled", 1+a.IntN(2))
	s.dims["used_pip"], s.dims["time_shift_enabled"] = "false", "false"
	if a.chance(0.7) {
		frames := min(a.IntN(40), a.IntN(40))
		s.told["view_dropped_frame_count"], s.dims["view_dropped_frame_count"] = frames, strconv.Itoa(frames)
	}
	if s.screen.width > 0 {
		s.told["player_width"], s.told["player_height"] = s.screen.width, s.screen.height
	}
	// Viewers are known by two ids, by one of them, or not at all.
	person := a.IntN(700)
	if person%3 > 0 {
		s.constant("viewer_user_id", "viewer_user_id", fmt.Sprintf("user-%d", person))
	}
	if person%20 > 0 {
		s.told["mux_viewer_id"] = fmt.Sprintf("viewer-%d", person)
	}
}

// constant has the SDK tell a text, unless it is empty.
func (s *story) constant(dimension, field, text string) {
	if text != "" {
		s.told[field], s.dims[dimension] = text, text
	}
}

// constantFlag has the SDK tell a boolean: 0 is not told, 1 false, 2 true.
func (s *story) constantFlag(dimension, field string, n int) {
	if n > 0 {
		s.told[field] = n == 2
	}
	s.dims[dimension] = []string{"", "false", "true"}[n]
}

// add makes up the figures that only an SDK knows.
func (a author) add(s *story) {
	x := &s.extra
	figure := func(share float64, most int) float64 {
		if !a.chance(share) {
			return -1
		}
		return float64(a.IntN(most))
	}
	x.pageLoad, x.playerStartup = figure(0.6, 4000), figure(0.8, 900)
	x.aggregate, x.prerollRequests, x.prerollRequest, x.prerollLoad = -1, -1, -1, -1
	x.throughput, x.latency, x.maxLatency = -1, -1, -1
	if !s.counts {
		return
	}
	preroll, appears := false, false
	for _, act := range s.acts {
		preroll = preroll || act.doing == prerollEnd
		appears = appears || act.doing == appear
	}
	if appears {
		x.aggregate = figure(0.5, 9000)
	}
	if preroll {
		x.prerollRequests, x.prerollRequest, x.prerollLoad = float64(1+a.IntN(4)), figure(1, 2500), figure(0.9, 3000)
	}
	if a.chance(0.5) {
		x.throughput, x.latency, x.maxLatency = figure(1, 30_000_000), figure(1, 400), figure(1, 2000)
	}
}

func (a author) chance(p float64) bool { return a.Float64() < p }

func (a author) one(texts ...string) string { return texts[a.IntN(len(texts))] }

// between is a number of ms, small ones more often than large ones.
func (a author) between(low, high int64) int64 {
	x := a.Float64()
	return low + int64(x*x*float64(high-low))
}

// uuid makes an id as SDKs do.
func (a author) uuid() string {
	x, y := a.Uint64(), a.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", x>>32, x>>16&0xffff, x&0xfff, y>>52, y&0xffffffffffff)
}
