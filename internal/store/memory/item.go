package memory

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/query"
	"playhead/internal/view"
)

// item is what a plan counts: a view, or with [query.Each] one element of a
// list of a view.
type item struct {
	view  *view.View
	parts []string // of the element
}

// items are what formulas are computed over.
type items []item

var _ expr.Rows = items{}

// itemsOf are the items of views that a plan is about.
func itemsOf(views []*view.View, p *query.Plan) items {
	var list items
	for _, v := range views {
		switch {
		case p.Has != nil && !has(v, p.Has):
		case p.Each == nil:
			list = append(list, item{view: v})
		default:
			for _, e := range v.Elements(p.Each.Column) {
				it := item{v, partsOf(e, p.Each.Column)}
				if !slices.ContainsFunc(p.Each.Where, func(c query.ElementCondition) bool { return !it.keeps(c) }) {
					list = append(list, it)
				}
			}
		}
	}
	return list
}

// partsOf cuts an element into as many parts as it should have.
func partsOf(element string, c *catalog.Column) []string {
	parts := view.SplitParts(element)
	for len(parts) < len(c.Parts) {
		parts = append(parts, "")
	}
	return parts
}

// keeps reports whether a condition keeps the element.
func (it item) keeps(c query.ElementCondition) bool {
	part := it.parts[c.Part]
	if c.Texts != nil {
		return slices.Contains(c.Texts, part) != c.Not
	}
	return strings.Contains(query.Fold(part), query.Fold(c.Contains)) != c.Not
}

// Len implements [expr.Rows].
func (list items) Len() int { return len(list) }

// Column implements [expr.Rows].
func (list items) Column(name string) func(int) (float64, bool) {
	if name == query.Amount {
		return func(i int) (float64, bool) { return amount(list[i].parts[len(list[i].parts)-1]) }
	}
	c := catalog.MustColumn(name)
	return func(i int) (float64, bool) { return list[i].view.Number(c) }
}

// amount reads the last part of an element: a plain decimal number, or null.
func amount(s string) (float64, bool) {
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && !math.IsInf(n, 0) && strings.Trim(s, "0123456789.") == ""
}
