package app

import (
	"log/slog"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/event"
	"playhead/internal/journal"
	"playhead/internal/live"
	"playhead/internal/query"
	"playhead/internal/simulate"
	"playhead/internal/tracker"
	"playhead/internal/view"
)

// TestRealtimeSettles asks for the newest numbers a second after each tick, as
// dashboards do, and logs how far they are from what they are when all is told:
// of all viewers, and of those whose players tell every ten seconds what they
// do. Those of the app do not: some send once a minute, and some keep a pause to
// themselves until it is over.
func TestRealtimeSettles(t *testing.T) {
	w := tellTenMinutes(t, fewer(500))
	w.delay(t)
	for _, filters := range [][]string{nil, {"!player_name:app"}} {
		truth := map[int64]simulate.Tick{}
		whom := func(v *simulate.Truth, s *simulate.State) bool { return keeps(filters, v, s) }
		for tick := range simulate.TicksOf(w.truths, w.from, w.until, whom) {
			truth[tick.At] = tick
		}
		t.Logf("viewers of %v:", filters)
		w.settle(t, filters, truth)
	}
}

// settle logs how far numbers are from the truth when they are as old as some
// ticks.
func (w *tenMinutes) settle(t *testing.T, filters []string, truth map[int64]simulate.Tick) {
	ages := []int{0, 1, 2, 3, 6, 13} // in ticks: up to 65 s
	follower := newFollower(t, w)
	viewers, stalls := map[int][]float64{}, map[int][]float64{}
	next := w.from.Add(3 * time.Minute).UnixMilli() // with few viewers one of them is much
	for _, r := range w.records {
		for ; r.Time > next+1000 && next <= w.until.UnixMilli(); next += query.TickEvery {
			for _, age := range ages {
				at := next - int64(age)*query.TickEvery
				want, got := truth[at], follower.tick(t, filters, at)
				viewers[age] = append(viewers[age], 100*math.Abs(float64(got.Concurrent)/float64(want.Concurrent)-1))
				stalls[age] = append(stalls[age], 100*math.Abs(share(got.RebufferTime, got.WatchTime)-share(want.RebufferTime, want.WatchTime)))
			}
		}
		follower.add(t, r)
	}
	for _, age := range ages {
		a, b := viewers[age], stalls[age]
		slices.Sort(a)
		slices.Sort(b)
		half, most := len(a)/2, len(a)*95/100
		t.Logf("%2d s old: concurrent viewers off by %.2f %%, at the 95th percentile %.2f %%; the rebuffering percentage by %.3f and %.3f points",
			5*age, a[half], a[most], b[half], b[most])
	}
}

func share(of, all int64) float64 {
	if all == 0 {
		return 0
	}
	return float64(of) / float64(all)
}

// follower has what viewers do told of each record by itself.
type follower struct {
	*tenMinutes
	store    *live.Store
	machines map[string]*view.Machine
	read     tracker.Decode
}

func newFollower(t *testing.T, w *tenMinutes) *follower {
	t.Helper()
	store, err := live.New(live.Config{Memory: 256 << 20, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	return &follower{w, store, map[string]*view.Machine{}, w.decode()}
}

// add takes a record.
func (f *follower) add(t *testing.T, r journal.Record) {
	t.Helper()
	var b event.Beacon
	if len(r.Data) == 0 {
		return
	}
	if err := b.UnmarshalBinary(r.Data); err != nil {
		t.Fatal(err)
	}
	events, err := f.read(&b)
	if err != nil {
		t.Fatal(err)
	}
	changed := map[string]bool{}
	for i := range events {
		e := &events[i]
		if e.View == "" {
			continue
		}
		if f.machines[e.View] == nil {
			f.machines[e.View] = view.NewMachine(b.Environment, e.View, view.Scoring{})
		}
		f.machines[e.View].Apply(e)
		changed[e.View] = true
	}
	for id := range changed {
		if m := f.machines[id]; m.Started() {
			f.store.Put(r.Time, []view.Watch{m.Watch(view.Status{ID: view.NewID(m.FirstReceived(), b.Environment, id)}, false)})
		}
	}
}

// tick is what is known now of a tick.
func (f *follower) tick(t *testing.T, filters []string, at int64) query.Tick {
	t.Helper()
	p, err := query.RealtimeTimeseries(query.Request{
		Environment: f.environment, Metric: "current-concurrent-viewers", Filters: filters, Now: time.UnixMilli(at + query.TickLag),
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Ticks.From = p.Ticks.To
	points, err := p.Points(t.Context(), f.store)
	if err != nil {
		t.Fatal(err)
	}
	return points[0]
}
