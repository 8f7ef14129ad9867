package view

import (
	"cmp"
	"slices"
	"strings"

	"playhead/internal/event"
)

// Bounds of what is kept of one view. Beyond them the story of the view does
// not go on, but what the player adds up itself (times, counts, who and what)
// is still taken from every event.
const (
	MaxEvents      = 5000 // events of any kind but those below
	MaxVitalEvents = 100  // errors and ends of the view
)

// history is the events of a view in their order, packed. Its content depends
// only on which events were added, not on when or how often: of the events
// that are too many, those last in order are left out.
type history struct {
	records []record
	vital   int // how many of them are vital
}

// record is one event: its place, and the rest packed by [pack].
type record struct {
	key      int64 // see keyOf
	received int64 // by the server's clock, of the copy that came first
	packed   string
}

// noKey is below any key.
const noKey = -1 << 63

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
	isVital := vital(r.packed)
	result := appended
	if at < len(h.records) {
		result = inserted
	}
	if h.full(isVital) {
		last := h.last(isVital)
		if last < at {
			return refused
		}
		h.records = slices.Delete(h.records, last, last+1)
		result = inserted
	} else if isVital {
		h.vital++
	}
	h.records = slices.Insert(h.records, at, r)
	return result
}

// meet keeps one of two copies of an event.
func (h *history) meet(at int, r record) change {
	kept := &h.records[at]
	if !r.before(*kept) {
		return duplicate
	}
	if is, was := vital(r.packed), vital(kept.packed); is != was { // two different events with one number
		if is {
			h.vital++
		} else {
			h.vital--
		}
	}
	*kept = r
	return replaced
}

// full reports whether there are as many vital or other events as there may be.
func (h *history) full(isVital bool) bool {
	if isVital {
		return h.vital >= MaxVitalEvents
	}
	return len(h.records)-h.vital >= MaxEvents
}

// last is the index of the last vital or other event.
func (h *history) last(isVital bool) int {
	for i := len(h.records) - 1; i >= 0; i-- {
		if vital(h.records[i].packed) == isVital {
			return i
		}
	}
	return -1
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
