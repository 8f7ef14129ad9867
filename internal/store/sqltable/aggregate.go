package sqltable

import (
	"context"
	"database/sql"
	"math"

	"playhead/internal/query"
	"playhead/internal/sqlgen"
)

// Aggregate runs a plan.
func Aggregate(ctx context.Context, db *sql.DB, d sqlgen.Dialect, p *query.Plan) (*query.Result, error) {
	return run(ctx, db, d, p, sqlgen.Aggregate(d, p))
}

// Bucketed runs a plan that is [sqlgen.Bucketable] with quantiles from the
// buckets of values.
func Bucketed(ctx context.Context, db *sql.DB, d sqlgen.Dialect, p *query.Plan) (*query.Result, error) {
	result, err := run(ctx, db, d, p, sqlgen.Bucketed(d, p))
	if err == nil {
		result.Bucketed = true
	}
	return result, err
}

// run runs the statement of a plan.
func run(ctx context.Context, db *sql.DB, d sqlgen.Dialect, p *query.Plan, st sqlgen.Statement) (*query.Result, error) {
	if p.Sets != nil {
		return sets(ctx, db, p, st)
	}
	rows, err := db.QueryContext(ctx, st.Text, st.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	result := &query.Result{}
	counted := p.Limit > 0 || p.Offset > 0
	groups, values := make([]any, len(p.GroupBy)), make([]sql.NullFloat64, len(p.Values))
	if p.Each != nil {
		groups = make([]any, len(p.GroupBy)+len(p.Each.Parts))
	}
	for rows.Next() {
		row := query.Row{}
		var dst []any
		if p.Buckets != nil {
			dst = append(dst, &row.Bucket)
		}
		for i := range groups {
			dst = append(dst, &groups[i])
		}
		for i := range values {
			dst = append(dst, &values[i])
		}
		if p.Impact != nil {
			dst = append(dst, &row.Rank)
		}
		if counted {
			dst = append(dst, &result.Total)
		}
		if err := rows.Scan(dst...); err != nil {
			return nil, err
		}
		for i, field := range groups {
			row.Groups = append(row.Groups, written(p, i, field))
		}
		for _, v := range values {
			row.Values = append(row.Values, orNaN(v))
		}
		result.Rows = append(result.Rows, row)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	switch {
	case !counted:
		result.Total = len(result.Rows)
	case len(result.Rows) == 0 && p.Offset > 0:
		st := sqlgen.Total(d, p)
		return result, db.QueryRowContext(ctx, st.Text, st.Args...).Scan(&result.Total)
	}
	return result, nil
}

// orNaN is a nullable number as package query has it.
func orNaN(v sql.NullFloat64) float64 {
	if !v.Valid {
		return math.NaN()
	}
	return v.Float64
}

// written is the value of the i-th group as package query writes it out. Parts
// of elements, which come after the dimensions, are texts.
func written(p *query.Plan, i int, field any) string {
	if text, ok := field.(string); ok {
		return text
	}
	return query.FormatNumber(p.GroupBy[i].Column(), number(field))
}
