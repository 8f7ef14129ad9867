package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/store/sqltable"
	"playhead/internal/view"
)

var (
	activities = catalog.MustColumn("activities")

	// watched are the columns that a [view.Watch] is made of. The CDN is not among
	// them: it is in the activities.
	watched = watchedColumns()
)

func watchedColumns() []*catalog.Column {
	list := []*catalog.Column{environmentID, activities}
	for i, d := range catalog.RealtimeDimensions {
		if i != catalog.RealtimeCDN {
			list = append(list, d.Column())
		}
		if d.Label != nil {
			list = append(list, d.Label)
		}
	}
	return list
}

// Watches reads what viewers were doing in the stored views that ended at a time,
// in ms since 1970, or later: those that ended last first. Views in which playback
// was never asked for are left out, and so are those that a version of the server
// stored that did not write down activities: see [Store.Unwatched].
//
// Views are read some thousands at a time, those that have ended in the same
// seconds. Nobody waits for whoever takes them, and one that is stored anew
// meanwhile, with another end, may come twice or not at all. After an error,
// whoever goes on has what could not be read tried again: no view comes twice
// by that.
func (s *Store) Watches(ctx context.Context, from int64) iter.Seq2[view.Watch, error] {
	return func(yield func(view.Watch, error) bool) {
		// try runs a step until it succeeds, or until nobody wants that.
		try := func(step string, operation func(*database) error) bool {
			for {
				err := s.read(ctx, step, operation)
				if err == nil {
					return true
				}
				if !yield(view.Watch{}, fmt.Errorf("read activities: %w", err)) {
					return false
				}
			}
		}
		var parts []span
		if !try("ends", func(db *database) (err error) {
			parts, err = db.ends(ctx, s.together, since(from), "")
			return err
		}) {
			return
		}
		for _, part := range parts {
			var list []view.Watch
			if !try("watches", func(db *database) (err error) {
				list, err = db.watches(ctx, part, "")
				return err
			}) {
				return
			}
			for _, w := range list {
				if !yield(w, nil) {
					return
				}
			}
		}
	}
}

// span is a time in which views ended, in ms since 1970; to is exclusive.
type span struct{ from, to int64 }

// since is the time from one on.
func since(from int64) span { return span{from, math.MaxInt64} }

const (
	// endsTogether is the shortest span that views are read of, in ms.
	endsTogether = 5000
	// watchesTogether is how many views are read at a time, if not more ended in the
	// shortest span. They take about 1 KB each. With 5000, reading takes 70 % more:
	// DuckDB looks at blocks of 120,000 rows each time.
	watchesTogether = 25_000
)

// ends divides a time into spans in which so many views ended together, or fewer,
// the last one first: of those that a further condition is true of.
func (db *database) ends(ctx context.Context, together int64, ended span, where string, args ...any) ([]span, error) {
	text := "SELECT view_end // ?::BIGINT AS step, count(*) FROM views WHERE view_end >= ? AND view_end < ?" + where + " GROUP BY step ORDER BY step DESC"
	var list []span
	next, views := span{to: ended.to}, int64(0)
	err := each(ctx, db.pool, text, slices.Concat([]any{endsTogether, ended.from, ended.to}, args), func(scan func(...any) error) error {
		var step, n int64
		if err := scan(&step, &n); err != nil {
			return err
		}
		if views > 0 && views+n > together {
			list = append(list, next)
			next, views = span{to: next.from}, 0
		}
		next.from = max(ended.from, step*endsTogether)
		views += n
		return nil
	})
	if views > 0 {
		list = append(list, next)
	}
	return list, err
}

// watches reads the views that ended in a span, of those that a further condition
// is true of.
func (db *database) watches(ctx context.Context, ended span, where string, args ...any) ([]view.Watch, error) {
	var text strings.Builder
	text.WriteString("SELECT id")
	for _, c := range watched {
		text.WriteString(", " + c.Name)
	}
	text.WriteString(" FROM views WHERE view_end >= ? AND view_end < ? AND activities <> ''" + where + " ORDER BY view_end DESC, id")
	rows, err := db.pool.QueryContext(ctx, text.String(), slices.Concat([]any{ended.from, ended.to}, args)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return scanWatches(rows)
}

func scanWatches(rows *sql.Rows) ([]view.Watch, error) {
	var list []view.Watch
	var id []byte
	fields, dst := make([]any, len(watched)), []any{&id}
	for i := range fields {
		dst = append(dst, &fields[i])
	}
	v := view.New(view.ID{}) // a Watch keeps nothing of its view but texts
	for rows.Next() {
		if err := rows.Scan(dst...); err != nil {
			return nil, err
		}
		v.ID = view.ID(id)
		for i, c := range watched {
			sqltable.Set(v, c, fields[i])
		}
		list = append(list, v.Watch())
	}
	return list, rows.Err()
}

// Unwatched counts the views that [Store.Watches] leaves out though somebody
// watched: those that were imported, and those that a version of the server stored that
// did not write down activities.
func (s *Store) Unwatched(ctx context.Context, since int64) (n int64, err error) {
	err = s.read(ctx, "unwatched", func(db *database) error {
		const text = "SELECT count(*) FROM views WHERE view_end >= ? AND activities = '' AND watch_time > 0"
		return db.pool.QueryRowContext(ctx, text, since).Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("count views without activities: %w", err)
	}
	return n, nil
}
