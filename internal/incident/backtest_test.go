package incident

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/query"
)

// pastOf is a made-up past.
type pastOf struct {
	numbersOf
	whole int64 // 0: from the beginning
	err   error
	began chan struct{} // closed when it is read, which then waits for the context; nil: it does not
	reads []string
}

func (p *pastOf) Read(ctx context.Context, plan *query.TickPlan, startups bool) (query.Realtime, int64, error) {
	if p.began != nil {
		close(p.began)
		<-ctx.Done()
	}
	n := numbersOf{}
	n.note("past", plan)
	if startups {
		n.asked[0] += " startups"
	}
	p.reads = append(p.reads, n.asked...)
	return &p.numbersOf, max(p.whole, plan.From), p.err
}

// backtestNow is when back-tests ask: a tick, so the last settled one is 20 s ago.
const backtestNow = watchBase + 3*86_400_000 + 1000

// minutesOf have 100 viewers, and of three minutes, at two times, 10.
func minutesOf(times ...int64) func(*query.TickPlan, int64) query.Tick {
	return func(_ *query.TickPlan, tick int64) query.Tick {
		for _, at := range times {
			if tick > at && tick <= at+180_000 {
				return query.Tick{Concurrent: 10}
			}
		}
		return query.Tick{Concurrent: 100}
	}
}

// TestBacktest finds two times in the past with few viewers, one that reaches
// from it into the last day, and one that goes on.
func TestBacktest(t *testing.T) {
	const now, boundary = backtestNow, backtestNow - 16_000 - 86_400_000
	times := []int64{watchBase + 3_600_000, watchBase + 7_200_000, boundary - 60_000, now - 180_000 - 1000}
	past := &pastOf{numbersOf: numbersOf{at: minutesOf(times...)}}
	numbers := &numbersOf{at: minutesOf(times...)}
	b := NewBacktests(numbers, past)
	rule := ruleOf("current-concurrent-viewers")
	rule.Direction, rule.Threshold = meta.Below, 50
	got, err := b.Backtest(t.Context(), rule, time.UnixMilli(watchBase), time.UnixMilli(now))
	if err != nil {
		t.Fatal(err)
	}
	// The mean of a minute falls below 50 with the seventh tick of ten viewers, as
	// (5 · 100 + 7 · 10) / 12 is 47.5, and is back with the sixth of a hundred:
	// (6 · 100 + 6 · 10) / 12 is 55. So it is below from 35 s after the beginning to 180 + 30 s.
	for i := range got.Incidents {
		in := &got.Incidents[i]
		began := times[len(times)-1-i] + 35_000
		if in.StartedAt.UnixMilli() != began || in.OpenedAt.UnixMilli() != began+60_000 || in.PeakValue != 10 || in.ID != "" {
			t.Errorf("incident %d began %v and opened %v, at worst %v", i, in.StartedAt, in.OpenedAt, in.PeakValue)
		}
		if i == 0 != (in.ResolvedAt == nil) || i > 0 && in.ResolvedAt.UnixMilli() != began+175_000 {
			t.Errorf("incident %d ended %v", i, in.ResolvedAt)
		}
	}
	lowest, highest := 10.0, 100.0
	want := Backtest{
		From: time.UnixMilli(watchBase).UTC(), To: time.UnixMilli(now - 16_000).UTC(), Count: 4, Incidents: got.Incidents,
		Open:    3*175*time.Second + 130*time.Second, // the last one goes on: 180 - 15 - 35
		Moments: (3*86_400-15)/5 + 1, Known: (3*86_400-15)/5 + 1,
		Lowest: &lowest, P5: &highest, Median: &highest, P95: &highest, P99: &highest, Highest: &highest,
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got.Incidents) != 4 {
		t.Errorf("%d incidents (-want +got):\n%s", len(got.Incidents), diff)
	}
	if diff := cmp.Diff([]string{"past -55-172780 env"}, past.reads); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	if first, last := past.asked[len(past.asked)-1], numbers.asked[0]; first != "ticks 169200-172780 env" || last != "ticks 172785-172795 env" {
		t.Errorf("at the boundary it asked for %q and %q", first, last)
	}
}

