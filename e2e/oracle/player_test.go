package oracle

import (
	"maps"
	"reflect"

	"playhead/e2e/harness"
	"playhead/internal/beacon/mux"
)

// player is the SDK that tells a story: it sends an event for whatever happens,
// with what has changed since the last one, and adds up its figures if it is
// one that does.
type player struct {
	*story
	at      int64 // ms since the story began
	events  []map[string]any
	sent    map[string]any // the last value of each field
	figures map[string]any
	errors  map[string]any // of the last error: SDKs go on repeating them
	stale   map[string]any // of the last request: SDKs forget to clear them

	now                      rendition
	asked, shown, appeared   bool
	playhead, watch, playing int64
	stalls, seeks            int
	stalled, seeking, total  int64
	sought                   int64 // when the last seek began
	up, down, most, least    float64
}

// tell returns the events of a story, as they go over the wire.
func tell(s *story) []map[string]any {
	p := &player{story: s, sent: map[string]any{}, figures: map[string]any{}, errors: map[string]any{}, stale: map[string]any{}}
	for _, a := range s.acts {
		p.perform(a)
	}
	return p.events
}

// perform tells one act.
func (p *player) perform(a act) {
	switch a.doing {
	case getReady:
		p.event("playerready", chosen(map[string]float64{"page_load_time": p.extra.pageLoad, "player_startup_time": p.extra.playerStartup}))
		p.at += a.ms
	case ask:
		p.asked = true
		p.event("viewstart", nil)
		p.event("play", nil)
	case wait:
		p.event("play", nil)
		p.pass(a.ms)
	case waitQuiet, leave:
		p.at += a.ms
		if a.doing == leave {
			p.event("viewend", nil)
		}
	case appear:
		p.appeared = true
		p.show("playing")
	case roll:
		p.roll(a.ms)
	case stall:
		p.stalls++
		p.event("rebufferstart", nil)
		p.pass(a.ms)
		p.stalled += a.ms
		p.event("rebufferend", nil)
	case seek:
		if p.seeks == 0 || p.at-p.sought >= together {
			p.seeks++
		}
		p.sought = p.at
		p.event("seeking", nil)
		p.pass(a.ms)
		p.seeking += a.ms
		p.event("seeked", nil)
	case pause:
		p.event("pause", map[string]any{"player_is_paused": true})
		p.at += a.ms
		p.event("play", map[string]any{"player_is_paused": false})
		p.event("playing", nil)
	case retry:
		p.event("play", nil)
		if p.appeared {
			p.event("playing", nil)
		}
	case shift, moveTo, fetch, sample, fail:
		p.note(a)
	default:
		p.ad(a)
	}
}

// note tells what takes no time.
func (p *player) note(a act) {
	switch a.doing {
	case shift:
		p.now = a.rendition
		f := map[string]any{"video_source_bitrate": a.rendition.bitrate}
		if a.rendition.width > 0 {
			f["video_source_width"], f["video_source_height"], f["video_source_fps"] = a.rendition.width, a.rendition.height, a.rendition.fps
		}
		if a.rendition.codec != "" {
			f["video_source_codec"] = a.rendition.codec
		}
		p.event("renditionchange", f)
	case moveTo:
		f := map[string]any{"video_cdn": a.cdn}
		if last, ok := p.sent["video_cdn"]; ok {
			f["video_previous_cdn"] = last
		}
		p.event("cdnchange", f)
	case fetch:
		p.fetch(a.request)
	case sample:
		at := p.clock() - p.network.skew - a.delay // programmes go by the right time
		p.event("hb", map[string]any{"player_program_time": at, "player_manifest_newest_program_time": at + a.behind})
	case fail:
		p.errors = map[string]any{
			"player_error_code": a.kind.code, "player_error_message": a.kind.message, "player_error_context": "at " + p.viewID,
			"player_error_business_exception": a.kind.business, "player_error_severity": "fatal",
		}
		if a.kind.warning {
			p.errors["player_error_severity"] = "warning"
		}
		p.event("error", nil)
	}
}

// fetch tells a request that has just ended. That of a failure repeats the
// times of the last success, which are not its own.
func (p *player) fetch(r request) {
	end := p.clock()
	f := map[string]any{"request_type": r.kind, "request_hostname": "cdn.example"}
	if r.event == "requestcompleted" {
		p.stale = map[string]any{
			"request_start": end - r.transfer - r.latency, "request_response_start": end - r.transfer,
			"request_response_end": end, "request_bytes_loaded": r.bytes,
		}
	} else {
		f["request_error"] = "timeout"
	}
	maps.Copy(f, p.stale)
	p.event(r.event, f)
}

