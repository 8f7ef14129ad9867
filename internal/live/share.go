package live

import (
	"context"
	"sync"
)

// A query of so many blocks and pages, and ticks, is made by two goroutines: an
// answer takes half as long while a processor is idle. One of a few ticks passes
// over most views, and is about as fast alone.
const (
	sharedUnits = 64
	sharedTicks = 60
)

// collect collects the cells of all groups.
func (g *groups) collect(ctx context.Context) error {
	if g.env == nil || g.units() < g.store.sharedUnits || g.ticks < sharedTicks {
		return g.each(ctx, g.view)
	}
	helper := groupsOf(g.half())
	var failed error
	var panicked any
	var helping sync.WaitGroup
	helping.Go(func() {
		defer func() { panicked = recover() }() // who asked is told of it
		failed = helper.each(ctx, helper.view)
	})
	err := func() error {
		defer helping.Wait()
		return g.each(ctx, g.view)
	}()
	switch {
	case panicked != nil:
		panic(panicked)
	case err != nil:
		return err
	case failed != nil:
		return failed
	}
	return g.take(helper)
}

// half is the same query for another goroutine, which looks up by itself what
// numbers mean. Both take turns with blocks and pages, and share the memory.
func (r *reading) half() *reading {
	r.memory /= 2
	other := *r
	other.states, other.local = nil, nil
	other.wheres, other.cdns = again(r.wheres), again(r.cdns)
	return &other
}

// again are conditions of which nothing has been looked up.
func again(list []*where) (other []*where) {
	for _, w := range list {
		other = append(other, &where{TickCondition: w.TickCondition, texts: w.texts})
	}
	return other
}

// take adds what another goroutine has collected.
func (g *groups) take(other *groups) error {
	for i, number := range other.numbers {
		cells, err := g.of(number)
		if err != nil {
			return err
		}
		for k := range cells {
			cells[k].add(&other.cells[i][k])
		}
	}
	return nil
}
