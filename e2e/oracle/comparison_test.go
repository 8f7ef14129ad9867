package oracle

import (
	"math/rand/v2"
	"testing"
)

// item is one number of the comparison, with those below it.
type item struct {
	Name, Metric, Type, Measurement string
	Value                           *float64
	Items                           []item

	Watch   float64 `json:"watch_time"` // of the totals
	Count   int     `json:"view_count"`
	Started int     `json:"started_views"`
	Ended   int     `json:"ended_views"`
	Viewers int     `json:"unique_viewers"`
	Playing float64 `json:"total_playing_time"`
}

// layout is how many numbers each group of the comparison has, in its order.
var layout = []struct {
	name, metric string
	items        int
}{
	{"Views", "views", 8},
	{"Overall Score", "viewer_experience_score", 0},
	{"Playback Failure Score", "playback_failure_score", 14},
	{"Startup Time Score", "startup_time_score", 13},
	{"Rebuffer Score", "rebuffer_score", 6},
	{"Video Quality Score", "video_quality_score", 14},
}

// askComparisons asks for all metrics at once, of all views, of some, and of
// those with one value of a dimension.
func askComparisons(t *testing.T, w *world, random *rand.Rand) {
	checkComparison(t, w, everything(), "", "")
	for range 15 {
		checkComparison(t, w, w.filtered(random), "", "")
	}
	for _, dimension := range filterable {
		some := w.views[random.IntN(len(w.views))]
		checkComparison(t, w, w.filtered(random), dimension, some.dims[dimension])
	}
	for range 4 {
		some := w.views[random.IntN(len(w.views))]
		checkComparison(t, w, everything(), "video_cdn_trace", some.dims["video_cdn_trace"])
	}
}

func checkComparison(t *testing.T, w *world, s *scope, dimension, value string) {
	t.Helper()
	query := s.with("dimension", dimension)
	if dimension != "" {
		query.Set("value", value)
		s.match = append(s.match, func(v *view) bool { return v.dims[dimension] == value })
	}
	a, q := get[[]item](t, w, "metrics/comparison", query)
	if len(a.Data) != 1+len(layout) {
		t.Errorf("%s: %d elements, want %d", q, len(a.Data), 1+len(layout))
		return
	}
	started := s.within(w.views, func(v *view) int64 { return v.start })
	ended := s.within(w.views, byEnd)
	want := item{
		Name: "totals", Watch: sum(values(ended, "watch_time")), Count: len(ended), Started: len(started), Ended: len(ended),
		Viewers: viewers(started), Playing: sum(values(started, "playing_time")),
	}
	got := a.Data[0]
	if got.Name != want.Name || got.Watch != want.Watch || got.Count != want.Count || got.Started != want.Started ||
		got.Ended != want.Ended || got.Viewers != want.Viewers || got.Playing != want.Playing {
		t.Errorf("%s: totals %+v, want %+v", q, got, want)
	}
	for i, g := range a.Data[1:] {
		if g.Name != layout[i].name || g.Metric != layout[i].metric || len(g.Items) != layout[i].items {
			t.Errorf("%s: group %d is %s of %s with %d items, want %+v", q, i+1, g.Name, g.Metric, len(g.Items), layout[i])
		}
		for _, x := range append([]item{g}, g.Items...) {
			m := metricOf(x.Metric)
			way := x.Measurement
			if way == "" {
				way = m.usual
			}
			if want := m.value(s.within(w.views, m.time), way); !near(number(x.Value), want, m.slack) {
				t.Errorf("%s: %s (%s of %s) is %v, want %v", q, x.Name, way, x.Metric, number(x.Value), want)
			}
		}
	}
}
