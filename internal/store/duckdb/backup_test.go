package duckdb

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"playhead/internal/view"
)

// TestBackup copies the file while views are committed and a reader holds an old
// state. The copy has what was committed before, with its own progress.
func TestBackup(t *testing.T) {
	s := openNew(t)
	commit(t, s, view.Batch{Views: []*view.View{sample(1, "a")}, Progress: view.Progress{Read: 10, Resume: 4}})
	tx, err := s.db.pool.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // it only reads
	var n int
	if err := tx.QueryRow("SELECT count(*) FROM views").Scan(&n); err != nil {
		t.Fatal(err)
	}
	commit(t, s, view.Batch{Views: []*view.View{sample(2, "b")}, Progress: view.Progress{Read: 20, Resume: 14}})
	to := filepath.Join(t.TempDir(), "copy.duckdb")
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := range 20 {
			b := view.Batch{Views: []*view.View{sample(100+i, "more")}, Progress: view.Progress{Read: int64(21 + i), Resume: 14}}
			if err := s.Commit(context.Background(), b); err != nil {
				t.Error(err)
			}
		}
	})
	p, err := s.Backup(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	writer.Wait()
	copied, err := Open(t.Context(), Config{Path: to})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { copied.Close() })
	check(t, "progress of the copy", progress(t, copied), p)
	count, err := copied.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	check(t, "views in the copy", count, 2+p.Read-20)
	check(t, "the first views", titles(t, copied)[:2], []string{"a", "b"})
	check(t, "titles in the original", len(titles(t, s)), 22)
	size, err := s.Size()
	if err != nil || size < 100_000 {
		t.Errorf("size %d, %v", size, err)
	}
}

// TestBackupEnds gives a backup up, which must not harm the store.
func TestBackupEnds(t *testing.T) {
	s := openNew(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Backup(ctx, filepath.Join(t.TempDir(), "copy.duckdb")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
	commit(t, s, view.Batch{Views: []*view.View{sample(1, "a")}})
	check(t, "titles", titles(t, s), []string{"a"})
}
