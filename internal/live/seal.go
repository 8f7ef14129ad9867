package live

import (
	"cmp"
	"slices"

	"playhead/internal/query"
	"playhead/internal/view"
)

// restAfter is how long ago a view must have ended for it to go to a block, in
// ms. Who was silent for half a minute and has gone may still be heard of.
const restAfter = 60_000

// blockTime is how far apart the ends of the views of a block may be, in ms: what is
// told of seldom must not keep old views, nor be far from the first one of a block.
const blockTime = 6 * hours

// Views of about the same length go to the same blocks: a block with one that was
// watched all day would be read for windows of all the day.
var lengths = [...]uint32{20 * 60_000, 3 * 3_600_000}

// class is the index of the bounds that a length keeps below.
func class(length uint32) int {
	for i, bound := range lengths {
		if length < bound {
			return i
		}
	}
	return len(lengths)
}

// rests tells whether a view can go to a block at a time.
func (h *head) rests(now int64) bool {
	return h.final || now-h.end() >= restAfter
}

// resting counts the views of a page that can go to a block, or are gone.
func (p *page) resting(now int64) (n int) {
	for i := range p.heads {
		if h := &p.heads[i]; h.count == 0 || h.rests(now) {
			n++
		}
	}
	return n
}

// seal moves views that rest from pages to blocks, if there are many: those of the
// pages that have the most. What else was in these pages goes to new ones.
func (e *environment) seal(now int64, enough int) {
	e.fresh = 0
	type candidate struct {
		page    *page
		resting int
	}
	var list []candidate
	sum := 0
	old := e.shown.Load()
	for _, p := range old.pages {
		if n := p.resting(now); n > 0 {
			list = append(list, candidate{p, n})
			sum += n
		}
	}
	if sum < enough {
		return
	}
	slices.SortFunc(list, func(a, b candidate) int {
		return cmp.Compare(b.resting*len(a.page.heads), a.resting*len(b.page.heads)) // by their share
	})
	rest := sum / 4
	var pages []*page
	for _, c := range list {
		if sum <= rest {
			break
		}
		pages = append(pages, c.page)
		sum -= c.resting
	}
	e.evacuate(pages, now)
}

// evacuate empties pages: what rests goes to blocks, what does not to new pages.
func (e *environment) evacuate(pages []*page, now int64) {
	var rows []row
	var moved []*page
	to := &page{}
	for _, p := range pages {
		for slot := range p.heads {
			h := &p.heads[slot]
			switch {
			case h.count == 0:
			case h.rests(now):
				rows = append(rows, row{p, slot})
			default:
				if to.full() || len(moved) == 0 {
					to = &page{}
					e.number(unit{page: to})
					moved = append(moved, to)
				}
				e.move(row{p, slot}, to)
			}
		}
	}
	blocks := e.blocksOf(rows)
	old := e.shown.Load()
	kept := slices.DeleteFunc(slices.Clone(old.pages), func(p *page) bool { return slices.Contains(pages, p) })
	for _, p := range moved {
		e.unitBytes += p.bytes()
		if !p.full() {
			e.open = p
		}
	}
	e.shown.Store(&shown{
		pages:  append(kept, moved...),
		blocks: append(old.blocks[:len(old.blocks):len(old.blocks)], blocks...),
	})
	for _, p := range pages {
		e.unitBytes -= p.bytes()
		e.release(p.number)
		if e.open == p {
			e.open = nil
		}
	}
}

// move copies a view to another page, which queries do not see yet. Its texts
// are then used by the copy.
func (e *environment) move(from row, to *page) {
	h := from.head()
	v := packed{base: h.base, length: h.length, startup: h.startup, final: h.final, spans: from.page.of(h)}
	copy(v.values[:], from.page.valuesOf(from.slot))
	slot := to.add(from.page.ids[from.slot], &v, h.born)
	e.index.set(to.ids[slot], placeOf(to.number, slot), e.id)
}

// blocksOf makes blocks of views, which do not use their texts any more then.
func (e *environment) blocksOf(rows []row) []*block {
	slices.SortStableFunc(rows, func(a, b row) int {
		x, y := a.head(), b.head()
		return cmp.Or(cmp.Compare(class(x.length), class(y.length)), cmp.Compare(x.end(), y.end()))
	})
	var blocks []*block
	for len(rows) > 0 {
		n, spans := 0, 0
		first := class(rows[0].head().length)
		for n < len(rows) && n < blockViews {
			h := rows[n].head()
			if spans += int(h.count); spans > blockSpans || class(h.length) != first || h.end()-rows[0].head().end() > blockTime {
				break
			}
			n++
		}
		blocks = append(blocks, e.blockOf(rows[:n]))
		rows = rows[n:]
	}
	return blocks
}

