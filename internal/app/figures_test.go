package app

import (
	"math"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"
)

// figure is a metric, by the definition of the reference: its value over
// views, and how many of them have one. The value of none is not looked at.
type figure struct {
	metric, measurement string
	of                  func(views []known) (value float64, n int)
}

var figures = []figure{
	{"views", "count", func(views []known) (float64, int) { return float64(len(views)), len(views) }},
	{"unique_viewers", "count", viewers},
	{"playing_time", "sum", total(func(v known) int64 { return v.PlayingTime })},
	{"ad_attempt_count", "sum", total(func(v known) int64 { return v.Attempts })},
	{"ad_break_count", "sum", total(func(v known) int64 { return v.Breaks })},
	{"ad_impression_count", "sum", total(func(v known) int64 { return v.Impressions })},
	{"ad_error_count", "sum", total(func(v known) int64 { return v.AdErrors })},
	{"ad_break_error_count", "sum", total(func(v known) int64 { return v.BreakErrors })},
	{"ad_startup_error_count", "sum", total(func(v known) int64 { return v.StartupErrors })},
	{"ad_exit_before_start_count", "sum", total(func(v known) int64 { return v.ExitsBeforeAd })},
	{"ad_error_percentage", "avg", ratio(func(v known) int64 { return v.AdErrors }, func(v known) int64 { return v.Attempts })},
	{"ad_break_error_percentage", "avg", ratio(func(v known) int64 { return v.BreakErrors }, func(v known) int64 { return v.Breaks })},

	{"playback_failure_percentage", "avg", average(func(v known) float64 { return is(v.Failure) })},
	{"video_startup_failure_percentage", "avg", average(func(v known) float64 { return is(v.StartupFailure) })},
	{"playback_business_exception_percentage", "avg", average(func(v known) float64 { return is(v.Business) })},
	{"video_startup_business_exception_percentage", "avg", average(func(v known) float64 { return is(v.StartupBusiness) })},
	{"ad_playback_failure_percentage", "avg", average(func(v known) float64 { return is(v.AdFailure) })},
	{"content_playback_failure_percentage", "avg", average(func(v known) float64 { return is(v.Failure && !v.AdFailure) })},
	{"exits_before_video_start", "avg", average(func(v known) float64 { return is(v.ExitBeforeStart) })},
	{"view_dropped_percentage", "avg", average(func(v known) float64 { return is(v.Dropped) })},

	{"video_startup_time", "median", quantile(0.5, startup)},
	{"video_startup_time", "95th", quantile(0.95, startup)},
	{"view_content_startup_time", "95th", quantile(0.95, func(v known) float64 { return ms(v.ContentStartupTime) })},
	{"ad_preroll_startup_time", "median", quantile(0.5, func(v known) float64 { return ms(v.AdPrerollStartup) })},
	{"video_startup_preroll_request_time", "median", quantile(0.5, func(v known) float64 { return ms(v.PrerollRequestTime) })},
	{"video_startup_preroll_load_time", "median", quantile(0.5, func(v known) float64 { return ms(v.PrerollLoadTime) })},
	{"requests_for_first_preroll", "avg", average(func(v known) float64 { return ms(v.PrerollRequests) })},
	{"player_startup_time", "median", quantile(0.5, func(v known) float64 { return ms(v.PlayerStartupTime) })},
	{"page_load_time", "95th", quantile(0.95, func(v known) float64 { return ms(v.PageLoadTime) })},
	{"aggregate_startup_time", "median", quantile(0.5, func(v known) float64 { return ms(v.AggregateStartup) })},
	{"seek_latency", "avg", ratio(func(v known) int64 { return v.SeekTime }, func(v known) int64 { return v.SeekCount })},

	{"rebuffer_count", "avg", average(func(v known) float64 { return float64(v.RebufferCount) })},
	{"rebuffer_duration", "95th", quantile(0.95, func(v known) float64 { return float64(v.RebufferTime) })},
	{"rebuffer_percentage", "avg", ratio(func(v known) int64 { return v.RebufferTime }, func(v known) int64 { return v.WatchTime })},
	{"rebuffer_frequency", "avg", scaled(60_000, ratio(func(v known) int64 { return v.RebufferCount }, func(v known) int64 { return v.WatchTime }))},
	{"rendition_change_count", "sum", total(func(v known) int64 { return v.Changes })},
	{"rendition_upshift_count", "sum", total(func(v known) int64 { return v.Upshifts })},
	{"rendition_downshift_count", "sum", total(func(v known) int64 { return v.Downshifts })},

	{"weighted_average_bitrate", "median", quantile(0.5, func(v known) float64 { return number(v.Bitrate) })},
	{"weighted_average_bitrate", "95th", quantile(0.05, func(v known) float64 { return number(v.Bitrate) })}, // the worst are the lowest
	{"upscale_percentage", "95th", quantile(0.95, func(v known) float64 { return number(v.Upscale) })},
	{"downscale_percentage", "avg", average(func(v known) float64 { return number(v.Downscale) })},
	{"max_upscale_percentage", "avg", average(func(v known) float64 { return number(v.MaxUp) })},
	{"max_downscale_percentage", "median", quantile(0.5, func(v known) float64 { return number(v.MaxDown) })},
	{"request_latency", "median", quantile(0.5, func(v known) float64 { return math.Round(number(v.RequestLatency)) })},
	{"request_throughput", "median", quantile(0.5, func(v known) float64 { return math.Round(number(v.Throughput)) })},
	{"max_request_latency", "median", quantile(0.5, func(v known) float64 { return ms(v.MaxLatency) })},

	{"playback_success_score", "avg", average(success)},
	{"startup_time_score", "avg", average(startupScore)},
	{"rebuffer_score", "avg", average(smoothness)},
	{"rebuffer_score", "95th", quantile(0.05, smoothness)},
	{"video_quality_score", "avg", average(quality)},
	{"viewer_experience_score", "avg", average(experience)},
}

