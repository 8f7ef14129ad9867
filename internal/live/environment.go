package live

import (
	"sync/atomic"
	"unsafe"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// environment holds the views of one environment. One goroutine at a time
// changes it; queries read what it shows, and lock pages, blocks and dictionaries.
type environment struct {
	name   string
	texts  [width]dictionary[text] // the values of the dimensions
	doings dictionary[doing]
	reads  *reads

	index     index // of the views that are not final
	units     []unit
	freeUnits []int
	open      *page // that new views go to; nil: there is none

	shown atomic.Pointer[shown]

	unitBytes int64        // of pages and blocks
	counted   int64        // bytes of it that the store has counted
	paged     int          // views in pages
	blocked   int          // views in blocks
	fresh     int          // views that came to pages since it was last tried to make blocks
	lost      atomic.Int64 // ticks before this one are not whole any more

	renumber renumber
}

// unit is a page or a block that the index tells of.
type unit struct {
	page  *page
	block *block
}

// shown is what queries read. It is never changed, only replaced.
type shown struct {
	pages  []*page
	blocks []*block
}

const (
	environmentSize = int64(unsafe.Sizeof(environment{}))
	environmentCost = environmentSize + 2048 // with the first entries of its lists
)

func newEnvironment(name string, r *reads) *environment {
	e := &environment{name: name, reads: r}
	for d := range e.texts {
		e.texts[d].size = text.size
	}
	e.doings.size = func(doing) int { return 0 }
	e.doings.gone = func(d doing) { e.texts[catalog.RealtimeCDN].leave(d.cdn) }
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
func (e *environment) leave(values []uint32, spans []span) {
	for d, n := range values {
		e.texts[d].leave(n)
	}
	for _, s := range spans {
		e.doings.leave(s.doing)
	}
}

// tidy forgets the texts that neither views nor queries know.
func (e *environment) tidy() {
	oldest, last := e.reads.bounds()
	e.doings.tidy(oldest, last)
	for d := range e.texts {
		e.texts[d].tidy(oldest, last)
	}
	e.index.tidy(e.id)
}

func (e *environment) bytes() int64 {
	sum := environmentSize + int64(len(e.name)) + e.unitBytes + e.index.bytes() + e.doings.bytes()
	for d := range e.texts {
		sum += e.texts[d].bytes()
	}
	return sum
}

// id is that of the view at a place.
func (e *environment) id(p place) view.ID {
	u := e.units[p.unit()]
	if u.block != nil {
		return u.block.ids[p.slot()]
	}
	return u.page.ids[p.slot()]
}

// valuesAt are the numbers of the values of the view at a place, nil if it has
// none.
func (e *environment) valuesAt(at place) []uint32 {
	if at == 0 {
		return nil
	}
	u := e.units[at.unit()]
	if u.block != nil {
		values := u.block.valuesOf(at.slot())
		return values[:]
	}
	return u.page.valuesOf(at.slot())
}

// put stores a view in the place of its older state, if it has one.
func (e *environment) put(id view.ID, v *packed, at place) {
	if at == 0 {
		e.add(id, v, 0)
		return
	}
	u, slot := e.units[at.unit()], at.slot()
	if u.block != nil {
		e.again(id, v, u.block, slot)
		return
	}
	p := u.page
	if v.final {
		e.index.remove(id, e.id)
	}
	before := p.bytes()
	e.leave(p.valuesOf(slot), p.of(&p.heads[slot]))
	p.replace(slot, v)
	e.unitBytes += p.bytes() - before
}

// again stores a view whose older state is in a block. If it has changed, it goes
// to a page again, as a block does not change. Queries that run see it where it was.
func (e *environment) again(id view.ID, v *packed, b *block, slot int) {
	same := b.same(slot, v)
	if same {
		e.leave(v.values[:], v.spans)
		if !v.final {
			return
		}
	}
	e.index.remove(id, e.id)
	b.open--
	if same {
		return
	}
	before := b.bytes()
	e.reads.between(func(last uint64) {
		b.die(slot, uint32(last))
		e.add(id, v, uint32(last))
	})
	e.blocked--
	e.unitBytes += b.bytes() - before
}

// add adds a view to a page. Queries up to the epoch of born do not see it.
func (e *environment) add(id view.ID, v *packed, born uint32) {
	if e.open == nil || e.open.full() {
		e.open = &page{}
		e.number(unit{page: e.open})
		e.unitBytes += e.open.bytes()
		old := e.shown.Load()
		e.shown.Store(&shown{pages: append(old.pages[:len(old.pages):len(old.pages)], e.open), blocks: old.blocks})
	}
	p := e.open
	before := p.bytes()
	slot := p.add(id, v, born)
	e.unitBytes += p.bytes() - before
	e.paged++
	e.fresh++
	if !v.final {
		e.index.set(id, placeOf(p.number, slot), e.id)
	}
}

// number gives a unit a number for the index.
func (e *environment) number(u unit) {
	n := len(e.units)
	if last := len(e.freeUnits) - 1; last >= 0 {
		n, e.freeUnits = e.freeUnits[last], e.freeUnits[:last]
		e.units[n] = u
	} else {
		e.units = append(e.units, u)
	}
	if u.page != nil {
		u.page.number = n
	} else {
		u.block.number = n
	}
}

// release takes the number of a unit away, of which the index does not tell any
// more.
func (e *environment) release(number int) {
	e.units[number] = unit{}
	e.freeUnits = append(e.freeUnits, number)
}

// remove takes away a view that has a place.
func (e *environment) remove(id view.ID, at place) {
	u, slot := e.units[at.unit()], at.slot()
	e.index.remove(id, e.id)
	if b := u.block; b != nil {
		before := b.bytes()
		e.reads.between(func(last uint64) { b.die(slot, uint32(last)) })
		e.unitBytes += b.bytes() - before
		b.open--
		e.blocked--
		return
	}
	p := u.page
	e.leave(p.valuesOf(slot), p.of(&p.heads[slot]))
	p.remove(slot)
	e.paged--
}
