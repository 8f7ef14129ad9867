package view

import (
	"cmp"
	"slices"
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

// history is the events of a view in their order, packed. Its content depends
// only on which events were added, not on when or how often: where they are
// too many, those from some event on are left out.
type history struct {
	records []record
	kept    [2]bound // of other and of vital events
}

// bound is what is kept of a class of events, and the first one that was left
// out because there was no room: no later one is taken either.
type bound struct {
	events, bytes int
	cut           *record
}

func (b *bound) count(r record, times int) {
	b.events += times
	b.bytes += times * len(r.packed)
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
	inserted                // it belongs before others, or other events made way
	duplicate               // the history holds a copy already, which stays
	replaced                // the history held a copy already, which made way
	refused                 // there is no room for it
)

// add puts an event in its place.
func (h *history) add(r record) change {
	at := len(h.records)
	if at > 0 && r.compare(h.records[at-1]) <= 0 {
		var found bool
		at, found = slices.BinarySearchFunc(h.records, r, record.compare)
		if found {
			return h.meet(at, r)
		}
	}
	b := &h.kept[r.class()]
	if b.cut != nil && r.compare(*b.cut) >= 0 {
		return refused
	}
	result := appended
	if at < len(h.records) {
		result = inserted
	}
	h.records = slices.Insert(h.records, at, r)
	b.count(r, 1)
	for h.over(r.class()) {
		if last := h.cut(r.class()); last == at {
			return refused
		}
		result = inserted
	}
	return result
}

// meet keeps one of two copies of an event.
func (h *history) meet(at int, r record) change {
	kept := &h.records[at]
	if !r.before(*kept) {
		return duplicate
	}
	h.kept[kept.class()].count(*kept, -1)
	h.kept[r.class()].count(r, 1)
	*kept = r
	return replaced
}

// over reports whether more is kept of a class than may be.
func (h *history) over(class int) bool {
	b := &h.kept[class]
	if class == 1 {
		return b.events > MaxVitalEvents || b.bytes > maxVitalBytes
	}
	return b.events > MaxEvents || b.bytes > maxBytes
}

// cut leaves out the last event of a class, and returns where it was.
func (h *history) cut(class int) int {
	at := len(h.records) - 1
	for h.records[at].class() != class {
		at--
	}
	r := h.records[at]
	h.kept[class].cut = &r
	h.kept[class].count(r, -1)
	h.records = slices.Delete(h.records, at, at+1)
	return at
}

// each calls f with one event after the other, in their order, until it
// returns false. The moment is only valid during the call.
func (h *history) each(f func(*moment) bool) {
	var scratch []event.Value
	for _, r := range h.records {
		m := r.read(scratch[:0])
		scratch = m.values
		if !f(&m) {
			return
		}
	}
}
