package live

import (
	"sync"
	"unsafe"

	"playhead/internal/view"
)

// pageViews is the most views that a page holds. Queries hold up changes of a
// page for as long as they read it: some 0.1 ms.
const pageViews = 1024

// page holds views that may change. The one goroutine that changes it locks it
// to do so; queries lock it to read.
type page struct {
	mu     sync.RWMutex
	heads  []head
	values []uint32 // numbers of the values of a view's dimensions, the view's first one at its slot times [width]
	spans  []span   // of all views; each has some room to grow
	waste  int      // of spans: no view's

	ids          []view.ID
	number, idle int // for the one who changes it alone; idle: views that are final, or not there any more

	first, last int64 // no view begins earlier or ends later
}

// head is a view in a page.
type head struct {
	base    int64  // of its first span, in ms since 1970
	length  uint32 // ms from there to the last one
	startup uint32 // the startup time in ms; noStartup: not known
	at      uint32 // where its spans begin
	count   uint16 // how many there are; 0: the view is not there any more
	room    uint16 // how many there is room for
	born    uint32 // queries up to this epoch do not see it, as they see the view elsewhere
	final   bool
}

// end is when its last span begins.
func (h *head) end() int64 { return h.base + int64(h.length) }

// noStartup stands for a startup time that is not known.
const noStartup = 1<<32 - 1

// span is what a viewer did from a time on.
type span struct {
	after uint32 // ms after the first one
	doing uint32 // number of a [doing]
}

const (
	headSize = int64(unsafe.Sizeof(head{}))
	spanSize = int64(unsafe.Sizeof(span{}))
	idSize   = int64(unsafe.Sizeof(view.ID{}))
	pageSize = int64(unsafe.Sizeof(page{}))
)

// bytes is the memory that it takes.
func (p *page) bytes() int64 {
	return pageSize + int64(cap(p.heads))*headSize + int64(cap(p.values))*4 + int64(cap(p.spans))*spanSize + int64(cap(p.ids))*idSize
}

// of are the spans of a view.
func (p *page) of(h *head) []span { return p.spans[h.at : h.at+uint32(h.count)] }

// valuesOf are the numbers of the values of a view.
func (p *page) valuesOf(slot int) []uint32 { return p.values[slot*width : (slot+1)*width] }

// add puts a view into a page that has room.
func (p *page) add(id view.ID, v *packed, born uint32) (slot int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	slot = len(p.heads)
	if slot == 0 {
		p.first, p.last = v.base, v.base
	}
	room := len(v.spans)
	if !v.final {
		room += 2 + room/4
	}
	p.heads = append(p.heads, head{at: uint32(len(p.spans)), room: uint16(room), born: born})
	p.spans = grow(p.spans, room)
	p.values = append(p.values, v.values[:]...)
	p.ids = append(p.ids, id)
	p.fill(slot, v)
	return slot
}

// replace puts a view in the place of its older state.
func (p *page) replace(slot int, v *packed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := &p.heads[slot]
	if len(v.spans) > int(h.room) {
		p.waste += int(h.room)
		room := len(v.spans) + 2 + len(v.spans)/4
		h.at, h.room, h.count = uint32(len(p.spans)), uint16(room), 0
		p.spans = grow(p.spans, room)
	}
	copy(p.valuesOf(slot), v.values[:])
	p.fill(slot, v)
	if p.waste > len(p.spans)/3 {
		p.compact()
	}
}

// remove takes a view away.
func (p *page) remove(slot int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := &p.heads[slot]
	if h.count > 0 && !h.final {
		p.idle++
	}
	h.count = 0
}

// finish tells that a view does not change any more.
func (p *page) finish(slot int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if h := &p.heads[slot]; !h.final {
		h.final = true
		p.idle++
	}
}

// fill writes a view where there is room for it.
func (p *page) fill(slot int, v *packed) {
	h := &p.heads[slot]
	if v.final && !h.final {
		p.idle++
	}
	h.base, h.length, h.startup, h.final = v.base, v.length, v.startup, v.final
	h.count = uint16(len(v.spans))
	copy(p.spans[h.at:], v.spans)
	p.first, p.last = min(p.first, v.base), max(p.last, v.base+int64(v.length))
}

// compact moves spans together.
func (p *page) compact() {
	all := 0
	for i := range p.heads {
		all += int(p.heads[i].room)
	}
	spans := make([]span, 0, all+all/8)
	for i := range p.heads {
		h := &p.heads[i]
		at := len(spans)
		if h.final || h.count == 0 {
			h.room = h.count
		}
		spans = append(spans, p.spans[h.at:h.at+uint32(h.room)]...)
		h.at = uint32(at)
	}
	p.spans, p.waste = spans, 0
}

// grow makes a list longer. Long ones get room for an eighth more.
func grow(spans []span, by int) []span {
	if need := len(spans) + by; need > cap(spans) {
		longer := make([]span, len(spans), need+min(need, 64+need/8))
		copy(longer, spans)
		spans = longer
	}
	return spans[:len(spans)+by]
}

// full tells whether no more view fits.
func (p *page) full() bool { return len(p.heads) >= pageViews }
