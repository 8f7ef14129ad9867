package daily

import "time"

// memory is what is remembered of a day from round to round. Nothing that has to be true
// after a restart is in it.
type memory struct {
	checked bool     // its files were looked for at the destination
	missing bool     // one of them was not there
	change  change   // of what the store has
	failure *failure // the last thing that was tried failed
	left    state    // of the store, when it was told last that the day is not issued again
}

// memory is what is remembered of a day.
func (d *Daily) memory(k key) *memory {
	m := d.memories[k]
	if m == nil {
		m = &memory{}
		d.memories[k] = m
	}
	return m
}

// state is what the store has of a day.
type state struct{ views, changed int64 }

// watch notes when a day that is not as it was issued has changed.
func (m *memory) watch(f *facts, now time.Time) {
	c := &m.change
	switch {
	case !f.differs():
		*c = change{}
	case c.first.IsZero(), now.Before(c.last): // the clock was set back
		*c = change{state: f.has(), first: now, last: now}
	case c.state != f.has():
		c.state, c.last = f.has(), now
	}
}

// settled notes that nothing is to be done about a day, so that nothing can go on failing.
func (d *Daily) settled(k key, f *facts) {
	if m := d.memory(k); m.checked || f.issued == nil {
		m.failure = nil
	}
}
