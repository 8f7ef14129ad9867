package view

import (
	"strings"

	"playhead/internal/event"
)

// story is what follows from the events of a view in their order: the state
// machine proper. Each part looks at every event and keeps to its own.
type story struct {
	by offset // as it was when the story was begun

	clock      skew
	playback   playback
	ads        ads
	failures   failures
	renditions renditions
	scaling    scaling
	requests   requests
	cdns       cdns
	live       liveLatency
	told       toldTime
	modes      modes
	ranges     ranges
}

// holds reports whether the story would be the same by another offset. An offset
// matters only if it makes a time absurd: as it can only fall once it is known,
// no event was absurd in between if none is by the first and by the last one.
func (s *story) holds(o offset) bool {
	return s.by == o || s.by.known == o.known && !s.clock.absurd(s.by) && !s.clock.absurd(o)
}

// apply takes the next event. A time that is absurd by the offset is taken as
// missing.
func (s *story) apply(m *moment, o offset) {
	inAd := s.ads.inside()
	s.clock.apply(m)
	if _, absurd := o.correct(m.time, m.received); absurd {
		m.time = 0
	}
	before := s.playback.now
	played := s.playback.apply(m, inAd)
	grown := growth{s.told.grow(m), float64(played)}
	if !inAd { // the picture of an ad is not that of the content
		s.scaling.advance(&s.renditions.now, played)
		s.renditions.advance(grown)
	}
	s.scaling.apply(m)
	s.renditions.apply(m, s.playback.contentShown())
	s.modes.advance(m, grown)
	s.failures.apply(m, s.playback.firstFrame, inAd)
	s.ads.apply(m)
	s.ranges.advance(m, s.playback.now-before, played, s.playback.playing && !s.ads.inside())
	if isRequest(m.kind) {
		s.requests.apply(m)
	}
	s.cdns.apply(m)
	s.live.apply(m)
}

func isRequest(k event.Kind) bool {
	return k == event.RequestCompleted || k == event.RequestFailed || k == event.RequestCanceled
}

// keep takes a text over into the story, which must not hold on to the events
// that it was told of.
func keep(to *string, text string) {
	if *to != text {
		*to = strings.Clone(text)
	}
}
