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
	Rank         int // among all groups of the tick, from 1: how much it hurts the metric; 0 of a breakdown over time that is not sorted by it
}

// Rows are the groups at the i-th tick of a result, in their order and as many
// as the plan allows, and how many there are. Groups of which nothing was there
// are none.
func (p *RealtimeBreakdownPlan) Rows(ticks *Ticks, i int) (rows []RealtimeRow, total int) {
	m := &moment{plan: p, groups: ticks.Groups, index: i, there: make([]int, 0, len(ticks.Groups))}
	for row := range m.groups {
		if *m.tick(row) != (Tick{}) {
			m.there = append(m.there, row)
		}
	}
	if p.ranked {
		m.rank()
	}
	for _, k := range m.first(p.Limit, m.orderKey, p.order != orderByField || !p.descending) {
		g, t := &m.groups[k.row], m.tick(k.row)
		r := RealtimeRow{Value: g.Value, Label: g.Label, Metric: RealtimeValue(p.Metric, t), Tick: t}
		if p.ranked {
			r.Rank = int(m.ranks[k.row])
		}
		rows = append(rows, r)
	}
	return rows, len(m.there)
}

// moment is the groups at one tick. They can be as many as viewers.
type moment struct {
	plan   *RealtimeBreakdownPlan
	groups []TickGroup
	index  int     // of the tick
	there  []int   // groups of which something was there
	ranks  []int32 // by group, if the plan is ranked
}

func (m *moment) tick(row int) *Tick { return &m.groups[row].Ticks[m.index] }

// sortKey is what a group is sorted by: ascending by first, then by second, then
// by the value of the dimension.
type sortKey struct {
	first, second float64
	row           int // its index
}

// first are the keys of the groups that come first, at most so many, in their
// order. With ascending the values of the dimension ascend.
func (m *moment) first(limit int, of func(row int) sortKey, ascending bool) []sortKey {
	compare := func(a, b sortKey) int {
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
		return m.plan.compareValues(m.groups[a.row].Value, m.groups[b.row].Value, ascending)
	}
	// Twice as many as are wanted are gathered and sorted, and half of them
	// forgotten; from then on what is behind the last one is not even gathered.
	kept, sorted := make([]sortKey, 0, min(2*limit, len(m.there))), false
	for _, row := range m.there {
		k := of(row)
		if sorted && compare(k, kept[limit-1]) > 0 {
			continue
		}
		kept = append(kept, k)
		if len(kept) == 2*limit {
			slices.SortFunc(kept, compare)
			kept, sorted = kept[:limit], true
		}
	}
	slices.SortFunc(kept, compare)
	return kept[:min(limit, len(kept))]
}

// orderKey is the key of the order that was asked for.
func (m *moment) orderKey(row int) sortKey {
	sign, t := 1.0, m.tick(row)
	if m.plan.descending {
		sign = -1
	}
	switch m.plan.order {
	case orderByValue:
		return sortKey{nullLast(sign * RealtimeValue(m.plan.Metric, t)), 0, row}
	case orderByRank: // descending means the most harmful first, which is rank 1
		return sortKey{-sign * float64(m.ranks[row]), 0, row}
	case orderByField:
		return sortKey{0, 0, row}
	default:
		return sortKey{sign * float64(t.Concurrent), 0, row}
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

// rank numbers the groups by how much they hurt the metric, as [Impact] does,
// each with the weight that it has in the whole: how bad it is × what its ratio
// is divided by. Bad is the ratio itself where lower is better, so that the
// product is what is divided, and where higher is better what it is below the
// best group. Equal groups rank by their weight, the larger first, and then by
// the value of the dimension; those without a value come last.
func (m *moment) rank() {
	f, best := tickFormulas[m.plan.Metric], math.Inf(-1)
	for _, row := range m.there {
		if v := f.value(m.tick(row)); !math.IsNaN(v) {
			best = max(best, v)
		}
	}
	harm := func(row int) sortKey {
		t := m.tick(row)
		value := f.value(t)
		switch {
		case math.IsNaN(value):
			return sortKey{math.Inf(1), 0, row}
		case f.below == nil:
			return sortKey{-value, 0, row}
		}
		harm, weight := f.above(t), f.below(t)
		if m.plan.Metric.Better == catalog.Higher {
			harm = best*weight - harm
		}
		return sortKey{-harm, -weight, row}
	}
	m.ranks = make([]int32, len(m.groups))
	for i, k := range m.first(len(m.there), harm, true) {
		m.ranks[k.row] = int32(i + 1)
	}
}
