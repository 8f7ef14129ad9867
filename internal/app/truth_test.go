package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"playhead/internal/simulate"
)

// TestTruth plays viewers of whom everything is known against the whole
// server, and compares what the API says of them with plain sums over the
// truth: each view, and each figure over all views, by title and by hour.
func TestTruth(t *testing.T) {
	const views = 250
	c := startServer(t)
	var told bytes.Buffer
	err := simulate.Run(t.Context(), simulate.Config{
		URL: c.app.Ingest(), EnvKey: "key", History: views, Past: 20 * time.Hour, Seed: 3, Truth: &told,
		Client: http.DefaultClient, Clock: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	truth := map[string]simulate.Truth{}
	for line := range bytes.Lines(told.Bytes()) {
		var v simulate.Truth
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		truth[v.ViewID] = v
	}
	list := c.list(t, views)
	var all []known
	for _, row := range list {
		o := get[map[string]any](t, c, "video-views/"+row.ID, nil)
		v, ok := truth[o["view_id"].(string)]
		if !ok {
			t.Fatalf("nobody played view %v", o["view_id"])
		}
		checkView(t, o, v)
		all = append(all, known{v, row.Start, row.End})
	}
	for _, f := range figures {
		t.Run(f.metric+" "+f.measurement, func(t *testing.T) { c.checkFigure(t, &f, all) })
	}
}

// known is a view with its truth, and the times that the list tells.
type known struct {
	simulate.Truth
	start, end time.Time
}

// checkView compares a view with its truth.
func checkView(t *testing.T, o map[string]any, v simulate.Truth) {
	t.Helper()
	var startup any
	if v.StartupTime != nil {
		startup = float64(*v.StartupTime)
	}
	for key, want := range map[string]any{
		"video_title": v.VideoTitle, "mux_viewer_id": v.ViewerID, "time_to_first_frame": startup,
		"watch_time": float64(v.WatchTime), "view_playing_time": fmt.Sprint(v.PlayingTime),
		"buffering_count": float64(v.RebufferCount), "buffering_duration": float64(v.RebufferTime),
		"playback_failure": v.Failure, "exit_before_video_start": v.ExitBeforeStart, "view_dropped": v.Dropped,
	} {
		if o[key] != want {
			t.Errorf("view %s: %s is %v, want %v", v.ViewID, key, o[key], want)
		}
	}
	for key, want := range map[string]int64{"view_start": v.Start, "view_end": v.End} {
		got, err := time.Parse(time.RFC3339, o[key].(string))
		// Whole seconds, and the time that a beacon takes to arrive.
		if err != nil || got.Sub(time.UnixMilli(want)).Abs() > 2*time.Second {
			t.Errorf("view %s: %s is %v, want %v", v.ViewID, key, o[key], time.UnixMilli(want).UTC())
		}
	}
}

// figure is a metric, by the definition of the reference: its value over
// views, and how many of them have one. The value of none is not looked at.
type figure struct {
	metric, measurement string
	of                  func(views []known) (value float64, n int)
}

var figures = []figure{
	{"views", "count", func(views []known) (float64, int) { return float64(len(views)), len(views) }},
	{"unique_viewers", "count", func(views []known) (float64, int) {
		ids := map[string]bool{}
		for _, v := range views {
			ids[v.ViewerID] = true
		}
		return float64(len(ids)), len(views)
	}},
	{"playing_time", "sum", func(views []known) (float64, int) {
		return sum(views, func(v known) int64 { return v.PlayingTime }), len(views)
	}},
	{"playback_failure_percentage", "avg", average(func(v known) float64 { return is(v.Failure) })},
	{"exits_before_video_start", "avg", average(func(v known) float64 { return is(v.ExitBeforeStart) })},
	{"view_dropped_percentage", "avg", average(func(v known) float64 { return is(v.Dropped) })},
	{"video_startup_time", "median", quantile(0.5, startup)},
	{"video_startup_time", "95th", quantile(0.95, startup)},
	{"rebuffer_duration", "95th", quantile(0.95, func(v known) float64 { return float64(v.RebufferTime) })},
	{"rebuffer_percentage", "avg", func(views []known) (float64, int) {
		stalled, watched, n := rebuffering(views)
		return stalled / watched, n
	}},
	{"rebuffer_frequency", "avg", func(views []known) (float64, int) {
		_, watched, n := rebuffering(views)
		return sum(views, func(v known) int64 { return int64(v.RebufferCount) }) / (watched / 60_000), n
	}},
	{"playback_success_score", "avg", average(success)},
	{"startup_time_score", "avg", average(startupScore)},
	{"rebuffer_score", "avg", average(smoothness)},
	{"rebuffer_score", "95th", quantile(0.05, smoothness)}, // the worst are the lowest
	{"upscale_percentage", "95th", quantile(0.95, upscale)},
	{"video_quality_score", "avg", average(quality)},
	{"viewer_experience_score", "avg", average(experience)},
}

func startup(v known) float64 {
	if v.StartupTime == nil {
		return math.NaN()
	}
	return float64(*v.StartupTime)
}

func startupScore(v known) float64 { return 8 / (8 + startup(v)/1000) }

func smoothness(v known) float64 {
	if v.StartupTime == nil {
		return math.NaN()
	}
	count, share := float64(v.RebufferCount), float64(v.RebufferTime)/float64(v.WatchTime)
	return (1/math.Sqrt(1+count*count/4) + math.Exp(-10*share)) / 2
}

func success(v known) float64 {
	switch {
	case v.Failure:
		return 0
	case !v.ExitBeforeStart:
		return 1
	case v.WatchTime >= 1000:
		return 0.5
	}
	return math.NaN()
}

func upscale(v known) float64 {
	if v.PlayingTime == 0 {
		return math.NaN() // nothing was measured
	}
	return v.Upscale
}

func quality(v known) float64 { return math.Exp(-0.33 * upscale(v)) } // the largest is the mean

// experience is the overall score: a weighted mean of what there is of the
// three components, times the success.
func experience(v known) float64 {
	if v.StartupTime == nil || v.Failure {
		return success(v)
	}
	total, weights := (0.65+0.57)*smoothness(v)+(0.43+0.60)*startupScore(v), 0.65+0.57+0.43+0.60
	if q := quality(v); !math.IsNaN(q) {
		total, weights = total+(0.35+0.40)*q, weights+0.35+0.40
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

func rebuffering(views []known) (stalled, watched float64, n int) {
	for _, v := range views {
		if v.WatchTime > 0 {
			n++
		}
	}
	return sum(views, func(v known) int64 { return v.RebufferTime }), sum(views, func(v known) int64 { return v.WatchTime }), n
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
func (c *client) checkFigure(t *testing.T, f *figure, all []known) {
	t.Helper()
	measured := url.Values{"measurement": {f.measurement}, "limit": {"1000"}}
	overall := get[struct {
		Value *float64
		Views int `json:"total_views"`
	}](t, c, "metrics/"+f.metric+"/overall", measured)
	f.check(t, "overall", overall.Value, overall.Views, all)

	byTitle, byHour := map[string][]known{}, map[int64][]known{}
	for _, v := range all {
		at := v.end
		if slices.Contains([]string{"views", "unique_viewers", "playing_time"}, f.metric) {
			at = v.start
		}
		hour := at.Truncate(time.Hour).Unix()
		byTitle[v.VideoTitle], byHour[hour] = append(byTitle[v.VideoTitle], v), append(byHour[hour], v)
	}
	measured.Set("group_by", "video_title")
	for _, row := range get[[]struct {
		Field string
		Value *float64
		Views int
	}](t, c, "metrics/"+f.metric+"/breakdown", measured) {
		f.check(t, row.Field, row.Value, row.Views, byTitle[row.Field])
		delete(byTitle, row.Field)
	}
	for title, views := range byTitle {
		f.check(t, title, nil, 0, views) // what has no row has no value
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
