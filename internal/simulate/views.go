package simulate

import (
	"iter"
	"math"
	"slices"
	"time"
)

// views makes n views that begin from one time to another, in order of their
// start, by the rhythm of the days and weeks, with the live events and the
// rushes among the faults.
func (w *World) views(from, to time.Time, n int) iter.Seq[*script] {
	const slot = 2 * time.Minute // in which people come evenly
	return func(yield func(*script) bool) {
		weight := func(at time.Time) float64 {
			return coming(at) * w.rush(at) * w.mood(at) * min(1, to.Sub(at).Seconds()/slot.Seconds())
		}
		total := 0.0
		for at := from; at.Before(to); at = at.Add(slot) {
			total += weight(at)
		}
		sum, number := 0.0, 0
		for at := from; at.Before(to); at = at.Add(slot) {
			length := min(slot, to.Sub(at))
			sum += weight(at)
			rng := w.rng(math.MaxUint64, at)
			starts := make([]time.Time, max(0, int(math.Round(sum/total*float64(n)))-number))
			for i := range starts {
				starts[i] = at.Add(time.Duration(rng.Float64() * float64(length))).Truncate(time.Millisecond)
			}
			slices.SortFunc(starts, time.Time.Compare)
			for _, start := range starts {
				if !yield(w.arrival(uint64(number), start)) { //nolint:gosec // not negative
					return
				}
				number++
			}
		}
	}
}

// mood is by how much more or less is watched on a day, and in an hour of it,
// than usually: no two weeks are the same.
func (w *World) mood(at time.Time) float64 {
	day := w.rng(math.MaxUint64-1, at.Truncate(24*time.Hour)).NormFloat64()
	hour := w.rng(math.MaxUint64-2, at.Truncate(time.Hour)).NormFloat64()
	return math.Exp(0.05*day + 0.08*hour)
}

// rush is how many times as many people come at a time because of the rushes.
func (w *World) rush(at time.Time) float64 {
	n := 1.0
	for i := range w.Faults {
		if f := &w.Faults[i]; f.rushes() && f.during(at.Sub(w.Start)) {
			n += f.Rush - 1
		}
	}
	return n
}

// arrival is a view among those that come by the rhythm; in a rush it may be
// one of those that the rush brings.
func (w *World) arrival(number uint64, start time.Time) *script {
	left := w.rng(number|1<<63, start).Float64()*w.rush(start) - 1 // apart from what the view itself draws
	for i := range w.Faults {
		f := &w.Faults[i]
		if left < 0 || !f.rushes() || !f.during(start.Sub(w.Start)) {
			continue
		}
		if left -= f.Rush - 1; left < 0 {
			return w.visitor(f, number, start)
		}
	}
	return w.view(number, start)
}

// visitor is a view that a rush brings: of the people and titles that it names.
func (w *World) visitor(f *Fault, number uint64, start time.Time) *script {
	const tries = 2000 // to find somebody; then anybody will do
	rng := w.rng(^number, start)
	var s *script
	for range tries {
		t := f.named()
		if t == nil {
			t = w.choose(rng, start)
		}
		if s = w.cast(rng, t, start); f.Whom.match(s) {
			break
		}
	}
	return w.play(rng, s, start)
}
