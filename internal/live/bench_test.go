package live

import (
	"cmp"
	"context"
	"math"
	"slices"
	"testing"

	"playhead/internal/query"
	"playhead/internal/view"
)

// benchNow is when the benchmarks ask.
const benchNow = noon + 40*60_000

// benchStore holds the views of forty minutes in which about 100,000 watch: 300
// come each second, and stay for 330 s on average.
func benchStore(tb testing.TB) *Store {
	tb.Helper()
	a := newAudience(9)
	s := testStore(tb, 1<<30)
	var list []view.Watch
	for at := noon; at < benchNow; at += 1000 {
		for range 300 {
			list = append(list, a.view(at, 330_000))
		}
	}
	end := func(w *view.Watch) int64 { return min(w.Spans[len(w.Spans)-1].At, benchNow) }
	slices.SortStableFunc(list, func(a, b view.Watch) int { return cmp.Compare(end(&a), end(&b)) })
	for i := range list {
		w := &list[i]
		if at := slices.IndexFunc(w.Spans, func(s view.Span) bool { return s.At > benchNow }); at > 0 { // silent from now on
			w.Spans = append(w.Spans[:at], view.Span{At: benchNow + view.SilentAfter, Activity: view.Left, Startup: -1})
		}
		s.Put(end(w), list[i:i+1])
	}
	return s
}

// benchPlans calls back with what dashboards ask.
func benchPlans(each func(name string, ask func(*Store) error)) {
	now := benchNow - benchNow%query.TickEvery - 5000
	minutes := func(n int64) int64 { return now - n*60_000 + query.TickEvery }
	for _, c := range []struct {
		name string
		plan query.TickPlan
	}{
		{"timeseries", query.TickPlan{From: minutes(30), GroupBy: query.NoGroups}},
		{"timeseries of a country", query.TickPlan{From: minutes(30), GroupBy: query.NoGroups, Where: []query.TickCondition{{Dimension: 2, Values: []string{"C7"}}}}},
		{"timeseries without a CDN", query.TickPlan{From: minutes(30), GroupBy: query.NoGroups, Where: []query.TickCondition{{Dimension: 1, Values: []string{"cdn-1"}, Not: true}}}},
		{"breakdown by title", query.TickPlan{From: now, GroupBy: 9}},
		{"breakdown by CDN", query.TickPlan{From: now, GroupBy: 1}},
		{"120 ticks by country", query.TickPlan{From: minutes(10), GroupBy: 2}},
		{"12 ticks by title", query.TickPlan{From: minutes(1), GroupBy: 9}},
	} {
		c.plan.Environment, c.plan.To = "env", now
		each(c.name, func(s *Store) error {
			_, err := s.Ticks(context.Background(), &c.plan)
			return err
		})
	}
	startups := query.TickPlan{Environment: "env", From: minutes(30), To: now, GroupBy: query.NoGroups}
	each("startups", func(s *Store) error {
		_, err := s.Startups(context.Background(), &startups)
		return err
	})
}

// BenchmarkAnswers asks what dashboards ask.
func BenchmarkAnswers(b *testing.B) {
	s := benchStore(b)
	benchPlans(func(name string, ask func(*Store) error) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := ask(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

// BenchmarkPut puts views as their players tell of them every ten seconds.
func BenchmarkPut(b *testing.B) {
	a := newAudience(9)
	s := testStore(b, math.MaxInt64)
	list := make([]view.Watch, 100_000)
	for i := range list {
		list[i] = a.view(noon, 330_000)
	}
	s.Put(noon, list)
	i := 0
	for b.Loop() {
		w := &list[i%len(list)]
		w.Spans[len(w.Spans)-1].At += 10_000
		s.Put(noon, list[i%len(list):][:1])
		i++
	}
}
