package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"

	"playhead/internal/fault"
	"playhead/internal/view"
)

// TestQueue fills the places and the line of those that wait for one.
func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(2)
		for range 2 {
			if err := q.enter(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		results := make(chan error, maxWaiting)
		for range maxWaiting {
			go func() { results <- q.enter(ctx) }()
		}
		synctest.Wait()
		if err := q.enter(t.Context()); fault.CodeOf(err) != fault.Busy {
			t.Errorf("one more than may wait: %v, want busy", err)
		}
		q.leave()
		if err := <-results; err != nil {
			t.Errorf("the first that waits got %v, want the place", err)
		}
		cancel()
		for range maxWaiting - 1 {
			if err := <-results; !errors.Is(err, context.Canceled) {
				t.Errorf("one that has gone got %v, want canceled", err)
			}
		}
	})
}

// TestWriterNeverWaits commits while as many queries run as may, and others wait.
func TestWriterNeverWaits(t *testing.T) {
	s, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "views.duckdb")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	letGo, in := make(chan struct{}), make(chan struct{})
	var queries sync.WaitGroup
	for range 3 * connections {
		queries.Go(func() {
			err := s.Read(t.Context(), func(db *sql.DB) error {
				c, err := db.Conn(t.Context()) // as a query has
				if err != nil {
					return err
				}
				defer c.Close()
				select {
				case in <- struct{}{}:
				case <-letGo:
				}
				<-letGo
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	for range connections - 1 {
		<-in
	}
	if err := s.Commit(t.Context(), view.Batch{Progress: view.Progress{Read: 1}}); err != nil {
		t.Errorf("commit beside queries: %v", err)
	}
	close(letGo)
	queries.Wait()
}
