package incident

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/meta"
	"playhead/internal/query"
)

// several are numbers that answer plans together.
type several struct {
	*numbersOf
	together []int // how many plans were answered together
	broken   error
}

func (s *several) TicksOf(ctx context.Context, plans []*query.TickPlan) (list []*query.Ticks, err error) {
	s.together = append(s.together, len(plans))
	for _, p := range plans {
		ticks, err := s.Ticks(ctx, p)
		if err != nil {
			return nil, err
		}
		list = append(list, ticks)
	}
	return list, s.broken
}

func (s *several) StartupsOf(ctx context.Context, plans []*query.TickPlan) (list [][]query.Startup, err error) {
	for _, p := range plans {
		startups, err := s.Startups(ctx, p)
		if err != nil {
			return nil, err
		}
		list = append(list, startups)
	}
	return list, s.broken
}

// TestMonitorTogether: what rules about different viewers of an environment need is asked
// for at once, if they need the same ticks. If that fails, each is asked for alone.
func TestMonitorTogether(t *testing.T) {
	of := func(country string) meta.RuleFilter {
		return meta.RuleFilter{Dimension: "country", Values: []string{country}}
	}
	elsewhere := ruleOf("current-concurrent-viewers")
	elsewhere.EnvironmentID = "other"
	var watchers []*Watcher
	for _, rule := range []meta.AlertRule{ruleOf("current-concurrent-viewers", of("DE")), ruleOf("video-startup-time", of("AT")), ruleOf("current-concurrent-viewers"), elsewhere} {
		watchers = append(watchers, NewWatcher(rule, func() string { return "id" }))
	}
	plain := &numbersOf{at: func(p *query.TickPlan, tick int64) query.Tick {
		n := int64(60)
		if len(p.Where) > 0 && p.Where[0].Values[0] == "DE" {
			n = tick / 5000 % 40
		}
		return query.Tick{Concurrent: n}
	}}
	for at := int64(watchBase - 60_000); at < watchBase+200_000; at += 1700 {
		plain.startups = append(plain.startups, query.Startup{At: at, Time: at % 100})
	}
	numbers := &several{numbersOf: plain}
	m, alone := NewMonitor(numbers), NewMonitor(plain)
	var others []*Watcher
	for _, w := range watchers {
		others = append(others, NewWatcher(w.rule, func() string { return "id" }))
	}
	for i, step := range []struct {
		settled  int64
		broken   error
		together []int
		asked    int // in all, of Ticks and Startups
	}{
		{0, nil, nil, 5}, // they are new: each by itself
		{5, nil, []int{3}, 5},
		{20, nil, []int{3}, 5},
		{20, nil, nil, 0},
		{25, errors.New("broken"), []int{3}, 3 + 5},
		{30, nil, []int{3}, 5},
		{200, nil, []int{3}, 5},
	} {
		numbers.together, numbers.asked, numbers.broken = nil, nil, step.broken
		if err := m.Watch(t.Context(), watchBase+step.settled*1000, watchers); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.together, numbers.together); diff != "" || len(plain.asked) != step.asked {
			t.Errorf("step %d: %d plans, want %d; together (-want +got):\n%s", i, len(plain.asked), step.asked, diff)
		}
		if err := alone.Watch(t.Context(), watchBase+step.settled*1000, others); err != nil {
			t.Fatal(err)
		}
		for k, w := range watchers {
			if diff := cmp.Diff(others[k].watched, w.watched); diff != "" {
				t.Errorf("step %d: rule %d (-alone +together):\n%s", i, k, diff)
			}
		}
	}
}
