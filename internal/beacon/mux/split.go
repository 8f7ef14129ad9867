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
	if err := s.body.scan(data); err != nil {
		return nil, 0, fmt.Errorf("split beacon: %w", err)
	}
	count, whole := 0, true
	for _, raw := range s.body.events {
		part := route(identity(raw))
		if part > count {
			panic(fmt.Sprintf("BUG: part %d of a beacon before part %d", part, count))
		}
		whole = whole && part == 0
		count = max(count, part+1)
		s.parts = append(s.parts, part)
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
	body  body
	parts []int // part of each event
}

var splitters = sync.Pool{New: func() any { return new(splitter) }}

// reset lets go of the body.
func (s *splitter) reset() {
	s.body.metadata = nil
	clear(s.body.events)
	s.parts = s.parts[:0]
}

// identity reads what says to whom an event belongs.
func identity(raw []byte) (envKey, viewID, playerID []byte) {
	s := scanner{data: raw}
	for s.open('{'); s.more('}'); {
		key, value := s.key(), s.value()
		switch string(key.text()) {
		case "ake":
			envKey, _ = value.id()
		case "xid":
			viewID, _ = value.id()
		case "pinid":
			playerID, _ = value.id()
		}
	}
	return envKey, viewID, playerID
}

// build makes the body of one part.
func (s *splitter) build(part int) []byte {
	const head, middle, tail = `{"metadata":`, `"events":[`, `]}`
	size := len(head) + len(s.body.metadata) + 1 + len(middle) + len(tail)
	for i, raw := range s.body.events {
		if s.parts[i] == part {
			size += len(raw) + 1
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
	for i, raw := range s.body.events {
		if s.parts[i] != part {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(out, raw...)
	}
	return append(out, tail...)
}
