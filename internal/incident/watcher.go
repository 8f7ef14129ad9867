package incident

import (
	"math"

	"playhead/internal/meta"
	"playhead/internal/query"
)

// How long a watcher waits, in ms.
const (
	rememberEvery = 5 * 60_000 // what it has seen is written down so often, if nothing happens
	figuresEvery  = 60_000     // new figures of an open incident are told so often
	clockBack     = 5 * 60_000 // a clock that goes back by no more is waited for
)

// Moment is what a rule looks at, at a tick: a metric over the minute up to it.
type Moment struct {
	Tick     int64   // ms since 1970
	Value    float64 // in the unit of thresholds: percent, ms, bit/s or viewers; NaN is not known
	Viewers  float64 // mean of the concurrent ones
	Affected int64   // in the five seconds up to the tick: viewers who came to what the metric counts, or are in it
}

// Watcher evaluates one rule, one moment after the other. It is pure: what it says
// follows from the rule and the moments alone.
//
// A moment counts if its value is known and more than the minimum audience
// watches. Those that count either confirm what is (the metric is on the right side
// and nothing is wrong, or an incident is open and the metric is beyond the
// threshold), or speak for a turn. When moments that count have spoken for a turn for
// the interval of the rule, one after the other, it comes, and dates back to the
// first of them. Moments that do not count stop that clock; if there are only such
// for longer than the interval, it begins anew.
type Watcher struct {
	rule  meta.AlertRule
	newID func() string

	watched
	changes []Change
	taken   int64    // the tick that was next when its state was written last
	reading *reading // how its moments are made; the monitor's
}

// watched is what a watcher remembers.
type watched struct {
	Due     int64          `json:"next"`           // the tick of the next moment
	Counted int64          `json:"counted"`        // the last moment that counted
	Turn    *turn          `json:"turn,omitempty"` // nil: nothing speaks for one
	Open    *meta.Incident `json:"open,omitempty"` // without its rule; nil: nothing is wrong
	Told    figures        `json:"told"`           // of the open incident, when they were told last
}

// figures are what changes of an open incident.
type figures struct {
	Tick     int64   `json:"tick"`
	Current  float64 `json:"current"`
	Peak     float64 `json:"peak"`
	Affected int64   `json:"affected"`
}

// turn is moments that speak for another state than the present one.
type turn struct {
	Since    int64   `json:"since"` // the first moment
	Last     int64   `json:"last"`  // the last one that counted
	Held     int64   `json:"held"`  // ms between moments that counted
	Affected int64   `json:"affected"`
	Peak     float64 `json:"peak"`
}

// NewWatcher watches for incidents of a rule that [CheckRule] accepts, from its last
// edit on. New ids of incidents come from newID.
func NewWatcher(rule meta.AlertRule, newID func() string) *Watcher {
	w := &Watcher{rule: rule, newID: newID}
	w.Due = ceilTick(rule.UpdatedAt.UnixMilli())
	w.taken = w.Due
	return w
}

// ceilTick is the first tick at or after a time in ms since 1970.
func ceilTick(ms int64) int64 {
	if rest := ms % query.TickEvery; rest != 0 {
		return ms - rest + query.TickEvery
	}
	return ms
}

// Rule is what the watcher evaluates.
func (w *Watcher) Rule() meta.AlertRule { return w.rule }

// Next is the tick of the moment that the watcher needs next, in ms since 1970.
func (w *Watcher) Next() int64 { return w.Due }

// Add takes the next moment. One that has been taken is left out; some may be
// missing, as of a time from which nothing is known.
func (w *Watcher) Add(m Moment) {
	if m.Tick < w.Due {
		return
	}
	w.Due = m.Tick + query.TickEvery
	if w.Turn != nil && m.Tick-w.Turn.Last > w.rule.Interval.Milliseconds() {
		w.drop()
	}
	switch {
	case !w.counts(m):
		w.affect(m.Affected)
		w.expire(m.Tick)
	case beyond(&w.rule, m.Value) == (w.Open != nil):
		w.confirm(m)
	default:
		w.speak(m)
	}
	w.goOn(m.Tick)
}

// counts tells whether a moment says anything.
func (w *Watcher) counts(m Moment) bool {
	return !math.IsNaN(m.Value) && (w.rule.MinViewers == 0 || m.Viewers > float64(w.rule.MinViewers))
}

// beyond tells whether a value is on the wrong side of the threshold of a rule.
func beyond(rule *meta.AlertRule, value float64) bool {
	if rule.Direction == meta.Below {
		return value < rule.Threshold
	}
	return value > rule.Threshold
}

// confirm takes a moment that confirms what is.
func (w *Watcher) confirm(m Moment) {
	w.Counted = m.Tick
	w.drop()
	if w.Open == nil {
		return
	}
	w.Open.CurrentValue = m.Value
	w.Open.PeakValue = worse(&w.rule, w.Open.PeakValue, m.Value)
	w.affect(m.Affected)
}

// speak takes a moment that speaks for a turn, which comes if there have been
// enough of them.
func (w *Watcher) speak(m Moment) {
	w.Counted = m.Tick
	if w.Turn == nil {
		w.Turn = &turn{Since: m.Tick, Last: m.Tick, Peak: m.Value}
	} else {
		w.Turn.Held += query.TickEvery
	}
	w.Turn.Last = m.Tick
	w.Turn.Peak = worse(&w.rule, w.Turn.Peak, m.Value)
	w.affect(m.Affected)
	if w.Open != nil {
		w.Open.CurrentValue = m.Value
	}
	if w.Turn.Held < w.rule.Interval.Milliseconds() {
		return
	}
	if w.Open == nil {
		w.open(m)
	} else {
		w.close(m)
	}
	w.Turn = nil
}

// drop forgets what speaks for a turn. Who was affected meanwhile was so by the
// incident that goes on.
func (w *Watcher) drop() {
	if w.Turn != nil && w.Open != nil {
		w.Open.AffectedViews = w.together(w.Open.AffectedViews, w.Turn.Affected)
	}
	w.Turn = nil
}

// affect counts viewers who were affected: they belong to the turn if one is coming,
// as an incident does not begin later than it, nor end later.
func (w *Watcher) affect(n int64) {
	switch {
	case w.Turn != nil:
		w.Turn.Affected = w.together(w.Turn.Affected, n)
	case w.Open != nil:
		w.Open.AffectedViews = w.together(w.Open.AffectedViews, n)
	}
}

// together are the viewers affected in two times: of what happens to a viewer at a
// moment all of them, of what a viewer is in for many moments the most at one.
func (w *Watcher) together(a, b int64) int64 {
	if countsEvents(w.rule.Metric) {
		return a + b
	}
	return max(a, b)
}

// countsEvents tells whether what a metric counts happens to a viewer at one
// moment, and not for a time.
func countsEvents(metric string) bool {
	switch metric {
	case "exits-before-video-start", "playback-failure-percentage", "video-startup-failure-percentage", "video-startup-time":
		return true
	}
	return false
}

// worse is the one of two values that is further to the wrong side.
func worse(rule *meta.AlertRule, a, b float64) float64 {
	if rule.Direction == meta.Below {
		return min(a, b)
	}
	return max(a, b)
}

// restart has a watcher go on with a tick that is before the one that it needs next
// because the clock has been set back, or later, because nothing is known of those
// between. An incident that is open stays so.
func (w *Watcher) restart(tick int64) {
	if tick < w.Due {
		w.drop()
		w.Counted, w.Told.Tick = min(w.Counted, tick), min(w.Told.Tick, tick)
	}
	w.Due = tick
}
