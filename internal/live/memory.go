package live

import (
	"time"
	"unsafe"

	"playhead/internal/view"
)

// When there is more to do than to store a view.
const (
	tidyEvery  = 10_000 // ms of journal time between looks for what is too old
	sealEnough = blockViews
	sealLeast  = 256  // views that are worth a block of their own when memory is scarce
	fullFor    = 1000 // ms of journal time in which room is not looked for again when there was none
	cacheShare = 8    // that part of the memory is for blocks made large for queries
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

// limit is how much views may take, in bytes.
func (s *Store) limit() int64 { return s.memory - s.memory/cacheShare }

// makeRoom makes room for so many bytes of an environment, and reports whether
// that was possible: the environment that takes the most, or else the one that
// needs them, loses its oldest blocks.
func (s *Store) makeRoom(needy *environment, need int64) bool {
	if wait := s.fullUntil - s.now.Load(); 0 < wait && wait <= fullFor {
		return false
	}
	for s.used+need > s.limit() {
		largest := s.largest()
		if largest == nil || !s.pressed(largest) && !s.dropOldest(largest) && (needy == nil || !s.dropOldest(needy)) {
			s.fullUntil = s.now.Load() + fullFor
			return false
		}
	}
	return true
}

// largest is the environment that takes the most.
func (s *Store) largest() (largest *environment) {
	s.environments.Range(func(_, value any) bool {
		if e := value.(*environment); largest == nil || e.counted > largest.counted {
			largest = e
		}
		return true
	})
	return largest
}

// pressed makes blocks of what rests in the pages of an environment, and reports
// whether that was worth it.
func (s *Store) pressed(e *environment) bool {
	before := e.counted
	e.seal(s.now.Load(), sealLeast)
	s.shrink(e)
	e.tidy()
	s.count(e)
	return e.counted < before
}

// dropOldest drops the block of an environment whose views ended first, of those
// that do not change any more, and reports whether there is one.
func (s *Store) dropOldest(e *environment) bool {
	var oldest *block
	for _, b := range e.shown.Load().blocks {
		if b.open == 0 && (oldest == nil || b.last < oldest.last) {
			oldest = b
		}
	}
	if oldest == nil {
		return false
	}
	s.drop(e, []*block{oldest}, s.metrics.droppedMemory)
	if s.mayWarn(&s.warnedDrop) {
		s.log.Warn("memory for real-time numbers is full: the oldest history goes", "environment", e.name,
			"bytes", s.used, "limit", s.memory, "whole_from", time.UnixMilli(e.lost.Load()).UTC())
	}
	return true
}

// drop drops blocks and counts their views.
func (s *Store) drop(e *environment, blocks []*block, reason counter) {
	for _, b := range blocks {
		reason.Add(float64(b.views))
		s.cache.forget(b)
	}
	e.drop(blocks, s.now.Load())
	e.tidy()
	s.count(e)
}

// refuse counts a view that there was no room for. Of one that is final, what was
// known before stays.
func (s *Store) refuse(e *environment, w *view.Watch) {
	s.metrics.refused.Inc()
	if e != nil && w.Final {
		if at := e.index.find(w.ID, e.id); at != 0 {
			e.finish(w.ID, at)
		}
	}
	if s.mayWarn(&s.warnedRefusal) {
		s.log.Warn("memory for real-time numbers is full: views are left out of them", "environment", w.Environment, "bytes", s.used, "limit", s.memory)
	}
}

// mayWarn tells whether there was no warning within a minute of journal time.
func (s *Store) mayWarn(last *int64) bool {
	if since := s.now.Load() - *last; *last != 0 && 0 <= since && since < 60_000 {
		return false
	}
	*last = max(s.now.Load(), 1)
	return true
}

// tidy does what is due after a change: views that rest go to blocks, what is
// too old goes away, and what nobody uses is forgotten.
func (s *Store) tidy(changed *environment) {
	if changed != nil && changed.fresh >= max(sealEnough, changed.paged/8) {
		changed.seal(s.now.Load(), max(sealEnough, changed.paged/8))
		s.shrink(changed)
		s.count(changed)
	}
	if since := s.now.Load() - s.tidied; 0 <= since && since < tidyEvery {
		return
	}
	s.tidied = s.now.Load()
	s.environments.Range(func(_, value any) bool {
		s.tidyAll(value.(*environment))
		return true
	})
	s.report()
}

// tidyAll looks at everything of an environment.
func (s *Store) tidyAll(e *environment) {
	before := s.now.Load() - Keep
	var old []*block
	for _, b := range e.shown.Load().blocks {
		if b.last < before {
			old = append(old, b)
		}
	}
	if len(old) > 0 {
		s.drop(e, old, s.metrics.droppedAge)
	}
	s.metrics.droppedAge.Add(float64(e.expire(before)))
	s.shrink(e)
	e.tidy()
	s.count(e)
	if e.paged == 0 && e.blocked == 0 && e.lost.Load() < before {
		s.used -= e.counted
		s.environments.Delete(e.name)
	}
}

// shrink makes the blocks small in which nothing changes any more.
func (s *Store) shrink(e *environment) {
	for _, b := range e.shown.Load().blocks {
		if b.body == nil || b.open > 0 {
			continue
		}
		if b.died != nil {
			if b = e.rewrite(b); b == nil {
				continue
			}
		}
		small := s.codec.small(b.body)
		before := b.bytes()
		b.mu.Lock()
		b.small, b.body = small, nil
		b.mu.Unlock()
		if b.numbered {
			e.release(b.number)
			b.numbered = false
		}
		e.unitBytes += b.bytes() - before
	}
}
