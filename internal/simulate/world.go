package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// World is who watches, and what happens to them. The same world plays the
// same viewers, views and truth, in whatever order they are asked for.
type World struct {
	Seed   uint64
	Start  time.Time // when it begins; the times of faults count from it
	People int       // how many different people there are, 0 to 100 million; 0: 20,000
	Faults []Fault
	Brief  bool // players tell no single requests, and that they still play only once a minute: for long histories

	// BriefUntil is when that ends: in views that begin then or later players tell
	// all. Zero: it does not end.
	BriefUntil time.Time
}

// Validate checks what users can set.
func (w *World) Validate() error {
	if w.People < 0 || w.People > 100_000_000 {
		return fmt.Errorf("people is %d: want 0 to 100000000", w.People)
	}
	for i := range w.Faults {
		if err := w.Faults[i].Validate(); err != nil {
			return fmt.Errorf("fault %s: %w", w.Faults[i], err)
		}
	}
	return nil
}

// view makes the view of a number that begins at a time, to the millisecond.
func (w *World) view(number uint64, start time.Time) *script {
	rng := w.rng(number, start)
	return w.play(rng, w.cast(rng, w.choose(rng, start), start), start)
}

func (w *World) rng(number uint64, start time.Time) *rand.Rand {
	return rand.New(rand.NewPCG(w.Seed, number*0x9e3779b97f4a7c15^uint64(start.UnixMilli()))) //nolint:gosec // any bits will do
}

// choose picks what somebody watches who comes at a time.
func (w *World) choose(rng *rand.Rand, at time.Time) *title {
	usual := rhythm(at)
	total := usual
	var now [occasions]float64
	for i := range shows {
		now[i] = shows[i].pull(at)
		total += now[i]
	}
	left := rng.Float64()*total - usual
	if left < 0 {
		return &titles[draw(rng, popularity)]
	}
	for i := range shows {
		if left -= now[i]; left < 0 {
			return shows[i].title
		}
	}
	return shows[0].title
}

// pull is how many people come to an event at a time, relatively to the mean of
// everything.
func (s *show) pull(at time.Time) float64 {
	since := at.Sub(s.next(at))
	if since < 0 {
		return 0
	}
	perHour := s.crowd * math.Ln2 / rushHalf.Hours()
	return perHour * math.Exp2(-since.Hours()/rushHalf.Hours())
}

// coming is how many people come at a time, relatively to the mean over a week
// without the events.
func coming(at time.Time) float64 {
	n := rhythm(at)
	for i := range shows {
		n += shows[i].pull(at)
	}
	return n
}
