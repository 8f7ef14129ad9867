package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// TestWorld looks at what the benchmark measures with: as many viewers at the
// time as wanted, about as many at the same time of the day before, a third of
// that in the night, values as many as a large service has, and the same views
// when asked again.
func TestWorld(t *testing.T) {
	const viewers = 1000
	w := newWorld(1, at, 26*time.Hour, time.Minute, viewers, 5000)
	for _, c := range []struct {
		ago         time.Duration
		least, most float64
	}{
		{0, 0.95, 1.05}, {24 * time.Hour, 0.7, 1.3}, {14 * time.Hour, 0.3, 0.7},
	} {
		if got := float64(w.watching(at.Add(-c.ago).UnixMilli())) / viewers; got < c.least || got > c.most {
			t.Errorf("%s before, %.2f of the viewers watch: want %.2f to %.2f", c.ago, got, c.least, c.most)
		}
	}
	values := make([]map[string]bool, len(catalog.RealtimeDimensions))
	for i := range values {
		values[i] = map[string]bool{}
	}
	spans, views := 0, 0
	for v := range w.between(at.Add(-time.Hour).UnixMilli(), at.UnixMilli()) {
		is := w.watch(v, "e", v.end())
		if diff := cmp.Diff(is, w.watch(v, "e", v.end())); diff != "" {
			t.Fatalf("a view is another when asked again (-first +again):\n%s", diff)
		}
		for i, x := range is.Values {
			values[i][x] = true
		}
		views++
		spans += len(is.Spans)
	}
	for name, least := range map[string]int{"asn": 250, "country": 15, "operating_system": 6, "player_name": 20, "region": 150, "stream_type": 2, "sub_property_id": 6, "video_series": 250, "video_title": 1500, "view_has_ad": 2} {
		if got := len(values[dimension(name)]); got < least {
			t.Errorf("%d values of %s, want %d and more", got, name, least)
		}
	}
	t.Logf("%d views of an hour with %.1f spans each", views, float64(spans)/float64(views))
}

// TestSpans looks at a view whose player has not told its end: the viewer goes
// on unheard, and then is gone.
func TestSpans(t *testing.T) {
	w := newWorld(1, at, time.Hour, time.Minute, 100, 2000)
	cut := map[view.Activity]int{}
	for i := range w.scripts {
		v := w.viewer(i, 0)
		whole := v.spans(v.end())
		for k, s := range whole {
			if k > 0 && s.At < whole[k-1].At {
				t.Fatalf("spans of script %d go back: %v", i, whole)
			}
		}
		told := v.start() + (v.end()-v.start())/2
		spans := v.spans(told)
		if len(spans) < 2 { // gone as soon as there
			continue
		}
		last := spans[len(spans)-1]
		cut[last.Activity]++
		if last.Activity != view.Left && last.Activity != view.LeftEarly {
			continue
		}
		before := spans[len(spans)-2]
		if last.At != told+view.SilentAfter || before.At != told || !before.Unheard || !before.Activity.Watching() {
			t.Fatalf("script %d, told up to %d, ends with %+v and %+v", i, told, before, last)
		}
	}
	if cut[view.Left] < len(w.scripts)/2 || cut[view.Paused] == 0 || cut[view.LeftEarly] == 0 {
		t.Errorf("last activities of halves of views: %v", cut)
	}
}
