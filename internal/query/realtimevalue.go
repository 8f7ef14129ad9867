package query

import (
	"fmt"
	"iter"
	"math"

	"playhead/internal/catalog"
	"playhead/internal/expr"
)

// tickFields are the quantities of a tick by their names in formulas, which
// [catalog.RealtimeQuantities] describes.
var tickFields = map[string]func(*Tick) int64{
	"concurrent":       func(t *Tick) int64 { return t.Concurrent },
	"starting_up":      func(t *Tick) int64 { return t.StartingUp },
	"watch_time":       func(t *Tick) int64 { return t.WatchTime },
	"rebuffer_time":    func(t *Tick) int64 { return t.RebufferTime },
	"start_attempts":   func(t *Tick) int64 { return t.StartAttempts },
	"exits":            func(t *Tick) int64 { return t.Exits },
	"failures":         func(t *Tick) int64 { return t.Failures },
	"startup_failures": func(t *Tick) int64 { return t.StartupFailures },
	"bitrate":          func(t *Tick) int64 { return t.Bitrate },
	"bitrate_viewers":  func(t *Tick) int64 { return t.BitrateViewers },
}

// tickFormula is a formula of a real-time metric, made ready for ticks: they
// are evaluated for every group of every tick.
type tickFormula struct {
	value        func(*Tick) float64
	above, below func(*Tick) float64 // of a ratio: what is divided, and by what; else nil
}

// tickFormulas are those of all metrics that have one.
var tickFormulas = func() map[*catalog.RealtimeMetric]*tickFormula {
	all := map[*catalog.RealtimeMetric]*tickFormula{}
	for i := range catalog.RealtimeMetrics {
		m := &catalog.RealtimeMetrics[i]
		if m.Node() == nil {
			continue
		}
		f := &tickFormula{value: overTicks(m.Node())}
		if ratio, ok := m.Node().(expr.Bin); ok && ratio.Op == '/' {
			f.above, f.below = overTicks(ratio.L), overTicks(ratio.R)
		}
		all[m] = f
	}
	return all
}()

// overTicks makes a function of a formula. It means what [expr.Eval] does where
// a tick is what has been summed up over viewers.
func overTicks(n expr.Node) func(*Tick) float64 {
	switch n := n.(type) {
	case expr.Num:
		return func(*Tick) float64 { return float64(n) }
	case expr.Bin:
		l, r := overTicks(n.L), overTicks(n.R)
		switch n.Op {
		case '+':
			return func(t *Tick) float64 { return l(t) + r(t) }
		case '-':
			return func(t *Tick) float64 { return l(t) - r(t) }
		case '*':
			return func(t *Tick) float64 { return l(t) * r(t) }
		case '/':
			return func(t *Tick) float64 {
				if below := r(t); below != 0 {
					return l(t) / below
				}
				return math.NaN()
			}
		}
	case expr.Agg:
		if field, ok := tickFields[n.Col]; ok && n.Fn == expr.Sum && n.When == "" {
			return func(t *Tick) float64 { return float64(field(t)) }
		}
	}
	panic(fmt.Sprintf("BUG: query: real-time formulas cannot have %s", n))
}

// RealtimeValue is a metric of a tick; NaN is null. The metric must have a
// formula.
func RealtimeValue(m *catalog.RealtimeMetric, t *Tick) float64 { return tickFormulas[m].value(t) }

// RealtimeValues are all metrics of a tick that have a formula, in the order of
// the catalogue; NaN is null.
func RealtimeValues(t *Tick) iter.Seq2[*catalog.RealtimeMetric, float64] {
	return func(yield func(*catalog.RealtimeMetric, float64) bool) {
		for i := range catalog.RealtimeMetrics {
			m := &catalog.RealtimeMetrics[i]
			if m.Node() != nil && !yield(m, RealtimeValue(m, t)) {
				return
			}
		}
	}
}
