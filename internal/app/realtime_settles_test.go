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
// players tell what happened up to ten seconds later.
func TestRealtimeSettles(t *testing.T) {
	w := tellTenMinutes(t, fewer(500))
	w.delay(t)
	truth := map[int64]simulate.Tick{}
	for tick := range simulate.Ticks(w.truths, w.from, w.until) {
		truth[tick.At] = tick
	}
	follower := newFollower(t, w)
	errors := map[int][2][]float64{} // by the age of the tick in ticks: of viewers, and of the rebuffering percentage
	next := w.from.Add(time.Minute).UnixMilli()
	for _, r := range w.records {
		for ; r.Time > next+1000 && next <= w.until.UnixMilli(); next += query.TickEvery {
			for age := range 5 {
				at := next - int64(age)*query.TickEvery
				want, got := truth[at], follower.tick(t, at)
				of := errors[age]
				of[0] = append(of[0], math.Abs(float64(got.Concurrent)/float64(want.Concurrent)-1))
				of[1] = append(of[1], math.Abs(share(got.RebufferTime, got.WatchTime)-share(want.RebufferTime, want.WatchTime)))
				errors[age] = of
			}
		}
		follower.add(t, r)
	}
	for age := range 5 {
		for i, name := range []string{"concurrent viewers, relatively", "rebuffering percentage, absolutely"} {
			list := errors[age][i]
			slices.Sort(list)
			t.Logf("%2d s old, %s: median %.4f, p95 %.4f, most %.4f", 5*age, name, list[len(list)/2], list[len(list)*95/100], list[len(list)-1])
		}
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
func (f *follower) tick(t *testing.T, at int64) query.Tick {
	t.Helper()
	ticks, err := f.store.Ticks(t.Context(), &query.TickPlan{Environment: f.environment, From: at, To: at, GroupBy: query.NoGroups})
	if err != nil {
		t.Fatal(err)
	}
	return ticks.Groups[0].Ticks[0]
}
