package tracker

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"playhead/internal/event"
	"playhead/internal/journal"
	"playhead/internal/view"
)

// toldLive keeps what it is told last of each view, and what it should not have
// been told.
type toldLive struct {
	mu    sync.Mutex
	views map[view.ID]view.Watch
	lists []int // how many views each time
	now   int64
	wrong []string
}

func newToldLive() *toldLive { return &toldLive{views: map[view.ID]view.Watch{}} }

// Put implements Live.
func (l *toldLive) Put(now int64, list []view.Watch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now < l.now {
		l.wrong = append(l.wrong, fmt.Sprintf("time goes back from %d to %d", l.now, now))
	}
	l.now, l.lists = now, append(l.lists, len(list))
	for _, w := range list {
		if l.views[w.ID].Final {
			l.wrong = append(l.wrong, fmt.Sprintf("view %s is told of after it was final", w.ID))
		}
		l.views[w.ID] = w
	}
}

// count is of how many views it was told, and how many times.
func (l *toldLive) count() (views, times int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.views), len(l.lists)
}

// load takes what a store has of the views that it was not told of.
func (l *toldLive) load(t *rapid.T, s *memoryStore) {
	for id, doc := range s.views {
		if _, told := l.views[id]; told {
			continue
		}
		v, err := view.DecodeDocument([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		l.views[id] = v.Watch()
	}
}

// TestTellAfterCrash holds what is told of views, and loaded from the store, by a
// tracker that starts after crashes against what one told that never crashed.
func TestTellAfterCrash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := rapid.SampledFrom([]func(*rapid.T) *memoryLog{drawLog, drawStories}).Draw(t, "log")(t)
		_, end := log.Bounds()
		run := func(store *memoryStore) *toldLive {
			tr, live := newTracker(t, log, store), newToldLive()
			tr.cfg.Live, tr.cfg.Snapshots = live, store.Snapshots
			tr.snapshots.every, tr.snapshots.most = rapid.Int64Range(0, 5).Draw(t, "snapshots every"), journal.Partitions
			if _, err := tr.begin(t.Context()); err != nil {
				t.Fatal(err)
			}
			caughtUp := rapid.Int64Range(tr.fold.stored.Read, end).Draw(t, "caught up")
			for _, rec := range log.records[tr.fold.read:end] {
				if tr.fold.read == caughtUp {
					tr.tellAll()
				}
				tr.add(rec)
				switch rapid.IntRange(0, 5).Draw(t, "then") {
				case 0:
					tr.tellNews()
				case 1:
					if err := tr.commit(t.Context()); err != nil {
						t.Fatal(err)
					}
				case 2:
					if rapid.IntRange(0, 4).Draw(t, "crashes") == 0 && store.passes == 0 {
						return nil
					}
				}
			}
			if caughtUp == end {
				tr.tellAll()
			}
			if err := tr.commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(live.wrong) > 0 {
				t.Fatal(live.wrong)
			}
			live.load(t, store)
			return live
		}
		steady := &memoryStore{views: map[view.ID]string{}, snapshots: map[uint16]view.Snapshot{}, passes: 1}
		want := run(steady)
		store := &memoryStore{views: map[view.ID]string{}, snapshots: map[uint16]view.Snapshot{}}
		got := run(store)
		for got == nil {
			got = run(store)
		}
		if diff := cmp.Diff(want.views, got.views, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("what viewers were doing (-without crashes, +with them):\n%s", diff)
		}
	})
}

// TestTell follows views with the goroutines: what was open at the start is told
// of before the tracker has caught up, changes at once, and the last time a view
// is told of it is final.
func TestTell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, store, live := newMemoryLog(), &memoryStore{views: map[view.ID]string{}}, newToldLive()
		tr := newTracker(t, log, store)
		tr.cfg.Live = live
		say := func(name string, seq int64, kind event.Kind) {
			t.Helper()
			now := time.Now().UnixMilli()
			if err := log.Append(t.Context(), record(t, now, event.Event{View: name, Seq: seq, Kind: kind, ViewerTime: now})); err != nil {
				t.Fatal(err)
			}
		}
		began := time.Now()
		id := view.NewID(began.UnixMilli(), "env", "a")
		check := func(when string, final bool, spans ...view.Activity) {
			t.Helper()
			synctest.Wait()
			live.mu.Lock()
			defer live.mu.Unlock()
			w := live.views[id]
			var got []view.Activity
			for _, s := range w.Spans {
				got = append(got, s.Activity)
			}
			if diff := cmp.Diff(spans, got); diff != "" || w.Final != final || w.Environment != "env" {
				t.Errorf("%s: final %v of %q, want %v (-want, +got):\n%s", when, w.Final, w.Environment, final, diff)
			}
		}
		say("a", 1, event.ViewStart)
		say("not asked for", 1, event.PlayerReady)
		if err := tr.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-tr.CaughtUp()
		if views, _ := live.count(); views != 1 {
			t.Errorf("%d views are told of once the tracker has caught up, want 1", views)
		}
		check("at the start", false, view.Starting, view.Left)
		<-time.After(time.Second)
		say("a", 2, event.Playing)
		check("when it plays", false, view.Starting, view.Playing, view.Left)
		_, puts := live.count()
		<-time.After(2 * time.Hour)
		check("after its silence", true, view.Starting, view.Playing, view.Left)
		if _, n := live.count(); n != puts+1 {
			t.Errorf("told %d times of a view that only became final, want once", n-puts)
		}
		if err := tr.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(live.views) != 1 || len(live.wrong) > 0 {
			t.Errorf("%d views: %v", len(live.views), live.wrong)
		}
	})
}

