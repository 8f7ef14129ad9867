package incident

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"playhead/internal/query"
)

// chunkTicks is how many ticks are read at a time at most, by a watcher that is
// behind: an hour takes 60 KB.
const chunkTicks = 720

// Monitor has watchers take the moments of real-time numbers. Those of rules about
// the same viewers share what is read, and what has been read is kept for the
// minute that the next moments need: so at each tick the numbers of one tick are
// asked for, once for each set of filters. It is for one goroutine.
type Monitor struct {
	numbers        query.Realtime
	audiences      map[string]*audience
	deafTo, deafAt int64 // nothing is known of the ticks after deafAt and up to deafTo
}

// NewMonitor makes a monitor of numbers.
func NewMonitor(numbers query.Realtime) *Monitor {
	return &Monitor{numbers: numbers, audiences: map[string]*audience{}}
}

// Deaf tells that nobody heard what viewers did after a time and up to another, both
// in ms since 1970, because the server was not there. Numbers show them leave; rules
// do not know any.
func (m *Monitor) Deaf(after, to int64) { m.deafAt, m.deafTo = after, to }

// Watch has each watcher take the moments from the one that it needs next on and up to
// the last settled tick, as far as the numbers go back. Watchers whose numbers could
// not be read stay at the last ones that could; the error tells of all of
// these.
//
// If the clock has been set back, moments come again once it is where it was. If it was
// by more than five minutes, watchers go on with the present.
func (m *Monitor) Watch(ctx context.Context, settled int64, watchers []*Watcher) error {
	groups, errs := byAudience(watchers)
	for key := range m.audiences {
		if groups[key] == nil {
			delete(m.audiences, key)
		}
	}
	for key, g := range groups {
		if m.audiences[key] == nil {
			m.audiences[key] = &audience{plan: g.watchers[0].reading.plan}
		}
	}
	if numbers, ok := m.numbers.(query.Several); ok {
		m.together(ctx, numbers, settled, groups)
	}
	for key, g := range groups {
		a := m.audiences[key]
		if err := m.watch(ctx, a, g, settled); err != nil {
			if ctx.Err() != nil {
				return err
			}
			errs = append(errs, fmt.Errorf("real-time numbers of rules of environment %s: %w", a.plan.Environment, err))
		}
	}
	return errors.Join(errs...)
}

// together asks for the newest ticks of all audiences of an environment at once that
// need the same. If that fails, each asks for itself, and one can say what is
// wrong.
func (m *Monitor) together(ctx context.Context, numbers query.Several, settled int64, groups map[string]*sharers) {
	type ticks struct {
		environment string
		from        int64
	}
	all, started := map[ticks][]*audience{}, map[ticks][]*audience{}
	for key, g := range groups {
		a := m.audiences[key]
		a.ahead = nil
		from := a.to + query.TickEvery
		if len(a.ticks) == 0 || from > settled || settled-from >= chunkTicks*query.TickEvery || g.startups && !a.started {
			continue // it is new, or far behind, or there is nothing to be asked
		}
		of := ticks{a.plan.Environment, from}
		all[of] = append(all[of], a)
		if g.startups {
			started[of] = append(started[of], a)
		}
	}
	for of, list := range all {
		if len(list) > 1 {
			_ = askTogether(ctx, numbers, of.from, settled, list, started[of])
		}
	}
}

// sharers are watchers that look at the same viewers.
type sharers struct {
	watchers []*Watcher
	startups bool // one of them needs startup times
}

// byAudience puts watchers together by whom they look at. Those whose rules make no
// sense any more are left out.
func byAudience(watchers []*Watcher) (groups map[string]*sharers, errs []error) {
	groups = map[string]*sharers{}
	for _, w := range watchers {
		if w.reading == nil {
			r, err := newReading(w.rule)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			w.reading = r
		}
		g := groups[w.reading.key]
		if g == nil {
			g = &sharers{}
			groups[w.reading.key] = g
		}
		g.watchers = append(g.watchers, w)
		g.startups = g.startups || w.reading.ofStartups()
	}
	return groups, errs
}

// keyOf is the same for plans about the same viewers.
func keyOf(p *query.TickPlan) string {
	var key strings.Builder
	fmt.Fprintf(&key, "%q", p.Environment)
	for _, c := range p.Where {
		fmt.Fprintf(&key, " %d %t %q", c.Dimension, c.Not, c.Values)
	}
	return key.String()
}

// watch has the watchers of a group take their moments.
func (m *Monitor) watch(ctx context.Context, a *audience, g *sharers, settled int64) error {
	first := settled - query.RealtimeReach
	if h, ok := m.numbers.(query.Historian); ok {
		first = max(first, ceilTick(h.Since(a.plan.Environment)))
	}
	first += beforeMoment // of a moment
	next := int64(math.MaxInt64)
	for _, w := range g.watchers {
		switch {
		case w.Next() > settled+clockBack:
			w.restart(settled)
			*a = audience{plan: a.plan} // it was of another time
		case w.Next() < first:
			w.restart(first)
		}
		next = min(next, w.Next())
	}
	for ; next <= settled; next += chunkTicks * query.TickEvery {
		to := min(settled, next+(chunkTicks-1)*query.TickEvery)
		if err := a.read(ctx, m.numbers, next-beforeMoment, to, g.startups); err != nil {
			return err
		}
		for _, w := range g.watchers {
			for tick := max(next, w.Next()); tick <= to; tick += query.TickEvery {
				m.take(w, w.reading.moment(a, tick))
			}
		}
	}
	return nil
}

// take has a watcher take a moment, if the server was there in its minute. That it was
// not is written down at once: after another restart nobody would know of it.
func (m *Monitor) take(w *Watcher, of Moment) {
	if !m.heard(of.Tick) {
		of = Moment{Tick: of.Tick, Value: math.NaN()}
		w.taken = 0
	}
	w.Add(of)
}

// heard tells whether the server was there in all of the minute up to a tick.
func (m *Monitor) heard(tick int64) bool {
	return tick-minuteTicks*query.TickEvery >= m.deafTo || tick <= m.deafAt
}
