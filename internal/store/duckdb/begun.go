package duckdb

import (
	"context"
	"fmt"
)

// Begun counts the stored views of an environment that began in a time, both ends
// included, in ms since 1970; of those with a title, unless that is "".
func (s *Store) Begun(ctx context.Context, environment, title string, from, to int64) (n int64, err error) {
	text, args := "SELECT count(*) FROM views WHERE environment_id = ? AND view_start BETWEEN ? AND ?", []any{environment, from, to}
	if title != "" {
		text, args = text+" AND video_title = ?", append(args, title)
	}
	err = s.read(ctx, "begun", func(db *database) error {
		return db.pool.QueryRowContext(ctx, text, args...).Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("count views that began: %w", err)
	}
	return n, nil
}
