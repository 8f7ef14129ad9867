package sqlgen

import (
	"fmt"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/query"
)

// where writes which views a plan is about. has is a column that must not be
// null, or nil.
func (w *writer) where(s *query.Scope, has *catalog.Column) {
	w.text("\nWHERE ")
	w.scope(s, has)
}

// Scope renders the condition that the views of a scope meet, for statements that
// are no plans.
func Scope(d Dialect, s *query.Scope) Statement {
	w := &writer{dialect: d}
	w.scope(s, nil)
	return w.statement()
}

func (w *writer) scope(s *query.Scope, has *catalog.Column) {
	w.text("environment_id = ")
	w.arg(s.Environment)
	w.text(fmt.Sprintf(" AND %s >= ", s.Clock))
	w.arg(s.From)
	w.text(fmt.Sprintf(" AND %s < ", s.Clock))
	w.arg(s.To)
	if has != nil {
		w.text(" AND " + known(has))
	}
	for _, c := range s.Where {
		w.text("\n\tAND ")
		w.condition(c)
	}
}

// known renders that a column has a value.
func known(c *catalog.Column) string {
	if c.IsText() {
		return c.Name + " <> ''"
	}
	return c.Name + " IS NOT NULL"
}

// condition writes a condition as an expression that is true or false, never
// null: so NOT keeps exactly the views that the rest does not.
func (w *writer) condition(c query.Condition) {
	if c.Not {
		w.text("NOT ")
	}
	w.text("(")
	switch {
	case c.Any != nil:
		w.any(c.Any)
	case c.Element != nil:
		w.element(c.Column, *c.Element)
	case c.Inside != nil:
		w.inside(c.Column.Name, *c.Inside)
	case c.First != nil:
		w.first(c.Column, *c.First)
	case c.Compare != nil:
		w.compare(c.Column, *c.Compare)
	case c.Column != nil && c.Column.IsText():
		w.among(c.Column.Name, c.Texts)
	default:
		w.numbers(c)
	}
	w.text(")")
}

func (w *writer) any(conditions []query.Condition) {
	for i, c := range conditions {
		if i > 0 {
			w.text(" OR ")
		}
		w.condition(c)
	}
	if len(conditions) == 0 {
		w.text("FALSE")
	}
}

// among writes that a text is one of texts.
func (w *writer) among(item string, texts []string) {
	if len(texts) == 0 {
		w.text("FALSE")
		return
	}
	args := make([]any, len(texts))
	for i, t := range texts {
		args[i] = text(t)
	}
	w.text(item + " IN (")
	w.list(args)
	w.text(")")
}

func (w *writer) numbers(c query.Condition) {
	null := c.Column.Name + " IS NULL"
	switch {
	case len(c.Numbers) == 0 && c.Null:
		w.text(null)
		return
	case len(c.Numbers) == 0:
		w.text("FALSE")
		return
	}
	args := make([]any, len(c.Numbers))
	for i, n := range c.Numbers {
		args[i] = constant(c.Column, n)
	}
	if c.Null {
		w.text(null + " OR ")
	}
	w.text(known(c.Column) + " AND " + number(c.Column) + " IN (")
	w.list(args)
	w.text(")")
}

// element writes that a list has an element. Every element has a separator on
// both sides, and none has one inside.
func (w *writer) element(c *catalog.Column, element string) {
	if strings.Contains(element, catalog.ListSeparator) {
		w.text("FALSE")
		return
	}
	w.within(c, catalog.ListSeparator+element+catalog.ListSeparator)
}

// first writes that a list has an element whose first part, of several or the
// only one, is this.
func (w *writer) first(c *catalog.Column, part string) {
	if strings.Contains(part, catalog.ListSeparator) || strings.Contains(part, catalog.PartSeparator) {
		w.text("FALSE")
		return
	}
	w.within(c, catalog.ListSeparator+part+catalog.PartSeparator)
	w.text(" OR ")
	w.within(c, catalog.ListSeparator+part+catalog.ListSeparator)
}

// within writes that a column has s inside.
func (w *writer) within(c *catalog.Column, s string) {
	w.text("position(")
	w.arg(text(s))
	w.text(" IN " + c.Name + ") > 0")
}

// inside writes that a text has s inside, whatever the case of letters. Both
// engines have the function, and the same language of patterns, RE2.
func (w *writer) inside(item, s string) {
	if s == "" {
		w.text("TRUE")
		return
	}
	w.text("regexp_matches(" + item + ", ")
	w.arg(query.FoldPattern(text(s)))
	w.text(")")
}

func (w *writer) compare(c *catalog.Column, compare query.Compare) {
	switch compare.Op {
	case ">=", "<=", ">", "<", "=":
	default:
		panic("BUG: sqlgen: unknown comparison " + compare.Op)
	}
	w.text(known(c) + " AND " + number(c) + " " + compare.Op + " ")
	w.arg(constant(c, compare.Value))
}

// constant is n as an argument to compare the column's number with: an integer
// wherever it can be one, because then the engine can tell from the range of a
// block's integers whether it has to read the block.
func constant(c *catalog.Column, n float64) any {
	if i := int64(n); c.Kind != catalog.Float && float64(i) == n {
		return i
	}
	return n
}

// text is s as engines take it: valid UTF-8. The stores write it the same way.
func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
