package simulate

import (
	"iter"
	"time"
)

// Truths are the truths of so many views that begin from one time to another, in
// order of their start, by the rhythm of the days: of viewers whom nobody hears.
// They are for who wants to know what happens in many views, and no beacons.
func (w *World) Truths(from, until time.Time, views int) iter.Seq[Truth] {
	return func(yield func(Truth) bool) {
		for s := range w.views(from, until, views) {
			if s.begun() && !yield(s.truth()) {
				return
			}
		}
	}
}
