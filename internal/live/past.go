package live

import (
	"context"
	"fmt"
	"math"
	"slices"

	"playhead/internal/catalog"
	"playhead/internal/query"
	"playhead/internal/view"
)

// maxPastStartups bounds the first frames that a [Past] keeps, of 8 bytes each.
const maxPastStartups = 4 << 20

// maxPastTicks bounds the ticks of a [Past], of 64 bytes each: some more than
// thirty days.
const maxPastTicks = 31 * 24 * 720 // one for each five seconds

// Past adds up what viewers did at ticks that a [Store] does not reach back to. It
// is given views one after the other, those that ended last first, and keeps none of
// them: so it takes the same memory however many there are. What it
// answers of the same views is what a store would.
//
// Once all views have been added it is a [query.Realtime] that tells each tick once, in
// their order, of the viewers of its plan. It is for one goroutine.
type Past struct {
	plan   query.TickPlan
	walk   walk
	wheres []query.TickCondition // of dimensions that do not change within a view
	cdns   []query.TickCondition

	frames   bool     // first frames are kept
	startups []uint64 // of them: ms after the window's origin, and below them the startup time
	sorted   bool
	last     latest

	next int64 // the tick that is told next
	sum  cell

	after  []uint32 // of the view that is added, so for the next
	doing  []uint16
	states []state
}

// NewPast makes a Past for the ticks of a plan, which has no groups and reaches over
// a month at most, and for its startup times if they are asked for.
func NewPast(p *query.TickPlan, startups bool) (*Past, error) {
	if p.GroupBy != query.NoGroups || p.Count() < 1 || p.Count() > maxPastTicks {
		return nil, fmt.Errorf("%d ticks of groups by %d: want 1 to %d of all viewers", p.Count(), p.GroupBy, maxPastTicks)
	}
	past := &Past{plan: *p, walk: walk{window: windowOf(p)}, next: p.From, frames: startups}
	past.walk.cells = make([]cell, past.walk.window.cells())
	for _, c := range p.Where {
		if c.Dimension == catalog.RealtimeCDN {
			past.cdns = append(past.cdns, c)
		} else {
			past.wheres = append(past.wheres, c)
		}
	}
	return past, nil
}

// Add adds a view, and keeps nothing of it. It reports whether more can be added: not
// if there are too many first frames.
func (p *Past) Add(w *view.Watch) bool {
	n := len(w.Spans)
	if n == 0 || w.Environment != p.plan.Environment {
		return true
	}
	p.last.note(w.Spans[n-1].At)
	if w.Spans[0].At > p.plan.To || w.Spans[n-1].At <= p.walk.origin || !p.keeps(w) {
		return true
	}
	spans := w.Spans[max(0, n-maxSpans):]
	base := spans[0].At
	at := base
	p.after, p.doing, p.states = p.after[:0], p.doing[:0], p.states[:0]
	first := false // frame has been shown
	for i := range spans {
		s := &spans[i]
		at = min(max(at, s.At), base+math.MaxUint32)
		d := doing{bitrate: max(s.Bitrate, 0), activity: s.Activity, unheard: s.Unheard}
		if d.activity < view.Starting || d.activity > view.LeftEarly {
			d.activity = view.Paused
		}
		d.first = s.Startup >= 0 && !first
		first = first || d.first
		of := stateOf(d)
		if !keepsAll(p.cdns, s.CDN) {
			of = of.unasked()
		}
		if p.frames && d.first && of.activity != 0 && at > p.walk.origin && at <= p.plan.To {
			p.startups = append(p.startups, uint64(at-p.walk.origin)<<32|uint64(min(s.Startup, math.MaxUint32-1)))
		}
		p.after, p.doing, p.states = append(p.after, uint32(at-base)), append(p.doing, uint16(i)), append(p.states, of)
	}
	addView(&p.walk, base, p.after, p.doing, p.states)
	return len(p.startups) < maxPastStartups
}

// keeps tells whether a view keeps to the conditions but those of the CDN.
func (p *Past) keeps(w *view.Watch) bool {
	for i := range p.wheres {
		c := &p.wheres[i]
		value := ""
		if c.Dimension < len(w.Values) {
			value = w.Values[c.Dimension]
		}
		if slices.Contains(c.Values, value) == c.Not {
			return false
		}
	}
	return true
}

// keepsAll tells whether a value keeps to all conditions.
func keepsAll(conditions []query.TickCondition, value string) bool {
	for i := range conditions {
		if slices.Contains(conditions[i].Values, value) == conditions[i].Not {
			return false
		}
	}
	return true
}

// WholeFrom is the first tick from which on nothing is missing if no more views are
// added, though there are some that ended before those that were.
func (p *Past) WholeFrom() int64 {
	if p.last.views == 0 {
		return p.plan.To + query.TickEvery
	}
	whole := p.last.all + view.SilentAfter + 2*query.TickEvery
	return max(p.plan.From, whole-whole%query.TickEvery)
}

// Ticks implements [query.Realtime]. Ticks must be asked for in their order: those that
// were left out cannot be asked for any more.
func (p *Past) Ticks(ctx context.Context, asked *query.TickPlan) (*query.Ticks, error) {
	if asked.From < p.next || asked.To > p.plan.To {
		return nil, fmt.Errorf("ticks from %d to %d: there are only those from %d to %d", asked.From, asked.To, p.next, p.plan.To)
	}
	list := make([]query.Tick, 0, asked.Count())
	for ; p.next <= asked.To; p.next += query.TickEvery {
		i := int((p.next - p.plan.From) / query.TickEvery)
		if i == 0 {
			p.sum = p.walk.cells[0]
		}
		t := p.sum.next(&p.walk.cells[i+1])
		if p.next >= asked.From {
			list = append(list, t)
		}
	}
	return &query.Ticks{From: asked.From, Groups: []query.TickGroup{{Ticks: list}}}, ctx.Err()
}

// Startups implements [query.Realtime]. They can be asked for in any order.
func (p *Past) Startups(_ context.Context, asked *query.TickPlan) ([]query.Startup, error) {
	if !p.sorted {
		slices.Sort(p.startups)
		p.sorted = true
	}
	after := asked.From - query.TickEvery - p.walk.origin // the first one is after it
	index := func(ms int64) int {
		i, _ := slices.BinarySearch(p.startups, uint64(max(ms+1, 0))<<32)
		return i
	}
	from, to := index(after), index(asked.To-p.walk.origin)
	list := make([]query.Startup, 0, max(to-from, 0))
	for _, s := range p.startups[from:max(to, from)] {
		list = append(list, query.Startup{At: p.walk.origin + int64(s>>32), Time: int64(s & math.MaxUint32)})
	}
	return list, nil
}
