package sqltable

import (
	"context"
	"database/sql"
	"math"

	"playhead/internal/expr"
	"playhead/internal/query"
	"playhead/internal/sqlgen"
)

// sets runs the statement of a plan with Sets.
func sets(ctx context.Context, db *sql.DB, p *query.Plan, st sqlgen.Statement) (*query.Result, error) {
	rows, err := db.QueryContext(ctx, st.Text, st.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	result := &query.Result{}
	var (
		row    query.Row
		text   string
		number sql.NullFloat64
		values = make([]sql.NullFloat64, len(p.Values))
		dst    = []any{&row.Set, &text, &number}
	)
	for i := range values {
		dst = append(dst, &values[i])
	}
	dst = append(dst, &row.Rank, &result.Total)
	for rows.Next() {
		if err := rows.Scan(dst...); err != nil {
			return nil, err
		}
		r := query.Row{Set: row.Set, Rank: row.Rank, Groups: []string{text}}
		for _, v := range values {
			r.Values = append(r.Values, orNaN(v))
		}
		if row.Set < 0 {
			result.All = &query.Row{Values: r.Values}
			continue
		}
		if c := p.Sets[r.Set].Column(); !c.IsText() {
			r.Groups[0] = query.FormatNumber(c, orNaN(number))
		}
		result.Rows = append(result.Rows, r)
	}
	if result.All == nil { // no view is a row of its own only for some engines
		result.All = &query.Row{}
		for _, n := range p.Values {
			result.All.Values = append(result.All.Values, expr.Eval(n, nothing{}))
		}
	}
	return result, rows.Err()
}

// nothing is no views.
type nothing struct{}

// Len implements [expr.Rows].
func (nothing) Len() int { return 0 }

// Column implements [expr.Rows].
func (nothing) Column(string) func(int) (float64, bool) {
	return func(int) (float64, bool) { return math.NaN(), false }
}