// TestBacktestPartly: what could not be read, or is not known any more, is not looked at.
func TestBacktestPartly(t *testing.T) {
	rule := ruleOf("video-startup-time")
	from, to := time.UnixMilli(watchBase), time.UnixMilli(backtestNow)
	for name, test := range map[string]struct {
		whole, since int64
		first        int64 // seconds
		read         string
	}{
		"all":            {0, 0, 0, "past -55-172780 env startups"},
		"partly":         {watchBase + 100_001, 0, 160, "past -55-172780 env startups"},
		"nothing":        {backtestNow, 0, 172_840, "past -55-172780 env startups"},
		"short history":  {0, watchBase + 200_000_001, 0, "past -55-200000 env startups"},
		"no history":     {watchBase + 259_000_000, backtestNow, 259_055, "past -55-259185 env startups"},
		"nothing at all": {backtestNow, backtestNow, 259_185, "past -55-259185 env startups"},
	} {
		past := &pastOf{numbersOf: numbersOf{at: steady(query.Tick{Concurrent: 1})}, whole: test.whole}
		numbers := &numbersOf{at: past.at, since: test.since}
		got, err := NewBacktests(numbers, past).Backtest(t.Context(), rule, from, to)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if first := got.From.Unix() - watchBase/1000; first != test.first || got.Moments != (259_185-test.first)/5+1 {
			t.Errorf("%s: it looked at %d moments from %d on, want %d", name, got.Moments, first, test.first)
		}
		if got.Known != 0 || got.Median != nil {
			t.Errorf("%s: startup times are known: %+v", name, got)
		}
		if diff := cmp.Diff([]string{test.read}, past.reads); diff != "" {
			t.Errorf("%s: read (-want +got):\n%s", name, diff)
		}
	}
	// Of the last day the past need not be read.
	past := &pastOf{}
	numbers := &numbersOf{at: steady(query.Tick{})}
	got, err := NewBacktests(numbers, past).Backtest(t.Context(), rule, to.Add(-20*time.Hour), to)
	if err != nil || len(past.reads) > 0 || got.Moments != (20*3600-15)/5 {
		t.Errorf("%v; %d moments, read %v", err, got.Moments, past.reads)
	}
}

// TestBacktestKeeps keeps the latest incidents only, and counts all.
func TestBacktestKeeps(t *testing.T) {
	var times []int64
	for i := range int64(150) {
		times = append(times, watchBase+i*600_000)
	}
	past := &pastOf{numbersOf: numbersOf{at: minutesOf(times...)}}
	rule := ruleOf("current-concurrent-viewers")
	rule.Direction, rule.Threshold = meta.Below, 50
	got, err := NewBacktests(&numbersOf{at: past.at}, past).Backtest(t.Context(), rule, time.UnixMilli(watchBase), time.UnixMilli(backtestNow))
	if err != nil {
		t.Fatal(err)
	}
	first, last := got.Incidents[0].StartedAt.UnixMilli(), got.Incidents[len(got.Incidents)-1].StartedAt.UnixMilli()
	if got.Count != 150 || len(got.Incidents) != 100 || first != times[149]+35_000 || last != times[50]+35_000 || got.Open != 150*175*time.Second {
		t.Errorf("%d incidents, %d kept, from %d to %d, open for %v", got.Count, len(got.Incidents), last, first, got.Open)
	}
}

// TestBacktestRefuses: one at a time, of thirty days, of what is settled; what cannot be
// read is an error.
func TestBacktestRefuses(t *testing.T) {
	rule := ruleOf("video-startup-time")
	now := time.UnixMilli(backtestNow)
	numbers := &numbersOf{at: steady(query.Tick{})}
	past := &pastOf{numbersOf: numbersOf{at: numbers.at}, began: make(chan struct{})}
	b := NewBacktests(numbers, past)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := b.Backtest(ctx, rule, now.Add(-48*time.Hour), now)
		ended <- err
	}()
	<-past.began
	if _, err := b.Backtest(t.Context(), rule, now.Add(-time.Hour), now); fault.CodeOf(err) != fault.Busy {
		t.Errorf("while one runs: %v, want that it is busy", err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the first one: %v, want that it is canceled", err)
	}
	past.began = nil
	for name, test := range map[string]struct {
		from  time.Time
		fails error
		code  fault.Code
	}{
		"thirty days":   {now.Add(-30 * 24 * time.Hour), nil, ""},
		"longer":        {now.Add(-30*24*time.Hour - time.Second), nil, fault.Invalid},
		"nothing":       {now.Add(-16 * time.Second), nil, ""},
		"not settled":   {now.Add(-15 * time.Second), nil, fault.Invalid},
		"broken":        {now.Add(-time.Hour), errors.New("broken"), fault.Internal},
		"less than was": {now.Add(-time.Hour), fault.Badf("timestamp", "the history begins later"), fault.Busy},
	} {
		numbers.fail = func(*query.TickPlan) error { return test.fails }
		_, err := b.Backtest(t.Context(), rule, test.from, now)
		if (err == nil) != (test.code == "") || err != nil && fault.CodeOf(err) != test.code {
			t.Errorf("%s: %v, want %q", name, err, test.code)
		}
	}
	past.err = errors.New("broken")
	if _, err := b.Backtest(t.Context(), rule, now.Add(-48*time.Hour), now); !errors.Is(err, past.err) {
		t.Errorf("the past cannot be read: %v", err)
	}
}
