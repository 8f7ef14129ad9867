package live

import (
	"sync/atomic"
	"unsafe"

	"playhead/internal/catalog"
	"playhead/internal/query"
	"playhead/internal/view"
)

// environment holds the views of one environment. One goroutine at a time
// changes it; queries read what it shows, and lock pages and dictionaries.
type environment struct {
	name   string
	texts  [width]dictionary[text] // the values of the dimensions
	doings dictionary[doing]
	reads  *reads

	index     index
	units     []unit // by number
	freeUnits []int
	open      int // the unit that new views go to; noUnit: none

	shown atomic.Pointer[shown]

	unitBytes int64 // of pages and blocks
	counted   int64 // bytes of it that the store has counted
	views     int
	lost      int64 // views that ended before this time are not whole any more
}

// unit is a page or a block.
type unit struct{ page *page }

// shown is what queries read. It is never changed, only replaced.
type shown struct{ pages []*page }

const (
	noUnit   = -1
	maxUnits = 1 << (32 - placeBits) // that places can tell of
)

const environmentSize = int64(unsafe.Sizeof(environment{}))

func newEnvironment(name string, r *reads) *environment {
	e := &environment{name: name, reads: r, open: noUnit}
	for d := range e.texts {
		e.texts[d].size = text.size
	}
	e.doings.size = func(doing) int { return 0 }
	e.doings.gone = func(d doing) { e.texts[catalog.RealtimeCDN].leave(d.cdn, r.last()) }
	e.shown.Store(&shown{})
	return e
}

// use gives a number to what a viewer does.
func (e *environment) use(d doing) uint32 {
	return e.doings.use(d, func(d doing) doing {
		e.texts[catalog.RealtimeCDN].again(d.cdn)
		return d
	})
}

// leave tells that a view does not use its numbers any more.
func (e *environment) leave(values []uint32, spans []span, epoch uint64) {
	for d, n := range values {
		e.texts[d].leave(n, epoch)
	}
	for _, s := range spans {
		e.doings.leave(s.doing, epoch)
	}
}

// tidy forgets the texts that neither views nor queries know.
func (e *environment) tidy() {
	oldest := e.reads.oldest()
	e.doings.tidy(oldest)
	for d := range e.texts {
		e.texts[d].tidy(oldest)
	}
	e.index.tidy(e.id)
}

// expire drops pages of views that do not change any more and ended before a
// time.
func (e *environment) expire(before int64, epoch uint64) {
	old := e.shown.Load()
	kept := make([]*page, 0, len(old.pages))
	for _, p := range old.pages {
		if p.last >= before || p.idle < len(p.heads) || p.number == e.open {
			kept = append(kept, p)
			continue
		}
		for slot := range p.heads {
			if h := &p.heads[slot]; h.count > 0 {
				e.leave(p.valuesOf(slot), p.of(h), epoch)
				e.views--
			}
		}
		e.unitBytes -= p.bytes()
		e.units[p.number] = unit{}
		e.freeUnits = append(e.freeUnits, p.number)
		e.lost = max(e.lost, p.last+query.TickEvery)
	}
	if len(kept) < len(old.pages) {
		e.shown.Store(&shown{pages: kept})
	}
}

func (e *environment) bytes() int64 {
	sum := environmentSize + int64(len(e.name)) + e.unitBytes + e.index.bytes() + e.doings.bytes()
	for d := range e.texts {
		sum += e.texts[d].bytes()
	}
	return sum
}

// id is that of the view at a place.
func (e *environment) id(p place) view.ID { return e.units[p.unit()].page.ids[p.slot()] }

// put stores a view in the place of its older state, if it has one.
func (e *environment) put(id view.ID, v *packed, at place, epoch uint64) {
	if at != 0 {
		p, slot := e.units[at.unit()].page, at.slot()
		before := p.bytes()
		h := &p.heads[slot]
		e.leave(p.valuesOf(slot), p.of(h), epoch)
		p.replace(slot, v)
		e.unitBytes += p.bytes() - before
		if v.final {
			e.index.remove(id, e.id)
		}
		return
	}
	if e.open == noUnit || e.units[e.open].page.full() {
		e.open = e.addPage(&page{})
	}
	p := e.units[e.open].page
	before := p.bytes()
	slot := p.add(id, v, 0)
	e.unitBytes += p.bytes() - before
	e.views++
	if !v.final {
		e.index.set(id, placeOf(e.open, slot), e.id)
	}
}

// addPage adds a page and shows it.
func (e *environment) addPage(p *page) int {
	number := len(e.units)
	if last := len(e.freeUnits) - 1; last >= 0 {
		number, e.freeUnits = e.freeUnits[last], e.freeUnits[:last]
		e.units[number] = unit{page: p}
	} else {
		e.units = append(e.units, unit{page: p})
	}
	p.number = number
	e.unitBytes += p.bytes()
	old := e.shown.Load()
	e.shown.Store(&shown{pages: append(old.pages[:len(old.pages):len(old.pages)], p)})
	return number
}

// remove takes away a view that has a place.
func (e *environment) remove(id view.ID, at place, epoch uint64) {
	p, slot := e.units[at.unit()].page, at.slot()
	e.index.remove(id, e.id)
	e.leave(p.valuesOf(slot), p.of(&p.heads[slot]), epoch)
	p.remove(slot)
	e.views--
}
