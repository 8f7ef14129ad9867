package stream

import (
	"sync"
	"time"
)

// passage is how far the store has come: the record of the journal before which it
// has all views, when it came there, and which environments had any.
type passage struct {
	mu      sync.Mutex
	first   int64
	marks   []mark           // ascending, the first one of the start; at least one
	news    map[string]int64 // by environment: the record of the last passage that brought views of it
	pending map[string]bool  // environments with views that are stored, and that the next passage brings
}

// mark is that the store had all views before a record at a time.
type mark struct {
	record int64
	at     time.Time
}

// mostMarks is how many passages are told apart; each is a second at least.
const mostMarks = 4096

// begin is where the store stands at the start.
func (p *passage) begin(record int64, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.first, p.marks = record, []mark{{record, now}}
	p.news, p.pending = map[string]int64{}, map[string]bool{}
}

// pass moves on. It reports whether there is something new.
func (p *passage) pass(record int64, environments []string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.marks) == 0 {
		return false // it has not begun
	}
	for _, e := range environments {
		p.pending[e] = true
	}
	last := &p.marks[len(p.marks)-1]
	if record <= last.record {
		return false
	}
	for e := range p.pending {
		p.news[e] = record
	}
	clear(p.pending)
	p.marks = append(p.marks, mark{record, now})
	if len(p.marks) > mostMarks {
		p.merge()
	}
	return true
}

// merge makes one mark of each two: what was there by the second counts as having
// been there since the first.
func (p *passage) merge() {
	kept := p.marks[:0]
	for i := 0; i < len(p.marks); i += 2 {
		m := p.marks[i]
		if i+1 < len(p.marks) {
			m.record = p.marks[i+1].record
		}
		kept = append(kept, m)
	}
	p.marks = kept
}

// last is the record before which the store has all views.
func (p *passage) last() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.marks) == 0 {
		return 0
	}
	return p.marks[len(p.marks)-1].record
}

// ahead is up to which record there may be views of an environment that a stream
// has not read that has read those before a record; false: there are none.
func (p *passage) ahead(environment string, record int64) (before int64, some bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.marks) == 0 || record >= max(p.first, p.news[environment]) {
		return 0, false
	}
	return p.marks[len(p.marks)-1].record, true
}

// since is from when on the first view was there that may not have been read.
func (p *passage) since(record int64) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.marks { // few, unless a stream is far behind
		if m.record > record {
			return m.at
		}
	}
	return time.Time{}
}
