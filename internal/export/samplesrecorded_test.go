package export

import (
	"maps"
	"math"
	"slices"
	"testing"

	"playhead/internal/catalog"
	"playhead/internal/event"
	"playhead/internal/event/eventtest"
	"playhead/internal/recording"
	"playhead/internal/view"
)

// TestSamplesOfRecordings adds the samples of recorded views up: within 10 ms they tell what
// the players' SDKs added up themselves over the whole view, and each failure and exit once.
func TestSamplesOfRecordings(t *testing.T) {
	failures, exits, stalls := 0.0, 0.0, 0.0
	for _, name := range recording.Names(t) {
		views := eventtest.Recorded(t, name)
		for _, sdkID := range slices.Sorted(maps.Keys(views)) {
			v, sum, count := sampled(sdkID, views[sdkID])
			number := func(column string) float64 {
				n, ok := v.Number(catalog.MustColumn(column))
				if !ok {
					return 0
				}
				return n
			}
			for typ, column := range map[SampleType]string{
				WatchDuration: "watch_time", RebufferDuration: "rebuffer_duration", RebufferCount: "rebuffer_count",
				StartLatency: "video_startup_time", SeekLatency: "view_seek_duration",
			} {
				want, tolerance := number(column), 10.0
				if typ == RebufferCount || typ == StartLatency {
					tolerance = 0
				}
				if !(math.Abs(float64(sum[typ])-want) <= tolerance) {
					t.Errorf("%s %s: %s is %d in samples, want %v ±%v", name, sdkID, column, sum[typ], want, tolerance)
				}
			}
			if count[PlaybackError] != number("playback_failure") || count[ExitBeforeVideoStart] != number("exit_before_video_start") {
				t.Errorf("%s %s: samples tell %v failures and %v exits, want %v and %v", name, sdkID,
					count[PlaybackError], count[ExitBeforeVideoStart], number("playback_failure"), number("exit_before_video_start"))
			}
			failures, exits, stalls = failures+count[PlaybackError], exits+count[ExitBeforeVideoStart], stalls+float64(sum[RebufferCount])
		}
	}
	if failures == 0 || exits == 0 || stalls == 0 {
		t.Errorf("the recordings have %v failures, %v exits and %v stalls, want some of each", failures, exits, stalls)
	}
}

// sampled folds a view, and adds its samples up: the values of each type, and how often it
// is told.
func sampled(sdkID string, events []event.Event) (v *view.View, sum map[SampleType]int64, count map[SampleType]float64) {
	m := view.NewMachine("env", sdkID, view.Scoring{})
	for i := range events {
		m.Apply(&events[i])
	}
	s := view.Status{ID: view.NewID(noon, "env", sdkID), Dropped: true}
	v = m.View(s)
	w := m.Watch(s, true)
	sum, count = map[SampleType]int64{}, map[SampleType]float64{}
	if len(w.Spans) == 0 {
		return v, sum, count
	}
	const length = 30_000
	for from := w.Spans[0].At / length * length; from <= w.Spans[len(w.Spans)-1].At; from += length {
		one, _ := SampleOf(&w, from, from+length, 1)
		for _, r := range one.Records {
			for _, metric := range r.Metrics {
				sum[metric.Type] += metric.Value
				count[metric.Type]++
			}
		}
	}
	return v, sum, count
}
