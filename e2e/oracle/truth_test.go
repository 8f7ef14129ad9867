package oracle

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
)

// view is what has to be said of a view, by the definitions of the reference.
// It is added up from the story itself, not from the events that tell it.
type view struct {
	id         string             // as the SDK calls it
	start, end int64              // ms since 1970
	user, sdk  string             // ids of the viewer
	of         map[string]float64 // the view's own value of each metric, and more; null without one
	dims       map[string]string  // as the API shows them; "" is null
	trace      []string           // the CDNs
	errors     []errorKind        // in the order that they came
	fatal      *errorKind         // the last one that ended playback
}

// value is null without one.
func (v *view) value(name string) float64 {
	if x, ok := v.of[name]; ok {
		return x
	}
	return null
}

// tally goes through a story and adds up.
type tally struct {
	*story
	at int64 // ms since the story began
	v  *view

	shown, appeared        bool // a frame of anything, and of content
	inBreak, preroll, over bool
	broken                 bool // the break has had an error
	asked                  bool // for an ad that has not been shown yet
	watch, playing         int64
	content                int64 // from the request to play to content, outside ads
	firstAd                int64 // when the first ad of a preroll was asked for; -1 is never
	sought                 int64 // when the last seek began
	startup                float64

	now                                           *rendition
	bits, lit, up, down, rolled, mostUp, mostDown float64
	loaded, loading, latency, live                []float64
	failed, failedStart, failedAd, failedContent  bool
	business, businessStart, fetched              bool
}

// truth is what has to be said of a story.
func (s *story) truth() *view {
	t := &tally{story: s, firstAd: -1, startup: null, v: &view{id: s.viewID, end: s.end, of: map[string]float64{}, dims: map[string]string{}}}
	for _, name := range []string{
		"rebuffer_count", "rebuffer_duration", "seek_count", "seek_duration",
		"rendition_change_count", "rendition_upshift_count", "rendition_downshift_count",
		"ad_attempt_count", "ad_break_count", "ad_impression_count", "ad_error_count", "ad_break_error_count",
		"ad_startup_error_count", "ad_exit_before_start_count",
	} {
		t.v.of[name] = 0
	}
	for _, a := range s.acts {
		t.add(a)
	}
	t.times()
	t.media()
	t.outcome()
	t.describe()
	return t.v
}

func (t *tally) count(name string) { t.v.of[name]++ }

// add adds up one act.
func (t *tally) add(a act) {
	switch a.doing {
	case ask:
		t.v.start = t.end - t.length() + t.at
	case wait:
		t.watch += a.ms
	case appear:
		t.appear()
		t.appeared = true
	case roll:
		t.roll(float64(a.ms))
		t.watch, t.playing = t.watch+a.ms, t.playing+a.ms
	case stall:
		t.count("rebuffer_count")
		t.v.of["rebuffer_duration"] += float64(a.ms)
		t.watch += a.ms
	case seek:
		if t.v.of["seek_count"] == 0 || t.at-t.sought >= together {
			t.count("seek_count")
		}
		t.sought = t.at
		t.v.of["seek_duration"] += float64(a.ms)
		t.watch += a.ms
	case shift:
		t.shift(&a.rendition)
	case moveTo:
		t.v.trace = append(t.v.trace, a.cdn)
	case fetch:
		t.fetch(a.request)
	case sample:
		if a.behind <= 5*minute {
			t.live = append(t.live, float64(a.delay))
		}
	case fail:
		t.fail(a.kind)
	case leave:
		t.over = true
	default:
		t.ad(a)
	}
	if (a.doing == wait || a.doing == waitQuiet) && !t.inBreak {
		t.content += a.ms
	}
	t.at += a.ms
}

// appear notes that a frame is shown.
func (t *tally) appear() {
	if !t.shown && !t.extra.programme {
		t.startup = float64(t.watch)
	}
	t.shown = true
}

func (t *tally) roll(ms float64) {
	if t.now.bitrate > 0 {
		t.bits += t.now.bitrate * ms
		t.lit += ms
	}
	if t.screen.width == 0 || t.now.width == 0 || ms == 0 {
		return
	}
	scale := math.Min(t.screen.width/t.now.width, t.screen.height/t.now.height)
	up, down := math.Max(0, scale-1), math.Max(0, 1-scale)
	t.rolled += ms
	t.up, t.down = t.up+up*ms, t.down+down*ms
	t.mostUp, t.mostDown = math.Max(t.mostUp, up), math.Max(t.mostDown, down)
}

