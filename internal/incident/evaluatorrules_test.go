package incident

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/meta"
	"playhead/internal/query"
)

// hall has ten viewers from noon on for three minutes, and one before and after.
type hall struct{ err error }

func (h *hall) Ticks(_ context.Context, p *query.TickPlan) (*query.Ticks, error) {
	ticks := make([]query.Tick, p.Count())
	for i := range ticks {
		ticks[i].Concurrent = 1
		if at := p.From + int64(i)*query.TickEvery; at >= noon.UnixMilli() && at < noon.Add(3*time.Minute).UnixMilli() {
			ticks[i].Concurrent = 10
		}
	}
	return &query.Ticks{From: p.From, Groups: []query.TickGroup{{Ticks: ticks}}}, h.err
}

func (h *hall) Startups(context.Context, *query.TickPlan) ([]query.Startup, error) { return nil, h.err }

// crowdedRule is a rule that fires when more than five viewers are there for a minute.
func crowdedRule() meta.AlertRule {
	return meta.AlertRule{
		ID: "rule", EnvironmentID: "a", Version: 1, Name: "crowded", Enabled: true, Metric: "current-concurrent-viewers",
		Direction: meta.Above, Threshold: 5, Interval: time.Minute, Severity: meta.SeverityAlert, UpdatedAt: noon.Add(-2 * time.Minute),
	}
}

// TestRules evaluates a rule second by second, while steps fail before and after they
// are durable, numbers cannot be read, and the process dies. People are told twice, of
// what is told too when nothing happens.
//
// The metric is the mean of a minute, so of twelve ticks, of which one has 10 viewers at
// noon, two five seconds later, and so on: n of them make (10n + 12 − n) / 12, more than 5
// from n = 6 on, 25 s after noon. All through a minute that is so at 1:25. Ticks with 10
// viewers end with that at 2:55, so n is 5 at 3:30, and has been less than 6 for a minute at 4:30.
func TestRules(t *testing.T) {
	clock := func(after time.Duration) string { return noon.Add(after).Format(time.TimeOnly) }
	want := []string{
		"opened " + clock(25*time.Second) + " " + clock(85*time.Second),
		"closed " + clock(210*time.Second) + " " + clock(270*time.Second),
	}
	for seed := range uint64(30) {
		b, numbers := newBench("a"), &hall{}
		b.numbers, b.rules["a"] = numbers, []meta.AlertRule{crowdedRule()}
		b.now = noon.Add(-time.Minute)
		random := rand.New(rand.NewPCG(seed, 0))
		chance := func() bool { return seed > 0 && random.IntN(5) == 0 }
		e := b.start(t, 0)
		b.records.fails = func(meta.Evaluation) error {
			if b.records.failsLate = chance(); chance() {
				return errDisk
			}
			return nil
		}
		for b.now.Before(noon.Add(6 * time.Minute)) {
			if numbers.err = nil; chance() {
				numbers.err = errDisk
			}
			if _, err := e.step(t.Context()); err != nil {
				e.fail(err)
			}
			b.now = b.now.Add(time.Second)
			if seed > 0 && random.IntN(40) == 0 {
				e = b.start(t, 0)
			}
		}
		var got []string
		for _, told := range b.records.told {
			i := told.Incident
			from, to := i.StartedAt, i.OpenedAt
			if told.Event == meta.Closed {
				from, to = *i.ResolvedAt, *i.ClosedAt
			}
			got = append(got, fmt.Sprint(told.Event, " ", from.UTC().Format(time.TimeOnly), " ", to.UTC().Format(time.TimeOnly)))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("seed %d: people were told (-want +got):\n%s", seed, diff)
		}
	}
}

// TestRulesOfNow has a rule be edited, disabled and deleted while its incident is open:
// it is not evaluated any more as it was, and the incident is no more that of the evaluator.
func TestRulesOfNow(t *testing.T) {
	for name, change := range map[string]func(*bench){
		"edited":   func(b *bench) { b.rules["a"][0].Version = 2; b.rules["a"][0].UpdatedAt = noon.Add(4 * time.Minute) },
		"disabled": func(b *bench) { b.rules["a"][0].Enabled = false },
		"deleted":  func(b *bench) { b.rules["a"] = nil },
	} {
		b := newBench("a")
		b.numbers, b.rules["a"] = &hall{}, []meta.AlertRule{crowdedRule()}
		b.now = noon.Add(2 * time.Minute)
		e := b.start(t, 0)
		b.all(t, e)
		if n := figure(t, e, "playhead_incident_open_incidents", kindThreshold); n != 1 || len(b.records.told) != 1 {
			t.Fatalf("%s: %v incidents are open and people were told %v; want one", name, n, b.records.told)
		}
		change(b)
		b.now = noon.Add(10 * time.Minute)
		b.all(t, e)
		if n := figure(t, e, "playhead_incident_open_incidents", kindThreshold); n != 0 || len(b.records.told) != 1 {
			t.Errorf("%s: %v incidents are open and people were told %v; want nothing new", name, n, b.records.told)
		}
		if want := map[bool]int{true: 1}[name == "edited"]; len(e.memory.watchers) != want {
			t.Errorf("%s: %d watchers, want %d", name, len(e.memory.watchers), want)
		}
	}
}

// TestRuleStateDamaged has what is known of a rule be unreadable: it begins anew.
func TestRuleStateDamaged(t *testing.T) {
	b := newBench("a")
	b.numbers, b.rules["a"] = &hall{}, []meta.AlertRule{crowdedRule()}
	b.records.rules["rule"] = meta.RuleState{RuleID: "rule", Version: 1, Data: []byte("{")}
	b.now = noon.Add(2 * time.Minute)
	e := b.start(t, 0)
	b.all(t, e)
	if len(b.records.told) != 1 {
		t.Errorf("people were told %v, want of one incident", b.records.told)
	}
}

// TestRulesFail has numbers fail for good: views are evaluated all the same.
func TestRulesFail(t *testing.T) {
	b := newBench("a")
	b.numbers, b.rules["a"] = &hall{errors.New("no numbers")}, []meta.AlertRule{crowdedRule()}
	e := b.start(t, 0)
	b.views.complete("a", "x", 1, 7)
	e.Stored(2)
	b.all(t, e)
	if len(b.records.told) != 1 {
		t.Errorf("people were told %v, want of one incident", b.records.told)
	}
	if n := figure(t, e, "playhead_incident_errors_total", "rules"); n != 1 {
		t.Errorf("%v failures are counted, want 1", n)
	}
}
