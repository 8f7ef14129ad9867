package live

import (
	"slices"
	"sync"
	"unsafe"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// The most that a block holds, so that two bytes are enough for the number of
// anything within it.
const (
	blockViews = 4096
	blockSpans = 1 << 16
)

// block holds views that have not changed for a while, in columns. It does not
// change but for views that go to a page again, and is made small once all that
// are left are final.
type block struct {
	mu    sync.RWMutex
	body  *body    // nil: it is small
	small []byte   // the body, compressed
	died  []uint32 // by slot: queries from this epoch on do not see the view; nil: all do

	number   int       // the unit, if it is numbered
	numbered bool      // it is not any more once all views are final
	views    int       // that are there
	open     int       // of them, those that are not final: the index knows them
	ids      []view.ID // they do not change

	first, last int64           // no view begins earlier or ends later
	texts       [width][]uint32 // numbers of the texts that stand in the columns of the dimensions
	doings      []uint32        // and of what stands in that of the spans
}

// body is the columns of a block.
type body struct {
	begin   []uint32 // of the first span, in ms after the first one of the block
	length  []uint32 // ms from there to the last one
	startup []uint32
	end     []uint32 // where the spans end; those of the next view begin there
	values  [width]column

	after []uint32 // of all spans: ms after the first one of the view
	doing []uint16
}

// column holds numbers below 65,536. The upper halves are left out if all are 0,
// and the lower ones too if they are.
type column struct{ low, high []uint8 }

func (c *column) at(i int) int {
	switch {
	case c.low == nil:
		return 0
	case c.high == nil:
		return int(c.low[i])
	}
	return int(c.high[i])<<8 | int(c.low[i])
}

// columnOf holds numbers, of which there are so many.
func columnOf(numbers []uint16, distinct int) (c column) {
	if distinct > 1 {
		c.low = make([]uint8, len(numbers))
		for i, n := range numbers {
			c.low[i] = uint8(n)
		}
	}
	if distinct > 256 {
		c.high = make([]uint8, len(numbers))
		for i, n := range numbers {
			c.high[i] = uint8(n >> 8)
		}
	}
	return c
}

// spans are where the spans of a view are.
func (b *body) spans(slot int) (from, to int) {
	if slot > 0 {
		from = int(b.end[slot-1])
	}
	return from, int(b.end[slot])
}

func (b *body) bytes() int64 {
	sum := int64(unsafe.Sizeof(*b)) + int64(len(b.begin))*16 + int64(len(b.after))*4 + int64(len(b.doing))*2
	for d := range b.values {
		sum += int64(len(b.values[d].low) + len(b.values[d].high))
	}
	return sum
}

// bytes is the memory that a block takes.
func (b *block) bytes() int64 {
	sum := int64(unsafe.Sizeof(*b)) + int64(cap(b.small)) + int64(len(b.died))*4 + int64(len(b.ids))*idSize + int64(len(b.doings))*4
	if b.body != nil {
		sum += b.body.bytes()
	}
	for d := range b.texts {
		sum += int64(len(b.texts[d])) * 4
	}
	return sum
}

// row is a view that goes into a block.
type row struct {
	page *page
	slot int
}

func (r row) head() *head { return &r.page.heads[r.slot] }

// renumber gives the numbers of a dictionary new ones that count up from 0.
type renumber struct {
	to   []uint16 // by old number, if when says so
	when []uint32
	turn uint32
	list []uint32 // the old ones, by the new
}

func (r *renumber) begin() {
	r.turn++
	r.list = r.list[:0]
}

func (r *renumber) of(n uint32) uint16 {
	if int(n) >= len(r.to) {
		more := int(n) + 1 - len(r.to) + len(r.to)/2
		r.to, r.when = append(r.to, make([]uint16, more)...), append(r.when, make([]uint32, more)...)
	}
	if r.when[n] != r.turn {
		r.when[n], r.to[n] = r.turn, uint16(len(r.list))
		r.list = append(r.list, n)
	}
	return r.to[n]
}

// newBlock makes a block of views. The caller takes care of who uses their
// texts: the block uses each once.
func newBlock(rows []row, r *renumber) *block {
	b := &block{views: len(rows), first: rows[0].head().base}
	spans := 0
	for _, from := range rows {
		h := from.head()
		b.first, b.last = min(b.first, h.base), max(b.last, h.base+int64(h.length))
		spans += int(h.count)
		if !h.final {
			b.open++
		}
	}
	n := len(rows)
	flat := make([]uint32, 4*n+spans)
	c := &body{begin: flat[:n:n], length: flat[n : 2*n : 2*n], startup: flat[2*n : 3*n : 3*n], end: flat[3*n : 4*n : 4*n], after: flat[4*n : 4*n : 4*n+spans]}
	c.doing = make([]uint16, 0, spans)
	r.begin()
	for i, from := range rows {
		h := from.head()
		c.begin[i], c.length[i], c.startup[i] = uint32(h.base-b.first), h.length, h.startup
		for _, s := range from.page.of(h) {
			c.after, c.doing = append(c.after, s.after), append(c.doing, r.of(s.doing))
		}
		c.end[i] = uint32(len(c.after))
	}
	b.doings = slices.Clone(r.list)
	numbers := make([]uint16, n)
	for d := range c.values {
		if d == catalog.RealtimeCDN {
			continue
		}
		r.begin()
		for i, from := range rows {
			numbers[i] = r.of(from.page.valuesOf(from.slot)[d])
		}
		b.texts[d], c.values[d] = slices.Clone(r.list), columnOf(numbers, len(r.list))
	}
	b.ids = make([]view.ID, n)
	for i, from := range rows {
		b.ids[i] = from.page.ids[from.slot]
	}
	b.body = c
	return b
}

// valuesOf are the numbers of the values of a view.
func (b *block) valuesOf(slot int) [width]uint32 { return b.valuesIn(b.body, slot) }

// valuesIn are those of a view, of a body of the block.
func (b *block) valuesIn(c *body, slot int) (values [width]uint32) {
	for d := range values {
		if d != catalog.RealtimeCDN {
			values[d] = b.texts[d][c.values[d].at(slot)]
		}
	}
	return values
}

// spansOf appends the spans of a view, of a body of the block.
func (b *block) spansOf(c *body, slot int, to []span) []span {
	from, end := c.spans(slot)
	after, doing := c.after[from:end], c.doing[from:end]
	for i, t := range after {
		to = append(to, span{after: t, doing: b.doings[doing[i]]})
	}
	return to
}

// same tells whether a view is as it stands in a slot.
func (b *block) same(slot int, v *packed) bool {
	c := b.body
	from, to := c.spans(slot)
	if b.first+int64(c.begin[slot]) != v.base || c.startup[slot] != v.startup || to-from != len(v.spans) || b.valuesOf(slot) != v.values {
		return false
	}
	for i, s := range v.spans {
		if c.after[from+i] != s.after || b.doings[c.doing[from+i]] != s.doing {
			return false
		}
	}
	return true
}

// die takes a view away for the queries after an epoch.
func (b *block) die(slot int, epoch uint32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.died == nil {
		b.died = make([]uint32, len(b.body.begin))
	}
	b.died[slot] = epoch + 1
	b.views--
}

// gone tells whether a query does not see the view in a slot.
func (b *block) gone(slot int, epoch uint32) bool {
	return b.died != nil && b.died[slot] != 0 && epoch >= b.died[slot]
}
