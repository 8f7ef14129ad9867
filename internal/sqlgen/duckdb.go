package sqlgen

import (
	"fmt"
	"strconv"

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
