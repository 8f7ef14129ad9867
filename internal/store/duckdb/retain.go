package duckdb

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"

	"playhead/internal/view"
)

// DeleteViews deletes the views that ended before a time, in ms since 1970,
// with their timelines, and returns how many there were. The file does not
// shrink, but new views take the place. Delete whole days, the oldest first:
// scattered gaps are not used again.
func (s *Store) DeleteViews(ctx context.Context, before int64) (int64, error) {
	n, err := s.delete(ctx,
		statement{"DELETE FROM timelines WHERE id IN (SELECT id FROM views WHERE view_end < ?)", []any{before}},
		statement{"DELETE FROM views WHERE view_end < ?", []any{before}})
	if err != nil {
		return 0, fmt.Errorf("delete old views: %w", err)
	}
	return n, nil
}

// DeleteTimelines deletes the timelines of the views that began before a time,
// in ms since 1970, and returns how many there were. The views stay, without
// their events.
func (s *Store) DeleteTimelines(ctx context.Context, before int64) (int64, error) {
	n, err := s.delete(ctx, statement{"DELETE FROM timelines WHERE id < ?::UUID", []any{firstID(before).String()}})
	if err != nil {
		return 0, fmt.Errorf("delete old timelines: %w", err)
	}
	return n, nil
}

// firstID is the least id that is made at a time.
func firstID(ms int64) view.ID {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(ms)<<16)
	var id view.ID
	copy(id[:], b[:6])
	return id
}

// statement is a statement with its arguments.
type statement struct {
	text string
	args []any
}

// delete runs statements in one transaction and frees what they deleted. It
// returns how many rows the last one deleted, or ErrDiskLow: that the file has
// gaps gives the disk no space, and making them takes some.
func (s *Store) delete(ctx context.Context, statements ...statement) (n int64, err error) {
	defer s.alone()()
	if err := s.checkSpace(); err != nil {
		return 0, err
	}
	err = s.use("delete", func(db *database) error {
		err := db.transact(ctx, func(c *sql.Conn) error {
			for _, st := range statements {
				r, err := c.ExecContext(ctx, st.text, st.args...)
				if err != nil {
					return err
				}
				if n, err = r.RowsAffected(); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || n == 0 {
			return err
		}
		_, err = db.pool.ExecContext(ctx, "CHECKPOINT") // only then is the space free
		return err
	})
	return n, err
}
