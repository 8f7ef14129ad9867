package duckdb

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/sqlgen"
	"playhead/internal/store/sqltable"
	"playhead/internal/view"
)

var completeRecord = catalog.MustColumn("complete_record")

// viewsTogether is how many views are read at a time, if not more ended in the
// shortest span. They take about 3 KB each, whatever is read of them.
const viewsTogether = 10_000

// Completed reads the views that were first complete by a record of the journal
// from one on and before another: in the order of these records, those of the
// same one by id. They are as they are now, with those of the columns set that
// are not only shown. Where before is not beyond what [Store.Progress] has read,
// all of them are there, and none is added later; a view that changes is still of
// the same record.
//
// Views are read some thousands at a time, and nobody waits for whoever takes
// them. An error ends it; from the record of the last view on it can be read again.
func (s *Store) Completed(ctx context.Context, columns []*catalog.Column, from, before int64) iter.Seq2[*view.View, error] {
	columns = with(columns, completeRecord)
	const where = " WHERE complete_record >= ? AND complete_record < ? AND (complete_record > ? OR id > ?::UUID) ORDER BY complete_record, id LIMIT ?"
	return func(yield func(*view.View, error) bool) {
		last := view.New(view.ID{}) // before all others of the first record
		last.SetNumber(completeRecord, float64(from))
		for {
			n, _ := last.Number(completeRecord)
			at, most := int64(n), min(s.together, viewsTogether)
			list, err := s.chunk(ctx, "completed", columns, where, at, before, at, last.ID.String(), most)
			if err != nil {
				yield(nil, fmt.Errorf("read complete views: %w", err))
				return
			}
			for _, v := range list {
				if !yield(v, nil) {
					return
				}
				last = v
			}
			if int64(len(list)) < most {
				return
			}
		}
	}
}

// Ended reads the views of an environment, "" being all, that ended at a time from
// one on and before another, both in ms since 1970, in the order of their ends, those that
// ended together by id: of these the ones that were complete before a record of
// the journal, or of which it is not known by which they were (see
// [Store.Completed], which reads the others). Those of the columns are set that
// are not only shown.
//
// A view that is stored anew meanwhile, with another end, may come twice or not
// at all. An error ends it.
func (s *Store) Ended(ctx context.Context, columns []*catalog.Column, environment string, from, before, record int64) iter.Seq2[*view.View, error] {
	where, args := " AND (complete_record IS NULL OR complete_record < ?)", []any{record}
	if environment != "" {
		where, args = where+" AND environment_id = ?", append(args, environment)
	}
	return func(yield func(*view.View, error) bool) {
		parts, err := s.parts(ctx, min(s.together, viewsTogether), span{from, before}, where, args...)
		for i := len(parts) - 1; i >= 0 && err == nil; i-- {
			var list []*view.View
			condition := " WHERE view_end >= ? AND view_end < ?" + where + " ORDER BY view_end, id"
			list, err = s.chunk(ctx, "ended", columns, condition, slices.Concat([]any{parts[i].from, parts[i].to}, args)...)
			for _, v := range list {
				if !yield(v, nil) {
					return
				}
			}
		}
		if err != nil {
			yield(nil, fmt.Errorf("read views by their ends: %w", err))
		}
	}
}

// WatchesOf reads what viewers were doing in the stored views of an environment in
// which somebody was there at a time from one on and before another, both in ms
// since 1970: those that ended last first. It leaves out what [Store.Watches] leaves
// out, and reads as many at a time. An error ends it.
func (s *Store) WatchesOf(ctx context.Context, environment string, from, before int64) iter.Seq2[view.Watch, error] {
	const where = " AND environment_id = ? AND view_start < ?"
	return func(yield func(view.Watch, error) bool) {
		parts, err := s.parts(ctx, s.together, since(from), where, environment, before)
		for i := 0; i < len(parts) && err == nil; i++ {
			var list []view.Watch
			err = s.read(ctx, "watches", func(db *database) (err error) {
				list, err = db.watches(ctx, parts[i], where, environment, before)
				return err
			})
			for _, w := range list {
				if !yield(w, nil) {
					return
				}
			}
		}
		if err != nil {
			yield(view.Watch{}, fmt.Errorf("read activities: %w", err))
		}
	}
}

// parts divides a time into spans in which few enough views ended, the last one first.
func (s *Store) parts(ctx context.Context, together int64, ended span, where string, args ...any) (list []span, err error) {
	err = s.read(ctx, "ends", func(db *database) (err error) {
		list, err = db.ends(ctx, together, ended, where, args...)
		return err
	})
	return list, err
}

// chunk reads columns of the views that a condition is true of.
func (s *Store) chunk(ctx context.Context, step string, columns []*catalog.Column, where string, args ...any) (list []*view.View, err error) {
	var text strings.Builder
	text.WriteString("SELECT id")
	for _, c := range columns {
		if sqlgen.Stored(c) {
			text.WriteString(", " + c.Name)
		}
	}
	text.WriteString(" FROM views" + where)
	err = s.read(ctx, step, func(db *database) (err error) {
		list, err = sqltable.Views(ctx, db.pool, columns, text.String(), args...)
		return err
	})
	return list, err
}

// with is a list of columns that has one of them in any case.
func with(columns []*catalog.Column, c *catalog.Column) []*catalog.Column {
	if slices.Contains(columns, c) {
		return columns
	}
	return append(slices.Clone(columns), c)
}
