package oracle

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var widths = map[string]int64{"minute": minute, "ten_minutes": 10 * minute, "hour": hour, "day": day}

// usualWidth is the granularity of a timeframe when none is asked for.
func usualWidth(length int64) string {
	switch {
	case length < 90*minute:
		return "minute"
	case length < 6*hour:
		return "ten_minutes"
	case length <= 15*day:
		return "hour"
	}
	return "day"
}

// askTimeseries asks for each metric by each of its measurements, in steps of
// all widths.
func askTimeseries(t *testing.T, w *world, random *rand.Rand) {
	for _, m := range metrics {
		for _, way := range m.ways {
			s := w.filtered(random)
			width := []string{"", "minute", "ten_minutes", "hour", "day"}[random.IntN(5)]
			from, length := w.someTime(random)
			s.during(random, from, length)
			checkTimeseries(t, w, m, way, width, []string{"", "asc", "desc"}[random.IntN(3)], s)
		}
		// A step is chosen by the length of the timeframe, to the second.
		s := everything()
		s.from = w.began - minute*random.Int64N(20*hour/minute)
		s.to = s.from + []int64{90*minute - 1000, 90 * minute, 6*hour - 1000, 6 * hour, 15 * day, 15*day + 1000}[random.IntN(6)]
		s.ask()
		checkTimeseries(t, w, m, m.usual, "", "", s)
	}
}

// someTime is a timeframe that begins and ends within steps.
func (w *world) someTime(random *rand.Rand) (from, length int64) {
	length = []int64{17 * minute, 89 * minute, 3 * hour, 7*hour + 13*minute, 23*hour + 59*minute, 3 * day}[random.IntN(6)]
	return w.began - length - minute*random.Int64N(12*hour/minute), length
}

func checkTimeseries(t *testing.T, w *world, m *metric, way, width, direction string, s *scope) {
	t.Helper()
	a, q := get[[][3]any](t, w, "metrics/"+m.id+"/timeseries", s.with("measurement", way, "group_by", width, "order_direction", direction))
	if width == "" {
		width = usualWidth(s.to - s.from)
	}
	step := widths[width]
	steps := map[int64][]*view{}
	for _, v := range m.having(s.within(w.views, m.time)) {
		at := m.time(v) - m.time(v)%step
		steps[at] = append(steps[at], v)
	}
	var times []int64
	for at := s.from - s.from%step; at < s.to; at += step {
		times = append(times, at)
	}
	if direction == "desc" {
		slices.Reverse(times)
	}
	if len(a.Data) != len(times) || a.Total == nil || *a.Total != len(times) || a.Meta.Granularity != width || a.Meta.Aggregation != m.aggregation() {
		t.Errorf("%s: %d points, total %v, %+v; want %d of a %s", q, len(a.Data), pointee(a.Total), a.Meta, len(times), width)
		return
	}
	for i, at := range times {
		got, views := a.Data[i], steps[at]
		if want := time.UnixMilli(at).UTC().Format(time.RFC3339); got[0] != want {
			t.Errorf("%s: point %d is of %v, want %s", q, i, got[0], want)
		}
		if len(views) == 0 {
			if got[1] != nil || got[2] != nil {
				t.Errorf("%s: %v; want nulls: there are no views", q, got)
			}
			continue
		}
		value, ok := got[1].(float64)
		if want := m.value(views, way); !ok && known(want) || ok && !near(value, want, m.slack) || got[2] != float64(len(views)) {
			t.Errorf("%s: %v; want %v of %d views", q, got, want, len(views))
		}
	}
}
