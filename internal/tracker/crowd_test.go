package tracker

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/event"
	"playhead/internal/view"
)

func TestFair(t *testing.T) {
	for _, test := range []struct {
		counts []float64
		most   float64
		want   float64
	}{
		{[]float64{100}, 90, 90},
		{[]float64{100, 100}, 90, 45},
		{[]float64{10, 100}, 90, 80},    // the small one keeps all it has
		{[]float64{10, 20, 90}, 90, 60}, // 10 + 20 + 60
		{[]float64{40, 50, 60}, 90, 30},
		{[]float64{10, 50, 60}, 90, 40}, // 10 + 40 + 40
	} {
		counts := map[string]float64{}
		for i, n := range test.counts {
			counts[fmt.Sprint(i)] = n
		}
		if got := fair(counts, test.most); got != test.want {
			t.Errorf("%v down to %v together: got %v each, want %v", test.counts, test.most, got, test.want)
		}
	}
}

// TestLook has 100 views at most. One environment has begun 101 in as many
// records, another one has 9.
func TestLook(t *testing.T) {
	for _, test := range []struct {
		name string
		next int64 // where the journal ends
		want []ending
	}{
		// 110 views have to become 90: those of the first 20 records go.
		{"nothing unread", 110, []ending{{"flood", 29}}},
		// Another 110 records bring 101 and 9 more: of 220 views 90 may stay, the
		// 18 of the small one and 72 of the 202 of the flood. All 101 that are open
		// go, and of those to come 29, which are those of some 31 records.
		{"as much unread", 220, []ending{{"flood", 141}}},
	} {
		o := newOpenViews(testRules())
		o.crowd.most = 100
		for i := range int64(110) {
			environment := "flood"
			if i < 9 {
				environment = "small"
			}
			now := 1000 * i
			o.apply(environment, testEvent(fmt.Sprint(i), 1, event.ViewStart, now), i, now)
		}
		if diff := cmp.Diff(test.want, o.look(110, test.next)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestFlood floods an environment with views that are heard of once, while the
// players of another one, and of the same one, tell every hundred records that
// they go on. Nothing of what those watch may end, the number of open views has
// to stay near its limit, and a replay has to give the same views.
func TestFlood(t *testing.T) {
	const limit, flood = 1000, 15_000
	log, store := newMemoryLog(), &memoryStore{views: map[view.ID]string{}}
	tr := newTracker(t, log, store)
	tr.cfg.CommitViews = 1000
	tr.cfg.MaxOpenViews, tr.fold.open.crowd.most = limit, limit
	if err := tr.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	now, most := time.Now().UnixMilli(), 0
	say := func(environment, id string, seq int64, kind event.Kind) {
		now++
		r := recordOf(t, environment, now, event.Event{View: id, Seq: seq, Kind: kind, ViewerTime: now, Playhead: event.NoPlayhead})
		if err := log.Append(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	for i := range int64(flood) {
		if i%100 == 0 {
			kind := event.Heartbeat
			if i == 0 {
				kind = event.ViewStart
			}
			say("quiet", "watched", i+1, kind)
			say("flooded", "watched", i+1, kind)
		}
		say("flooded", fmt.Sprint(i), 1, event.ViewStart)
		if i%10 == 0 { // the tracker is at most so far behind, as it is where beacons are answered
			most = max(most, waitRead(t, tr, log, 100))
		}
	}
	for waitRead(t, tr, log, 0) > limit { // a decision may be on its way
		<-time.After(time.Millisecond)
	}
	if err := tr.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	// A look at every sixteenth, a hundred records until it is obeyed, and what
	// came while the goroutine that looks had to wait for a processor.
	if most > 2*limit {
		t.Errorf("%d views were open; want about %d at most", most, limit)
	}
	for _, environment := range []string{"quiet", "flooded"} {
		if v := tr.fold.open.byKey[key{environment, "watched"}]; v == nil || v.first.record > 1 {
			t.Errorf("the view in environment %q has ended, although it was heard of all the time", environment)
		}
	}
	// A replay, and another start on the same store, as a decision may have come
	// into the journal after the last record was read.
	again := &memoryStore{views: map[view.ID]string{}}
	for _, store := range []*memoryStore{store, again} {
		tr := newTracker(t, log, store)
		if err := tr.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-tr.CaughtUp()
		if err := tr.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if store.broken != nil {
			t.Error(store.broken)
		}
	}
	if diff := cmp.Diff(store.views, again.views); diff != "" {
		t.Errorf("%d views, and %d of a replay, which differ", len(store.views), len(again.views))
	}
	if len(store.views) < flood-limit-limit/16 {
		t.Errorf("%d views are stored, want all of the %d but those that are open", len(store.views), flood)
	}
}

// waitRead waits until the tracker is at most so many records behind, and
// returns how many views are open then.
func waitRead(t *testing.T, tr *Tracker, log *memoryLog, behind int64) (open int) {
	t.Helper()
	for {
		tr.mu.Lock()
		read, open := tr.fold.read, tr.fold.Open()
		tr.mu.Unlock()
		log.mu.Lock()
		next, changed := int64(len(log.records)), log.changed
		log.mu.Unlock()
		if next-read <= behind {
			return open
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the tracker does not go on")
		case <-changed:
		case <-time.After(time.Millisecond):
		}
	}
}

// TestFloodBehindStall floods a tracker whose store hangs. What it will have to
// end must be in the journal at small distances by the time that it reads on, or
// the views of the whole flood would be open.
func TestFloodBehindStall(t *testing.T) {
	const limit, flood = 1000, 12_000 // a view every ms
	synctest.Test(t, func(t *testing.T) {
		log, store := newMemoryLog(), &memoryStore{views: map[view.ID]string{}}
		tr := newTracker(t, log, store)
		tr.cfg.CommitViews, tr.cfg.CommitEvery = 100, time.Second
		tr.cfg.MaxOpenViews, tr.fold.open.crowd.most = limit, limit
		most := 0
		tr.fold.decode = func(b *event.Beacon) ([]event.Event, error) {
			most = max(most, tr.fold.Open())
			return decodeJSON(b)
		}
		if err := tr.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		gate := make(chan struct{})
		for i := range flood {
			if i == 500 {
				synctest.Wait()
				store.gate = gate
				appendView(t, log, "the one whose commit hangs")
			}
			now := time.Now().UnixMilli()
			r := record(t, now, event.Event{View: fmt.Sprint(i), Seq: 1, Kind: event.ViewStart, ViewerTime: now})
			if err := log.Append(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			<-time.After(time.Millisecond)
		}
		if tr.behind() < flood/2 {
			t.Errorf("the tracker is %d records behind, want it to hang", tr.behind())
		}
		close(gate)
		<-time.After(2 * time.Second)
		synctest.Wait()
		if err := tr.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		// Proposals are at most a step and a tenth of a second apart.
		if want := limit + limit/16 + 100; most > want+10 || tr.behind() > 0 {
			t.Errorf("%d views were open, and %d records are unread; want about %d and none", most, tr.behind(), want)
		}
		if len(store.views) < flood-2*limit || store.broken != nil {
			t.Errorf("%d views of %d are stored (%v)", len(store.views), flood, store.broken)
		}
	})
}
