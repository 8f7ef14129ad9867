package incident

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"playhead/internal/catalog"
	"playhead/internal/meta"
	"playhead/internal/query"
)

// numbersOf are made-up real-time numbers, and what was asked.
type numbersOf struct {
	at       func(p *query.TickPlan, tick int64) query.Tick
	startups []query.Startup
	since    int64
	fail     func(p *query.TickPlan) error
	asked    []string
}

func (n *numbersOf) Since(string) int64 { return n.since }

func (n *numbersOf) Ticks(_ context.Context, p *query.TickPlan) (*query.Ticks, error) {
	n.note("ticks", p)
	if n.fail != nil {
		if err := n.fail(p); err != nil {
			return nil, err
		}
	}
	g := query.TickGroup{Ticks: make([]query.Tick, p.Count())}
	for i := range g.Ticks {
		g.Ticks[i] = n.at(p, p.From+int64(i)*query.TickEvery)
	}
	return &query.Ticks{From: p.From, Groups: []query.TickGroup{g}}, nil
}

func (n *numbersOf) Startups(_ context.Context, p *query.TickPlan) (list []query.Startup, err error) {
	n.note("startups", p)
	for _, s := range n.startups {
		if s.At > p.From-query.TickEvery && s.At <= p.To {
			list = append(list, s)
		}
	}
	return list, nil
}

// note notes what was asked, in seconds after watchBase.
func (n *numbersOf) note(what string, p *query.TickPlan) {
	var where strings.Builder
	for _, c := range p.Where {
		fmt.Fprintf(&where, " %s %t %v", catalog.RealtimeDimensions[c.Dimension].Name, c.Not, c.Values)
	}
	n.asked = append(n.asked, fmt.Sprintf("%s %d-%d %s%s", what, (p.From-watchBase)/1000, (p.To-watchBase)/1000, p.Environment, where.String()))
}

// steady numbers are the same at each tick.
func steady(t query.Tick) func(*query.TickPlan, int64) query.Tick {
	return func(*query.TickPlan, int64) query.Tick { return t }
}

func ruleOf(metric string, filters ...meta.RuleFilter) meta.AlertRule {
	return meta.AlertRule{
		ID: metric, EnvironmentID: "env", Name: "a rule", Enabled: true, Metric: metric, Direction: meta.Above, Threshold: 50,
		Interval: time.Minute, Severity: meta.SeverityWarning, Filters: filters, UpdatedAt: time.UnixMilli(watchBase),
	}
}

// TestMoments works out all metrics of two moments by hand. Eleven ticks are alike, the
// twelfth, at 60 s, has more of everything; so has the minute up to 55 s one tick of before.
func TestMoments(t *testing.T) {
	usual := query.Tick{
		Concurrent: 100, StartingUp: 10, WatchTime: 500_000, RebufferTime: 6000, StartAttempts: 20, Exits: 1, Failures: 7, StartupFailures: 2,
		Bitrate: 240_000_000, BitrateViewers: 80,
	}
	last := query.Tick{
		Concurrent: 220, StartingUp: 30, WatchTime: 1_100_000, RebufferTime: 10_001, StartAttempts: 80, Exits: 4, Failures: 43, StartupFailures: 18,
		Bitrate: 880_000_000, BitrateViewers: 220,
	}
	numbers := &numbersOf{
		at: func(_ *query.TickPlan, tick int64) query.Tick {
			if tick == watchBase+60_000 {
				return last
			}
			return usual
		},
		startups: []query.Startup{ // of the minutes: those at 0 s are of the first one alone, those at 60 s of the second one
			{At: watchBase + 60_000, Time: 900},
			{At: watchBase, Time: 50},
			{At: watchBase + 1, Time: 400},
			{At: watchBase + 55_001, Time: 40},
			{At: watchBase + 60_001, Time: 1},
			{At: watchBase - 5000, Time: 100_000},
			{At: watchBase - 4999, Time: 70},
		},
	}
	for metric, want := range map[string][]Moment{
		// (11 · 240 + 880) Mbit/s of 11 · 80 + 220 viewers are 3.2 Mbit/s.
		"current-average-bitrate": {{Value: 3_000_000, Affected: 100}, {Value: 3_200_000, Affected: 220}},
		// Their mean is (1100 + 220) / 12.
		"current-concurrent-viewers": {{Value: 100, Affected: 100}, {Value: 110, Affected: 220}},
		// 6 of 500 s; (66 + 10.001) of (5500 + 1100) s. Affected: as many as stalled all the five seconds, rounded up.
		"current-rebuffering-percentage": {{Value: 1.2, Affected: 2}, {Value: 1.151530303, Affected: 3}},
		// 1 of 20; (11 + 4) of (220 + 80).
		"exits-before-video-start": {{Value: 5, Affected: 1}, {Value: 5, Affected: 4}},
		// 7 of 100, which is 7.000000000000001 if it is computed without care; (77 + 43) of (1100 + 220).
		"playback-failure-percentage": {{Value: 7, Affected: 7}, {Value: 9.090909091, Affected: 43}},
		// 2 of 20; (22 + 18) of (220 + 80).
		"video-startup-failure-percentage": {{Value: 10, Affected: 2}, {Value: 13.333333333, Affected: 18}},
		// 70, 50, 400: of the minute up to 55 s, in which nothing is slower than 50 ms after 50 s; 400, 40, 900: one is, after 55 s.
		"video-startup-time": {{Value: 70, Affected: 0}, {Value: 400, Affected: 1}},
	} {
		for i := range want {
			want[i].Tick = watchBase + 55_000 + int64(i)*5000
			want[i].Viewers = []float64{100, 110}[i]
		}
		got, err := Moments(t.Context(), numbers, ruleOf(metric), watchBase+55_000, watchBase+60_000)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", metric, diff)
		}
	}
	// With nobody there, what divides by viewers is not known.
	numbers.at, numbers.startups = steady(query.Tick{}), nil
	for _, metric := range ruleMetrics() {
		got, err := Moments(t.Context(), numbers, ruleOf(metric), watchBase, watchBase)
		want := []Moment{{Tick: watchBase, Value: math.NaN()}}
		if metric == "current-concurrent-viewers" {
			want[0].Value = 0
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); err != nil || diff != "" {
			t.Errorf("%s with nobody there: %v (-want +got):\n%s", metric, err, diff)
		}
	}
}

