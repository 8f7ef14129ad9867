package duckdb

import (
	"fmt"
	"testing"

	"playhead/internal/catalog"
	"playhead/internal/fault"
	"playhead/internal/view"
)

func TestRetention(t *testing.T) {
	s := openNew(t)
	var batch view.Batch
	for i := range 10 {
		batch.Views = append(batch.Views, sample(i, fmt.Sprint(i)))
	}
	commit(t, s, batch)
	at := func(i int) int64 { return noon + 1000*int64(i) }

	n, err := s.DeleteTimelines(t.Context(), at(4))
	if err != nil || n != 4 {
		t.Fatalf("deleted %d timelines, %v, want 4", n, err)
	}
	for i, v := range batch.Views {
		got, err := s.View(t.Context(), "e", v.ID)
		if err != nil {
			t.Fatal(err)
		}
		if events := len(got.Events); events > 0 != (i >= 4) {
			t.Errorf("view %d has %d events", i, events)
		}
		check(t, "title", got.Text(catalog.MustColumn("video_title")), fmt.Sprint(i))
	}

	// A reader that began before does not get in the way.
	tx, err := s.db.pool.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // it only reads
	var count int
	if err := tx.QueryRow("SELECT count(*) FROM views").Scan(&count); err != nil || count != 10 {
		t.Fatalf("%d views, %v", count, err)
	}

	// A view ends half a second after it began.
	if n, err = s.DeleteViews(t.Context(), at(6)+500); err != nil || n != 6 {
		t.Fatalf("deleted %d views, %v, want 6", n, err)
	}
	check(t, "titles", titles(t, s), []string{"6", "7", "8", "9"})
	if _, err := s.View(t.Context(), "e", batch.Views[5].ID); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("deleted view = %v, want not found", err)
	}
	if n, err = s.DeleteViews(t.Context(), at(6)+500); err != nil || n != 0 {
		t.Errorf("deleted %d views again, %v, want none", n, err)
	}
}
