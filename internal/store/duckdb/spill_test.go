package duckdb

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"playhead/internal/fault"
	"playhead/internal/freespace"
)

// TestSpill checks that queries get no room on a disk that is below the floor, and
// some on any other.
func TestSpill(t *testing.T) {
	dir := t.TempDir()
	free, err := freespace.Of(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		floor int64
		none  bool
	}{{0, false}, {4 * free, true}} {
		s, err := Open(t.Context(), Config{Path: filepath.Join(dir, "views.duckdb"), FreeSpaceFloor: test.floor})
		if err != nil {
			t.Fatal(err)
		}
		var room string
		err = s.Read(t.Context(), func(db *sql.DB) error {
			return db.QueryRowContext(t.Context(), "SELECT current_setting('max_temp_directory_size')").Scan(&room)
		})
		if got := strings.HasPrefix(room, "0 bytes"); err != nil || got != test.none {
			t.Errorf("with a floor of %d queries may write %q (%v); want nothing: %v", test.floor, room, err, test.none)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOutOfMemory asks for more than fits into memory, and nothing may be written
// to the disk instead: who asks is told which setting is in the way, and what
// comes after is answered.
func TestOutOfMemory(t *testing.T) {
	dir := t.TempDir()
	free, err := freespace.Of(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Config{Path: filepath.Join(dir, "views.duckdb"), FreeSpaceFloor: 4 * free, MemoryLimit: 16 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	distinct := func(of int) error {
		return s.Read(t.Context(), func(db *sql.DB) error {
			var n int
			return db.QueryRowContext(t.Context(), "SELECT count(DISTINCT range::VARCHAR) FROM range(?)", of).Scan(&n)
		})
	}
	var told *fault.Error
	if err := distinct(10_000_000); !errors.As(err, &told) || told.Code != fault.Busy || !strings.Contains(told.Public(), "memory-limit") {
		t.Errorf("got %v, want the code %s and advice about memory-limit", err, fault.Busy)
	}
	if err := distinct(10); err != nil {
		t.Errorf("after it: %v", err)
	}
}