// shift notes a rendition; what was loaded before the first frame of content
// is no change.
func (t *tally) shift(r *rendition) {
	if t.appeared {
		t.count("rendition_change_count")
		if r.bitrate > t.now.bitrate {
			t.count("rendition_upshift_count")
		} else {
			t.count("rendition_downshift_count")
		}
	}
	t.now = r
}

func (t *tally) fetch(r request) {
	t.fetched = true
	if r.media() {
		t.loaded = append(t.loaded, float64(8*r.bytes))
		t.loading = append(t.loading, float64(r.transfer)/1000)
		t.latency = append(t.latency, float64(r.latency))
	}
}

func (t *tally) fail(k errorKind) {
	t.v.errors = append(t.v.errors, k)
	switch {
	case k.warning:
		return
	case k.business:
		t.business = true
		t.businessStart = t.businessStart || !t.shown
	default:
		t.failed = true
		t.failedStart = t.failedStart || !t.shown
		t.failedAd = t.failedAd || t.inBreak
		t.failedContent = t.failedContent || !t.inBreak
	}
	t.v.fatal = &k
}

// ad adds up what happens in an ad break.
func (t *tally) ad(a act) {
	switch a.doing {
	case breakStart:
		t.count("ad_break_count")
		t.inBreak, t.broken = true, false
		t.preroll = t.preroll || !t.appeared
	case breakEnd, prerollEnd:
		t.inBreak = false
	case adLoad:
		t.count("ad_attempt_count")
		t.asked = true
		if !t.appeared && t.firstAd < 0 {
			t.firstAd = t.at
		}
		t.watch += a.ms
	case adRoll, adBreakDown:
		t.appear()
		t.count("ad_impression_count")
		t.asked = false
		if _, told := t.v.of["ad_preroll_startup_time"]; !told && !t.appeared {
			t.v.of["ad_preroll_startup_time"] = float64(t.at - t.firstAd)
		}
		t.watch, t.playing = t.watch+a.ms, t.playing+a.ms
		if a.doing == adBreakDown {
			t.adError()
		}
	case adFail:
		t.count("ad_startup_error_count")
		t.adError()
	case adSkip:
		t.count("ad_exit_before_start_count")
		t.asked = false
	}
}

func (t *tally) adError() {
	t.count("ad_error_count")
	if !t.broken {
		t.count("ad_break_error_count")
	}
	t.asked, t.broken = false, true
}

// set sets a value unless it is null.
func (t *tally) set(name string, x float64) {
	if known(x) {
		t.v.of[name] = x
	}
}

// times sets how long everything took, and what follows from it.
func (t *tally) times() {
	v, x := t.v, t.extra
	t.set("watch_time", float64(t.watch))
	t.set("playing_time", float64(t.playing))
	t.set("video_startup_time", t.startup)
	switch {
	case !t.appeared || x.programme:
	case t.preroll:
		t.set("view_content_startup_time", float64(t.content))
	default:
		t.set("view_content_startup_time", t.startup)
	}
	for name, n := range map[string]float64{
		"page_load_time": x.pageLoad, "player_startup_time": x.playerStartup, "aggregate_startup_time": x.aggregate,
		"video_startup_preroll_request_time": x.prerollRequest, "video_startup_preroll_load_time": x.prerollLoad,
		"requests_for_first_preroll": x.prerollRequests,
	} {
		if n >= 0 {
			t.set(name, n)
		}
	}
	if t.asked {
		t.count("ad_exit_before_start_count")
	}
	watched, attempts := float64(t.watch), v.of["ad_attempt_count"]
	t.set("rebuffer_percentage", divide(v.of["rebuffer_duration"], watched))
	t.set("rebuffer_frequency", divide(v.of["rebuffer_count"], watched/60_000))
	t.set("seek_latency", divide(v.of["seek_duration"], v.of["seek_count"]))
	t.set("ad_error_percentage", divide(v.of["ad_error_count"], attempts))
	t.set("ad_startup_error_percentage", divide(v.of["ad_startup_error_count"], attempts))
	t.set("ad_exit_before_start_percentage", divide(v.of["ad_exit_before_start_count"], attempts))
	t.set("ad_break_error_percentage", divide(v.of["ad_break_error_count"], v.of["ad_break_count"]))
}

