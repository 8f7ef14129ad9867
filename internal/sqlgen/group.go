package sqlgen

import (
	"fmt"
	"strings"

	"playhead/internal/query"
)

// groupItem is what a plan groups by: an item of SELECT, and its name.
type groupItem struct{ item, name string }

// groupItems are those of a plan.
func groupItems(d Dialect, p *query.Plan) []groupItem {
	if p.Sets != nil {
		return setItems(p)
	}
	var items []groupItem
	if p.Buckets != nil {
		offset := fmt.Sprintf("(%s - %d)", p.Clock, p.Buckets.Start)
		items = append(items, groupItem{d.Divide(offset, fmt.Sprint(p.Buckets.Width)), "bucket"})
	}
	n := 0
	group := func(item string) {
		items = append(items, groupItem{item, fmt.Sprintf("g%d", n)})
		n++
	}
	for _, g := range p.GroupBy {
		group(g.Column().Name)
	}
	if p.Each != nil {
		for _, part := range p.Each.Parts {
			group(d.Part("element", part))
		}
	}
	return items
}

// groupBy renders the GROUP BY of a plan, and of one more column if it is not
// ""; "" if there is nothing to group by.
func groupBy(d Dialect, p *query.Plan, more string) string {
	var keys []string
	if p.Sets != nil {
		keys = []string{"(" + more + ")"} // of all views
		for _, s := range p.Sets {
			keys = append(keys, "("+strings.TrimSuffix(s.Column().Name+", "+more, ", ")+")")
		}
		return "\nGROUP BY GROUPING SETS (" + strings.Join(keys, ", ") + ")"
	}
	for _, g := range groupItems(d, p) {
		keys = append(keys, g.name)
	}
	if more != "" {
		keys = append(keys, more)
	}
	if len(keys) == 0 {
		return ""
	}
	return "\nGROUP BY " + strings.Join(keys, ", ")
}
