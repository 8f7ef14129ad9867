package api

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"testing"

	"playhead/internal/view"
)

// sampleViews are five views that fit everything that the public sample
// response of 2021 tells of its own five: 513934 ms watched in all; startup
// times of 4, 6, 8, 9 and 9 ms; one view that failed; and another one of
// 6165 ms with a single rebuffering of 286 ms. Scores of a view are kept with
// the precision of 32 bits. Nothing was upscaled: quality is 1 everywhere.
func sampleViews(t *testing.T) []*view.View {
	round := func(f float64) float64 { return float64(float32(f)) }
	var views []*view.View
	for i, in := range []struct{ watch, startup, rebuffer, success float64 }{
		{507000, 4, 0, 1}, {700, 6, 0, 1}, {6165, 8, 286, 1}, {60, 9, 0, 1}, {9, 9, 0, 0},
	} {
		count := 0.0
		if in.rebuffer > 0 {
			count = 1
		}
		smooth, startup := view.SmoothnessScore(count, in.rebuffer/in.watch), view.StartupScore(in.startup)
		overall := view.DefaultScoring().Overall(in.success, smooth, startup, 1)
		views = append(views, makeView(t, "1"+strconv.Itoa(i), row{
			"environment_id": "env1", "view_id": "sample", "view_start": at("11:00:00"), "view_end": at("11:10:00"), "viewer_key": i,
			"watch_time": in.watch, "video_startup_time": in.startup,
			"rebuffer_count": count, "rebuffer_duration": in.rebuffer, "playback_failure": in.success == 0,
			"playback_success_score": in.success, "startup_time_score": round(startup), "rebuffer_score": round(smooth),
			"video_quality_score": 1, "viewer_experience_score": round(overall),
		}))
	}
	return views
}

// TestComparisonSample asks for the comparison of the sample's views and
// compares with the numbers that the sample response prints.
func TestComparisonSample(t *testing.T) {
	w := get(t, newAPI(t, stored(t, sampleViews(t)...)), "/data/v1/metrics/comparison")
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	type item struct {
		Metric, Measurement string
		Value               *float64
	}
	var answer struct {
		Data []struct {
			item
			Name      string
			WatchTime int64 `json:"watch_time"`
			ViewCount int64 `json:"view_count"`
			Items     []item
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	if first := answer.Data[0]; first.Name != "totals" || first.WatchTime != 513934 || first.ViewCount != 5 {
		t.Errorf("totals are %+v, want 513934 ms in 5 views", first)
	}
	got := map[string]float64{}
	for _, group := range answer.Data[1:] {
		for _, i := range append([]item{group.item}, group.Items...) {
			if i.Value != nil {
				got[i.Metric+" "+i.Measurement] = *i.Value
			}
		}
	}
	for _, want := range []struct {
		key              string
		value, tolerance float64
	}{
		// How the components make the overall score is our approximation.
		{"viewer_experience_score ", 0.7803472280502319, 1e-4},
		{"playback_failure_score ", 0.8, 1e-15},
		{"playback_failure_percentage ", 0.2, 1e-15},
		{"startup_time_score ", 0.9991008877754212, 1e-15},
		{"rebuffer_score ", 0.9523247838020324, 1e-15},
		{"rebuffer_percentage ", 0.0005564916895943838, 1e-18},
		{"rebuffer_frequency ", 0.11674650830651406, 1e-15},
		{"rebuffer_count median", 0, 0},
		{"video_quality_score ", 1, 0},
		// The sample prints 4, its quantiles being made of bins; the exact median is 8.
		{"video_startup_time median", 8, 0},
	} {
		v, ok := got[want.key]
		if !ok || math.Abs(v-want.value) > want.tolerance {
			t.Errorf("%s= %v, want %v ± %v", want.key, v, want.value, want.tolerance)
		}
	}
}
