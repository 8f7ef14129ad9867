package query

import (
	"context"
	"math"
	"slices"
	"sort"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/fault"
)

// HistogramMinutes is how many minutes a histogram over time has.
const HistogramMinutes = 30

// StartupBounds are where the buckets of startup times begin, in ms. Each ends
// where the next one begins, the last one nowhere.
var StartupBounds = []int64{0, 100, 500, 1000, 2000, 5000, 10_000}

const minute = 60_000 // in ms

// HistogramPlan is the plan of startup times over time, by minutes.
type HistogramPlan struct {
	Ticks *TickPlan // for [Realtime.Startups]; From is the first minute
}

// StartupMinute is the first frames of a minute.
type StartupMinute struct {
	At                int64   // when it begins, in ms since 1970
	Counts            []int64 // of each bucket of [StartupBounds]
	Count             int64   // of all of them
	Mean, Median, P95 float64 // of the startup times in ms; NaN without any
}

// RealtimeHistogram plans the startup times of [HistogramMinutes] minutes of the
// clock, of which the last one is that of the newest tick and goes on. A metric
// without a histogram is fault.NotFound, anything else wrong is fault.Invalid.
func RealtimeHistogram(r Request) (*HistogramPlan, error) {
	m, ok := catalog.LookupRealtimeMetric(r.Metric)
	switch {
	case !ok || r.Older && m.Newer:
		return nil, noRealtimeMetric(r)
	case m.Formula != "":
		return nil, fault.New(fault.NotFound, "%s has no histogram; video-startup-time alone has one", m.ID)
	}
	ticks, err := tickPlan(r)
	if err != nil {
		return nil, err
	}
	ticks.To = r.newestTick()
	ticks.From = ticks.To - ticks.To%minute - (HistogramMinutes-1)*minute
	return &HistogramPlan{ticks}, nil
}

// startupTimes are those of a minute, in ms.
type startupTimes []float64

// Minutes asks for the first frames of the plan's minutes and counts them. They
// may be fewer where the history of the engine begins later: the minute that it
// begins in is not whole, and left out unless it is the last one.
func (p *HistogramPlan) Minutes(ctx context.Context, e Realtime) ([]StartupMinute, error) {
	if err := begin(e, p.Ticks, ""); err != nil {
		return nil, err
	}
	last := p.Ticks.To - p.Ticks.To%minute
	start := min(last, p.Ticks.From+minute-1)
	start -= start % minute
	list, err := e.Startups(ctx, p.Ticks)
	if err != nil {
		return nil, err
	}
	// The engine also tells of those in the five seconds up to the first tick.
	times := make([]startupTimes, (last-start)/minute+1)
	for _, s := range list {
		if s.At >= start && s.At <= p.Ticks.To {
			i := (s.At - start) / minute
			if times[i] == nil {
				times[i] = make(startupTimes, 0, len(list)/len(times)*5/4)
			}
			times[i] = append(times[i], float64(s.Time))
		}
	}
	minutes := make([]StartupMinute, len(times))
	for i, of := range times {
		minutes[i] = of.count(start + int64(i)*minute)
	}
	return minutes, nil
}

// count makes a minute of startup times, which it brings into order. There can be
// tens of thousands of them, so that each figure by a formula of its own would take
// longer than finding them does.
func (s startupTimes) count(at int64) StartupMinute {
	m := StartupMinute{At: at, Count: int64(len(s)), Counts: make([]int64, len(StartupBounds)), Mean: math.NaN(), Median: math.NaN(), P95: math.NaN()}
	if len(s) == 0 {
		return m
	}
	s.sort()
	sum := 0.0
	for _, time := range s {
		sum += time
	}
	m.Mean, m.Median, m.P95 = sum/float64(len(s)), expr.Interpolate(s, 0.5), expr.Interpolate(s, 0.95)
	from := 0
	for i := range StartupBounds {
		to := len(s)
		if i+1 < len(StartupBounds) {
			to = sort.SearchFloat64s(s, float64(StartupBounds[i+1]))
		}
		m.Counts[i], from = int64(to-from), to
	}
	return m
}

// sort sorts whole numbers of ms. Most are of some seconds: it counts those, which
// takes a tenth of comparing them.
func (s startupTimes) sort() {
	const most = 1 << 14
	if len(s) < most/8 {
		slices.Sort(s)
		return
	}
	var counts [most]int32
	long := s[:0]
	for _, time := range s {
		if time >= 0 && time < most {
			counts[int(time)]++
		} else {
			long = append(long, time)
		}
	}
	slices.Sort(long)
	copy(s[len(s)-len(long):], long)
	i := 0
	for time, n := range counts {
		for range n {
			s[i] = float64(time)
			i++
		}
	}
}

// MaxShare is the share of the fullest bucket; 0 without any first frame.
func (m *StartupMinute) MaxShare() float64 { return m.Share(slices.Max(m.Counts)) }

// Share is which part of the minute's first frames a count is; 0 without any.
func (m *StartupMinute) Share(count int64) float64 {
	if m.Count == 0 {
		return 0
	}
	return float64(count) / float64(m.Count)
}
