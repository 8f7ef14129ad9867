package sqlgen

import (
	"fmt"

	"playhead/internal/query"
)

// order renders the keys that put the rows of a plan in order. The last ones
// are the groups, so that the order is total; groups renders them.
func order(p *query.Plan, groups func(p *query.Plan, descending bool) []string) []string {
	var keys []string
	if p.Buckets != nil {
		keys = append(keys, "bucket")
	}
	for _, o := range p.Order {
		switch o.By {
		case query.OrderByGroup:
			keys = append(keys, groups(p, o.Descending)...)
		case query.OrderByRank:
			keys = append(keys, "rank "+direction(o.Descending))
		default:
			keys = append(keys, fmt.Sprintf("v%d %s", o.By, direction(o.Descending)))
		}
	}
	return append(keys, groups(p, false)...)
}

// groups renders the groups as keys: texts in the order of their bytes, numbers
// and booleans in theirs, and those that are not known last.
func groups(p *query.Plan, descending bool) []string {
	count := len(p.GroupBy)
	if p.Each != nil {
		count += len(p.Each.Parts)
	}
	var keys []string
	for i := range count {
		key := fmt.Sprintf("g%d", i)
		if i >= len(p.GroupBy) || p.GroupBy[i].Column().IsText() {
			key = fmt.Sprintf("nullif(%s, '')", key)
		}
		keys = append(keys, key+" "+direction(descending))
	}
	return keys
}

// standard renders what the value of each group of a plan is compared with, as
// [query.Impact] says; "" if that is no other row's. It sees all rows.
func standard(p *query.Plan) string {
	if p.Impact == nil {
		return ""
	}
	value := fmt.Sprintf("v%d", p.Impact.Value)
	switch {
	case p.Impact.Kind == query.ImpactAbove, p.Impact.Kind == query.ImpactBelow:
		return "max(CASE WHEN set < 0 THEN " + value + " END) OVER ()"
	case p.Impact.Kind != query.ImpactBest:
		return ""
	case p.Sets != nil:
		return "max(CASE WHEN set >= 0 THEN " + value + " END) OVER ()"
	}
	return "max(" + value + ") OVER ()"
}

// impact renders the keys that put the groups of a plan in the order of their
// rank, as [query.Impact] says; the column standard is [standard]. The last keys
// are those of the groups themselves.
func impact(p *query.Plan, groups []string) []string {
	value, weight := fmt.Sprintf("v%d", p.Impact.Value), fmt.Sprintf("v%d", p.Impact.Weight)
	badness := value
	switch p.Impact.Kind {
	case query.ImpactScore:
		badness = fmt.Sprintf("(1 - %s)", value)
	case query.ImpactAbove:
		badness = fmt.Sprintf("(%s - standard)", value)
	case query.ImpactBest, query.ImpactBelow:
		badness = fmt.Sprintf("(standard - %s)", value)
	}
	keys := []string{
		fmt.Sprintf("%s * %s %s", badness, weight, direction(true)),
		weight + " " + direction(true),
	}
	return append(keys, groups...)
}

func direction(descending bool) string {
	if descending {
		return "DESC NULLS LAST"
	}
	return "ASC NULLS LAST"
}
