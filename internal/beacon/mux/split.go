package mux

import (
	"fmt"
	"slices"
	"sync"
)

// A Route says to which part an event belongs: the number of a part that it
// named before, or the next number, beginning with 0. A negative number leaves
// the event out.
//
// Its arguments are what the event says of itself, empty where it says
// nothing, and are valid only during the call. Events without a view id are
// meant to be routed by their player's.
type Route = func(envKey, viewID, playerID []byte) int

// Split cuts a body into parts. It calls route once for each event, in order,
// and returns the body of each part, by number, and how many members of the
// events array were skipped because they are not objects.
//
// If all events belong to one part, that part is the body itself. Otherwise
// parts are new bodies with the same metadata, of at most MaxMeta bytes, and
// their own events, byte for byte as they were sent. An error wraps ErrMalformed
// or ErrTooMany.
func Split(data []byte, route Route) (parts [][]byte, skipped int, err error) {
	s := splitters.Get().(*splitter)
	defer splitters.Put(s)
	defer s.reset()
	if err := s.body.scan(data, s); err != nil {
		return nil, 0, fmt.Errorf("split beacon: %w", err)
	}
	count, whole := 0, true
	for i := range s.events {
		e := &s.events[i]
		e.part = route(e.envKey, e.viewID, e.playerID)
		if e.part > count {
			panic(fmt.Sprintf("BUG: part %d of a beacon before part %d", e.part, count))
		}
		whole = whole && e.part == 0
		count = max(count, e.part+1)
	}
	switch {
	case count == 0:
		return nil, s.body.skipped, nil
	case whole:
		return [][]byte{data}, s.body.skipped, nil
	}
	if len(s.body.metadata) > MaxMeta { // which each part would repeat
		s.body.metadata = nil
	}
	parts = make([][]byte, count)
	for part := range parts {
		parts[part] = s.build(part)
	}
	return parts, s.body.skipped, nil
}

// A splitter holds what one call of Split needs and the next can use again.
type splitter struct {
	body   body
	events []claim
}

// A claim is an event, and what it says of itself.
type claim struct {
	raw, envKey, viewID, playerID []byte

	part int
}

var splitters = sync.Pool{New: func() any { return new(splitter) }}

// reset lets go of the body.
func (s *splitter) reset() {
	s.body = body{}
	clear(s.events)
	s.events = s.events[:0]
}

// event implements reader.
func (s *splitter) event(in *scanner) {
	var e claim
	start := in.pos
	for in.open('{'); in.more('}'); {
		key, value := in.key(), in.value()
		switch string(key.text()) {
		case "ake":
			e.envKey, _ = value.id()
		case "xid":
			e.viewID, _ = value.id()
		case "pinid":
			e.playerID, _ = value.id()
		}
	}
	e.raw = in.data[start:in.pos]
	s.events = append(s.events, e)
}

// build makes the body of one part.
func (s *splitter) build(part int) []byte {
	const head, middle, tail = `{"metadata":`, `"events":[`, `]}`
	size := len(head) + len(s.body.metadata) + 1 + len(middle) + len(tail)
	for i := range s.events {
		if s.events[i].part == part {
			size += len(s.events[i].raw) + 1
		}
	}
	out := slices.Grow([]byte(nil), size)
	if s.body.metadata != nil {
		out = append(out, head...)
		out = append(out, s.body.metadata...)
		out = append(out, ',')
	} else {
		out = append(out, '{')
	}
	out = append(out, middle...)
	first := true
	for i := range s.events {
		if s.events[i].part != part {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(out, s.events[i].raw...)
	}
	return append(out, tail...)
}
