package live

import (
	"math"

	"playhead/internal/query"
	"playhead/internal/view"
)

// cell is what is known of a tick before it is added up. Those that are
// differences tell how many more there are than at the tick before; so a viewer
// who watches for an hour is in two cells and not in 720.
type cell struct {
	present                        pair  // differences: viewers who are concurrent, and of them those who start
	heard                          pair  // differences: viewers who are told to watch, and of them those who rebuffer
	rated                          int64 // difference: viewers with a known bitrate
	rate                           int64 // difference: sum of their bitrates
	toldPart, stalledPart          int64 // ms from what began in the window of the tick to the tick, less those from what ended in it
	attempts                       int32 // difference
	exits, failures, startFailures int32
}

// pair is two numbers that are added at once.
type pair int64

func pairOf(first, second int32) pair { return pair(int64(second)<<32 + int64(first)) }

func (p pair) first() int64  { return int64(int32(p)) }
func (p pair) second() int64 { return (int64(p) - p.first()) >> 32 }

// add adds another cell of the same tick.
func (c *cell) add(other *cell) {
	c.present += other.present
	c.heard += other.heard
	c.rated += other.rated
	c.rate += other.rate
	c.toldPart += other.toldPart
	c.stalledPart += other.stalledPart
	c.attempts += other.attempts
	c.exits += other.exits
	c.failures += other.failures
	c.startFailures += other.startFailures
}

// window is the ticks of a query. Times in it are ms after its origin, the tick
// before the first one. Cell 0 is that of the origin, of which nothing is told.
type window struct {
	origin int64
	ticks  int
}

func windowOf(p *query.TickPlan) window {
	return window{origin: p.From - query.TickEvery, ticks: int((p.To-p.From)/query.TickEvery) + 1}
}

// end is the time of the last tick.
func (w window) end() int64 { return int64(w.ticks) * query.TickEvery }

// cells is how many a group needs: one more than ticks at both ends.
func (w window) cells() int { return w.ticks + 2 }

// tick is the first one at or after a time, from 0 on.
func tick(t int64) int { return int(uint64(t+query.TickEvery-1) / query.TickEvery) }

// state is what a [doing] means to a query.
type state struct {
	present, heard pair // as in a cell
	rated, rate    int64
	cdn            uint32
	activity       view.Activity // 0: the query does not ask for it
	watching       bool          // whatever is asked for; so for the next
	stalls         bool
	special        bool // its beginning or end counts by itself
	first          bool
	known          bool // it was looked up
}

// stateOf is what a doing means to a query that asks for it.
func stateOf(d doing) state {
	s := state{cdn: d.cdn, activity: d.activity, watching: d.activity.Watching(), stalls: d.activity == view.Rebuffering, first: d.first, known: true}
	switch d.activity {
	case view.Starting, view.Rebuffering, view.Failed, view.FailedToStart, view.LeftEarly:
		s.special = true
	}
	if !s.watching {
		return s
	}
	one := func(yes bool) int32 {
		if yes {
			return 1
		}
		return 0
	}
	s.present = pairOf(1, one(d.activity == view.Starting))
	if d.activity == view.Playing && d.bitrate > 0 {
		s.rated, s.rate = 1, d.bitrate
	}
	if !d.unheard {
		s.heard = pairOf(1, one(s.stalls))
	}
	return s
}

// unasked is a state that the query does not ask for, because of its CDN. It
// still tells whether the viewer watches, and rebuffers.
func (s state) unasked() state {
	return state{cdn: s.cdn, watching: s.watching, stalls: s.stalls, special: s.stalls, first: s.first, known: true}
}

// nobody is what is after the last span, and before the first one.
var nobody = state{known: true}

// walk adds views to the cells of a group, one at a time.
type walk struct {
	window
	cells []cell
	one   bool   // only what one CDN delivers counts
	cdn   uint32 // that one

	entered   int64 // when the state began that is special
	since     int64 // when a rebuffering began, which may be several states ago
	attempted int   // the last cell that counts the view as starting; -1: none
	failing   int   // the cell of a failure for which it may count as watching; -1: none
	failed    int   // the cell of the last failure; so for what follows
	startFail int
	exited    int
}

// addView adds a view: after which ms from its base it did what, as an index of
// states.
func addView[N uint16 | uint32](w *walk, base int64, after []uint32, doing []N, states []state) {
	w.attempted, w.failing, w.failed, w.startFail, w.exited = -1, -1, -1, -1, -1
	base -= w.origin
	last, end := len(after)-1, w.end()
	doing = doing[:len(after)]
	now := &nobody
	k := 0
	if base <= 0 {
		before := uint32(min(-base, math.MaxUint32))
		for k <= last && after[k] <= before {
			k++
		}
		if k > last {
			return
		}
		if k > 0 {
			now = w.asked(&states[doing[k-1]])
			w.cells[0].change(&nobody, now, 0)
			w.came(now, &nobody, base+int64(after[k-1]))
			for j := k - 1; now.stalls && j > 0 && states[doing[j-1]].stalls; j-- {
				w.since = base + int64(after[j-1])
			}
		}
	}
	for ; k <= last; k++ {
		at := base + int64(after[k])
		if at > end {
			w.leave(now, min(at, end+query.TickEvery))
			break
		}
		c := tick(at)
		if w.failing >= 0 && w.failing < c {
			w.justFailed(now)
		}
		next := w.asked(&states[doing[k]])
		if now.special {
			w.leave(now, at)
		}
		if next.special {
			w.came(next, now, at)
			w.happened(next, c)
		}
		if k == last { // it ends as it begins
			w.leave(next, at)
			next = &nobody
		}
		w.cells[c].change(now, next, int64(c)*query.TickEvery-at)
		now = next
	}
	if w.failing >= 0 {
		w.justFailed(now)
	}
}

