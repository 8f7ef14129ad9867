package sqlgen

import (
	"fmt"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/query"
)

// sets writes a plan with Sets: one pass over the views for all of them. The
// result has the columns
//
//	set     a 64-bit integer: the index of the set, or -1 for the row of all views
//	g0      text             the value of a text, '' of any other
//	n0      nullable double  the value of a number or a boolean, null of a text
//	v0, v1… nullable double  for each of Values
//	rank    64-bit integer   with Impact; else 0
//	total   64-bit integer   the rows without Limit and Offset
//
// The row of all views always comes first, whatever the page; engines may leave
// it out when there are no views. It takes no part in rank and total.
//
// Which set a row belongs to is asked of the engine (grouping): its columns
// cannot tell, since an unknown value looks like the absence of a set.
func (w *writer) sets(p *query.Plan) {
	rank := "0"
	if p.Impact != nil {
		rank = "row_number() OVER (ORDER BY " + strings.Join(impact(p, "known", setKeys(p, false)), ", ") + ")"
	}
	w.text("WITH grouped AS (\n")
	w.groupingSets(p)
	// A dimension that no view knows a value of has one row, of all views.
	w.text("\n), known AS (\nSELECT * FROM grouped WHERE set >= 0 AND (g0 <> '' OR n0 IS NOT NULL OR members < " + ofAll("members") + ")")
	w.text("\n), ranked AS (\nSELECT *, " + rank + " AS rank FROM known")
	w.text("\n), placed AS (\nSELECT *, 0 AS rank, 0 AS place FROM grouped WHERE set < 0\nUNION ALL\n")
	w.text("SELECT *, row_number() OVER (ORDER BY " + strings.Join(order(p, setKeys), ", ") + ") AS place FROM ranked")
	w.text("\n)\nSELECT set, g0, n0, ")
	for i := range p.Values {
		w.text(fmt.Sprintf("v%d, ", i))
	}
	w.text("rank, (SELECT count(*) FROM known) AS total\nFROM placed\nWHERE place = 0 OR place > " + fmt.Sprint(p.Offset))
	if p.Limit > 0 {
		w.text(" AND place <= " + fmt.Sprint(p.Offset+p.Limit))
	}
	w.text("\nORDER BY place")
}

// groupingSets writes the query of all groups of all sets, and of all views.
func (w *writer) groupingSets(p *query.Plan) {
	isText := func(c *catalog.Column) bool { return c.IsText() }
	isNumber := func(c *catalog.Column) bool { return !c.IsText() }
	w.text("SELECT CAST(CASE")
	for i, d := range p.Sets {
		w.text(fmt.Sprintf(" WHEN grouping(%s) = 0 THEN %d", d.Column().Name, i))
	}
	w.text(" ELSE -1 END AS BIGINT) AS set,\n\t")
	w.text(ofSet(p, isText, func(c *catalog.Column) string { return c.Name }, "''") + " AS g0,\n\t")
	w.text("CAST(" + ofSet(p, isNumber, number, "NULL") + " AS DOUBLE) AS n0,\n\t")
	w.text("count(*) AS members, ")
	w.values(p.Values)
	w.from(p)
	w.text("\nGROUP BY GROUPING SETS (()")
	for _, d := range p.Sets {
		w.text(", (" + d.Column().Name + ")")
	}
	w.text(")")
}

// ofSet renders the item of the row's set, if the set is of a kind.
func ofSet(p *query.Plan, kind func(*catalog.Column) bool, item func(*catalog.Column) string, otherwise string) string {
	var branches strings.Builder
	for _, d := range p.Sets {
		if c := d.Column(); kind(c) {
			fmt.Fprintf(&branches, " WHEN grouping(%s) = 0 THEN %s", c.Name, item(c))
		}
	}
	if branches.Len() == 0 {
		return otherwise
	}
	return "CASE" + branches.String() + " ELSE " + otherwise + " END"
}

// setKeys renders the groups of all sets as keys. Of g0 and n0 one says nothing.
func setKeys(_ *query.Plan, descending bool) []string {
	return []string{"set", "nullif(g0, '') " + direction(descending), "n0 " + direction(descending)}
}

// ofAll renders a value of the row of all views.
func ofAll(value string) string { return fmt.Sprintf("(SELECT %s FROM grouped WHERE set < 0)", value) }