// blockOf makes one block.
func (e *environment) blockOf(rows []row) *block {
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.head().base, b.head().base) })
	b := newBlock(rows, &e.renumber)
	e.usedBy(b, +1)
	if b.open > 0 {
		e.number(unit{block: b})
		b.numbered = true
	}
	for slot, r := range rows {
		h := r.head()
		if !h.final {
			e.index.set(b.ids[slot], placeOf(b.number, slot), e.id)
		}
		e.leave(r.page.valuesOf(r.slot), r.page.of(h))
	}
	e.paged -= len(rows)
	e.blocked += len(rows)
	e.unitBytes += b.bytes()
	return b
}

// usedBy tells that a block uses its texts, or does not any more.
func (e *environment) usedBy(b *block, by int) {
	for d := range b.texts {
		for _, n := range b.texts[d] {
			if by > 0 {
				e.texts[d].again(n)
			} else {
				e.texts[d].leave(n)
			}
		}
	}
	for _, n := range b.doings {
		if by > 0 {
			e.doings.again(n)
		} else {
			e.doings.leave(n)
		}
	}
}

// drop takes blocks away. Of views that are ahead of their time, as their players'
// clocks were, no history is lost but that until now.
func (e *environment) drop(blocks []*block, now int64) {
	old := e.shown.Load()
	for _, b := range blocks {
		e.lost.Store(max(e.lost.Load(), min(b.last, now)+query.TickEvery))
	}
	e.shown.Store(&shown{
		pages:  old.pages,
		blocks: slices.DeleteFunc(slices.Clone(old.blocks), func(b *block) bool { return slices.Contains(blocks, b) }),
	})
	for _, b := range blocks {
		e.usedBy(b, -1)
		e.unitBytes -= b.bytes()
		e.blocked -= b.views
		if !b.numbered {
			continue
		}
		for slot, id := range b.ids {
			if at := e.index.find(id, e.id); at != 0 && at == placeOf(b.number, slot) {
				e.index.remove(id, e.id)
			}
		}
		e.release(b.number)
	}
}

// expire drops pages of views that do not change any more and ended before a
// time, and returns how many views these are.
func (e *environment) expire(before int64) (views int) {
	old := e.shown.Load()
	kept := make([]*page, 0, len(old.pages))
	var gone []*page
	for _, p := range old.pages {
		if p.last < before && p.idle == len(p.heads) {
			gone = append(gone, p)
			e.lost.Store(max(e.lost.Load(), p.last+query.TickEvery))
			continue
		}
		kept = append(kept, p)
	}
	if len(gone) == 0 {
		return 0
	}
	e.shown.Store(&shown{pages: kept, blocks: old.blocks})
	for _, p := range gone {
		for slot := range p.heads {
			if h := &p.heads[slot]; h.count > 0 {
				e.leave(p.valuesOf(slot), p.of(h))
				views++
			}
		}
		e.unitBytes -= p.bytes()
		e.release(p.number)
		if e.open == p {
			e.open = nil
		}
	}
	e.paged -= views
	return views
}

// rewrite puts a block without the views that are gone in the place of one, and
// returns it; nil if all are.
func (e *environment) rewrite(b *block) *block {
	p := &page{}
	rows := make([]row, 0, b.views)
	for slot := range b.body.begin {
		if b.died[slot] == 0 {
			v := packed{values: b.valuesOf(slot), base: b.first + int64(b.body.begin[slot]), length: b.body.length[slot], startup: b.body.startup[slot], final: true}
			v.spans = b.spansOf(b.body, slot, nil)
			rows = append(rows, row{p, p.add(b.ids[slot], &v, 0)})
		}
	}
	old := e.shown.Load()
	blocks := slices.Clone(old.blocks)
	i := slices.Index(blocks, b)
	var to *block
	if len(rows) == 0 {
		blocks = slices.Delete(blocks, i, i+1)
	} else {
		to = newBlock(rows, &e.renumber)
		e.usedBy(to, +1)
		e.unitBytes += to.bytes()
		blocks[i] = to
	}
	e.shown.Store(&shown{pages: old.pages, blocks: blocks})
	e.usedBy(b, -1)
	e.unitBytes -= b.bytes()
	if b.numbered {
		e.release(b.number)
	}
	return to
}

// finish tells that a view does not change any more.
func (e *environment) finish(id view.ID, at place) {
	u := e.units[at.unit()]
	e.index.remove(id, e.id)
	if u.block != nil {
		u.block.open--
		return
	}
	u.page.finish(at.slot())
}