// TestMonitorShares: rules about the same viewers share what is asked, however
// their filters are written, and at each tick only that one is asked for.
func TestMonitorShares(t *testing.T) {
	de := meta.RuleFilter{Dimension: "country", Values: []string{"DE", "AT"}}
	at := meta.RuleFilter{Dimension: "country", Values: []string{"AT", "DE"}}
	as := meta.RuleFilter{Dimension: "asn", Values: []string{"03320"}, Exclude: true}
	watchers := []*Watcher{
		NewWatcher(ruleOf("playback-failure-percentage", de, as), nil),
		NewWatcher(ruleOf("video-startup-time", as, at), nil),
		NewWatcher(ruleOf("current-rebuffering-percentage"), nil),
	}
	numbers := &numbersOf{at: steady(query.Tick{Concurrent: 10})}
	m := NewMonitor(numbers)
	step := func(settled int64) (asked []string) {
		numbers.asked = nil
		if err := m.Watch(t.Context(), watchBase+settled*1000, watchers); err != nil {
			t.Fatal(err)
		}
		slices.Sort(numbers.asked)
		return numbers.asked
	}
	const some = " asn true [3320] country false [AT DE]"
	for _, s := range []struct {
		settled int64
		want    []string
	}{
		{-5, nil}, // the rules are newer
		{0, []string{"startups -55-0 env" + some, "ticks -55-0 env", "ticks -55-0 env" + some}},
		{0, nil},
		{5, []string{"startups 5-5 env" + some, "ticks 5-5 env", "ticks 5-5 env" + some}},
		{15, []string{"startups 10-15 env" + some, "ticks 10-15 env", "ticks 10-15 env" + some}},
	} {
		if diff := cmp.Diff(s.want, step(s.settled), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("at %d (-want +got):\n%s", s.settled, diff)
		}
	}
	// A new rule about viewers who are known needs the minute before it; so does one that
	// needs startup times where there were none yet.
	newer := ruleOf("video-startup-time")
	newer.UpdatedAt = time.UnixMilli(watchBase + 16_000)
	watchers = append(watchers, NewWatcher(newer, nil))
	want := []string{"startups -35-20 env", "startups 20-20 env" + some, "ticks -35-20 env", "ticks 20-20 env" + some}
	if diff := cmp.Diff(want, step(20)); diff != "" {
		t.Errorf("with a new rule (-want +got):\n%s", diff)
	}
	// What nobody asks for any more is forgotten.
	watchers = watchers[2:3]
	step(25)
	if len(m.audiences) != 1 {
		t.Errorf("%d audiences are kept, want 1", len(m.audiences))
	}
	if n := len(m.audiences[watchers[0].reading.key].ticks); n != 12 {
		t.Errorf("%d ticks are kept, want 12", n)
	}
}

