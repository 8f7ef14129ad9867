package simulate

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"playhead/internal/event"
)

// script is what will happen in one view.
type script struct {
	viewer    viewer
	title     title
	viewID    string
	startup   time.Duration // play request to first frame; negative: the first frame never comes
	patience  time.Duration // how long a viewer waits for a first frame that never comes
	stretches []stretch
	failure   bool // ends with a fatal error
	vanishes  bool // ends without telling
	rendition rendition
}

// stretch is a time of playing, and what ends it.
type stretch struct {
	play, stall, pause time.Duration
}

// newScript decides a view: mostly short, sometimes whole, sometimes bad.
func newScript(rng *rand.Rand) *script {
	v := newViewer(rng)
	s := &script{
		viewer:    v,
		title:     titles[rng.IntN(len(titles))],
		viewID:    newID(rng),
		startup:   milliseconds(v.startup * math.Exp(0.6*rng.NormFloat64())),
		patience:  milliseconds(1500 + 6000*rng.Float64()),
		failure:   rng.Float64() < v.failure,
		vanishes:  rng.Float64() < 0.05,
		rendition: renditions[rng.IntN(len(renditions))],
	}
	if rng.Float64() < v.failure {
		s.startup = -1
		return s
	}
	watch := min(s.title.minutes*60, 20+120*rng.ExpFloat64())
	for left := watch; left > 1; {
		play := min(left, v.stallEvery*rng.ExpFloat64()+1)
		left -= play
		st := stretch{play: milliseconds(1000 * play)}
		switch {
		case left <= 1:
		case rng.Float64() < 0.15:
			st.pause = milliseconds(2000 + 15000*rng.Float64())
		default:
			st.stall = milliseconds(300 + 2500*rng.ExpFloat64())
		}
		s.stretches = append(s.stretches, st)
	}
	return s
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms) * time.Millisecond }

// length is from the request to play to the end.
func (s *script) length() time.Duration {
	events := s.events()
	return events[len(events)-1].at
}

// scriptEvent is an event at a time after the start of the script, with the
// fields that it sets: what changed with it, and what belongs to it alone. A
// player that tells whole snapshots keeps the values of the events before.
// Cumulative fields are as an SDK computes them. Members of [event.Event]
// other than the kind, the time and the playhead are the player's to add, and
// so is what stays the same during the view (see script.constants).
type scriptEvent struct {
	kind     event.Kind
	at       time.Duration
	playhead time.Duration
	fields   []event.Value
}

// urgent reports whether an SDK sends the event at once.
func (e scriptEvent) urgent() bool {
	return e.kind == event.ViewStart || e.kind == event.Error || e.kind == event.Ended || e.kind == event.ViewEnd
}

// constants are the fields that stay the same during the view, but for those of
// the SDK itself.
func (s *script) constants() []event.Value {
	var f fields
	f.text(field("mux_viewer_id"), s.viewer.id)
	f.text(field("session_id"), s.viewer.id)
	f.text(field("viewer_connection_type"), s.viewer.connection)
	f.text(field("player_name"), "demo")
	f.text(field("player_software_name"), s.viewer.software)
	f.num(field("player_width"), float64(s.viewer.width))
	f.num(field("player_height"), float64(s.viewer.height))
	f.flag(field("player_autoplay_on"), false)
	f.text(field("player_preload_on"), "auto")
	f.text(field("video_id"), s.title.id)
	f.text(field("video_title"), s.title.name)
	f.text(field("video_series"), s.title.series)
	f.text(field("video_content_type"), s.title.contentType)
	f.text(field("video_stream_type"), "on-demand")
	f.text(field("video_cdn"), s.viewer.cdn)
	f.text(field("video_source_hostname"), s.viewer.cdn+".example")
	f.text(field("video_source_mime_type"), "application/x-mpegurl")
	f.text(field("page_url"), "https://video.example/watch/"+s.title.id)
	return f
}

// upscale is by how much the player is larger than the picture.
func (s *script) upscale() float64 {
	v, r := s.viewer, s.rendition
	return min(float64(v.width)/float64(r.width), float64(v.height)/float64(r.height)) - 1
}

// events writes the script out.
func (s *script) events() []scriptEvent {
	w := &writer{upscale: s.upscale()}
	w.add("playerready", map[string]any{"player_startup_time": 40, "page_load_time": 700})
	w.add("viewstart", nil)
	w.add("play", nil)
	if s.startup < 0 {
		w.wait(s.patience)
		if s.failure {
			w.fail("the manifest could not be loaded")
		}
		return w.end(s.vanishes)
	}
	w.wait(s.startup)
	w.firstFrame = w.watch
	rendition := map[string]any{
		"video_source_width": s.rendition.width, "video_source_height": s.rendition.height, "video_source_bitrate": s.rendition.bitrate,
	}
	w.add("renditionchange", rendition)
	w.add("playing", nil)
	for _, st := range s.stretches {
		w.play(st.play)
		if st.stall > 0 {
			w.stall(st.stall)
		}
		if st.pause > 0 {
			w.add("pause", map[string]any{"player_is_paused": true})
			w.at += st.pause
			w.add("play", map[string]any{"player_is_paused": false})
			w.add("playing", nil)
		}
	}
	if s.failure {
		w.fail("a segment could not be decoded")
	}
	return w.end(s.vanishes)
}