// media sets what was loaded and shown. Some of it the API has in whole numbers.
func (t *tally) media() {
	v, x := t.v, t.extra
	t.set("weighted_average_bitrate", divide(t.bits, t.lit))
	if t.rolled > 0 {
		t.set("upscale_percentage", t.up/t.rolled)
		t.set("downscale_percentage", t.down/t.rolled)
		t.set("max_upscale_percentage", t.mostUp)
		t.set("max_downscale_percentage", t.mostDown)
	}
	t.set("live_stream_latency", math.Round(mean(t.live)))
	switch {
	case len(t.latency) > 0:
		t.set("request_throughput", math.Round(sum(t.loaded)/sum(t.loading)))
		t.set("request_latency", math.Round(mean(t.latency)))
		t.set("max_request_latency", slices.Max(t.latency))
	case !t.fetched && x.latency >= 0:
		v.of["request_throughput"], v.of["request_latency"], v.of["max_request_latency"] = x.throughput, x.latency, x.maxLatency
	}
}

// outcome sets how the view went, and its scores.
func (t *tally) outcome() {
	v := t.v
	exit := !t.shown && v.fatal == nil && !t.extra.programme
	for dimension, is := range map[string]bool{
		"exit_before_video_start": exit, "playback_failure": t.failed, "video_startup_failure": t.failedStart,
		"ad_playback_failure": t.failedAd, "content_playback_failure": t.failedContent,
		"playback_business_exception": t.business, "video_startup_business_exception": t.businessStart,
		"view_dropped": !t.over, "view_has_ad": v.of["ad_attempt_count"] > 0,
	} {
		v.dims[dimension] = strconv.FormatBool(is)
		v.of[flagMetrics[dimension]] = asNumber(is)
	}
	success, smooth, startup, quality := null, null, null, null
	switch {
	case t.failed:
		success = 0
	case t.shown:
		success = 1
	case exit && t.watch >= 1000:
		success = 0.5
	}
	if t.shown {
		if t.watch > 0 {
			count := v.of["rebuffer_count"]
			smooth = (1/math.Sqrt(1+count*count/4) + math.Exp(-10*v.of["rebuffer_percentage"])) / 2
		}
		startup = 8 / (8 + t.startup/1000)
		if t.rolled > 0 {
			quality = math.Exp(-0.33 * (0.15*t.mostUp + 0.85*t.up/t.rolled))
		}
	}
	t.set("playback_success_score", success)
	t.set("rebuffer_score", single(smooth))
	t.set("startup_time_score", single(startup))
	t.set("video_quality_score", single(quality))
	t.set("viewer_experience_score", single(experience(success, smooth, startup, quality)))
}

// experience is the overall score: the success times a weighted mean of those
// components that there are.
func experience(success, smooth, startup, quality float64) float64 {
	total, weights := 0.0, 0.0
	for _, part := range [...]struct{ weight, score float64 }{
		{(0.65 + 0.57) / 3, smooth}, {(0.43 + 0.60) / 3, startup}, {(0.35 + 0.40) / 3, quality},
	} {
		if known(part.score) {
			total, weights = total+part.weight*part.score, weights+part.weight
		}
	}
	if weights == 0 || success == 0 {
		return success
	}
	return success * total / weights
}

// describe sets the dimensions.
func (t *tally) describe() {
	v, n := t.v, t.network
	maps.Copy(v.dims, t.dims)
	v.user = v.dims["viewer_user_id"]
	v.sdk, _ = t.told["mux_viewer_id"].(string)
	if v.user+v.sdk != "" {
		v.of["unique_viewers"] = 1
	}
	v.of["views"] = 1
	v.dims["country"], v.dims["continent_code"] = n.country, n.continent
	if n.asn > 0 {
		v.dims["asn"] = fmt.Sprint(n.asn)
	}
	switch len(v.trace) {
	case 0:
	case 1:
		v.dims["cdn"] = v.trace[0]
	default:
		v.dims["cdn"] = "multiple"
	}
	v.dims["video_cdn_trace"] = spell(v.trace)
	if v.fatal != nil {
		v.dims["player_error_code"] = fmt.Sprint(v.fatal.code)
	}
	t.describeRenditions()
}

// describeRenditions sets those of the rendition played first and last.
func (t *tally) describeRenditions() {
	first, started := (*rendition)(nil), false
	for i := range t.acts {
		a := &t.acts[i]
		started = started || a.doing == appear
		if a.doing != shift {
			continue
		}
		if !started {
			first = &a.rendition
		}
		t.rendition("", &a.rendition)
	}
	if started {
		t.rendition("_initial", first)
	}
}

func (t *tally) rendition(suffix string, r *rendition) {
	for name, n := range map[string]float64{
		"video_source_bitrate": r.bitrate, "video_source_width": r.width, "video_source_height": r.height, "video_source_fps": r.fps,
	} {
		if n > 0 {
			t.v.dims[name+suffix] = strconv.FormatFloat(n, 'f', -1, 64)
		}
	}
	if r.codec != "" {
		t.v.dims["video_codec"+suffix] = r.codec
	}
}
