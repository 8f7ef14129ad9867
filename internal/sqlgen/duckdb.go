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

// Elements implements [Dialect].
func (DuckDB) Elements(list string) string {
	return fmt.Sprintf("unnest(string_split(%s[2:-2], chr(%d)))", list, catalog.ListSeparator[0])
}

// Part implements [Dialect].
func (DuckDB) Part(element string, i int) string {
	return fmt.Sprintf("split_part(%s, chr(%d), %d)", element, catalog.PartSeparator[0], i+1)
}

// Decimal implements [Dialect].
func (DuckDB) Decimal(text string) string {
	return fmt.Sprintf("CASE WHEN translate(%s, '0123456789.', '') = '' THEN TRY_CAST(%[1]s AS DOUBLE) END", text)
}
