package live

import (
	"cmp"
	"slices"
	"unsafe"

	"playhead/internal/catalog"
	"playhead/internal/fault"
	"playhead/internal/query"
)

// groups collects the cells of each group.
type groups struct {
	*reading
	walk    walk
	byText  []int32  // by the number of the text: which of cells, and one more; 0: none yet
	numbers []uint32 // of texts, by group
	cells   [][]cell
	spare   []cell // for the next groups
	cdns    []uint32
	bytes   int64
}

func groupsOf(r *reading) *groups {
	return &groups{reading: r, walk: walk{window: r.window}}
}

// view adds a view to its group, or to those of its CDNs.
func (g *groups) view(v *viewed) error {
	switch {
	case g.GroupBy == query.NoGroups:
		return g.add(v, 0)
	case g.GroupBy != catalog.RealtimeCDN:
		return g.add(v, v.group)
	}
	g.cdns = g.cdns[:0]
	for i := range v.after {
		if n := v.state(i).cdn; !slices.Contains(g.cdns, n) {
			g.cdns = append(g.cdns, n)
		}
	}
	if len(g.cdns) == 1 {
		return g.add(v, g.cdns[0])
	}
	for _, n := range g.cdns {
		g.walk.one, g.walk.cdn = true, n
		if err := g.add(v, n); err != nil {
			return err
		}
	}
	g.walk.one = false
	return nil
}

// add adds a view to the group of a text.
func (g *groups) add(v *viewed, number uint32) (err error) {
	if g.walk.cells, err = g.of(number); err != nil {
		return err
	}
	if v.local != nil {
		addView(&g.walk, v.base, v.after, v.local, v.states)
	} else {
		addView(&g.walk, v.base, v.after, v.numbers, v.states)
	}
	return nil
}

// of is the cells of the group of a text.
func (g *groups) of(number uint32) ([]cell, error) {
	if int(number) >= len(g.byText) {
		longer := make([]int32, max(int(number)+1, 2*len(g.byText)))
		copy(longer, g.byText)
		g.byText = longer
	}
	group := g.byText[number] - 1
	if group < 0 {
		group = int32(len(g.cells))
		cells, err := g.more()
		if err != nil {
			return nil, err
		}
		g.byText[number] = group + 1
		g.cells, g.numbers = append(g.cells, cells), append(g.numbers, number)
	}
	return g.cells[group], nil
}

// more is the cells of one more group. The answer takes as much once more.
func (g *groups) more() ([]cell, error) {
	n := g.window.cells()
	if len(g.spare) < n {
		g.spare = make([]cell, n*min(max(len(g.cells), 1), max(1<<14/n, 1)))
		if g.bytes += 3 * int64(len(g.spare)) * int64(unsafe.Sizeof(cell{})); g.bytes > g.memory && g.GroupBy != query.NoGroups {
			return nil, fault.Badf("dimension", "%s has too many values for %d points at a time; filter them", catalog.RealtimeDimensions[g.GroupBy].Name, g.ticks)
		}
	}
	cells := g.spare[:n:n]
	g.spare = g.spare[n:]
	return cells, nil
}

// answer adds up the cells of groups, those with the same value together, in the
// order of values. Groups without anything are left out.
func (g *groups) answer() *query.Ticks {
	answer := &query.Ticks{From: g.From}
	if g.GroupBy == query.NoGroups {
		sum := make([]query.Tick, g.ticks)
		if len(g.cells) > 0 {
			sum = ticks(g.cells[0])
		}
		answer.Groups = []query.TickGroup{{Ticks: sum}}
		return answer
	}
	for i, cells := range g.cells {
		sum := ticks(cells)
		if !slices.ContainsFunc(sum, func(t query.Tick) bool { return t != query.Tick{} }) {
			continue
		}
		t, _ := textOf(&g.env.texts[g.GroupBy], g.numbers[i])
		answer.Groups = append(answer.Groups, query.TickGroup{Value: t.value, Label: t.label, Ticks: sum})
	}
	slices.SortFunc(answer.Groups, func(a, b query.TickGroup) int {
		return cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(b.Label, a.Label))
	})
	answer.Groups = together(answer.Groups)
	return answer
}

// together adds up neighbours with the same value.
func together(list []query.TickGroup) []query.TickGroup {
	kept := list[:0]
	for _, g := range list {
		last := len(kept) - 1
		if last < 0 || kept[last].Value != g.Value {
			kept = append(kept, g)
			continue
		}
		for i := range g.Ticks {
			kept[last].Ticks[i].Add(g.Ticks[i])
		}
	}
	return kept
}
