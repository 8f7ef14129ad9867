package view

// step is what is so from a time on.
type step struct{ at, is int64 }

// steps are in the order of their times. At most the newest maxSpans are kept.
type steps []step

// maxSpans bounds how many spans a view tells.
const maxSpans = 1000

// turn has something be so from a time on.
func (s *steps) turn(at, is int64) {
	switch n := len(*s); {
	case n == 0:
		s.add(step{at, is})
	case (*s)[n-1].is != is:
		s.add(step{max(at, (*s)[n-1].at), is})
	}
}

func (s *steps) add(one step) {
	list := *s
	if len(list) == cap(list) { // there are as many views open as there are viewers
		list = append(make(steps, 0, len(list)+len(list)/4+2), list...)
	}
	if len(list) == maxSpans {
		list = append(list[:0], list[1:]...)
	}
	list = append(list, one)
	*s = list
}

// does is what a viewer does, as a step says it.
type does struct {
	activity Activity
	inAd     bool // and not content
	first    bool // the first frame has been shown with it
}

const (
	stepInAd  = 1 << 8
	stepFirst = 1 << 9
)

func (d does) step(at int64) step {
	s := step{at, int64(d.activity)}
	if d.inAd && d.activity == Playing {
		s.is |= stepInAd
	}
	if d.first {
		s.is |= stepFirst
	}
	return s
}

func (s step) does() does {
	return does{Activity(s.is & 0xff), s.is&stepInAd != 0, s.is&stepFirst != 0}
}

// stands reports whether somebody counts that a viewer came to do something, if
// only for no time.
func (d does) stands() bool {
	switch d.activity {
	case Starting, Failed, FailedToStart, Excepted:
		return true
	}
	return d.first
}

// take has the viewer do something from a time on, whatever was said of the time
// after it.
func (s *steps) take(from int64, d does) {
	from = s.cut(from)
	if n := len(*s); n > 0 && !d.first {
		last := (*s)[n-1].does()
		if last.first = false; last.step(from) == d.step(from) {
			return
		}
	}
	s.add(d.step(from))
}

// cut leaves out the steps from a time on. What somebody counts stays; it
// returns the time from which on there is none.
func (s *steps) cut(from int64) int64 {
	for n := len(*s); n > 0 && (*s)[n-1].at >= from; n-- {
		if (*s)[n-1].does().stands() {
			return (*s)[n-1].at
		}
		*s = (*s)[:n-1]
	}
	return from
}
