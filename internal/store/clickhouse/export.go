package clickhouse

import (
	"context"
	"encoding/hex"
	"fmt"
	"iter"
	"math"
	"slices"

	"playhead/internal/catalog"
	"playhead/internal/query"
	"playhead/internal/sqlgen"
	"playhead/internal/view"
)

// exportTogether is how many views are read at a time.
const exportTogether = 1000

var viewEnd = catalog.MustColumn(string(catalog.ByEnd))

// Export reads the views of a scope in the order of their ends, those that ended
// together by id: with all columns, and without their events. Some are read at a time,
// and nobody waits for whoever takes them. An error ends it.
func (s *Store) Export(ctx context.Context, scope query.Scope) iter.Seq2[*view.View, error] {
	st := sqlgen.Scope(sqlgen.ClickHouse{}, &scope)
	text := "SELECT doc FROM views WHERE " + st.Text +
		fmt.Sprintf(" AND view_end >= ? AND (view_end > ? OR id > unhex(?)) ORDER BY view_end, id LIMIT %d", exportTogether)
	return func(yield func(*view.View, error) bool) {
		end, last := int64(math.MinInt64), view.ID{}
		for {
			list, err := s.documents(ctx, text, slices.Concat(st.Args, []any{end, end, hex.EncodeToString(last[:])})...)
			if err != nil {
				yield(nil, fmt.Errorf("export views: %w", err))
				return
			}
			for _, v := range list {
				if !yield(v, nil) {
					return
				}
				n, _ := v.Number(viewEnd)
				end, last = int64(n), v.ID
			}
			if len(list) < exportTogether {
				return
			}
		}
	}
}

// documents reads the views of which a query selects the documents, without their
// events.
func (s *Store) documents(ctx context.Context, text string, args ...any) (list []*view.View, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	rows, err := s.pool.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var doc []byte
		if err := rows.Scan(&doc); err != nil {
			return nil, err
		}
		v, err := view.DecodeColumns(doc)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// CountScope counts the views of a scope.
func (s *Store) CountScope(ctx context.Context, scope query.Scope) (n int64, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	st := sqlgen.ListTotal(sqlgen.ClickHouse{}, &query.ListPlan{Scope: scope})
	if err := s.pool.QueryRowContext(ctx, st.Text, st.Args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count views: %w", err)
	}
	return n, nil
}
