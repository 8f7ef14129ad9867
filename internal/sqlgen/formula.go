package sqlgen

import (
	"fmt"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/query"
)

// formula renders a formula as a nullable double.
func (w *writer) formula(n expr.Node) string {
	switch n := n.(type) {
	case expr.Num:
		return double(float64(n))
	case expr.Bin:
		l, r := w.formula(n.L), w.formula(n.R)
		if n.Op == '/' {
			return fmt.Sprintf("(%s / nullif(%s, 0))", l, r)
		}
		return fmt.Sprintf("(%s %c %s)", l, n.Op, r)
	case expr.Agg:
		if w.aggregate != nil {
			return w.aggregate(n)
		}
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
