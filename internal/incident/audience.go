package incident

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"

	"playhead/internal/query"
)

// audience is what viewers with the values of some filters were doing lately: ticks
// one after the other, and the first frames in them.
type audience struct {
	plan     query.TickPlan // without ticks
	from, to int64          // the first tick that is there and the last one; 0: there are none
	ticks    []query.Tick
	startups []query.Startup // by their times, if they have been asked for; after the tick before from and until to
	started  bool            // they have

	ahead *answers // that have been asked for together with those of others; nil: there are none
}

// answers are those to a plan, from its first tick to its last one.
type answers struct {
	from, to int64
	ticks    *query.Ticks
	startups []query.Startup
}

// read has the ticks from one to another be there, the startup times of them too if
// they are asked for. What is there already is not read again. Those before are
// forgotten.
func (a *audience) read(ctx context.Context, numbers query.Realtime, from, to int64, startups bool) error {
	next := a.to + query.TickEvery
	if len(a.ticks) == 0 || from < a.from || from > next || startups && !a.started {
		*a = audience{plan: a.plan, from: from, to: from - query.TickEvery}
		next = from
	}
	if next <= to {
		if err := a.more(ctx, numbers, next, to, startups); err != nil {
			return err
		}
	}
	a.forget(from)
	return nil
}

// more reads ticks that follow those that are there.
func (a *audience) more(ctx context.Context, numbers query.Realtime, from, to int64, startups bool) error {
	p := a.ticksOf(from, to)
	ahead := a.ahead
	a.ahead = nil
	if ahead == nil || ahead.from != from || ahead.to != to {
		var err error
		if ahead, err = ask(ctx, numbers, p, startups); err != nil {
			return err
		}
	}
	answer, list := ahead.ticks, ahead.startups
	if len(answer.Groups) != 1 || len(answer.Groups[0].Ticks) != p.Count() {
		return fmt.Errorf("real-time engine did not answer %d ticks of one group", p.Count())
	}
	slices.SortFunc(list, func(a, b query.Startup) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Time, b.Time)) })
	a.ticks = append(a.ticks, answer.Groups[0].Ticks...)
	a.startups = append(a.startups, list...)
	a.to, a.started = to, startups
	return nil
}

// ticksOf is the plan of some ticks.
func (a *audience) ticksOf(from, to int64) *query.TickPlan {
	p := a.plan
	p.From, p.To = from, to
	return &p
}

// ask asks for the ticks of a plan, and for the startup times of them.
func ask(ctx context.Context, numbers query.Realtime, p *query.TickPlan, startups bool) (*answers, error) {
	ticks, err := numbers.Ticks(ctx, p)
	if err != nil {
		return nil, err
	}
	a := &answers{from: p.From, to: p.To, ticks: ticks}
	if startups {
		a.startups, err = numbers.Startups(ctx, p)
	}
	return a, err
}

// askTogether has the answers about some ticks be there for audiences of the same
// environment, some of which need startup times.
func askTogether(ctx context.Context, numbers query.Several, from, to int64, all, started []*audience) error {
	plans := func(of []*audience) (list []*query.TickPlan) {
		for _, a := range of {
			list = append(list, a.ticksOf(from, to))
		}
		return list
	}
	ticks, err := numbers.TicksOf(ctx, plans(all))
	if err != nil {
		return err
	}
	startups, err := numbers.StartupsOf(ctx, plans(started))
	if err != nil {
		return err
	}
	if len(ticks) != len(all) || len(startups) != len(started) {
		return fmt.Errorf("real-time engine answered %d of %d plans and %d of %d", len(ticks), len(all), len(startups), len(started))
	}
	for i, a := range all {
		a.ahead = &answers{from: from, to: to, ticks: ticks[i]}
	}
	for i, a := range started {
		a.ahead.startups = startups[i]
	}
	return nil
}

// forget forgets what was before a tick.
func (a *audience) forget(before int64) {
	n := min(int((before-a.from)/query.TickEvery), len(a.ticks))
	a.ticks = slices.Delete(a.ticks, 0, n)
	a.from = before
	a.startups = slices.Delete(a.startups, 0, a.firstAfter(before-query.TickEvery))
}

// minute are the ticks of the minute up to one.
func (a *audience) minute(tick int64) []query.Tick {
	last := int((tick - a.from) / query.TickEvery)
	return a.ticks[last-minuteTicks+1 : last+1]
}

// firstFrames are those after a time and up to another.
func (a *audience) firstFrames(after, to int64) []query.Startup {
	return a.startups[a.firstAfter(after):a.firstAfter(to)]
}

// firstAfter is the index of the first first frame after a time.
func (a *audience) firstAfter(ms int64) int {
	return sort.Search(len(a.startups), func(i int) bool { return a.startups[i].At > ms })
}
