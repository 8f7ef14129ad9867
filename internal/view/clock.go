package view

import (
	"math"

	"playhead/internal/event"
)

// day is in ms.
const day = 24 * 60 * 60 * 1000

// offset estimates how far the player's clock is behind the server's, from all
// beacons of a view. A beacon comes at least as late as it was sent, so that
// the smallest difference between receipt and sending is the best one; it is
// too large by the time of one way. Without a time of sending, that of the
// beacon's last event stands in.
//
// The round trip that players tell is not used: it is that of the beacon
// before, and for the short views that need it most it holds the set-up of the
// connection. Recorded beacons of a player and a server with the same clock
// came out at 0 to 14 ms without it, and at up to −131 ms with half of it
// subtracted.
type offset struct {
	known bool
	delay int64 // smallest difference between receipt and sending, in ms: what is to be added to a time by the player's clock
}

// learn takes a beacon; it may be taken many times.
func (o *offset) learn(b *event.Origin) {
	sent := b.Sent
	if sent <= 0 {
		sent = b.Latest
	}
	if sent <= 0 {
		return
	}
	if delay := b.Received - sent; !o.known || delay < o.delay {
		o.known, o.delay = true, delay
	}
}

// correct returns a time of the player by the server's clock. A time that is
// missing, or more than a day off, is clamped to that of its receipt.
func (o offset) correct(time, received int64) (corrected int64, clamped bool) {
	if time <= 0 {
		return received, true
	}
	corrected = time + o.delay
	if corrected < received-day || corrected > received+day {
		return received, true
	}
	return corrected, false
}

// skew keeps the extremes of the differences between receipt and the player's
// clock, to know without another look at all events whether any is absurd.
type skew struct {
	missing    bool
	seen       bool
	low, high  int64
	start      mark // first request to play
	end, final mark // viewend, and the last event
}

// mark is when an event was, by both clocks.
type mark struct{ time, received int64 }

func (m mark) set() bool { return m.received != 0 || m.time != 0 }

func (s *skew) apply(m *moment) {
	at := mark{m.time, m.received}
	if m.time <= 0 {
		s.missing = true
	} else {
		d := m.received - m.time
		if !s.seen {
			s.seen, s.low, s.high = true, d, d
		}
		s.low, s.high = min(s.low, d), max(s.high, d)
	}
	if !s.start.set() && isStart(m.kind) {
		s.start = at
	}
	if m.kind == event.ViewEnd {
		s.end = at
	}
	s.final = at
}

// isStart reports whether an event means that playback was requested.
func isStart(k event.Kind) bool {
	return k == event.ViewStart || k == event.Play || k == event.AdBreakStart
}

// absurd reports whether an event has a time that is more than a day off.
func (s *skew) absurd(o offset) bool {
	return s.seen && (o.delay-s.high < -day || o.delay-s.low > day)
}

// roundMS makes a number of ms whole.
func roundMS(n float64) int64 { return int64(math.Round(n)) }
