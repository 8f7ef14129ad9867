package tracker

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/view"
)

// TestFinalFold holds the views that a fold of final views yields against those
// that a tracker leaves in the store: they must be the same, and each be yielded
// once. The fold begins a batch anywhere and repeats some, as a store that fails
// has it do.
func TestFinalFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := drawLog(t)
		_, end := log.Bounds()
		want := &memoryStore{views: map[view.ID]string{}}
		runTo(t, newTracker(t, log, want), log, []int64{end})

		f, got := NewFinalFold(testRules(), decodeJSON), map[view.ID]string{}
		store := func(most int) {
			b, err := f.Batch(most)
			if rapid.Bool().Draw(t, "again") {
				b, err = f.Batch(most)
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range b.Views {
				doc, err := view.EncodeDocument(v)
				if err != nil || got[v.ID] != "" {
					t.Fatalf("view %s: yielded before (%v), or %v", v.ID, got[v.ID] != "", err)
				}
				got[v.ID] = string(doc)
			}
			if views, _ := f.Stored(); views != len(b.Views) {
				t.Fatalf("%d views stored of a batch of %d", views, len(b.Views))
			}
		}
		for _, rec := range log.records {
			if _, err := f.Add(rec); err != nil {
				t.Fatal(err)
			}
			if f.Waiting() >= 3 {
				store(rapid.IntRange(1, 3).Draw(t, "most"))
			}
		}
		f.Rest()
		for f.More() {
			store(3)
		}
		if diff := cmp.Diff(want.views, got); diff != "" {
			t.Errorf("views (-of the tracker, +of the fold):\n%s", diff)
		}
		if got := f.Position(); got != want.progress {
			t.Errorf("position %+v, want the tracker's, %+v", got, want.progress)
		}
	})
}
