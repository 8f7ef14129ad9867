package duckdb

import (
	"testing"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// TestBegun counts views at both ends of a time, beside others that began before and
// after it, in another environment or of another title.
func TestBegun(t *testing.T) {
	s := open(t, t.TempDir()+"/views.duckdb")
	var b view.Batch
	for i, v := range []struct {
		environment, title string
		start              float64
	}{{"a", "x", 999}, {"a", "x", 1000}, {"a", "y", 1500}, {"a", "x", 2000}, {"a", "x", 2001}, {"b", "x", 1500}} {
		row := view.New(view.ID{0: byte(i + 1)})
		row.SetText(environmentID, v.environment)
		row.SetText(catalog.MustColumn("video_title"), v.title)
		row.SetNumber(catalog.MustColumn("view_start"), v.start)
		row.SetNumber(catalog.MustColumn("view_end"), v.start+1)
		b.Views = append(b.Views, row)
	}
	if err := s.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		environment, title string
		want               int64
	}{{"a", "", 3}, {"a", "x", 2}, {"b", "", 1}, {"c", "", 0}} {
		if got, err := s.Begun(t.Context(), test.environment, test.title, 1000, 2000); err != nil || got != test.want {
			t.Errorf("of environment %q, title %q began %d, %v; want %d", test.environment, test.title, got, err, test.want)
		}
	}
}
