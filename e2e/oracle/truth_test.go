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
