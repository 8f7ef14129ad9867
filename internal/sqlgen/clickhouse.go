package sqlgen

import (
	"fmt"
	"strconv"

	"playhead/internal/catalog"
	"playhead/internal/expr"
)

// ClickHouse is the dialect of ClickHouse, in sessions with the settings final,
// so that replaced rows are left out, and cast_keep_nullable.
type ClickHouse struct{}

// Aggregate implements [Dialect]. Without OrNull an aggregate of nothing is
// sometimes 0 and sometimes not a number. Integers become doubles before they
// are added: their sum would wrap at 64 bits.
func (ClickHouse) Aggregate(fn expr.Func, value string, p float64, when string) string {
	var s string
	switch fn {
	case expr.Sum, expr.Avg:
		s = fmt.Sprintf("%sOrNull(toFloat64(%s))", fn, value)
	case expr.Min, expr.Max:
		s = fmt.Sprintf("%sOrNull(%s)", fn, value)
	case expr.Quantile:
		s = fmt.Sprintf("quantileExactInclusiveOrNull(%s)(%s)", strconv.FormatFloat(p, 'f', -1, 64), value)
	case expr.Uniq:
		s = fmt.Sprintf("uniqExact(%s)", value)
	default:
		s = fmt.Sprintf("%s(%s)", fn, value)
	}
	if when != "" {
		s += fmt.Sprintf(" FILTER (WHERE %s)", when)
	}
	if fn == expr.Sum {
		s = fmt.Sprintf("ifNull(%s, 0)", s)
	}
	return fmt.Sprintf("toFloat64(%s)", s)
}

// Divide implements [Dialect].
func (ClickHouse) Divide(a, b string) string { return fmt.Sprintf("toInt64(intDiv(%s, %s))", a, b) }

// Elements implements [Dialect].
func (ClickHouse) Elements(list string) string {
	return fmt.Sprintf("arrayJoin(splitByChar(char(%d), substring(%s, 2, length(%[2]s) - 2)))", catalog.ListSeparator[0], list)
}

// Part implements [Dialect].
func (ClickHouse) Part(element string, i int) string {
	return fmt.Sprintf("splitByChar(char(%d), %s)[%d]", catalog.PartSeparator[0], element, i+1)
}

// Decimal implements [Dialect].
func (ClickHouse) Decimal(text string) string {
	return fmt.Sprintf("if(translate(%s, '0123456789.', '') = '', toFloat64OrNull(%[1]s), NULL)", text)
}
