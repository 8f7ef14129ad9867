package simulate

import (
	"container/heap"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
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

// views makes n views that begin from one time to another, in order of their
// start, by the rhythm of the days and weeks, with the live events and the
// rushes among the faults.
func (w *World) views(from, to time.Time, n int) iter.Seq[*script] {
	const slot = 2 * time.Minute // in which people come evenly
	return func(yield func(*script) bool) {
		total := 0.0
		for at := from; at.Before(to); at = at.Add(slot) {
			total += coming(at) * w.rush(at) * min(1, to.Sub(at).Seconds()/slot.Seconds())
		}
		sum, number := 0.0, 0
		for at := from; at.Before(to); at = at.Add(slot) {
			length := min(slot, to.Sub(at))
			sum += coming(at) * w.rush(at) * length.Seconds() / slot.Seconds()
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

// seat is where one viewer comes after another.
type seat struct {
	number uint64
	next   time.Time
	until  time.Time
	came   uint64 // viewers so far
	rush   *Fault // the seat exists only because of it
}

// seats are in order of who comes next.
type seats []*seat

func (s seats) Len() int { return len(s) }
func (s seats) Less(i, j int) bool {
	if s[i].next.Equal(s[j].next) {
		return s[i].number < s[j].number
	}
	return s[i].next.Before(s[j].next)
}
func (s seats) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *seats) Push(x any)   { *s = append(*s, x.(*seat)) }
func (s *seats) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}

// arrivals makes the views of so many viewers at the same time, in order of
// their start: from the start of the world, where they come within ten
// seconds, until a time. Rushes bring more of them.
func (w *World) arrivals(viewers int, until time.Time) iter.Seq[*script] {
	return func(yield func(*script) bool) {
		s := w.seats(viewers, until)
		heap.Init(&s)
		for len(s) > 0 {
			next := s[0]
			if !next.next.Before(next.until) {
				heap.Pop(&s)
				continue
			}
			v := w.seated(next)
			if !yield(v) {
				return
			}
			next.came++
			gap := time.Duration(w.rng(next.number, next.next).Float64() * float64(5*time.Second))
			next.next = next.next.Add(v.length() + gap).Truncate(time.Millisecond)
			heap.Fix(&s, 0)
		}
	}
}

func (w *World) seats(viewers int, until time.Time) seats {
	rng := w.rng(0, w.Start)
	list := make(seats, 0, viewers)
	add := func(start, until time.Time, rush *Fault) {
		list = append(list, &seat{number: uint64(len(list)) << 32, next: start.Truncate(time.Millisecond), until: until, rush: rush})
	}
	for range viewers {
		add(w.Start.Add(time.Duration(rng.Float64()*float64(10*time.Second))), until, nil)
	}
	for i := range w.Faults {
		f := &w.Faults[i]
		if !f.rushes() {
			continue
		}
		end := w.Start.Add(f.To)
		if end.After(until) {
			end = until
		}
		for range int(float64(viewers) * (f.Rush - 1)) {
			add(w.Start.Add(f.From+time.Duration(rng.ExpFloat64()*float64(20*time.Second))), end, f)
		}
	}
	return list
}

func (w *World) seated(s *seat) *script {
	if s.rush == nil {
		return w.view(s.number+s.came, s.next)
	}
	return w.visitor(s.rush, s.number+s.came, s.next)
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
	left := w.rng(number, start).Float64()*w.rush(start) - 1
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
