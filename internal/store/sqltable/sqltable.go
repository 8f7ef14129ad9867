// Package sqltable is what the SQL engines have in common beside their SQL: how
// a view stands in the table views of package sqlgen, and how the rows that
// sqlgen's statements return are read.
package sqltable

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/query"
	"playhead/internal/sqlgen"
	"playhead/internal/view"
)

// Layout are the columns of the catalogue that the table of views has.
var Layout = storedOf(catalog.Columns)

func storedOf(columns []*catalog.Column) []*catalog.Column {
	return slices.DeleteFunc(slices.Clone(columns), func(c *catalog.Column) bool { return !sqlgen.Stored(c) })
}

// Field is a column of a view as an engine takes it: a string, a bool, an
// int64, a float64, or nil for null. Text has to be valid UTF-8: one view with
// other text would make every commit fail for ever.
func Field(v *view.View, c *catalog.Column) any {
	if c.IsText() {
		return strings.ToValidUTF8(v.Text(c), "\uFFFD")
	}
	n, ok := v.Number(c)
	switch {
	case !ok:
		return nil
	case c.Kind == catalog.Bool:
		return n != 0
	case c.Kind == catalog.Float:
		return n
	case math.Abs(n) > 1<<53: // no whole number that a double can hold
		return nil
	default:
		return int64(n)
	}
}

// Set sets a column of a view to a field as an engine gives it.
func Set(v *view.View, c *catalog.Column, field any) {
	if text, ok := field.(string); ok {
		v.SetText(c, text)
	} else {
		v.SetNumber(c, number(field))
	}
}

// number is a field that is not a text; NaN is null.
func number(field any) float64 {
	switch f := field.(type) {
	case nil:
		return math.NaN()
	case bool:
		if f {
			return 1
		}
		return 0
	case int64:
		return float64(f)
	case float64:
		return f
	}
	panic(fmt.Sprintf("BUG: sqltable: unexpected field %T", field))
}

// Querier is a database, or a transaction, in which several statements see the
// same views.
type Querier interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
}

// List runs a list of views. Columns that are not stored are not set.
func List(ctx context.Context, db Querier, d sqlgen.Dialect, p *query.ListPlan) (*query.ListResult, error) {
	st := sqlgen.List(d, p)
	views, err := Views(ctx, db, p.Columns, st.Text, st.Args...)
	if err != nil {
		return nil, err
	}
	result := &query.ListResult{Views: views}
	st = sqlgen.ListTotal(d, p)
	return result, db.QueryRowContext(ctx, st.Text, st.Args...).Scan(&result.Total)
}

// Views runs a query whose columns are the id and the stored ones among columns.
func Views(ctx context.Context, db Querier, columns []*catalog.Column, text string, args ...any) ([]*view.View, error) {
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns = storedOf(columns)
	var id []byte // engines have different types for it, all of 16 bytes
	fields, dst := make([]any, len(columns)), []any{&id}
	for i := range fields {
		dst = append(dst, &fields[i])
	}
	var list []*view.View
	for rows.Next() {
		if err := rows.Scan(dst...); err != nil {
			return nil, err
		}
		v := view.New(view.ID(id))
		for i, c := range columns {
			Set(v, c, fields[i])
		}
		list = append(list, v)
	}
	return list, rows.Err()
}
