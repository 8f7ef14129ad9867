package incident

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"playhead/internal/meta"
	"playhead/internal/query"
)

// drawRule draws a rule about something that moments of drawMoments cross.
func drawRule(t *rapid.T) meta.AlertRule {
	return meta.AlertRule{
		ID: "rule", EnvironmentID: "env", Metric: rapid.SampledFrom(ruleMetrics()).Draw(t, "metric"), Severity: meta.SeverityWarning,
		Direction: rapid.SampledFrom([]string{meta.Above, meta.Below}).Draw(t, "direction"), Threshold: 5,
		Interval:   time.Duration(rapid.IntRange(1, 3).Draw(t, "interval")) * time.Minute,
		MinViewers: rapid.Int64Range(0, 2).Draw(t, "viewers"), UpdatedAt: time.UnixMilli(watchBase),
	}
}

// drawMoments draws moments that stay on a side for some time, so that there are
// incidents: with ticks missing, values that are not known, and few viewers.
func drawMoments(t *rapid.T) (list []Moment) {
	tick := int64(watchBase)
	for range rapid.IntRange(1, 12).Draw(t, "stretches") {
		side := rapid.SampledFrom([]float64{4, 5, 6, 6, math.NaN()}).Draw(t, "side")
		odd := rapid.IntRange(0, 20).Draw(t, "odd")
		for i := range rapid.IntRange(1, 40).Draw(t, "moments") {
			m := Moment{Tick: tick, Value: side + float64(i%3)/100, Viewers: 5, Affected: int64(i % 4)}
			if odd > 0 && i%odd == 0 {
				m.Value, m.Viewers = 5.02, float64(odd%4)
			}
			list = append(list, m)
			tick += query.TickEvery
		}
		tick += query.TickEvery * rapid.SampledFrom([]int64{0, 0, 0, 1, 11, 12, 13, 200, 150_000}).Draw(t, "gap")
	}
	return list
}

// TestWatcherRestarts: whenever the server restarts, with whatever it has written down
// by then, all that is written down in the end is the same.
func TestWatcherRestarts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule, moments := drawRule(t), drawMoments(t)
		one, other := &watchScript{rule: rule}, &watchScript{rule: rule}
		one.watcher = NewWatcher(rule, one.newID)
		want := one.durable(moments, func(int) bool { return false })
		restarts := rapid.SliceOfN(rapid.Bool(), len(moments), len(moments)).Draw(t, "restarts")
		other.watcher = NewWatcher(rule, other.newID)
		got := other.durable(moments, func(i int) bool { return restarts[i] })
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("with restarts (-want +got):\n%s", diff)
		}
	})
}

// durable are the changes that are written down, when the server restarts before
// some of the moments.
func (s *watchScript) durable(moments []Moment, restart func(i int) bool) (all []Change) {
	for i, m := range moments {
		if restart(i) {
			s.watcher = NewWatcher(s.rule, s.newID)
			if err := s.watcher.Restore(s.saved); err != nil {
				panic(err)
			}
			for _, again := range moments[:i] { // those that it has taken are left out
				s.watcher.Add(again)
			}
		}
		s.watcher.Add(m)
		changes, state, dirty := s.watcher.Take()
		if !dirty {
			continue
		}
		s.saved = state
		for _, c := range changes {
			if c.Event == meta.Opened {
				s.opened++
			}
			all = append(all, c)
		}
	}
	return all
}

// TestWatcherLaws: incidents of a rule follow one another, and each is what the
// moments say of it. What is held against them is worked out by looking back at
// all moments, as the documentation says it.
func TestWatcherLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule, moments := drawRule(t), drawMoments(t)
		s := &watchScript{rule: rule}
		s.watcher = NewWatcher(rule, s.newID)
		var open *meta.Incident
		var turns []string
		for _, c := range s.durable(moments, func(int) bool { return false }) {
			i := c.Incident
			if c.Event != "" {
				turns = append(turns, printTurn(&i))
			}
			if (c.Event == meta.Opened) != (open == nil) || open != nil && open.ID != i.ID {
				t.Fatalf("%q of %s while %v is open", c.Event, i.ID, open)
			}
			if i.AffectedViews < i.AffectedViewsOnOpen || worse(&rule, i.PeakValue, i.MeasuredValue) != i.PeakValue {
				t.Fatalf("figures make no sense: %+v", i)
			}
			switch c.Event {
			case meta.Opened:
				s.spoke(t, moments, i.StartedAt, i.OpenedAt, true)
				if want := s.worst(moments, i.StartedAt, i.OpenedAt); i.PeakValue != want {
					t.Fatalf("the worst is %v, want %v", i.PeakValue, want)
				}
			case meta.Closed:
				s.spoke(t, moments, *i.ResolvedAt, *i.ClosedAt, false)
			}
			if open = &i; i.Status != meta.IncidentOpen {
				open = nil
			}
		}
		if diff := cmp.Diff(lookBack(&rule, moments), turns); diff != "" {
			t.Fatalf("turns (-want +got):\n%s", diff)
		}
	})
}