// writer keeps the figures that an SDK keeps.
type writer struct {
	events                              []scriptEvent
	at, playhead, watch, playing, stuck time.Duration
	firstFrame                          time.Duration
	stalls                              int
	upscale                             float64 // of the picture: 0.5 is half as large again; negative is downscaled
}

func (w *writer) add(kind string, extra map[string]any) {
	f := map[string]any{
		"view_watch_time":                 w.watch.Milliseconds(),
		"view_playing_time_ms_cumulative": w.playing.Milliseconds(),
		"view_max_playhead_position":      w.playhead.Milliseconds(),
		"view_content_playback_time":      w.playing.Milliseconds(),
	}
	if w.firstFrame > 0 {
		f["view_time_to_first_frame"] = w.firstFrame.Milliseconds()
	}
	if w.playhead > 0 {
		played := float64(w.playhead.Milliseconds())
		up, down := max(0, w.upscale), max(0, -w.upscale)
		f["view_total_content_playback_time"] = played
		f["view_max_upscale_percentage"], f["view_total_upscaling"] = up, up*played
		f["view_max_downscale_percentage"], f["view_total_downscaling"] = down, down*played
	}
	if w.stalls > 0 {
		f["view_rebuffer_count"] = w.stalls
		f["view_rebuffer_duration"] = w.stuck.Milliseconds()
	}
	maps.Copy(f, extra)
	var told fields
	for _, name := range slices.Sorted(maps.Keys(f)) {
		switch v := f[name].(type) {
		case string:
			told.text(field(name), v)
		case bool:
			told.flag(field(name), v)
		case float64:
			told.num(field(name), v)
		case int64:
			told.num(field(name), float64(v))
		case int:
			told.num(field(name), float64(v))
		}
	}
	w.events = append(w.events, scriptEvent{event.Kind(kind), w.at, w.playhead, told})
}

// wait lets time pass in which the viewer waits.
func (w *writer) wait(d time.Duration) { w.at += d; w.watch += d }

// heartbeat is how often a player tells that the picture moves.
const heartbeat = 10 * time.Second

// play lets time pass in which the picture moves.
func (w *writer) play(d time.Duration) {
	for d > 0 {
		step := min(d, heartbeat)
		d -= step
		w.wait(step)
		w.playing += step
		w.playhead += step
		if step == heartbeat {
			w.add("hb", nil)
		}
	}
}

func (w *writer) stall(d time.Duration) {
	w.stalls++
	w.add("rebufferstart", nil)
	w.wait(d)
	w.stuck += d
	w.add("rebufferend", nil)
}

func (w *writer) fail(context string) {
	w.add("error", map[string]any{
		"player_error_code": 2, "player_error_message": "A network error caused the video download to fail.",
		"player_error_context": context,
	})
}

func (w *writer) end(vanishes bool) []scriptEvent {
	if !vanishes {
		w.add("viewend", nil)
	}
	return w.events
}

// Truth is what a server has to say of a view. Times are in ms.
type Truth struct {
	ViewID          string  `json:"view_id"`
	ViewerID        string  `json:"mux_viewer_id"`
	VideoTitle      string  `json:"video_title"`
	Start           int64   `json:"view_start"` // ms since 1970
	End             int64   `json:"view_end"`   // the last event
	StartupTime     *int64  `json:"video_startup_time"`
	WatchTime       int64   `json:"watch_time"`
	PlayingTime     int64   `json:"playing_time"`
	RebufferCount   int     `json:"rebuffer_count"`
	RebufferTime    int64   `json:"rebuffer_duration"`
	Upscale         float64 `json:"upscale_percentage"` // as long as anything played
	Failure         bool    `json:"playback_failure"`
	ExitBeforeStart bool    `json:"exit_before_video_start"`
	Dropped         bool    `json:"view_dropped"`
}

// truth adds up the script itself, not the figures of its events. What a viewer
// did who vanishes is known up to the last event.
func (s *script) truth(start time.Time) Truth {
	t := Truth{
		ViewID: s.viewID, ViewerID: s.viewer.id, VideoTitle: s.title.name,
		Start: start.UnixMilli(), End: start.Add(s.length()).UnixMilli(), Failure: s.failure, Dropped: s.vanishes,
	}
	untold := s.vanishes && !s.failure
	if s.startup < 0 {
		if !untold {
			t.WatchTime = s.patience.Milliseconds()
		}
		t.ExitBeforeStart = !s.failure
		return t
	}
	t.Upscale = max(0, s.upscale())
	startup := s.startup.Milliseconds()
	t.StartupTime = &startup
	t.WatchTime = startup
	for i, st := range s.stretches {
		play := st.play
		if untold && i == len(s.stretches)-1 {
			play = play.Truncate(heartbeat)
		}
		t.PlayingTime += play.Milliseconds()
		t.RebufferTime += st.stall.Milliseconds()
		if st.stall > 0 {
			t.RebufferCount++
		}
	}
	t.WatchTime += t.PlayingTime + t.RebufferTime
	return t
}

// newID makes an id like those of the SDKs.
func newID(rng *rand.Rand) string {
	a, b := rng.Uint64(), rng.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>52, b&0xffffffffffff)
}
