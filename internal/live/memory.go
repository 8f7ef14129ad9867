package live

import (
	"unsafe"

	"playhead/internal/view"
)

// cost is about the most that a view can take, in bytes: all its texts may be
// new, and lists may have to grow for it.
func (s *Store) cost(w *view.Watch) int64 {
	const perText = int64(unsafe.Sizeof(entry[text]{}))*2 + int64(unsafe.Sizeof(text{})+4)*3/2
	sum := headSize + idSize + width*4 + 16
	for i := range w.Values {
		sum += int64(len(w.Values[i])) + perText
	}
	for i := range w.Labels {
		sum += int64(len(w.Labels[i]))
	}
	return 2*sum + int64(min(len(w.Spans), maxSpans))*64
}

// makeRoom makes room for so many bytes of an environment, and reports whether
// that was possible.
func (s *Store) makeRoom(_ *environment, _ int64) bool { return false }

// refuse counts a view that there was no room for.
func (s *Store) refuse(e *environment, w *view.Watch) {
	s.metrics.refused.Inc()
	if s.warned == 0 || s.now-s.warned >= 60_000 {
		s.warned = s.now
		s.log.Warn("memory for real-time numbers is full: views are left out of them", "environment", e.name, "bytes", s.used, "limit", s.memory)
	}
}

// tidyEvery is how often old views are looked for, in ms.
const tidyEvery = 10_000

// tidy forgets what is too old and what nobody uses.
func (s *Store) tidy() {
	s.metrics.bytes.Set(float64(s.used))
	if s.now-s.tidied < tidyEvery {
		return
	}
	s.tidied = s.now
	s.environments.Range(func(_, value any) bool {
		e := value.(*environment)
		e.expire(s.now-Keep, s.epoch)
		e.tidy()
		s.count(e)
		return true
	})
}
