package duckdb

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"

	"playhead/internal/query"
	"playhead/internal/sqlgen"
	"playhead/internal/view"
)

// Export reads the views of a scope in the order of their ends, those that ended
// together by id: with all columns, as far as they are kept, and without their events.
// Those that are only shown are not set where a view's events are not kept any more.
//
// Views are read some thousands at a time, and nobody waits for whoever takes them. A
// view that is stored anew meanwhile, with another end, may come twice or not at all.
// An error ends it.
func (s *Store) Export(ctx context.Context, scope query.Scope) iter.Seq2[*view.View, error] {
	st := sqlgen.Scope(sqlgen.DuckDB{}, &scope)
	return func(yield func(*view.View, error) bool) {
		var buffer []byte
		parts, err := s.parts(ctx, min(s.together, exportTogether), since(math.MinInt64), " AND "+st.Text, st.Args...)
		for i := len(parts) - 1; i >= 0 && err == nil; i-- {
			where, args := st.Text+" AND view_end < ?", append(slices.Clone(st.Args), parts[i].to)
			for w, broken := range s.ordered(ctx, "export", "view_end", parts[i].from, where, args...) {
				var v *view.View
				if err = broken; err == nil {
					v, err = s.unpack(w, view.DecodeColumns, &buffer)
				}
				if err != nil {
					break
				}
				if !yield(v, nil) {
					return
				}
			}
		}
		if err != nil {
			yield(nil, fmt.Errorf("export views: %w", err))
		}
	}
}

// exportTogether is about how many views are looked through for the next ones.
const exportTogether = 20_000

// CountScope counts the views of a scope.
func (s *Store) CountScope(ctx context.Context, scope query.Scope) (n int64, err error) {
	st := sqlgen.ListTotal(sqlgen.DuckDB{}, &query.ListPlan{Scope: scope})
	err = s.read(ctx, "count scope", func(db *database) error {
		return db.pool.QueryRowContext(ctx, st.Text, st.Args...).Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("count views: %w", err)
	}
	return n, nil
}
