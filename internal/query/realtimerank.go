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
	all := make([]RealtimeRow, 0, len(ticks.Groups))
	for j := range ticks.Groups {
		g := &ticks.Groups[j]
		if t := &g.Ticks[i]; *t != (Tick{}) {
			all = append(all, RealtimeRow{Value: g.Value, Label: g.Label, Metric: RealtimeValue(p.Metric, t), Tick: t})
		}
	}
	p.rank(all)
	rows = make([]RealtimeRow, 0, min(len(all), p.Limit))
	for _, k := range p.sorted(all, p.orderKey(), p.order != orderByField || !p.descending)[:cap(rows)] {
		rows = append(rows, all[k.row])
	}
	return rows, len(all)
}

// sortKey is what a row is sorted by: ascending by first, then by second, then
// by the value of the dimension. Rows can be as many as viewers, so that what
// is compared lies close together.
type sortKey struct {
	first, second float64
	row           int
}

// sorted are the keys of rows in their order.
func (p *RealtimeBreakdownPlan) sorted(rows []RealtimeRow, of func(*RealtimeRow) (first, second float64), ascending bool) []sortKey {
	keys := make([]sortKey, len(rows))
	for i := range rows {
		first, second := of(&rows[i])
		keys[i] = sortKey{first, second, i}
	}
	slices.SortFunc(keys, func(a, b sortKey) int {
		switch {
		case a.first < b.first:
			return -1
		case a.first > b.first:
			return 1
		case a.second < b.second:
			return -1
		case a.second > b.second:
			return 1
		}
		return p.compareValues(rows[a.row].Value, rows[b.row].Value, ascending)
	})
	return keys
}

// orderKey makes the keys of the order that was asked for.
func (p *RealtimeBreakdownPlan) orderKey() func(*RealtimeRow) (first, second float64) {
	sign := 1.0
	if p.descending {
		sign = -1
	}
	switch p.order {
	case orderByValue:
		return func(r *RealtimeRow) (float64, float64) { return nullLast(sign * r.Metric), 0 }
	case orderByRank: // descending means the most harmful first, which is rank 1
		return func(r *RealtimeRow) (float64, float64) { return -sign * float64(r.Rank), 0 }
	case orderByField:
		return func(*RealtimeRow) (float64, float64) { return 0, 0 }
	default:
		return func(r *RealtimeRow) (float64, float64) { return sign * float64(r.Tick.Concurrent), 0 }
	}
}

// nullLast is a key, of which NaN comes last.
func nullLast(key float64) float64 {
	if math.IsNaN(key) {
		return math.Inf(1)
	}
	return key
}

// compareValues orders values of the dimension: numbers by their size, texts by
// their bytes; what is not known is last in either direction.
func (p *RealtimeBreakdownPlan) compareValues(a, b string, ascending bool) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	case !ascending:
		a, b = b, a
	}
	if p.Dimension().Kind == catalog.Int && len(a) != len(b) { // without signs and zeros in front
		return cmp.Compare(len(a), len(b))
	}
	return strings.Compare(a, b)
}

// rank numbers rows by how much they hurt the metric, as [Impact] does, each
// with the weight that it has in the whole: how bad it is × what its ratio is
// divided by. Bad is the ratio itself where lower is better, so that the product
// is what is divided, and where higher is better what it is below the best
// group. Equal rows rank by their weight, the larger first, and then by the
// value of the dimension; those without a value come last.
func (p *RealtimeBreakdownPlan) rank(rows []RealtimeRow) {
	best := math.Inf(-1)
	for i := range rows {
		if v := rows[i].Metric; !math.IsNaN(v) {
			best = max(best, v)
		}
	}
	f := tickFormulas[p.Metric]
	harm := func(r *RealtimeRow) (first, second float64) {
		switch {
		case math.IsNaN(r.Metric):
			return math.Inf(1), 0
		case f.below == nil:
			return -r.Metric, 0
		}
		harm, weight := f.above(r.Tick), f.below(r.Tick)
		if p.Metric.Better == catalog.Higher {
			harm = best*weight - harm
		}
		return -harm, -weight
	}
	for i, k := range p.sorted(rows, harm, true) {
		rows[k.row].Rank = i + 1
	}
}