func printTurn(i *meta.Incident) string {
	text := fmt.Sprintf("%s %d %d", i.Status, i.StartedAt.UnixMilli(), i.OpenedAt.UnixMilli())
	if i.ClosedAt != nil {
		text += fmt.Sprintf(" %d %d", i.ResolvedAt.UnixMilli(), i.ClosedAt.UnixMilli())
	}
	return text
}

// lookBack works out the turns of a rule the slow way: at each moment that counts it
// looks back at those before, up to the last turn, as long as they speak for another one.
func lookBack(rule *meta.AlertRule, moments []Moment) (turns []string) {
	var open *meta.Incident
	var counted []Moment // since the last turn
	last := int64(0)     // moment that counted
	for _, m := range moments {
		if math.IsNaN(m.Value) || rule.MinViewers > 0 && m.Viewers <= float64(rule.MinViewers) {
			if open != nil && m.Tick-last >= 8*24*3_600_000 {
				at := timeOf(m.Tick)
				open.Status, open.ResolvedAt, open.ClosedAt = meta.IncidentExpired, &at, &at
				turns = append(turns, printTurn(open))
				open, counted = nil, nil
			}
			continue
		}
		last = m.Tick
		counted = append(counted, m)
		first, n := m, 0
		for _, was := range slices.Backward(counted) {
			wrong := rule.Direction == meta.Above && was.Value > rule.Threshold || rule.Direction == meta.Below && was.Value < rule.Threshold
			if wrong == (open != nil) || first.Tick-was.Tick > rule.Interval.Milliseconds() {
				break
			}
			first = was
			n++
		}
		if n <= int(rule.Interval/(5*time.Second)) {
			continue
		}
		from, to := timeOf(first.Tick), timeOf(m.Tick)
		if open == nil {
			open = &meta.Incident{Status: meta.IncidentOpen, StartedAt: from, OpenedAt: to}
			turns = append(turns, printTurn(open))
		} else {
			open.Status, open.ResolvedAt, open.ClosedAt = meta.IncidentClosed, &from, &to
			turns = append(turns, printTurn(open))
			open = nil
		}
		counted = nil
	}
	return turns
}

// counted are the moments that count between two times.
func (s *watchScript) counted(moments []Moment, from, to time.Time) (list []Moment) {
	for _, m := range moments {
		if m.Tick < from.UnixMilli() || m.Tick > to.UnixMilli() || math.IsNaN(m.Value) || s.rule.MinViewers > 0 && m.Viewers <= float64(s.rule.MinViewers) {
			continue
		}
		list = append(list, m)
	}
	return list
}

// spoke makes sure that all moments that count between two times are on one side, for
// the interval, without a gap longer than it.
func (s *watchScript) spoke(t *rapid.T, moments []Moment, from, to time.Time, wrong bool) {
	list := s.counted(moments, from, to)
	for i, m := range list {
		isWrong := m.Value > s.rule.Threshold
		if s.rule.Direction == meta.Below {
			isWrong = m.Value < s.rule.Threshold
		}
		if isWrong != wrong {
			t.Fatalf("%v at %d speaks against a turn from %s to %s", m.Value, m.Tick, from, to)
		}
		if i > 0 && time.Duration(m.Tick-list[i-1].Tick)*time.Millisecond > s.rule.Interval {
			t.Fatalf("no moment counts before %d", m.Tick)
		}
	}
	if want := int(s.rule.Interval/(5*time.Second)) + 1; len(list) != want {
		t.Fatalf("%d moments speak for a turn from %s to %s, want %d", len(list), from, to, want)
	}
}

func (s *watchScript) worst(moments []Moment, from, to time.Time) float64 {
	list := s.counted(moments, from, to)
	value := list[0].Value
	for _, m := range list {
		if s.rule.Direction == meta.Below && m.Value < value || s.rule.Direction == meta.Above && m.Value > value {
			value = m.Value
		}
	}
	return value
}
