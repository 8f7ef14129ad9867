package tracker

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/catalog"
	"playhead/internal/journal"
	"playhead/internal/view"
)

// follower reads the views of a store in the order in which they changed, as streams
// and daily files do.
type follower struct {
	store *memoryStore
	after view.Cursor
	seen  map[view.ID]string
}

var changedRecord = catalog.MustColumn("changed_record")

// changedBy is the record by which a stored view changed, and whether it says so.
func changedBy(t *rapid.T, doc string) (int64, bool) {
	v, err := view.DecodeDocument([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	n, ok := v.Number(changedRecord)
	return int64(n), ok
}

// read takes the next views, at most so many, and reports whether there are none left.
func (f *follower) read(t *rapid.T, most int) (all bool) {
	type place struct {
		view.Cursor
		doc string
	}
	before := f.store.progress.Read
	var next []place
	for id, doc := range f.store.views {
		if n, ok := changedBy(t, doc); ok && n < before && compareCursors(view.Cursor{Record: n, ID: id}, f.after) > 0 {
			next = append(next, place{view.Cursor{Record: n, ID: id}, doc})
		}
	}
	slices.SortFunc(next, func(a, b place) int { return compareCursors(a.Cursor, b.Cursor) })
	for _, p := range next[:min(most, len(next))] {
		f.after, f.seen[p.ID] = p.Cursor, p.doc
	}
	if all = most >= len(next); all {
		f.after = later(f.after, view.Cursor{Record: before})
	}
	return all
}

func compareCursors(a, b view.Cursor) int {
	return cmp.Or(cmp.Compare(a.Record, b.Record), bytes.Compare(a.ID[:], b.ID[:]))
}

func later(a, b view.Cursor) view.Cursor {
	if compareCursors(a, b) < 0 {
		return b
	}
	return a
}

// TestChangedMissesNone has somebody read the views in the order of their changes, some at
// a time, between commits of parts of what waits, crashes and starts that read the journal
// again, from snapshots or not: in the end they have each view, as it is in the end.
func TestChangedMissesNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := rapid.SampledFrom([]func(*rapid.T) *memoryLog{drawLog, drawStories}).Draw(t, "log")(t)
		_, end := log.Bounds()
		store := &memoryStore{views: map[view.ID]string{}, snapshots: map[uint16]view.Snapshot{}}
		reader := &follower{store: store, seen: map[view.ID]string{}}
		store.committed = func(before view.Progress, b view.Batch) {
			for _, v := range b.Views {
				if n, ok := v.Number(changedRecord); !ok || int64(n) < before.Read || b.Progress.Read != before.Read && int64(n) >= b.Progress.Read {
					t.Fatalf("view %s changed by %v (%v), stored between %d and %d", v.ID, n, ok, before.Read, b.Progress.Read)
				}
			}
			if rapid.Bool().Draw(t, "read") {
				reader.read(t, rapid.SampledFrom([]int{1, 2, 100}).Draw(t, "views"))
			}
		}
		start := func() *Tracker {
			tr := newTracker(t, log, store)
			tr.cfg.CommitViews = rapid.SampledFrom([]int{1, 2, 1000}).Draw(t, "views of a commit")
			tr.cfg.Snapshots = store.Snapshots
			tr.snapshots.every = rapid.Int64Range(0, 5).Draw(t, "snapshots every")
			tr.snapshots.most = rapid.SampledFrom([]int{1, 3, journal.Partitions}).Draw(t, "snapshots together")
			return tr
		}
		for at := int64(0); at < end; {
			commits := rapid.SliceOfN(rapid.Int64Range(at, end), 1, 6).Draw(t, "commits")
			at = commits[len(commits)-1]
			store.passes, store.failures = rapid.IntRange(0, 5).Draw(t, "passing"), rapid.IntRange(0, 1).Draw(t, "failing")
			store.failAfter = rapid.Bool().Draw(t, "stored all the same")
			runTo(t, start(), log, commits)
			store.failures = 0
		}
		runTo(t, start(), log, []int64{end})
		for !reader.read(t, 3) {
		}
		if diff := gocmp.Diff(store.views, reader.seen); diff != "" {
			t.Fatalf("views (-stored, +read):\n%s", diff)
		}
	})
}

// TestChangedOfFinalFold has the same records folded by who stores views once, when they
// are final, as a replay does: the views tell of the same records as those of a server.
func TestChangedOfFinalFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := rapid.SampledFrom([]func(*rapid.T) *memoryLog{drawLog, drawStories}).Draw(t, "log")(t)
		_, end := log.Bounds()
		store := &memoryStore{views: map[view.ID]string{}, snapshots: map[uint16]view.Snapshot{}}
		runTo(t, newTracker(t, log, store), log, []int64{end})
		want := maps.Clone(store.views)

		f := NewFinalFold(testRules(), decodeJSON)
		for _, rec := range log.records {
			if _, err := f.Add(rec); err != nil {
				t.Fatal(err)
			}
		}
		f.Rest()
		b, err := f.Batch(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		got := map[view.ID]string{}
		for _, v := range b.Views {
			doc, err := view.EncodeDocument(v)
			if err != nil {
				t.Fatal(err)
			}
			got[v.ID] = string(doc)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("views (-of a server, +of a replay):\n%s", diff)
		}
	})
}
