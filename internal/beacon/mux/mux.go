// Package mux reads and writes the wire format of beacons that players send
// which are compatible with Mux Data.
//
// A body is JSON: {"metadata":{…},"events":[{…},…]}. The keys of events are
// abbreviated with a fixed dictionary ([EncodeKey], [DecodeKey]). Values are
// read by the type of their field and not by their JSON type, because web
// players send numbers and native ones strings.
//
// The ingest handler cuts a body into the parts of each environment and
// partition with [Split]; the tracker reads the parts with [Decode].
package mux

import "errors"

// Name is the name of the format in event.Beacon.
const Name = "mux"

// Limits on a body. Players keep far below them: at most 300 events a beacon
// with values of at most 51,200 characters, nested 7 deep.
const (
	MaxDepth  = 64       // levels of nested objects and arrays, the body itself included
	MaxEvents = 5000     // events of a body
	MaxMeta   = 4 << 10  // bytes of the metadata of a body that is cut into parts; longer ones are left out
	MaxText   = 64 << 10 // bytes of a value; longer texts are cut, longer JSON is left out
	MaxID     = 256      // bytes of an event's view id, player id and kind; longer ones are cut
)

// ErrMalformed says that a body is not JSON or has no events array.
var ErrMalformed = errors.New("body is not a beacon")

// ErrTooMany says that a body has more than MaxEvents events.
var ErrTooMany = errors.New("too many events in a beacon")

// body is what there is in a body beside its events.
type body struct {
	scanner  scanner
	metadata []byte // JSON object; nil when not sent
	events   int
	skipped  int // members of the events array that are not objects
}

// A reader takes the events of a body.
type reader interface {
	// event reads the event that begins at the scanner's place. The body may
	// turn out to be malformed later.
	event(s *scanner)
}

// scan goes through a body once, and has r read each event. Every value is
// checked to be JSON.
func (b *body) scan(data []byte, r reader) error {
	*b = body{scanner: scanner{data: data}}
	s, found := &b.scanner, false
	for s.open('{'); s.more('}'); {
		switch key := s.key(); string(key.text()) {
		case "events":
			if s.peek() != '[' {
				return ErrMalformed
			}
			found = true
			if err := b.scanEvents(s, r); err != nil {
				return err
			}
		case "metadata":
			if v := s.value(); v.kind() == '{' {
				b.metadata = v.raw
			}
		default:
			s.value()
		}
	}
	if s.bad || s.peek() != 0 || s.pos < len(data) || !found {
		return ErrMalformed
	}
	return nil
}

func (b *body) scanEvents(s *scanner, r reader) error {
	for s.open('['); s.more(']'); {
		if b.events+b.skipped == MaxEvents {
			return ErrTooMany
		}
		if s.peek() == '{' {
			b.events++
			r.event(s)
		} else {
			b.skipped++
			s.value()
		}
	}
	return nil
}