// byStart are the metrics that go by the start of views.
var byStart = []string{"views", "unique_viewers", "playing_time", "ad_attempt_count", "ad_break_count", "ad_impression_count"}

type dimension struct {
	name string
	of   func(known) string
}

// dimensions are those that figures are broken down by, one after another.
var dimensions = []dimension{
	{"video_title", func(v known) string { return v.VideoTitle }},
	{"country", func(v known) string { return v.Country }},
	{"asn", func(v known) string { return strconv.Itoa(v.ASN) }},
	{"cdn", func(v known) string { return v.CDN }},
	{"viewer_device_category", func(v known) string { return v.Device }},
	{"operating_system", func(v known) string { return v.System }},
	{"player_name", func(v known) string { return v.Player }},
	{"player_version", func(v known) string { return v.Release }},
	{"stream_type", func(v known) string { return v.StreamType }},
	{"viewer_connection_type", func(v known) string { return v.Connection }},
}

func viewers(views []known) (float64, int) {
	ids := map[string]bool{}
	for _, v := range views {
		if v.UserID != "" {
			ids[v.UserID] = true
			continue
		}
		ids[v.ViewerID] = true
	}
	return float64(len(ids)), len(views)
}

func startup(v known) float64 { return ms(v.StartupTime) }

func ms(n *int64) float64 {
	if n == nil {
		return math.NaN()
	}
	return float64(*n)
}

func number(n *float64) float64 {
	if n == nil {
		return math.NaN()
	}
	return *n
}

func startupScore(v known) float64 { return 8 / (8 + startup(v)/1000) }

func smoothness(v known) float64 {
	if v.StartupTime == nil || v.WatchTime == 0 {
		return math.NaN()
	}
	count, share := float64(v.RebufferCount), float64(v.RebufferTime)/float64(v.WatchTime)
	return (1/math.Sqrt(1+count*count/4) + math.Exp(-10*share)) / 2
}

func success(v known) float64 {
	switch {
	case v.Failure:
		return 0
	case v.Business && v.StartupTime == nil:
		return math.NaN() // not judged
	case !v.ExitBeforeStart:
		return 1
	case v.WatchTime >= 1000:
		return 0.5
	}
	return math.NaN()
}

func quality(v known) float64 {
	return math.Exp(-0.33 * (0.15*number(v.MaxUp) + 0.85*number(v.Upscale)))
}

// experience is the overall score: a weighted mean of what there is of the
// three components, times the success.
func experience(v known) float64 {
	if v.StartupTime == nil || v.Failure {
		return success(v)
	}
	var total, weights float64
	for _, part := range []struct{ weight, score float64 }{
		{0.65 + 0.57, smoothness(v)}, {0.43 + 0.60, startupScore(v)}, {0.35 + 0.40, quality(v)},
	} {
		if !math.IsNaN(part.score) {
			total, weights = total+part.weight*part.score, weights+part.weight
		}
	}
	return total / weights
}

