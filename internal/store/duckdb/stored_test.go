package duckdb

import (
	"slices"
	"testing"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// TestStored reads views as they are stored: one with its timeline, one without,
// and one that is not there.
func TestStored(t *testing.T) {
	s := openNew(t)
	a, b, c, other := sample(1, "a"), sample(2, "b"), sample(3, "c"), sample(9, "other")
	commit(t, s, view.Batch{Views: []*view.View{a, b, other}})
	if _, err := s.DeleteTimelines(t.Context(), b.ID.Time()); err != nil {
		t.Fatal(err)
	}
	got, err := s.Stored(t.Context(), []view.ID{b.ID, c.ID, a.ID})
	if err != nil {
		t.Fatal(err)
	}
	check(t, "views found", len(got), 2)
	title := catalog.MustColumn("video_title")
	check(t, "title of a", got[a.ID].Row.Text(title), "a")
	check(t, "title of b", got[b.ID].Row.Text(title), "b")
	check(t, "document of a", string(got[a.ID].Document), "")
	want, err := view.EncodeDocument(b)
	if err != nil {
		t.Fatal(err)
	}
	check(t, "document of b", string(got[b.ID].Document), string(want))
	for _, ids := range [][]view.ID{nil, {c.ID}} {
		if got, err := s.Stored(t.Context(), ids); err != nil || len(got) > 0 {
			t.Errorf("views that are not there: %v, %v", got, err)
		}
	}
}

// TestIDs lists views by the times in their ids, the first one included and the
// last one not.
func TestIDs(t *testing.T) {
	s := openNew(t)
	var b view.Batch
	for i := range 5 {
		b.Views = append(b.Views, sample(i, "x"))
	}
	commit(t, s, b)
	got, err := s.IDs(t.Context(), b.Views[1].ID.Time(), b.Views[3].ID.Time())
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(got, compareIDs)
	check(t, "ids", got, []view.ID{b.Views[1].ID, b.Views[2].ID})
}
