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
	concurrent, starting, attempts int32 // differences
	told, stalled                  int32 // differences: viewers who are told to watch, and to rebuffer
	rated                          int32 // difference: viewers with a known bitrate
	rate                           int64 // difference: sum of their bitrates
	toldPart, stalledPart          int64 // ms from what began in the window of the tick to the tick, less those from what ended in it
	exits, failures, startFailures int32
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
	concurrent, starting, told, stalled, rated int32 // 1 or 0
	rate                                       int64
	cdn                                        uint32
	activity                                   view.Activity // 0: the query does not ask for it
	watching, stalls                           bool          // whatever is asked for
	first                                      bool
	known                                      bool // it was looked up
}

// stateOf is what a doing means to a query that asks for it.
func stateOf(d doing) state {
	s := state{cdn: d.cdn, activity: d.activity, watching: d.activity.Watching(), stalls: d.activity == view.Rebuffering, first: d.first, known: true}
	if !s.watching {
		return s
	}
	s.concurrent = 1
	if d.activity == view.Starting {
		s.starting = 1
	}
	if d.activity == view.Playing && d.bitrate > 0 {
		s.rated, s.rate = 1, d.bitrate
	}
	if d.unheard {
		return s
	}
	s.told = 1
	if d.activity == view.Rebuffering {
		s.stalled = 1
	}
	return s
}

// unasked is a state that the query does not ask for, because of its CDN. It
// still tells whether the viewer watches, and rebuffers.
func (s state) unasked() state {
	return state{cdn: s.cdn, watching: s.watching, stalls: s.stalls, known: true}
}

// nobody is what is after the last span, and before the first one.
var nobody = state{known: true}

// states are what doings mean to a query, by their number.
type states struct {
	list  []state
	learn func(number uint32) *state // looks up a state that is not in the list
}

func (s *states) of(number uint32) *state {
	if int(number) < len(s.list) && s.list[number].known {
		return &s.list[number]
	}
	return s.learn(number)
}

// walk adds one view to the cells of a group.
type walk struct {
	window
	*states
	cells []cell
	one   bool   // only what one CDN delivers counts
	cdn   uint32 // that one

	now       *state
	entered   int64 // when it began
	since     int64 // when a rebuffering began, which may be several states ago
	attempted int   // the last cell that counts the view as starting; -1: none
	starts    int   // the cell in which it began to start
	failing   int   // the cell of a failure for which it may count as watching; -1: none
	failed    int   // the cell of the last failure; so for what follows
	startFail int
	exited    int
}

// view adds a view whose first span begins at a base.
func (w *walk) view(base int64, spans []span) {
	w.now, w.attempted, w.failing, w.failed, w.startFail, w.exited = &nobody, -1, -1, -1, -1, -1
	base -= w.origin
	last, end := len(spans)-1, w.end()
	k := 0
	if base <= 0 {
		before := uint32(min(-base, math.MaxUint32))
		for k < len(spans) && spans[k].after <= before {
			k++
		}
		if k > last {
			return
		}
		if k > 0 {
			w.enter(w.asked(spans[k-1].doing), base+int64(spans[k-1].after), 0, 0)
			for j := k - 1; w.now.stalls && j > 0 && w.of(spans[j-1].doing).stalls; j-- {
				w.since = base + int64(spans[j-1].after)
			}
		}
	}
	for ; k <= last; k++ {
		at := base + int64(spans[k].after)
		if at > end {
			w.leave(min(at, end+query.TickEvery))
			break
		}
		c := tick(at)
		part := int64(c)*query.TickEvery - at
		if w.failing >= 0 && w.failing < c {
			w.justFailed()
		}
		if w.now != &nobody {
			w.leaveAt(at, c, part)
		}
		next := w.asked(spans[k].doing)
		w.came(next, c)
		if k == last {
			w.ended(next, c)
			break
		}
		w.enter(next, at, c, part)
	}
	if w.failing >= 0 {
		w.justFailed()
	}
}

// asked is the state that a number stands for.
func (w *walk) asked(number uint32) *state {
	s := w.of(number)
	if w.one && s.cdn != w.cdn {
		switch {
		case s.stalls:
			s = &otherCDN[2]
		case s.watching:
			s = &otherCDN[1]
		default:
			s = &otherCDN[0]
		}
	}
	return s
}