// TestMonitorCatchesUp: a watcher that is behind takes all moments, an hour at a time; of
// those that are older than the history, or than a day, none.
func TestMonitorCatchesUp(t *testing.T) {
	numbers := &numbersOf{at: steady(query.Tick{Concurrent: 60})}
	rule := ruleOf("current-concurrent-viewers")
	w := NewWatcher(rule, func() string { return "id" })
	m := NewMonitor(numbers)
	watch := func(settled int64) {
		t.Helper()
		numbers.asked = nil
		if err := m.Watch(t.Context(), watchBase+settled*1000, []*Watcher{w}); err != nil {
			t.Fatal(err)
		}
	}
	check := func(next int64, asked ...string) {
		t.Helper()
		if got := (w.Next() - watchBase) / 1000; got != next {
			t.Errorf("next is %d, want %d", got, next)
		}
		if diff := cmp.Diff(asked, numbers.asked, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	watch(7200)
	check(7205, "ticks -55-3595 env", "ticks 3600-7195 env", "ticks 7200-7200 env")
	if changes, _, _ := w.Take(); len(changes) != 1 || !changes[0].Incident.OpenedAt.Equal(time.UnixMilli(watchBase+60_000)) {
		t.Errorf("changes %+v, want one at 60", changes)
	}
	numbers.since = watchBase + 10_001_000 // the first tick is 10,005, so the first moment is 10,060
	watch(10_055)
	check(10_060)
	watch(10_065)
	check(10_070, "ticks 10005-10065 env")
	numbers.since = 0
	watch(10_065 + 86_400 + 3600) // the ticks of a day go back to 13,665
	if first := numbers.asked[0]; first != "ticks 13665-17315 env" {
		t.Errorf("asked %s first", first)
	}
	// A clock that is set back by less than five minutes is waited for, by more is not.
	watch(10_065 + 86_400 + 3600 - 295)
	check(100_070)
	watch(100_065 - 300)
	check(99_770, "ticks 99710-99765 env")
}

// TestMonitorBehind: a watcher that joins others about the same viewers, and is behind
// them, has what it needs read again; the others do not take it twice.
func TestMonitorBehind(t *testing.T) {
	numbers := &numbersOf{at: steady(query.Tick{Concurrent: 60})}
	m := NewMonitor(numbers)
	first := NewWatcher(ruleOf("current-concurrent-viewers"), func() string { return "id" })
	second := NewWatcher(ruleOf("current-concurrent-viewers"), func() string { return "id" })
	for _, settled := range []int64{100, 105} {
		if err := m.Watch(t.Context(), watchBase+settled*1000, []*Watcher{first}); err != nil {
			t.Fatal(err)
		}
	}
	first.Take()
	if err := m.Watch(t.Context(), watchBase+105_000, []*Watcher{first, second}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"ticks -55-100 env", "ticks 105-105 env", "ticks -55-105 env"}, numbers.asked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if changes, _, _ := first.Take(); len(changes) != 0 {
		t.Errorf("%d changes of the one that was not behind", len(changes))
	}
	if changes, _, _ := second.Take(); len(changes) != 1 || second.Next() != first.Next() {
		t.Errorf("%d changes, next is %d", len(changes), second.Next()-watchBase)
	}
}

// TestMonitorDeaf: while the server was not there, nothing is known, as of all moments
// whose minutes reach into that time.
func TestMonitorDeaf(t *testing.T) {
	numbers := &numbersOf{at: func(_ *query.TickPlan, tick int64) query.Tick {
		if at := tick - watchBase; at > 100_000 && at <= 400_000 {
			return query.Tick{}
		}
		return query.Tick{Concurrent: 60}
	}}
	rule := ruleOf("current-concurrent-viewers")
	rule.Direction = meta.Below
	for _, deaf := range []bool{false, true} {
		m, w := NewMonitor(numbers), NewWatcher(rule, func() string { return "id" })
		if deaf {
			m.Deaf(watchBase+100_000, watchBase+400_000)
		}
		if err := m.Watch(t.Context(), watchBase+1_000_000, []*Watcher{w}); err != nil {
			t.Fatal(err)
		}
		if changes, _, _ := w.Take(); (len(changes) == 0) != deaf {
			t.Errorf("deaf %t: %d changes", deaf, len(changes))
		}
	}
	m := NewMonitor(numbers)
	m.Deaf(watchBase+100_000, watchBase+400_000)
	for at, known := range map[int64]bool{100: true, 105: false, 400: false, 455: false, 460: true} {
		if got := m.heard(watchBase + at*1000); got != known {
			t.Errorf("at %d: known %t, want %t", at, got, known)
		}
	}
}

// TestMonitorDeafTwice: a second restart soon after the first one does not make what
// happened in the absence before that known.
func TestMonitorDeafTwice(t *testing.T) {
	numbers := &numbersOf{at: func(_ *query.TickPlan, tick int64) query.Tick {
		if at := tick - watchBase; at > 100_000 && at <= 200_000 {
			return query.Tick{}
		}
		return query.Tick{Concurrent: 60}
	}}
	rule := ruleOf("current-concurrent-viewers")
	rule.Direction = meta.Below
	var kept []byte
	for start, settled := range []int64{220_000, 250_000, 400_000} { // when each process was there last
		m, w := NewMonitor(numbers), NewWatcher(rule, func() string { return "id" })
		if start == 0 {
			m.Deaf(watchBase+100_000, watchBase+200_000)
		} else {
			m.Deaf(watchBase+220_000, watchBase+225_000)
		}
		if err := w.Restore(kept); err != nil {
			t.Fatal(err)
		}
		if err := m.Watch(t.Context(), watchBase+settled, []*Watcher{w}); err != nil {
			t.Fatal(err)
		}
		changes, state, dirty := w.Take()
		if len(changes) > 0 {
			t.Errorf("process %d: %+v", start, changes)
		}
		if dirty {
			kept = state
		}
	}
}

// TestMonitorFails: what cannot be read keeps only those waiting that need it. They go
// on where they were.
func TestMonitorFails(t *testing.T) {
	broken := errors.New("broken")
	numbers := &numbersOf{at: steady(query.Tick{Concurrent: 60})}
	numbers.fail = func(p *query.TickPlan) error {
		if len(p.Where) > 0 && p.To > watchBase+3_600_000 {
			return broken
		}
		return nil
	}
	one := NewWatcher(ruleOf("current-concurrent-viewers"), func() string { return "id" })
	other := NewWatcher(ruleOf("current-concurrent-viewers", meta.RuleFilter{Dimension: "country", Values: []string{"DE"}}), func() string { return "id" })
	odd := NewWatcher(ruleOf("of another version"), nil)
	m := NewMonitor(numbers)
	err := m.Watch(t.Context(), watchBase+7_200_000, []*Watcher{odd, other, one})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "of another version") {
		t.Errorf("error %v, want both", err)
	}
	if one.Next() != watchBase+7_205_000 || other.Next() != watchBase+3_600_000 || odd.Next() != watchBase {
		t.Errorf("next are %d, %d and %d", one.Next()-watchBase, other.Next()-watchBase, odd.Next()-watchBase)
	}
	numbers.fail = nil
	if err := m.Watch(t.Context(), watchBase+7_200_000, []*Watcher{other, one}); err != nil || other.Next() != one.Next() {
		t.Errorf("error %v; next are %d and %d", err, one.Next()-watchBase, other.Next()-watchBase)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	numbers.fail = func(*query.TickPlan) error { return ctx.Err() }
	if err := m.Watch(ctx, watchBase+9_000_000, []*Watcher{one, other}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestMonitorSteps: a watcher that takes ticks as they come has the moments of one that
// takes all of them at once, whichever way they come.
func TestMonitorSteps(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	ticks := map[int64]query.Tick{}
	numbers := &numbersOf{at: func(_ *query.TickPlan, tick int64) query.Tick {
		known, ok := ticks[tick]
		if !ok {
			known = query.Tick{Concurrent: random.Int64N(10), StartAttempts: random.Int64N(5), Exits: random.Int64N(3), WatchTime: random.Int64N(50_000), RebufferTime: random.Int64N(3000)}
			ticks[tick] = known
		}
		return known
	}}
	for at := int64(watchBase - 60_000); at < watchBase+2_000_000; at += 1 + random.Int64N(20_000) {
		numbers.startups = append(numbers.startups, query.Startup{At: at, Time: random.Int64N(100)})
	}
	for _, metric := range []string{"current-concurrent-viewers", "video-startup-time", "exits-before-video-start"} {
		rule := ruleOf(metric)
		want, err := Moments(t.Context(), numbers, rule, watchBase, watchBase+1_500_000)
		if err != nil {
			t.Fatal(err)
		}
		m, r := NewMonitor(numbers), must(newReading(rule))
		a := &audience{plan: r.plan}
		var got []Moment
		for from := int64(watchBase); from <= watchBase+1_500_000; {
			to := min(watchBase+1_500_000, from+query.TickEvery*random.Int64N(30))
			if err := a.read(t.Context(), m.numbers, from-beforeMoment, to, r.ofStartups()); err != nil {
				t.Fatal(err)
			}
			for ; from <= to; from += query.TickEvery {
				got = append(got, r.moment(a, from))
			}
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s (-at once +as they come):\n%s", metric, diff)
		}
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
