package view

import (
	"math"
	"strings"
)

// identify sets who and when.
func (m *account) identify(v *View, s Status) {
	v.SetText(colEnvironment, m.environment)
	v.SetText(colViewID, m.sdkID)
	v.SetText(colPlayer, m.registers.player())
	if viewer := m.Viewer(); viewer != "" {
		v.SetNumber(colViewerKey, ViewerKey(viewer))
	}
	c := &m.story.clock
	start := m.start()
	last := c.final
	if c.end.set() {
		last = c.end
	}
	end, _ := m.offset.correct(last.time, last.received)
	v.SetNumber(colStart, float64(start))
	v.SetNumber(colEnd, float64(max(start, end)))
	set(v, "inserted_at", float64(s.Inserted))
	set(v, "updated_at", float64(s.Updated))
	if s.CompleteRecord != nil {
		set(v, "complete_record", float64(*s.CompleteRecord))
	}
	if s.ChangedRecord != nil {
		set(v, "changed_record", float64(*s.ChangedRecord))
	}
}

// ViewerKey is the value of the column viewer_key of a viewer, as [Machine.Viewer] has it.
func ViewerKey(viewer string) float64 { return float64(hash(viewer) >> 11) }

// Viewer is the customer's id of the viewer, or else that of the SDK; "" while
// nobody knows who watches.
func (m *Machine) Viewer() string {
	return either(m.registers.text(fieldUserID), m.registers.text(fieldMuxViewerID))
}

// start is the start of the view by the server's clock, in ms since 1970: as
// the SDK told it, or else the first event that requested playback, or else its
// first event.
func (m *account) start() int64 {
	at := m.story.clock.start
	if !at.set() {
		at = mark{0, m.FirstReceived()}
	}
	if told := m.registers.amount(fieldViewStart); told > 0 {
		if start, clamped := m.offset.correct(roundMS(told), at.received); !clamped {
			return start
		}
	}
	start, _ := m.offset.correct(at.time, at.received)
	return start
}

// times sets how long everything took.
func (m *account) times(v *View, f facts) {
	p, r := &m.story.playback, &m.registers
	playing := r.amount(fieldPlayingCumulative)
	if math.IsNaN(playing) {
		playing = r.amount(fieldPlayingTime)
	}
	m.split(v, f.watch, told(playing, p.played))
	set(v, "content_playback_time", math.Round(r.amount(fieldContentTime)))
	set(v, "video_startup_time", math.Round(f.startup))
	switch {
	case f.programme || !p.contentStarted && p.preroll:
	case !p.preroll:
		set(v, "view_content_startup_time", math.Round(f.startup))
	default:
		set(v, "view_content_startup_time", float64(p.contentStartup))
	}
	if p.prerollShown {
		set(v, "ad_preroll_startup_time", float64(max(0, p.prerollStartup)))
	}
	set(v, "player_startup_time", math.Round(r.amount(fieldPlayerStartup)))
	set(v, "page_load_time", math.Round(r.amount(fieldPageLoad)))

	set(v, "rebuffer_count", f.rebuffers)
	set(v, "rebuffer_duration", f.rebuffered)
	if f.watch > 0 {
		set(v, "rebuffer_percentage", f.rebuffered/f.watch)
		set(v, "rebuffer_frequency", f.rebuffers/(f.watch/60000))
	}
	set(v, "view_seek_count", f.seeks)
	set(v, "view_seek_duration", f.sought)
	if f.seeks > 0 {
		set(v, "seek_latency", f.sought/f.seeks)
	}
}

// split sets the watch time and the playing time of the view, and how much of them
// was in ads and how much outside: together it is always the whole. The playing
// time of ads is that by which the SDK's grew in them, where it tells one. Their watch
// time follows from the events, as what was told with each of them is not kept.
func (m *account) split(v *View, watch, playing float64) {
	inAds := min(float64(m.story.playback.adWatched), watch)
	set(v, "watch_time", watch)
	set(v, "ad_watch_time", inAds)
	set(v, "view_content_watch_time", watch-inAds)
	inAds = min(m.story.adTypes.time(m.story.told > 0), playing)
	set(v, "playing_time", playing)
	set(v, "ad_playing_time", inAds)
	set(v, "view_content_playing_time", playing-inAds)
}

// network sets what requests and CDNs had to do with the view.
func (m *account) network(v *View) {
	q, r := &m.story.requests, &m.registers
	if q.any {
		if q.ms > 0 {
			set(v, "request_throughput", math.Round(q.bits/(q.ms/1000)))
		}
		if q.timed > 0 {
			set(v, "request_latency", math.Round(q.latency/float64(q.timed)))
			set(v, "max_request_latency", math.Round(q.longest))
		}
	} else {
		set(v, "request_throughput", math.Round(r.amount(fieldThroughput)))
		set(v, "request_latency", math.Round(r.amount(fieldLatency)))
		set(v, "max_request_latency", math.Round(r.amount(fieldMaxLatency)))
	}
	setText(v, "cdn", m.story.cdns.name())
	setText(v, "video_cdn_trace", JoinList(m.story.cdns.trace))
	if ms, ok := m.story.live.mean(&m.history, m.offset); ok {
		set(v, "live_stream_latency", math.Round(ms))
	}
}

