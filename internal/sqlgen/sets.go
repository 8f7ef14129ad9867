package sqlgen

import (
	"fmt"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/query"
)

// A plan with Sets is one pass over the views for all of them. Its result has
// the columns
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

// resultOfSets is [writer.result] of a plan with Sets.
func (w *writer) resultOfSets(p *query.Plan) {
	// A dimension that no view knows a value of has one row, of all views.
	w.text(", known AS (\nSELECT * FROM (SELECT *, max(members) OVER () AS everyone FROM grouped) AS sized")
	w.text("\nWHERE set < 0 OR g0 <> '' OR n0 IS NOT NULL OR members < everyone\n)")
	from := "known"
	if standard := standard(p); standard != "" {
		w.text(", compared AS (\nSELECT *, " + standard + " AS standard FROM known\n)")
		from = "compared"
	}
	// The row of all views is put before the others and counts as none.
	first := func(keys []string) string { return "ORDER BY set >= 0, " + strings.Join(keys, ", ") }
	number := func(keys []string) string { return "row_number() OVER (" + first(keys) + ") - 1" }
	rank, place, best := "0", number(order(p, setKeys)), ""
	if p.Impact != nil {
		keys := impact(p, setKeys(p, false))
		rank = number(keys)
		if len(p.Order) > 0 && p.Order[0] == (query.Order{By: query.OrderByRank}) {
			place = "rank"
			if p.Limit > 0 { // the best are found without sorting all
				best = fmt.Sprintf(" %s LIMIT %d", first(keys), p.Offset+p.Limit+1)
			}
		}
	}
	w.text(", best AS (\nSELECT *, count(*) OVER () - 1 AS total FROM " + from + best)
	w.text("\n), ranked AS (\nSELECT *, " + rank + " AS rank FROM best")
	w.text("\n), placed AS (\nSELECT *, " + place + " AS place FROM ranked")
	w.text("\n)\nSELECT set, g0, n0, " + valueNames(p) + ", rank, total\nFROM placed\nWHERE place = 0 OR place > " + fmt.Sprint(p.Offset))
	if p.Limit > 0 {
		w.text(" AND place <= " + fmt.Sprint(p.Offset+p.Limit))
	}
	w.text("\nORDER BY place")
}

// setItems are the set that a row belongs to, and its value.
func setItems(p *query.Plan) []groupItem {
	var set strings.Builder
	for i, d := range p.Sets {
		fmt.Fprintf(&set, " WHEN grouping(%s) = 0 THEN %d", d.Column().Name, i)
	}
	isText := func(c *catalog.Column) bool { return c.IsText() }
	isNumber := func(c *catalog.Column) bool { return !c.IsText() }
	return []groupItem{
		{"CAST(CASE" + set.String() + " ELSE -1 END AS BIGINT)", "set"},
		{ofSet(p, isText, func(c *catalog.Column) string { return c.Name }, "''"), "g0"},
		{"CAST(" + ofSet(p, isNumber, number, "NULL") + " AS DOUBLE)", "n0"},
	}
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
