package query

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/fault"
)

// realtimeOrder is what rows of a breakdown are sorted by.
type realtimeOrder uint8

const (
	orderByViewers realtimeOrder = iota
	orderByValue
	orderByField
	orderByRank
)

// realtimeOrderBy reads the parameter order_by.
func realtimeOrderBy(s string) (realtimeOrder, error) {
	switch s {
	case "", "views", "concurrent_viewers", "concurent_viewers": // the last was documented so
		return orderByViewers, nil
	case "value", "metric_value":
		return orderByValue, nil
	case "field":
		return orderByField, nil
	case "negative_impact":
		return orderByRank, nil
	}
	return 0, fault.Badf("order_by", "want negative_impact, value, views or field, have %s", fault.Quote(s))
}

// RealtimeRow is a group of a breakdown at a tick.
type RealtimeRow struct {
	Value, Label string // as those of [TickGroup]
	Metric       float64
	Tick         *Tick
	Rank         int // among all groups of the tick, from 1: how much it hurts the metric
}

// Rows are the groups at the i-th tick of a result, in their order and as many
// as the plan allows, and how many there are. Groups of which nothing was there
// are none.
func (p *RealtimeBreakdownPlan) Rows(ticks *Ticks, i int) (rows []RealtimeRow, total int) {
	for j := range ticks.Groups {
		g := &ticks.Groups[j]
		if t := &g.Ticks[i]; *t != (Tick{}) {
			rows = append(rows, RealtimeRow{Value: g.Value, Label: g.Label, Metric: RealtimeValue(p.Metric, t), Tick: t})
		}
	}
	p.rank(rows)
	slices.SortFunc(rows, p.compare)
	return rows[:min(len(rows), p.Limit)], len(rows)
}

// compare orders rows. Rows without a value come last in either direction, and
// so do viewers of whom the dimension is not known.
func (p *RealtimeBreakdownPlan) compare(a, b RealtimeRow) int {
	direction := 1
	if p.descending {
		direction = -1
	}
	by := 0
	switch p.order {
	case orderByViewers:
		by = direction * cmp.Compare(a.Tick.Concurrent, b.Tick.Concurrent)
	case orderByValue:
		by = compareNumbers(a.Metric, b.Metric, direction)
	case orderByRank: // descending means the most harmful first, which is rank 1
		return -direction * cmp.Compare(a.Rank, b.Rank)
	case orderByField:
		return p.compareValues(a.Value, b.Value, direction)
	}
	return cmp.Or(by, p.compareValues(a.Value, b.Value, 1))
}

// compareNumbers puts NaN last in either direction.
func compareNumbers(a, b float64, direction int) int {
	if math.IsNaN(a) || math.IsNaN(b) {
		return -cmp.Compare(a, b) // which has NaN come first
	}
	return direction * cmp.Compare(a, b)
}

// compareValues orders values of the dimension: numbers by their size, texts by
// their bytes; what is not known is last in either direction.
func (p *RealtimeBreakdownPlan) compareValues(a, b string, direction int) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	case p.Dimension().Kind == catalog.Int: // without signs and zeros in front
		return direction * cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	default:
		return direction * strings.Compare(a, b)
	}
}

// rank numbers rows by how much they hurt the metric, as [Impact] does, each
// with the weight that it has in the whole: how bad it is × what its ratio is
// divided by. Bad is the ratio itself where lower is better, so that the product
// is what is divided, and where higher is better what it is below the best
// group. Equal rows rank by their weight, the larger first, and then by the
// value of the dimension; those without a value come last.
func (p *RealtimeBreakdownPlan) rank(rows []RealtimeRow) {
	type ranked struct {
		row          *RealtimeRow
		harm, weight float64
	}
	f, best := tickFormulas[p.Metric], math.Inf(-1)
	for i := range rows {
		if v := rows[i].Metric; !math.IsNaN(v) {
			best = max(best, v)
		}
	}
	list := make([]ranked, len(rows))
	for i := range rows {
		r := ranked{row: &rows[i], harm: rows[i].Metric}
		if f.below != nil && !math.IsNaN(r.harm) {
			r.weight, r.harm = f.below(r.row.Tick), f.above(r.row.Tick)
			if p.Metric.Better == catalog.Higher {
				r.harm = best*r.weight - r.harm
			}
		}
		list[i] = r
	}
	slices.SortFunc(list, func(a, b ranked) int {
		return cmp.Or(
			compareNumbers(a.harm, b.harm, -1),
			cmp.Compare(b.weight, a.weight),
			p.compareValues(a.row.Value, b.row.Value, 1),
		)
	})
	for i := range list {
		list[i].row.Rank = i + 1
	}
}
