package view

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"playhead/internal/event"
)

// Bounds of what is kept of one view. Beyond them the story of the view does
// not go on, but what the player adds up itself (times, counts, who and what)
// is still taken from every event. Errors and ends of a view have bounds of
// their own, so that a chatty player cannot hide them.
const (
	MaxEvents      = 5000
	MaxVitalEvents = 100

	maxBytes      = 4 << 20 // packed
	maxVitalBytes = 512 << 10
)

// history is the events of a view in their order, in blocks. Its content
// depends only on which events were added, not on when or how often: where they
// are too many, those from some event on are left out.
type history struct {
	blocks []block
	end    end      // of the last block
	kept   [2]bound // of other and of vital events
}

// end is the context after the last event, packed.
type end struct {
	key, received, time int64
	requests            string
	fields              int
}

// bound is what is kept of a class of events, and the first one that was left
// out because there was no room: no later one is taken either.
type bound struct {
	events, bytes int32
	cut           *record
}

func (b *bound) count(r record, times int32) {
	b.events += times
	b.bytes += times * int32(len(r.packed))
}

// class tells which bound a record counts for.
func (r record) class() int {
	if vital(r.packed) {
		return 1
	}
	return 0
}

// record is one event: its place, and the rest packed by [pack].
type record struct {
	key      int64 // see keyOf
	received int64 // by the server's clock, of the copy that came first
	packed   string
}

// keyOf is the place of an event among those of its view. Events are ordered
// by their number. Those without a usable one come before all others, by the
// player's clock; if that is equal too, by their content.
func keyOf(e *event.Event) int64 {
	if e.Seq > 0 && e.Seq < maxInt {
		return e.Seq
	}
	const halfway = 1 << 61
	return min(max(e.ViewerTime, -halfway), halfway) - 2*halfway
}

// numbered reports whether a key is the number that the player gave.
func numbered(key int64) bool { return key > 0 }

// compare orders records; 0 means that they are copies of the same event.
func (r record) compare(s record) int {
	if c := cmp.Compare(r.key, s.key); c != 0 || numbered(r.key) {
		return c
	}
	return strings.Compare(r.packed, s.packed)
}

// before reports whether of two copies of an event this one is to be kept:
// the one received first. Copies are alike, but should they not be, the
// content decides.
func (r record) before(s record) bool {
	return cmp.Or(cmp.Compare(r.received, s.received), strings.Compare(r.packed, s.packed)) < 0
}

// change is what adding an event did to a history.
type change uint8

const (
	appended  change = iota // it is the last event now
	inserted                // it belongs before others
	displaced               // it belongs before others, of which the last made way: there is no room for both
	duplicate               // the history holds a copy already, which stays
	replaced                // the history held a copy already, which made way
	refused                 // there is no room for it
)

// add puts an event in its place.
func (h *history) add(r record) change {
	result := appended
	var at int
	var list []record
	if len(h.blocks) > 0 && r.key <= h.end.key {
		at = max(0, sort.Search(len(h.blocks), func(i int) bool { return h.blocks[i].after(r) })-1)
		if received, ok := h.blocks[at].receipt(r.key); ok && numbered(r.key) && r.received > received {
			return duplicate // as nearly all copies are
		}
		list = h.blocks[at].all()
		place, found := slices.BinarySearchFunc(list, r, record.compare)
		if found {
			return h.meet(at, list, place, r)
		}
		list = slices.Insert(list, place, r)
		result = inserted
	}
	class := r.class()
	if cut := h.kept[class].cut; cut != nil && r.compare(*cut) >= 0 {
		return refused
	}
	if result == appended {
		h.append(r)
	} else {
		h.replace(at, list)
	}
	h.kept[class].count(r, 1)
	for h.over(class) {
		if h.cut(class); h.kept[class].cut.compare(r) == 0 {
			return refused
		}
		result = displaced
	}
	return result
}

// append adds an event after all others.
func (h *history) append(r record) {
	last := len(h.blocks) - 1
	if last < 0 || h.blocks[last].full() {
		if last >= 0 {
			h.blocks[last].data = slices.Clone(h.blocks[last].data)
		}
		h.blocks, h.end = append(h.blocks, block{}), end{}
		last++
	}
	c := context{key: h.end.key, received: h.end.received, time: h.end.time}
	if isRequest(r.parts().name()) {
		c.requests = &template{}
		c.requests.unpack(h.end.requests, h.end.fields)
	}
	h.blocks[last].append(r, &c)
	h.end.pack(&c)
}

// replace has a block hold other events.
func (h *history) replace(at int, list []record) {
	var with []block
	switch all := newBlock(list); {
	case len(list) == 0:
	case len(list) > 1 && (len(list) > blockEvents || all.size > blockBytes):
		with = []block{newBlock(list[:len(list)/2]), newBlock(list[len(list)/2:])}
	default:
		with = []block{all}
	}
	h.blocks = slices.Replace(h.blocks, at, at+1, with...)
	h.end = end{}
	if last := len(h.blocks) - 1; last >= 0 {
		c := context{requests: &template{}}
		h.blocks[last].records(&c)
		h.end.pack(&c)
	}
}

// meet keeps one of two copies of an event.
func (h *history) meet(at int, list []record, place int, r record) change {
	kept := &list[place]
	if !r.before(*kept) {
		return duplicate
	}
	h.kept[kept.class()].count(*kept, -1)
	h.kept[r.class()].count(r, 1)
	*kept = r
	h.replace(at, list)
	return replaced
}

// isCut reports whether events were left out that are no vital ones, and
// isBeyond whether an event comes after the first of these.
func (h *history) isCut() bool { return h.kept[0].cut != nil }

func (h *history) isBeyond(key int64) bool { return h.isCut() && key > h.kept[0].cut.key }

// over reports whether more is kept of a class than may be.
func (h *history) over(class int) bool {
	b := &h.kept[class]
	if class == 1 {
		return b.events > MaxVitalEvents || b.bytes > maxVitalBytes
	}
	return b.events > MaxEvents || b.bytes > maxBytes
}

// cut leaves out the last event of a class.
func (h *history) cut(class int) {
	at := len(h.blocks) - 1
	for h.blocks[at].kept[class] == 0 {
		at--
	}
	list := h.blocks[at].all()
	place := len(list) - 1
	for list[place].class() != class {
		place--
	}
	r := list[place]
	r.packed = strings.Clone(r.packed)
	h.kept[class].cut = &r
	h.kept[class].count(r, -1)
	h.replace(at, slices.Delete(list, place, place+1))
}

// each calls f with one event after the other, in their order, until it
// returns false. The moment is only valid during the call.
func (h *history) each(f func(*moment) bool) {
	var m moment
	for i := range h.blocks {
		for _, r := range h.blocks[i].all() {
			m = r.read(m.values[:0])
			if !f(&m) {
				return
			}
		}
	}
}

// len is how many events there are.
func (h *history) len() int { return int(h.kept[0].events + h.kept[1].events) }

// pack keeps a context.
func (e *end) pack(c *context) {
	e.key, e.received, e.time = c.key, c.received, c.time
	if c.requests != nil {
		var room [512]byte
		e.requests, e.fields = string(packValues(room[:0], c.requests.values())), c.requests.fields
	}
}
