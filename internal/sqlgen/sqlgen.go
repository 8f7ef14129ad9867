// Package sqlgen writes the SQL of a plan. It is the only place where the SQL
// of metrics is made; what differs between engines is in [Dialect].
//
// It assumes one wide table, views: the column id, and one column for each
// stored column of the catalogue, of the class that [Stored] and this list say:
//
//   - Text and List: text that is never null; empty means not known.
//   - Bool: a boolean, or null.
//   - Int and Time: a 64-bit integer, or null. A time is in ms since 1970, as
//     everywhere else in the server: plain integers know no zone, every engine
//     keeps the least and the greatest of each block of them, and the edges of
//     buckets, made in Go, need nothing but a subtraction and a division.
//   - Float: a double, or null.
//
// Names in the text come from the catalogue alone. What a user has written is
// only ever an argument.
package sqlgen

import (
	"fmt"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/query"
)

// Dialect is what differs between the SQL engines. The arguments are SQL, and
// so are the results.
type Dialect interface {
	// Aggregate renders an aggregate as a double. value is "" for count(), when
	// is "" if all rows count. Its meaning is that of package expr: a sum of
	// nothing is 0, avg, min, max and a quantile of nothing are null.
	Aggregate(fn expr.Func, value string, p float64, when string) string
	// Divide divides two integers, of which the first is not negative and the
	// second is positive, and rounds down.
	Divide(a, b string) string
	// Elements renders, as an item of SELECT, the elements of a List column that
	// is not empty: a row becomes one row for each of them.
	Elements(list string) string
	// Part renders the i-th part of an element, from 0; '' if it has fewer.
	Part(element string, i int) string
	// Decimal reads a text as a double; null unless it is a number of nothing
	// but digits and a point.
	Decimal(text string) string
}

// Statement is SQL and its arguments, in the order of their question marks.
type Statement struct {
	Text string
	Args []any
}

// Stored reports whether a column is in the table of views.
func Stored(c *catalog.Column) bool { return !c.Shown }

// Aggregate renders a plan. The result has the columns
//
//	bucket  a 64-bit integer     with Buckets
//	g0, g1… of the column's type for each GroupBy, then a text for each part of Each
//	v0, v1… a nullable double    for each of Values
//	rank    a 64-bit integer     with Impact
//	total   a 64-bit integer     with a Limit or an Offset: the rows without them
//
// A page that lies behind the last row has no row to carry the total: ask for
// it with [Total]. A plan with Sets has another result: see sets.go.
func Aggregate(d Dialect, p *query.Plan) Statement {
	w := &writer{dialect: d, each: p.Each}
	w.text("WITH grouped AS (\n")
	w.grouped(p, p.Values)
	w.text("\n)")
	w.result(p)
	return w.statement()
}

// result writes the rows of a plan from the common table grouped, which holds
// its groups and values: their rank and order, and the page. It reads that table
// once, since some engines compute one again for each time that it is named.
func (w *writer) result(p *query.Plan) {
	if p.Sets != nil {
		w.resultOfSets(p)
		return
	}
	from := "grouped"
	if standard := standard(p); standard != "" {
		from = "(SELECT *, " + standard + " AS standard FROM grouped) AS compared"
	}
	w.text("\nSELECT ")
	for _, g := range groupItems(w.dialect, p) {
		w.text(g.name + ", ")
	}
	w.text(valueNames(p))
	if p.Impact != nil {
		w.text(", row_number() OVER (ORDER BY " + strings.Join(impact(p, groups(p, false)), ", ") + ") AS rank")
	}
	if p.Limit > 0 || p.Offset > 0 {
		w.text(", count(*) OVER () AS total")
	}
	w.text("\nFROM " + from)
	if order := order(p, groups); len(order) > 0 {
		w.text("\nORDER BY " + strings.Join(order, ", "))
	}
	w.page(p.Limit, p.Offset)
}

// valueNames are those of the values of a plan.
func valueNames(p *query.Plan) string {
	names := make([]string, len(p.Values))
	for i := range names {
		names[i] = fmt.Sprintf("v%d", i)
	}
	return strings.Join(names, ", ")
}

// Total renders the count of the rows that a plan has without its Limit and
// Offset. A plan with Sets needs none.
func Total(d Dialect, p *query.Plan) Statement {
	w := &writer{dialect: d, each: p.Each}
	w.text("WITH grouped AS (\n")
	w.grouped(p, []expr.Node{expr.Agg{Fn: expr.Count}})
	w.text("\n)\nSELECT count(*) FROM grouped")
	return w.statement()
}

// List renders the page of views that a plan asks for: their id
// and those of the plan's columns that are stored.
func List(d Dialect, p *query.ListPlan) Statement {
	w := &writer{dialect: d}
	w.text("SELECT id")
	for _, c := range p.Columns {
		if Stored(c) {
			w.text(", " + c.Name)
		}
	}
	w.text("\nFROM views")
	w.where(&p.Scope, nil)
	w.text("\nORDER BY view_end " + direction(!p.Ascending) + ", id")
	w.page(p.Limit, p.Offset)
	return w.statement()
}

// ListTotal renders the exact number of views that a plan is about. It is a
// statement of its own because the list itself then reads only the few blocks
// that hold the newest views.
func ListTotal(d Dialect, p *query.ListPlan) Statement {
	w := &writer{dialect: d}
	w.text("SELECT count(*)\nFROM views")
	w.where(&p.Scope, nil)
	return w.statement()
}

// writer writes one statement from left to right, so that its arguments are in
// the order of their question marks.
type writer struct {
	dialect   Dialect
	each      *query.Each           // of the plan
	aggregate func(expr.Agg) string // renders an aggregate; nil: as the dialect does
	b         strings.Builder
	args      []any
}

func (w *writer) statement() Statement { return Statement{w.b.String(), w.args} }

func (w *writer) text(s string) { w.b.WriteString(s) }

// arg writes a question mark that stands for v.
func (w *writer) arg(v any) {
	w.args = append(w.args, v)
	w.b.WriteByte('?')
}

// list writes a question mark for each of vs.
func (w *writer) list(vs []any) {
	for i, v := range vs {
		if i > 0 {
			w.text(", ")
		}
		w.arg(v)
	}
}

// grouped writes the query of the groups of a plan with the given values.
func (w *writer) grouped(p *query.Plan, values []expr.Node) {
	w.text("SELECT ")
	for _, g := range groupItems(w.dialect, p) {
		w.text(g.item + " AS " + g.name + ", ")
	}
	if p.Sets != nil {
		w.text("count(*) AS members, ")
	}
	w.values(values)
	w.from(p)
	if by := groupBy(w.dialect, p, ""); by != "" {
		w.text(by)
		return
	}
	// One row, even if no formula has an aggregate.
	w.text("\nHAVING count(*) >= 0")
}

// values writes the values of a plan as items of SELECT.
func (w *writer) values(values []expr.Node) {
	for i, v := range values {
		if i > 0 {
			w.text(", ")
		}
		w.text(fmt.Sprintf("%s AS v%d", w.formula(v), i))
	}
}

// from writes what a plan is about: views, or elements of their lists.
func (w *writer) from(p *query.Plan) {
	if p.Each != nil {
		w.elements(p)
		return
	}
	w.text("\nFROM views")
	w.where(&p.Scope, p.Has)
}

func (w *writer) page(limit, offset int) {
	if limit > 0 {
		w.text(fmt.Sprintf("\nLIMIT %d", limit))
	}
	if offset > 0 {
		w.text(fmt.Sprintf("\nOFFSET %d", offset))
	}
}