func is(flag bool) float64 {
	if flag {
		return 1
	}
	return 0
}

func sum(views []known, of func(known) int64) float64 {
	var total int64
	for _, v := range views {
		total += of(v)
	}
	return float64(total)
}

func total(of func(known) int64) func([]known) (float64, int) {
	return func(views []known) (float64, int) { return sum(views, of), len(views) }
}

// ratio is one sum over another; views in which the latter is 0 have no value.
func ratio(of, over func(known) int64) func([]known) (float64, int) {
	return func(views []known) (float64, int) {
		n := 0
		for _, v := range views {
			if over(v) > 0 {
				n++
			}
		}
		return sum(views, of) / sum(views, over), n
	}
}

func scaled(by float64, of func([]known) (float64, int)) func([]known) (float64, int) {
	return func(views []known) (float64, int) {
		value, n := of(views)
		return by * value, n
	}
}

// values are those of the views that have one, sorted.
func values(views []known, of func(known) float64) []float64 {
	var list []float64
	for _, v := range views {
		if x := of(v); !math.IsNaN(x) {
			list = append(list, x)
		}
	}
	slices.Sort(list)
	return list
}

func average(of func(known) float64) func([]known) (float64, int) {
	return func(views []known) (float64, int) {
		list, total := values(views, of), 0.0
		for _, x := range list {
			total += x
		}
		return total / float64(len(list)), len(list)
	}
}

func quantile(q float64, of func(known) float64) func([]known) (float64, int) {
	return func(views []known) (float64, int) {
		list := values(views, of)
		if len(list) == 0 {
			return math.NaN(), 0
		}
		whole, part := math.Modf(q * float64(len(list)-1))
		low, high := list[int(whole)], list[min(int(whole)+1, len(list)-1)]
		return low + part*(high-low), len(list)
	}
}

// checkFigure asks for a figure in three ways.
func (c *client) checkFigure(t *testing.T, f *figure, by dimension, all []known) {
	t.Helper()
	measured := url.Values{"measurement": {f.measurement}, "limit": {"1000"}}
	overall := get[struct {
		Value *float64
		Views int `json:"total_views"`
	}](t, c, "metrics/"+f.metric+"/overall", measured)
	f.check(t, "overall", overall.Value, overall.Views, all)

	byValue, byHour := map[string][]known{}, map[int64][]known{}
	for _, v := range all {
		at := v.end
		if slices.Contains(byStart, f.metric) {
			at = v.start
		}
		hour := at.Truncate(time.Hour).Unix()
		byValue[by.of(v)], byHour[hour] = append(byValue[by.of(v)], v), append(byHour[hour], v)
	}
	measured.Set("group_by", by.name)
	for _, row := range get[[]struct {
		Field string
		Value *float64
		Views int
	}](t, c, "metrics/"+f.metric+"/breakdown", measured) {
		f.check(t, row.Field, row.Value, row.Views, byValue[row.Field])
		delete(byValue, row.Field)
	}
	for value, views := range byValue {
		f.check(t, value, nil, 0, views) // what has no row has no value
	}
	measured.Set("group_by", "hour")
	points := get[[][3]any](t, c, "metrics/"+f.metric+"/timeseries", measured)
	for _, p := range points {
		at, err := time.Parse(time.RFC3339, p[0].(string))
		if err != nil {
			t.Fatal(err)
		}
		var value *float64
		n, _ := p[2].(float64)
		if x, ok := p[1].(float64); ok {
			value = &x
		}
		f.check(t, p[0].(string), value, int(n), byHour[at.Unix()])
		delete(byHour, at.Unix())
	}
	if len(byHour) > 0 || len(points) < 25 {
		t.Errorf("%d hours, without %d that have views", len(points), len(byHour))
	}
}

// check compares a value with that of the truth.
func (f *figure) check(t *testing.T, what string, got *float64, gotViews int, views []known) {
	t.Helper()
	want, n := f.of(views)
	if gotViews != n {
		t.Errorf("%s: %d views have a value, want %d", what, gotViews, n)
	}
	switch {
	case n == 0 && got == nil:
	case n == 0 || got == nil:
		t.Errorf("%s: the value is %v, want that of %d views", what, got, n)
	case !(math.Abs(*got-want) <= 1e-7*max(1, want)): // scores are kept with 32 bits
		t.Errorf("%s: %v, want %v", what, *got, want)
	}
}
