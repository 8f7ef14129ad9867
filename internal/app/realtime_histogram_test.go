package app

import (
	"math"
	"net/url"
	"slices"
	"testing"
	"time"

	"playhead/internal/simulate"
)

// checkHistogram compares the startup times of each minute.
func (o *oracle) checkHistogram(t *testing.T, filters []string) {
	t.Helper()
	var minutes []struct {
		Timestamp time.Time
		Sum       int
		Average   *float64
		Median    *float64
		P95       *float64
		Most      float64 `json:"max_percentage"`
		Buckets   []struct {
			Count      int
			Percentage float64
		} `json:"bucket_values"`
	}
	o.get(t, &minutes, "video-startup-time/histogram-timeseries", url.Values{"filters[]": filters})
	if len(minutes) != 30 {
		t.Fatalf("%d minutes, want 30", len(minutes))
	}
	for _, m := range minutes {
		var times []float64
		for _, at := range o.firstFrames(m.Timestamp, m.Timestamp.Add(time.Minute), filters) {
			times = append(times, float64(at))
		}
		want := histogramOf(times)
		got := histogram{m.Sum, m.Average, m.Median, m.P95, nil}
		most := 0.0
		for i, b := range m.Buckets {
			got.counts = append(got.counts, b.Count)
			share := 0.0
			if m.Sum > 0 {
				share = float64(want.counts[i]) / float64(m.Sum)
			}
			most = max(most, share)
			if math.Abs(b.Percentage-share) > 1e-12 {
				t.Errorf("%v, minute %s: bucket %d has %v of the first frames, in truth %v", filters, m.Timestamp, i, b.Percentage, share)
			}
		}
		if got.sum != want.sum || !slices.Equal(got.counts, want.counts) || math.Abs(m.Most-most) > 1e-12 ||
			!isNear(got.mean, want.mean) || !isNear(got.median, want.median) || !isNear(got.p95, want.p95) {
			t.Errorf("%v, minute %s: %d %v mean %s median %s p95 %s, in truth %d %v %s %s %s", filters, m.Timestamp,
				got.sum, got.counts, shown(got.mean), shown(got.median), shown(got.p95), want.sum, want.counts, shown(want.mean), shown(want.median), shown(want.p95))
		}
	}
}

// firstFrames are the startup times of the first frames from one time to another.
func (o *oracle) firstFrames(from, to time.Time, filters []string) (times []int64) {
	for i := range o.truths {
		v := &o.truths[i]
		if v.StartupTime == nil {
			continue
		}
		s := &v.States[slices.IndexFunc(v.States, func(s simulate.State) bool { return s.State == simulate.Playing })]
		if s.At >= from.UnixMilli() && s.At < to.UnixMilli() && keeps(filters, v, s) {
			times = append(times, *v.StartupTime)
		}
	}
	return times
}

// histogram is the startup times of a minute.
type histogram struct {
	sum               int
	mean, median, p95 *float64
	counts            []int
}

func histogramOf(times []float64) histogram {
	h := histogram{sum: len(times), counts: make([]int, 7)}
	total := 0.0
	for _, ms := range times {
		total += ms
		i := 0
		for _, edge := range []float64{100, 500, 1000, 2000, 5000, 10_000} {
			if ms >= edge {
				i++
			}
		}
		h.counts[i]++
	}
	if h.sum == 0 {
		return h
	}
	slices.Sort(times)
	quantile := func(p float64) *float64 {
		at := p * float64(h.sum-1)
		low := int(at)
		value := times[low]
		if low+1 < h.sum {
			value += (at - float64(low)) * (times[low+1] - times[low])
		}
		return &value
	}
	mean := total / float64(h.sum)
	h.mean, h.median, h.p95 = &mean, quantile(0.5), quantile(0.95)
	return h
}
