package sqlgen

import (
	"fmt"
	"strconv"

	"playhead/internal/catalog"
	"playhead/internal/expr"
)

// DuckDB is the dialect of DuckDB.
type DuckDB struct{}

// Aggregate implements [Dialect].
func (DuckDB) Aggregate(fn expr.Func, value string, p float64, when string) string {
	s := fmt.Sprintf("%s(%s)", fn, value)
	switch fn {
	case expr.Quantile:
		s = fmt.Sprintf("quantile_cont(%s, %s)", value, strconv.FormatFloat(p, 'f', -1, 64))
	case expr.Uniq:
		s = fmt.Sprintf("count(DISTINCT %s)", value)
	}
	if when != "" {
		s += fmt.Sprintf(" FILTER (WHERE %s)", when)
	}
	if fn == expr.Sum {
		s = fmt.Sprintf("coalesce(%s, 0)", s)
	}
	return fmt.Sprintf("CAST(%s AS DOUBLE)", s)
}

// Divide implements [Dialect].
func (DuckDB) Divide(a, b string) string { return fmt.Sprintf("CAST(%s // %s AS BIGINT)", a, b) }

// Text implements [Dialect]. Floats are written as Go's format 'f' does if they
// are whole and below 1e15, or at least 0.0001; other groups may come in
// another order than that of their text.
func (DuckDB) Text(kind catalog.Kind, value string) string {
	if kind == catalog.Float {
		return fmt.Sprintf("CASE WHEN %s IS NULL THEN '' WHEN abs(%[1]s) < 1e15 AND %[1]s = trunc(%[1]s) THEN CAST(CAST(%[1]s AS BIGINT) AS VARCHAR) ELSE CAST(%[1]s AS VARCHAR) END", value)
	}
	return fmt.Sprintf("coalesce(CAST(%s AS VARCHAR), '')", value)
}
