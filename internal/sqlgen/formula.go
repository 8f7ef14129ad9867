package sqlgen

import (
	"fmt"
	"strconv"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/query"
)

// formula renders a formula as a nullable double.
func (w *writer) formula(n expr.Node) string {
	switch n := n.(type) {
	case expr.Num:
		// An exponent makes it a double: decimals and integers calculate differently.
		return strconv.FormatFloat(float64(n), 'e', -1, 64)
	case expr.Bin:
		l, r := w.formula(n.L), w.formula(n.R)
		if n.Op == '/' {
			return fmt.Sprintf("(%s / nullif(%s, 0))", l, r)
		}
		return fmt.Sprintf("(%s %c %s)", l, n.Op, r)
	case expr.Agg:
		return w.dialect.Aggregate(n.Fn, w.operand(n.Col), n.P, n.When)
	}
	panic(fmt.Sprintf("BUG: sqlgen: unexpected node %v", n))
}

// operand renders what an aggregate is over; "" for count().
func (w *writer) operand(column string) string {
	switch column {
	case "":
		return ""
	case query.Amount:
		return w.amount()
	}
	return number(catalog.MustColumn(column))
}

// number renders a column that is not a text as a nullable number.
func number(c *catalog.Column) string {
	if c.Kind == catalog.Bool {
		return fmt.Sprintf("CASE WHEN %s THEN 1 WHEN NOT %[1]s THEN 0 END", c.Name)
	}
	return c.Name
}
