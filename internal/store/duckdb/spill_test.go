package duckdb

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

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
