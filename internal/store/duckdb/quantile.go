package duckdb

import (
	"context"

	"playhead/internal/query"
	"playhead/internal/sqlgen"
	"playhead/internal/store/sqltable"
)

// aggregate runs a plan. Its quantiles are exact unless there are so many views
// that they would take too long, and too much memory: what a quantile collects
// is not counted against the memory limit.
func (s *Store) aggregate(ctx context.Context, db *database, p *query.Plan) (*query.Result, error) {
	if sqlgen.Bucketable(p) {
		many, err := db.moreThan(ctx, p, s.cfg.ExactViews)
		if err != nil {
			return nil, err
		}
		if many {
			return sqltable.Bucketed(ctx, db.pool, sqlgen.DuckDB{}, p)
		}
	}
	return sqltable.Aggregate(ctx, db.pool, sqlgen.DuckDB{}, p)
}

// moreThan estimates whether a plan is about more than n views.
func (db *database) moreThan(ctx context.Context, p *query.Plan, n int64) (bool, error) {
	st := sqlgen.ListTotal(sqlgen.DuckDB{}, &query.ListPlan{Scope: p.Scope})
	var count int64
	if err := db.pool.QueryRowContext(ctx, st.Text, st.Args...).Scan(&count); err != nil {
		return false, err
	}
	return count > n, nil
}