// otherCDN are the states of viewers to whom another CDN delivers: of those who
// do not watch, of those who do, and of these the ones who rebuffer.
var otherCDN = [3]state{{known: true}, {known: true, watching: true}, {known: true, watching: true, stalls: true}}

// enter begins a state.
func (w *walk) enter(s *state, at int64, c int, part int64) {
	if s.stalls && !w.now.stalls {
		w.since = at
	}
	w.now, w.entered = s, at
	x := &w.cells[c]
	x.concurrent += s.concurrent
	x.starting += s.starting
	x.told += s.told
	x.stalled += s.stalled
	x.rated += s.rated
	x.rate += s.rate
	x.toldPart += part * int64(s.told)
	x.stalledPart += part * int64(s.stalled)
	if s.activity == view.Starting {
		w.starts = c
	}
}

// leaveAt ends the state that is now.
func (w *walk) leaveAt(at int64, c int, part int64) {
	s := w.now
	x := &w.cells[c]
	x.concurrent -= s.concurrent
	x.starting -= s.starting
	x.told -= s.told
	x.stalled -= s.stalled
	x.rated -= s.rated
	x.rate -= s.rate
	x.toldPart -= part * int64(s.told)
	x.stalledPart -= part * int64(s.stalled)
	w.leave(at)
}

// leave does what else there is to do at the end of a state.
func (w *walk) leave(at int64) {
	switch w.now.activity {
	case view.Starting:
		w.attempt(w.starts, min(tick(at), w.ticks))
	case view.Rebuffering:
		if at-w.since > query.StalledAfter {
			w.tooLong(at)
		}
	}
}

// came counts what the beginning of a state is by itself.
func (w *walk) came(s *state, c int) {
	switch s.activity {
	case view.Failed, view.FailedToStart:
		if w.failed != c {
			w.failed, w.failing = c, c
			w.cells[c].failures++
		}
		if s.activity == view.FailedToStart && w.startFail != c {
			w.startFail = c
			w.cells[c].startFailures++
		}
	case view.LeftEarly:
		if w.exited != c {
			w.exited = c
			w.cells[c].exits++
		}
	}
}

// ended is for the last state, which ends as it begins.
func (w *walk) ended(s *state, c int) {
	if s.activity == view.Starting {
		w.attempt(c, c)
	}
	w.now = &nobody
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
func (w *walk) justFailed() {
	if !w.now.watching {
		w.cells[w.failing].concurrent++
		w.cells[w.failing+1].concurrent--
	}
	w.failing = -1
}

// tooLong takes away what a rebuffering counts after its fifth minute, of which
// the state may be a part: the CDN may have changed, or the player fallen silent. At the
// tick at which it ends there is one viewer who is not there any more.
func (w *walk) tooLong(until int64) {
	s, last := w.now, tick(until)
	if from := tick(max(w.since+query.StalledAfter+1, w.entered, 0)); from < last {
		w.cells[from].concurrent -= s.concurrent
		w.cells[last].concurrent += s.concurrent
	}
	if s.told == 0 {
		return
	}
	from := max(w.since+query.StalledAfter, w.entered, 0)
	w.stop(from, -1)
	w.stop(until, +1)
}

// stop counts viewers who rebuffer and are told to, from a time on.
func (w *walk) stop(at int64, by int32) {
	c := tick(at)
	part := (int64(c)*query.TickEvery - at) * int64(by)
	x := &w.cells[c]
	x.told += by
	x.stalled += by
	x.toldPart += part
	x.stalledPart += part
}

// ticks adds cells up.
func ticks(cells []cell) []query.Tick {
	list := make([]query.Tick, len(cells)-2)
	sum := cells[0]
	for i := range list {
		x := &cells[i+1]
		t := &list[i]
		t.WatchTime = int64(sum.told)*query.TickEvery + x.toldPart
		t.RebufferTime = int64(sum.stalled)*query.TickEvery + x.stalledPart
		sum.concurrent += x.concurrent
		sum.starting += x.starting
		sum.attempts += x.attempts
		sum.told += x.told
		sum.stalled += x.stalled
		sum.rated += x.rated
		sum.rate += x.rate
		t.Concurrent, t.StartingUp, t.StartAttempts = int64(sum.concurrent), int64(sum.starting), int64(sum.attempts)
		t.Bitrate, t.BitrateViewers = sum.rate, int64(sum.rated)
		t.Exits, t.Failures, t.StartupFailures = int64(x.exits), int64(x.failures), int64(x.startFailures)
	}
	return list
}