// change counts that a viewer goes from one state to another so many ms before the
// tick of a cell.
func (c *cell) change(from, to *state, part int64) {
	c.present += to.present - from.present
	c.rated += to.rated - from.rated
	c.rate += to.rate - from.rate
	if by := to.heard - from.heard; by != 0 {
		c.heard += by
		c.toldPart += part * by.first()
		c.stalledPart += part * by.second()
	}
}

// asked is a state if it is of the CDN that counts, or what stands for it.
func (w *walk) asked(s *state) *state {
	if w.one && s.cdn != w.cdn {
		switch {
		case s.stalls:
			return &otherCDN[2]
		case s.watching:
			return &otherCDN[1]
		}
		return &otherCDN[0]
	}
	return s
}

// otherCDN are the states of viewers to whom another CDN delivers: of those who
// do not watch, of those who do, and of these the ones who rebuffer.
var otherCDN = [3]state{{known: true}, {known: true, watching: true}, {known: true, watching: true, stalls: true, special: true}}

// came notes when a state began, after another one.
func (w *walk) came(s, from *state, at int64) {
	if s.stalls && !from.stalls {
		w.since = at
	}
	w.entered = at
}

// leave does what else there is to do at the end of a state.
func (w *walk) leave(s *state, at int64) {
	switch s.activity {
	case view.Starting:
		w.attempt(tick(max(w.entered, 0)), min(tick(at), w.ticks))
	case view.Rebuffering:
		if at-w.since > query.StalledAfter {
			w.tooLong(s, at)
		}
	}
}

// happened counts what the beginning of a state is by itself.
func (w *walk) happened(s *state, c int) {
	switch s.activity {
	case view.Failed, view.FailedToStart:
		if w.failed != c {
			w.failed, w.failing = c, c
			w.cells[c].failures++
		}
		if s.activity == view.FailedToStart && w.startFail != c {
			w.startFail = c
			w.cells[c].startFailures++
			w.attempt(c, c) // it need not have been starting: it may have been paused
		}
	case view.LeftEarly:
		if w.exited != c {
			w.exited = c
			w.cells[c].exits++
			w.attempt(c, c) // likewise
		}
	}
}

// attempt counts the view as starting from one cell to another, where it does
// not count already.
func (w *walk) attempt(from, to int) {
	if from = max(from, w.attempted+1); from > to {
		return
	}
	w.cells[from].attempts++
	w.cells[to+1].attempts--
	w.attempted = to
}

// justFailed counts a viewer as concurrent who has failed and does not watch at
// the next tick. What is now is what is at that tick.
func (w *walk) justFailed(now *state) {
	if !now.watching {
		w.cells[w.failing].present += pairOf(1, 0)
		w.cells[w.failing+1].present -= pairOf(1, 0)
	}
	w.failing = -1
}

// tooLong takes away what a rebuffering counts after its fifth minute, of which
// the state may be a part: the CDN may have changed, or the player fallen silent. At the
// tick at which it ends there is one viewer who is not there any more.
func (w *walk) tooLong(s *state, until int64) {
	last := tick(until)
	if from := tick(max(w.since+query.StalledAfter+1, w.entered, 0)); from < last {
		w.cells[from].present -= s.present
		w.cells[last].present += s.present
	}
	from := max(w.since+query.StalledAfter, w.entered, 0)
	w.stop(from, -s.heard)
	w.stop(until, s.heard)
}

// stop counts viewers who rebuffer, if they are told to, from a time on.
func (w *walk) stop(at int64, by pair) {
	c := tick(at)
	part := int64(c)*query.TickEvery - at
	x := &w.cells[c]
	x.heard += by
	x.toldPart += part * by.first()
	x.stalledPart += part * by.second()
}

// ticks adds cells up.
func ticks(cells []cell) []query.Tick {
	list := make([]query.Tick, len(cells)-2)
	sum := cells[0]
	for i := range list {
		list[i] = sum.next(&cells[i+1])
	}
	return list
}

// next adds the cell of the next tick to the sum of those before, and tells what was
// at it.
func (c *cell) next(x *cell) (t query.Tick) {
	t.WatchTime = c.heard.first()*query.TickEvery + x.toldPart
	t.RebufferTime = c.heard.second()*query.TickEvery + x.stalledPart
	c.add(x)
	t.Concurrent, t.StartingUp, t.StartAttempts = c.present.first(), c.present.second(), int64(c.attempts)
	t.Bitrate, t.BitrateViewers = c.rate, c.rated
	t.Exits, t.Failures, t.StartupFailures = int64(x.exits), int64(x.failures), int64(x.startFailures)
	return t
}
