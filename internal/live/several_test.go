package live

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"playhead/internal/fault"
	"playhead/internal/query"
	"playhead/internal/view"
)

// TestSeveral: plans that are answered together have the answers that they have alone,
// which TestAnswers compares with the rules.
func TestSeveral(t *testing.T) {
	for seed := range uint64(60) {
		c := newCrowd(seed)
		s := testStore(t, 1<<30)
		list := make([]view.Watch, 1+c.IntN(25))
		for i := range list {
			list[i] = c.view(noon, 600_000, 1+c.Int64N(60_000))
			list[i].Final = c.IntN(2) == 0
		}
		s.Put(noon, list)
		if c.IntN(2) == 0 {
			s.rearrange(noon + 3_600_000)
		}
		first := c.plan(noon)
		plans := []*query.TickPlan{first}
		for range c.IntN(8) {
			p := c.plan(noon)
			p.Environment, p.From, p.To = first.Environment, first.From, first.To
			plans = append(plans, p)
		}
		ticks, err := s.TicksOf(t.Context(), plans)
		if err != nil {
			t.Fatal(err)
		}
		startups, err := s.StartupsOf(t.Context(), plans)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range plans {
			want, err := s.Ticks(t.Context(), p)
			if diff := cmp.Diff(want, ticks[i]); err != nil || diff != "" {
				t.Fatalf("seed %d, plan %+v: %v (-alone +together):\n%s", seed, *p, err, diff)
			}
			wantStartups, err := s.Startups(t.Context(), p)
			byTime(wantStartups)
			byTime(startups[i])
			if diff := cmp.Diff(wantStartups, startups[i], cmpopts.EquateEmpty()); err != nil || diff != "" {
				t.Fatalf("seed %d, plan %+v: %v (-alone +together):\n%s", seed, *p, err, diff)
			}
		}
	}
}

// TestSeveralRefuses: nothing is nothing, plans of different ticks are refused, and so are
// those from before the history.
func TestSeveralRefuses(t *testing.T) {
	s := testStore(t, 1<<30)
	s.Put(noon, nil)
	if ticks, err := s.TicksOf(t.Context(), nil); err != nil || len(ticks) != 0 {
		t.Errorf("no plans: %v, %v", ticks, err)
	}
	p := func(environment string, from, to int64) *query.TickPlan {
		return &query.TickPlan{Environment: environment, From: noon + from, To: noon + to, GroupBy: query.NoGroups}
	}
	for _, other := range []*query.TickPlan{p("other", 0, 5000), p("env", 5000, 5000), p("env", 0, 10_000)} {
		if _, err := s.TicksOf(t.Context(), []*query.TickPlan{p("env", 0, 5000), other}); err == nil {
			t.Errorf("%+v is answered with another one", *other)
		}
	}
	early := p("env", -2*Keep, 0)
	if _, err := s.StartupsOf(t.Context(), []*query.TickPlan{early, early}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("before the history: %v", err)
	}
	a := newAudience(1)
	s.Put(noon, []view.Watch{a.view(noon, 100_000)})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // whichever of a turn and the end it sees first
		if _, err := s.TicksOf(ctx, []*query.TickPlan{p("env", 0, 5000)}); !errors.Is(err, context.Canceled) {
			t.Errorf("after the end: %v", err)
		}
	}
}
