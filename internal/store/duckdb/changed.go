package duckdb

import (
	"context"
	"fmt"
	"iter"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

var (
	viewEnd       = catalog.MustColumn(string(catalog.ByEnd))
	changedRecord = catalog.MustColumn("changed_record")
)

// Changed reads the views of an environment that changed after a place in the order of
// their changes and by a record of the journal before another, in that order: whole, as
// they are now, with their events as far as those are kept.
//
// Where before is what [Store.Progress] has read, and after is where the last reading
// ended, each view is met, and met again each time that it has been stored anew, though
// not as it was between two readings. A view that is stored anew meanwhile is left to the
// next reading.
//
// Views are read some thousands at a time, and nobody waits for whoever takes them. An
// error ends it.
func (s *Store) Changed(ctx context.Context, environment string, after view.Cursor, before int64) iter.Seq2[*view.View, error] {
	return func(yield func(*view.View, error) bool) {
		var buffer []byte
		const where = "environment_id = ? AND changed_record < ? AND (changed_record > ? OR id > ?::UUID)"
		args := []any{environment, before, after.Record, after.ID.String()}
		for w, err := range s.ordered(ctx, "changed", "changed_record", after.Record, where, args...) {
			var v *view.View
			if err == nil {
				v, err = s.unpack(w, view.DecodeDocument, &buffer)
			}
			if err != nil {
				yield(nil, fmt.Errorf("read views that changed: %w", err))
				return
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}

// dayMS is how long a day is.
const dayMS = 24 * 60 * 60 * 1000

// Days tells how many views there are that ended at a time from one on and before
// another, both in ms since 1970: for each environment and day, in that order. Where a
// day is cut by one of the times, it is of its part.
func (s *Store) Days(ctx context.Context, from, before int64) (days []view.Day, err error) {
	const text = `SELECT environment_id, view_end // ?::BIGINT AS day, count(*), coalesce(max(changed_record), 0)
		FROM views WHERE view_end >= ? AND view_end < ? GROUP BY environment_id, day ORDER BY environment_id, day`
	err = s.read(ctx, "days", func(db *database) error {
		days = nil
		return each(ctx, db.pool, text, []any{dayMS, from, before}, func(scan func(...any) error) error {
			var d view.Day
			if err := scan(&d.Environment, &d.Day, &d.Views, &d.Changed); err != nil {
				return err
			}
			d.Day *= dayMS
			days = append(days, d)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("count views by day: %w", err)
	}
	return days, nil
}