// TestTellTogether has many views change while records are there to be read: they
// are told of together, but neither too many nor too late.
func TestTellTogether(t *testing.T) {
	tr, live := newTracker(t, newMemoryLog(), &memoryStore{views: map[view.ID]string{}}), newToldLive()
	now := time.UnixMilli(start)
	tr.cfg.Live, tr.cfg.Clock = live, func() time.Time { return now }
	tr.tellAll()
	add := func(i int) {
		rec := said(t, fmt.Sprint(i), 1, event.ViewStart, 1)
		rec.Offset = int64(i)
		tr.add(rec)
	}
	for i := range tellTogether {
		if tr.isNewsDue(true) {
			t.Fatalf("with %d changes and another record, they are due", i)
		}
		add(i)
	}
	if !tr.isNewsDue(true) {
		t.Errorf("%d changes are not due", tellTogether)
	}
	add(tellTogether)
	tr.tellNews()
	if diff := cmp.Diff([]int{tellTogether, 1}, live.lists); diff != "" {
		t.Errorf("views told of (-want, +got):\n%s", diff)
	}
	add(tellTogether + 1)
	if tr.isNewsDue(true) || !tr.isNewsDue(false) {
		t.Error("a change is due when there is no other record, and only then")
	}
	now = now.Add(tellWithin)
	if !tr.isNewsDue(true) {
		t.Error("a change is not due after its time")
	}
}

// TestTellRenewed has a view go on as another one: at no time are there two
// viewers.
func TestTellRenewed(t *testing.T) {
	tr, _, log := folded(t)
	live := newToldLive()
	tr.cfg.Live = live
	tr.tellAll()
	more(t, tr, log, said(t, "a", 1, event.ViewStart, 0), said(t, "a", 2, event.Playing, 1), said(t, "a", 3, event.Heartbeat, 11))
	list := tr.fold.open.tooOld(0)
	rec := control{Renew: list}.record(start + 12_000)
	more(t, tr, log, rec, said(t, "a", 4, event.Heartbeat, 21))
	tr.tellNews()
	spans := map[bool][]view.Span{}
	for _, w := range live.views {
		for _, s := range w.Spans {
			s.At -= s.At % 1000 // beacons take some ms
			spans[w.Final] = append(spans[w.Final], s)
		}
	}
	// The player told its last 11 s after the start.
	want := map[bool][]view.Span{
		true: {
			{At: start, Activity: view.Starting, Startup: -1},
			{At: start + 1000, Activity: view.Playing, Startup: 1000},
			{At: start + 11_000, Activity: view.Left, Startup: -1},
		},
		false: {
			{At: start + 11_000, Activity: view.Playing, Startup: -1},
			{At: start + 21_000, Activity: view.Playing, Unheard: true, Startup: -1},
			{At: start + 51_000, Activity: view.Left, Startup: -1},
		},
	}
	if diff := cmp.Diff(want, spans); diff != "" {
		t.Errorf("final and not (-want, +got):\n%s", diff)
	}
}

// TestTellPanics tells of two views, one of which meets a bug.
func TestTellPanics(t *testing.T) {
	tr, _, log := folded(t)
	live := newToldLive()
	tr.cfg.Live = live
	tr.tellAll()
	more(t, tr, log, said(t, "a", 1, event.ViewStart, 0), said(t, "b", 1, event.ViewStart, 0))
	tr.fold.open.byKey[key{"env", "a"}].machine = nil
	tr.tellNews()
	if n := figure(t, tr, "untold_views_total"); len(live.views) != 1 || n != 1 {
		t.Errorf("%d views told of, %v left out; want 1 and 1", len(live.views), n)
	}
}

// orderedStore notes of how many views was told before each commit.
type orderedStore struct {
	*memoryStore
	live *toldLive
	told []int
}

func (s *orderedStore) Commit(ctx context.Context, b view.Batch) error {
	views, _ := s.live.count()
	s.told = append(s.told, views)
	return s.memoryStore.Commit(ctx, b)
}

// TestTellBeforeCommit: whoever finds a view in the store finds it told of as well.
// The time that is told is not after that of the clock, if that was set back.
func TestTellBeforeCommit(t *testing.T) {
	live := newToldLive()
	store := &orderedStore{memoryStore: &memoryStore{views: map[view.ID]string{}}, live: live}
	tr := newTracker(t, newMemoryLog(), store)
	clock := time.UnixMilli(start).Add(-time.Hour)
	tr.cfg.Live, tr.cfg.Clock = live, func() time.Time { return clock }
	tr.tellAll()
	for i, kind := range []event.Kind{event.ViewStart, event.ViewEnd} {
		rec := said(t, "a", int64(i+1), kind, int64(i+1))
		rec.Offset = int64(i)
		tr.add(rec)
	}
	if err := tr.commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{1}, store.told); diff != "" || live.now != clock.UnixMilli() {
		t.Errorf("told at %d, the clock says %d; views told of before commits (-want, +got):\n%s", live.now, clock.UnixMilli(), diff)
	}
}
