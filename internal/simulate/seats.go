package simulate

import (
	"container/heap"
	"iter"
	"time"
)

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
		end := until
		if over := w.Start.Add(f.To); f.To > 0 && over.Before(until) {
			end = over
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
