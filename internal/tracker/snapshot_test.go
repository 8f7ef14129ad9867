package tracker

import (
	"container/list"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/event"
	"playhead/internal/journal"
	"playhead/internal/view"
)

// state is all that a fold knows of its open views, orders included.
type state struct {
	First, Idle, Running, Waiting []string
	Views                         []string
	Ages, Changed                 []int64
	Groups                        map[string]int
}

func stateOf(f *Fold) state {
	names := func(l *list.List) (names []string) {
		for el := l.Front(); el != nil; el = el.Next() {
			names = append(names, el.Value.(*openView).key.sdkID)
		}
		return names
	}
	s := state{First: names(f.open.byFirst), Idle: names(f.open.idle), Running: names(f.open.running), Groups: map[string]int{}}
	for _, v := range f.open.pending {
		s.Waiting = append(s.Waiting, v.id.String())
	}
	for el := f.open.byFirst.Front(); el != nil; el = el.Next() {
		v := el.Value.(*openView)
		s.Views, s.Ages = append(s.Views, string(v.append(nil))), append(s.Ages, f.open.age(v))
		s.Changed = append(s.Changed, v.changedBy)
	}
	for name, g := range f.open.crowd.groups {
		if g.open > 0 {
			s.Groups[name] = g.open
		}
	}
	return s
}

// TestRecall holds a fold that begins with snapshots against one that reads it
// all: from where the store stood on, their states must not differ in anything,
// whatever snapshots there are and wherever they were taken.
func TestRecall(t *testing.T) {
	rules := testRules()
	rapid.Check(t, func(t *rapid.T) {
		log := drawLog(t)
		rules.OutageAfter = rapid.SampledFrom([]time.Duration{0, 5 * time.Second, 100 * time.Second}).Draw(t, "outages after")
		_, end := log.Bounds()
		stop := rapid.Int64Range(0, end).Draw(t, "the store stands at")
		at := map[uint16]int64{}
		for p := range uint16(3) {
			at[p] = rapid.Int64Range(-1, stop).Draw(t, "snapshot at")
		}
		quiet := rapid.Bool().Draw(t, "all other partitions too")

		whole := NewFold(rules, decodeJSON)
		changed := rapid.Int64Range(0, stop).Draw(t, "other settings until")
		whole.eras.set([]era{{0, silence{Complete: 10_000, Final: 60_000}}, {changed, whole.open.silence}})
		var snapshots []view.Snapshot
		write := func() {
			for p := range uint16(journal.Partitions) {
				if when, busy := at[p]; busy && when == whole.read || !busy && quiet && whole.read == stop {
					snapshots = append(snapshots, whole.Snapshot(p))
				}
			}
		}
		write()
		for _, rec := range log.records[:stop] {
			whole.Add(rec)
			write()
		}
		whole.open.settle(len(whole.open.pending)) // they are in the store

		stored := whole.Position()
		again := NewFold(rules, decodeJSON)
		from, err := again.Recall(snapshots, stored, 0)
		if err != nil {
			t.Fatal(err)
		}
		if quiet && len(snapshots) == journal.Partitions && from < min(at[0], at[1], at[2]) && from < stored.Resume {
			t.Fatalf("reads from %d, with snapshots %v and the first view at %d", from, at, stored.Resume)
		}
		again.Begin(stored, from, end)
		for _, rec := range log.records[from:stop] {
			again.Add(rec)
		}
		for _, rec := range log.records[stop:] {
			compare(t, whole, again)
			whole.Add(rec)
			again.Add(rec)
		}
		compare(t, whole, again)
	})
}

func compare(t *rapid.T, whole, again *Fold) {
	t.Helper()
	if diff := cmp.Diff(stateOf(whole), stateOf(again)); diff != "" {
		t.Fatalf("at %d (-all read, +recalled):\n%s", whole.read, diff)
	}
}

// runOn folds what is in the journal, and commits it.
func runOn(t *testing.T, tr *Tracker, log *memoryLog) {
	t.Helper()
	if _, err := tr.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, rec := range log.records[tr.fold.read:] {
		tr.add(rec)
	}
	if err := tr.commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestSnapshotsFreeNothing starts with snapshots of all that is open, so that little
// of the journal is read: all since the oldest open view is needed all the same by a
// start that cannot use them.
func TestSnapshotsFreeNothing(t *testing.T) {
	log, store := newMemoryLog(), &memoryStore{views: map[view.ID]string{}, snapshots: map[uint16]view.Snapshot{}}
	now := time.Now().UnixMilli()
	log.Append(t.Context(), journal.Record{Time: now})
	log.Append(t.Context(), record(t, now, event.Event{View: "a", Seq: 1, Kind: event.ViewStart, ViewerTime: now}))
	log.Append(t.Context(), journal.Record{Time: now})
	first := newTracker(t, log, store)
	first.snapshots = snapshots{every: 1, most: journal.Partitions, read: -journal.Partitions} // all are due
	runOn(t, first, log)

	again := newTracker(t, log, store)
	again.cfg.Snapshots = store.Snapshots
	if _, err := again.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	if read, free := again.fold.read, again.Needed(); read != 3 || free != 1 {
		t.Errorf("reads from record %d, and the journal may delete those before %d; want 3 and 1", read, free)
	}
}