// media sets what was played.
func (m *account) media(v *View) {
	r := &m.story.renditions
	for _, p := range []struct {
		suffix string
		rendition
	}{{"", r.last}, {"_initial", r.first}} {
		known(v, "video_source_bitrate"+p.suffix, math.Round(p.bitrate))
		known(v, "video_source_width"+p.suffix, math.Round(p.width))
		known(v, "video_source_height"+p.suffix, math.Round(p.height))
		known(v, "video_source_fps"+p.suffix, p.fps)
	}
	setText(v, "video_codec_initial", r.first.videoCodec())
	setText(v, "audio_codec_initial", r.first.audioCodec())
	setText(v, "video_dynamic_range_type_initial", r.first.dyno)
	set(v, "rendition_change_count", float64(r.changes))
	set(v, "rendition_upshift_count", float64(r.ups))
	set(v, "rendition_downshift_count", float64(r.downs))
	if bitrate, ok := r.average(m.story.told > 0); ok {
		set(v, "weighted_average_bitrate", bitrate)
	}
	if s := m.scales(); s.ms > 0 {
		set(v, "upscale_percentage", s.up/s.ms)
		set(v, "downscale_percentage", s.down/s.ms)
		set(v, "max_upscale_percentage", s.maxUp)
		set(v, "max_downscale_percentage", s.maxDown)
	}
	setText(v, "playback_id", playbackID(v.Text(colSourceURL)))
	if v.Text(colStreamType) == "" {
		v.SetText(colStreamType, streamType(m.registers.number(fieldIsLive), m.registers.number(fieldSourceIsLive)))
	}
}

// playbackID is the playback id of the hosting service in the URL of a source
// there: https://stream.mux.com/ID.m3u8, or ID/ and a file. Of any other
// source it is "".
func playbackID(url string) string {
	path, hosted := strings.CutPrefix(url, "https://stream.mux.com/")
	if !hosted {
		return ""
	}
	if end := strings.IndexAny(path, "./?#"); end >= 0 {
		path = path[:end]
	}
	return path
}

// lists sets what a view has any number of.
func (m *account) lists(v *View, s Status, f facts) {
	told := m.story.told > 0
	setText(v, "error_types", JoinList(m.story.failures.elements()))
	setText(v, "rendition_playing_times", JoinList(m.story.renditions.elements(told)))
	setText(v, "playback_mode_playing_times", JoinList(m.story.modes.elements(told)))
	setText(v, "ad_type_playing_times", JoinList(m.story.adTypes.elements(told)))
	setText(v, "playback_ranges", JoinList(m.rangeElements()))
	v.SetText(colActivities, JoinList(activities(m.story.spans(m.ending(s, f.startup)))))
}

// hasAd reports whether an ad was played or attempted.
func (m *Machine) hasAd() bool { return m.follow().ads.attempts > 0 || m.ever.ad }

// adCounts sets the figures of ads.
func (m *account) adCounts(v *View, f facts) {
	a := &m.story.ads
	flag(v, "view_has_ad", m.hasAd())
	counts := []struct {
		name string
		n    int
		of   int
		rate string
	}{
		{"ad_attempt_count", a.attempts, 0, ""},
		{"ad_impression_count", a.shown, 0, ""},
		{"ad_break_count", a.breaks, 0, ""},
		{"ad_error_count", a.errors, a.attempts, "ad_error_percentage"},
		{"ad_break_error_count", a.badBreaks, a.breaks, "ad_break_error_percentage"},
		{"ad_startup_error_count", a.badStarts, a.attempts, "ad_startup_error_percentage"},
		{"ad_exit_before_start_count", a.exits(f.over), a.attempts, "ad_exit_before_start_percentage"},
	}
	for _, c := range counts {
		set(v, c.name, float64(c.n))
		if c.of > 0 {
			set(v, c.rate, float64(c.n)/float64(c.of))
		}
	}
}

// uses sets what the viewer made use of, and the state of the view.
func (m *account) uses(v *View, s Status, f facts) {
	flag(v, "used_captions", m.ever.captions)
	flag(v, "used_pip", m.ever.pip)
	flag(v, "used_fullscreen", m.ever.fullscreen)
	flag(v, "time_shift_enabled", m.ever.timeShift)
	flag(v, "watched", f.firstFrame)
	flag(v, "long_rebuffering", m.ended && f.rebuffered > 5*60*1000)
	flag(v, "long_resume", s.Resumed)
	switch preload := strings.ToLower(strings.TrimSpace(m.registers.text(fieldPreload))); preload {
	case "":
	case "none", "false", "0":
		flag(v, "player_preload", false)
	default:
		flag(v, "player_preload", true)
	}
}