// ad tells what happens in an ad break.
func (p *player) ad(a act) {
	switch a.doing {
	case breakStart:
		if p.appeared {
			p.event("pause", nil)
		}
		p.event("adbreakstart", nil)
	case breakEnd:
		p.event("adbreakend", nil)
		p.event("play", nil)
		p.event("playing", nil)
	case prerollEnd:
		p.event("adbreakend", nil)
	case adLoad:
		p.event("adrequest", nil)
		p.event("adresponse", nil)
		p.event("adplay", nil)
		p.pass(a.ms)
	case adRoll, adBreakDown:
		p.show("adplaying")
		p.pass(a.ms)
		p.playing += a.ms
		p.event(map[doing]string{adRoll: "adended", adBreakDown: "aderror"}[a.doing], nil)
	case adFail:
		p.event("aderror", nil)
	case adSkip:
		p.event("adskipped", nil)
	}
}

// show tells a frame, maybe the first one.
func (p *player) show(kind string) {
	if !p.shown {
		p.shown = true
		if !p.extra.programme {
			p.figures["view_time_to_first_frame"] = p.watch
		}
	}
	p.event(kind, nil)
}

// pass lets time pass in which the viewer watches, or waits to.
func (p *player) pass(ms int64) {
	p.at += ms
	p.watch += ms
}

// roll moves the picture, and tells so every ten seconds.
func (p *player) roll(ms int64) {
	for ms > 0 {
		step := min(ms, 10_000)
		ms -= step
		p.pass(step)
		p.playing += step
		p.playhead += step
		p.scale(step)
		if step == 10_000 {
			p.event("hb", nil)
		}
	}
}

// scale measures by how much the picture is smaller or larger than the player.
func (p *player) scale(ms int64) {
	if p.screen.width == 0 || p.now.width == 0 {
		return
	}
	s := min(p.screen.width/p.now.width, p.screen.height/p.now.height)
	up, down := max(0, s-1), max(0, 1-s)
	p.total += ms
	p.up += up * float64(ms)
	p.down += down * float64(ms)
	p.most, p.least = max(p.most, up), max(p.least, down)
}

// count writes the figures as they are now.
func (p *player) count() map[string]any {
	f := p.figures
	f["view_watch_time"], f["view_playing_time_ms_cumulative"] = p.watch, p.playing
	f["view_content_playback_time"] = p.playing
	if p.stalls > 0 {
		f["view_rebuffer_count"], f["view_rebuffer_duration"] = p.stalls, p.stalled
	}
	if p.seeks > 0 {
		f["view_seek_count"], f["view_seek_duration"] = p.seeks, p.seeking
	}
	if p.total > 0 {
		f["view_total_content_playback_time"], f["view_total_upscaling"], f["view_total_downscaling"] = p.total, p.up, p.down
		f["view_max_upscale_percentage"], f["view_max_downscale_percentage"] = p.most, p.least
	}
	maps.Copy(f, chosen(map[string]float64{
		"view_aggregate_startup_time": p.extra.aggregate, "view_preroll_request_count": p.extra.prerollRequests,
		"view_startup_preroll_request_time": p.extra.prerollRequest, "view_startup_preroll_load_time": p.extra.prerollLoad,
		"view_average_request_throughput": p.extra.throughput, "view_average_request_latency": p.extra.latency,
		"view_max_request_latency": p.extra.maxLatency,
	}))
	return f
}

// chosen leaves out what is not told.
func chosen(figures map[string]float64) map[string]any {
	f := map[string]any{}
	for name, n := range figures {
		if n >= 0 {
			f[name] = n
		}
	}
	return f
}

// clock is the time by the player's clock.
func (p *player) clock() int64 { return p.story.end - p.length() + p.at + p.network.skew }

// event writes an event with short keys: the constants whole at the start and
// at the end of a view, else what has changed; its own fields always.
func (p *player) event(kind string, own map[string]any) {
	e := map[string]any{}
	set := func(field string, value any) {
		e[shortKey(field)] = value
		p.sent[field] = value
	}
	set("event", kind)
	set("env_key", harness.EnvKey)
	set("view_id", p.viewID)
	set("player_instance_id", p.viewID)
	set("view_sequence_number", len(p.events)+1)
	set("viewer_time", p.clock())
	set("player_playhead_time", p.playhead)
	held := []map[string]any{p.told}
	if p.asked && p.extra.programme {
		set("view_program_changed", true)
	}
	if p.asked && p.counts {
		if _, told := p.sent["view_start"]; !told {
			set("view_start", p.clock())
		}
		held = append(held, p.count())
	}
	whole := len(p.events) == 0 || kind == "viewstart" || kind == "viewend"
	for _, fields := range held {
		for name, value := range fields {
			if last, told := p.sent[name]; whole || !told || !reflect.DeepEqual(last, value) {
				set(name, value)
			}
		}
	}
	for _, fields := range []map[string]any{p.errors, own} {
		for name, value := range fields {
			set(name, value)
		}
	}
	p.events = append(p.events, e)
}

var shortKeys = map[string]string{}

// shortKey is how the wire abbreviates a field.
func shortKey(field string) string {
	key, ok := shortKeys[field]
	if !ok {
		key = mux.EncodeKey(field)
		shortKeys[field] = key
	}
	return key
}
