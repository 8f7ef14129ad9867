package incident

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/catalog"
	"playhead/internal/live"
	"playhead/internal/meta"
	"playhead/internal/query"
	"playhead/internal/view"
)

// BenchmarkMonitor has a hundred rules of an environment with 100,000 viewers take a tick:
// all about the same viewers, or each about others.
func BenchmarkMonitor(b *testing.B) {
	numbers := crowded(b, 100_000)
	for _, kind := range []struct {
		name    string
		filters func(i int) []meta.RuleFilter
	}{
		{"same viewers", func(int) []meta.RuleFilter { return nil }},
		{"own viewers", func(i int) []meta.RuleFilter {
			return []meta.RuleFilter{{Dimension: "country", Values: []string{fmt.Sprint("country ", i%10)}}, {Dimension: "cdn", Values: []string{fmt.Sprint("cdn ", i/10)}, Exclude: true}}
		}},
	} {
		b.Run(kind.name, func(b *testing.B) {
			var watchers []*Watcher
			for i := range 100 {
				rule := ruleOf(ruleMetrics()[i%len(ruleMetrics())], kind.filters(i)...)
				rule.Threshold = 1e9
				watchers = append(watchers, NewWatcher(rule, func() string { return "id" }))
			}
			m := NewMonitor(numbers)
			tick := int64(watchBase)
			step := func() {
				if err := m.Watch(b.Context(), tick, watchers); err != nil {
					b.Fatal(err)
				}
				for _, w := range watchers {
					w.Take()
				}
				tick += query.TickEvery
			}
			step() // takes a minute
			for b.Loop() {
				step()
			}
		})
	}
}

// crowded are numbers of so many viewers who watch for an hour, and rebuffer now and then.
func crowded(tb testing.TB, viewers int) *live.Store {
	tb.Helper()
	s, err := live.New(live.Config{Memory: 1 << 30, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry()})
	if err != nil {
		tb.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	list := make([]view.Watch, viewers)
	for i := range list {
		w := &list[i]
		w.ID, w.Environment = view.NewID(watchBase, "env", fmt.Sprint(i)), "env"
		for d := range catalog.RealtimeDimensions {
			value := fmt.Sprint(catalog.RealtimeDimensions[d].Name, " ", random.IntN(10))
			if d == catalog.RealtimeCDN {
				value = ""
			}
			w.Values, w.Labels = append(w.Values, value), append(w.Labels, "")
		}
		cdn := fmt.Sprint("cdn ", random.IntN(10))
		at := watchBase - 3_600_000 + random.Int64N(3_600_000)
		w.Spans = append(w.Spans, view.Span{At: at, Activity: view.Starting, Startup: -1, CDN: cdn}, view.Span{At: at + 700, Activity: view.Playing, Startup: 700, Bitrate: 3e6, CDN: cdn})
		for end := at + 3_600_000; at < end; at += random.Int64N(600_000) {
			w.Spans = append(w.Spans, view.Span{At: at + 1000, Activity: view.Rebuffering, Startup: -1, CDN: cdn}, view.Span{At: at + 2000, Activity: view.Playing, Startup: -1, Bitrate: 3e6, CDN: cdn})
		}
		w.Spans = append(w.Spans, view.Span{At: at + 700_000, Activity: view.Left, Startup: -1})
	}
	s.Put(watchBase, list)
	return s
}
