package incident

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/query"
)

// ruleIncident is one of a rule, which began at a second after watchBase and ended at
// another; 0: it has not.
func ruleIncident(rule meta.AlertRule, began, ended int64) meta.Incident {
	at := func(s int64) time.Time { return timeOf(watchBase + s*1000) }
	i := meta.Incident{ID: "abcdef", EnvironmentID: "env", Rule: &rule, Status: meta.IncidentOpen, StartedAt: at(began), OpenedAt: at(began).Add(rule.Interval)}
	if ended != 0 {
		resolved, closed := at(ended), at(ended).Add(rule.Interval)
		i.Status, i.ResolvedAt, i.ClosedAt = meta.IncidentClosed, &resolved, &closed
	}
	return i
}

// TestSeriesOfRule: an incident that began in the past and ended in the last day. Of
// minutesOf, the mean of the minute is 100 - 7.5 for each tick of ten viewers in it.
func TestSeriesOfRule(t *testing.T) {
	const dip = 86_400 + 3595 // seconds after watchBase: the last settled tick of the past day is 172780
	past := &pastOf{numbersOf: numbersOf{at: minutesOf(watchBase + dip*1000)}}
	numbers := &numbersOf{at: past.at}
	rule := ruleOf("current-concurrent-viewers")
	rule.Direction, rule.Threshold, rule.MinViewers = meta.Below, 50, 30
	// It is below from 35 s after the dip to 180 + 30 s, see TestBacktest.
	of := ruleIncident(rule, dip+35, dip+210)
	of.MeasuredValue, of.SampleSize, of.MeasuredValueOnClose = 47.25, 48, new(float64) // as it was then
	got, err := NewSeriesReader(NewBacktests(numbers, past), nil).Series(t.Context(), of, nil, time.UnixMilli(backtestNow))
	if err != nil {
		t.Fatal(err)
	}
	first, last := int64(dip+35-600), int64(dip+210+600) // ten minutes before and after it
	if !got.From.Equal(timeOf(watchBase+first*1000)) || !got.To.Equal(timeOf(watchBase+last*1000)) || int64(len(got.Points)) != (last-first)/5+1 {
		t.Fatalf("%d points from %s to %s", len(got.Points), got.From, got.To)
	}
	for i, m := range got.Points {
		tick := first + int64(i)*5
		low := max(0, min(tick, dip+180)-max(tick-60, dip)) / 5 // ticks of ten viewers in the minute
		value := 100 - 7.5*float64(low)
		want := Measured{From: timeOf(watchBase + (tick-60)*1000), To: timeOf(watchBase + tick*1000), Value: value, Sample: int64(value + 0.5), Counts: value > 30}
		switch tick {
		case dip + 35 + 60:
			want.Value, want.Sample, want.Counts = 47.25, 48, true
		case dip + 210 + 60:
			want.Value, want.Counts = 0, true
		}
		if diff := cmp.Diff(want, m); diff != "" {
			t.Errorf("%d s (-want +got):\n%s", tick, diff)
		}
		if beyond(&rule, value) != (tick >= dip+35 && tick < dip+210) {
			t.Errorf("%d s: %v", tick, m.Value)
		}
	}
	// From the minute before the first moment on, and no further than it has to be.
	if want := fmt.Sprintf("past %d-%d env", first-55, last); len(past.reads) != 1 || past.reads[0] != want || len(numbers.asked) != 0 {
		t.Errorf("read %q, want %q, and asked the last day for %q", past.reads, want, numbers.asked)
	}
}

// TestSeriesOfLongRule: of two days, as many moments as a chart has room for are shown,
// and those at which something happened.
func TestSeriesOfLongRule(t *testing.T) {
	numbers := &pastOf{numbersOf: numbersOf{at: steady(query.Tick{Concurrent: 7})}}
	rule := ruleOf("current-concurrent-viewers")
	of := ruleIncident(rule, 86_405, 86_400+43_210)
	got, err := NewSeriesReader(NewBacktests(&numbersOf{at: numbers.at}, numbers), nil).Series(t.Context(), of, nil, time.UnixMilli(backtestNow))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.Points); n < mostMoments-3 || n > mostMoments+3 {
		t.Errorf("%d moments", n)
	}
	there := map[time.Time]bool{}
	for _, m := range got.Points {
		there[m.To] = true
	}
	for name, at := range map[string]time.Time{"began": of.StartedAt, "opened": of.OpenedAt, "ended": *of.ResolvedAt, "closed": *of.ClosedAt} {
		if !there[at] {
			t.Errorf("the moment at which it %s is not there", name)
		}
	}
}

// TestSeriesUntilNow: of an open incident until the last settled moment; of one that
// has only begun, too.
func TestSeriesUntilNow(t *testing.T) {
	numbers := &numbersOf{at: steady(query.Tick{Concurrent: 7})}
	b := NewBacktests(numbers, &pastOf{})
	now := time.UnixMilli(backtestNow)
	of := ruleIncident(ruleOf("current-concurrent-viewers"), 3*86_400-600, 0)
	got, err := NewSeriesReader(b, nil).Series(t.Context(), of, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	if want := timeOf(backtestNow - 16_000); got.To != want || got.Points[len(got.Points)-1].To != want {
		t.Errorf("until %s, want %s", got.To, want)
	}
	if got.From != of.StartedAt.Add(-10*time.Minute) {
		t.Errorf("from %s", got.From)
	}
	numbers.fail = func(*query.TickPlan) error { return errors.New("disk on fire") }
	if _, err := NewSeriesReader(b, nil).Series(t.Context(), of, nil, now); err == nil {
		t.Error("numbers that cannot be read are no error")
	}
}

// TestSeriesWaits: one is read at a time, and nobody waits for it for ever.
func TestSeriesWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		past := &pastOf{began: make(chan struct{})}
		r := NewSeriesReader(NewBacktests(&numbersOf{at: steady(query.Tick{})}, past), nil)
		of := ruleIncident(ruleOf("current-concurrent-viewers"), 600, 1200)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _, _ = r.Series(ctx, of, nil, time.UnixMilli(backtestNow)) }()
		<-past.began
		if _, err := r.Series(t.Context(), of, nil, time.UnixMilli(backtestNow)); fault.CodeOf(err) != fault.Busy {
			t.Errorf("a second one: %v, want that it is busy", err)
		}
		cancel()
	})
}
