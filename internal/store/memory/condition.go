package memory

import (
	"slices"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/query"
	"playhead/internal/view"
)

// inScope reports whether a scope is about a view.
func inScope(v *view.View, s *query.Scope) bool {
	at, ok := v.Number(catalog.MustColumn(string(s.Clock)))
	if !ok || at < float64(s.From) || at >= float64(s.To) || v.Text(environmentID) != s.Environment {
		return false
	}
	return all(v, s.Where)
}

func all(v *view.View, where []query.Condition) bool {
	return !slices.ContainsFunc(where, func(c query.Condition) bool { return !keeps(v, c) })
}

// keeps reports whether a condition keeps a view. A condition is never unknown:
// what does not hold for a null holds for it with Not.
func keeps(v *view.View, c query.Condition) bool { return holds(v, c) != c.Not }

func holds(v *view.View, c query.Condition) bool {
	switch {
	case c.Any != nil:
		return slices.ContainsFunc(c.Any, func(c query.Condition) bool { return keeps(v, c) })
	case c.Compare != nil:
		n, ok := v.Number(c.Column)
		return ok && compare(n, c.Compare)
	case c.Element != nil:
		return slices.Contains(v.Elements(c.Column), *c.Element)
	case c.Inside != nil:
		return strings.Contains(query.Fold(v.Text(c.Column)), query.Fold(*c.Inside))
	case c.First != nil:
		return slices.ContainsFunc(v.Elements(c.Column), func(e string) bool { return view.SplitParts(e)[0] == *c.First })
	case c.Column.IsText():
		return slices.Contains(c.Texts, v.Text(c.Column))
	}
	n, ok := v.Number(c.Column)
	if !ok {
		return c.Null
	}
	return slices.Contains(c.Numbers, n)
}

func compare(n float64, c *query.Compare) bool {
	switch c.Op {
	case ">=":
		return n >= c.Value
	case "<=":
		return n <= c.Value
	case ">":
		return n > c.Value
	case "<":
		return n < c.Value
	case "=":
		return n == c.Value
	}
	panic("BUG: memory: unknown comparison " + c.Op)
}

// has reports whether a view has a value in a column.
func has(v *view.View, c *catalog.Column) bool {
	if c.IsText() {
		return v.Text(c) != ""
	}
	_, ok := v.Number(c)
	return ok
}
