package view

import (
	"strings"

	"playhead/internal/event"
)

// story is what follows from the events of a view in their order: the state
// machine proper. Each part looks at every event and keeps to its own.
type story struct {
	*track

	failures   failures
	renditions renditions
	scaling    scaling
	requests   requests
	live       liveLatency
	told       toldTime
	modes      modes
	adTypes    adTypes
	ranges     ranges
}

// apply takes the next event. A time that is absurd by the offset is taken as
// missing; beyond is as in [track.apply].
func (s *story) apply(m *moment, o offset, beyond bool) {
	pass := s.track.apply(m, o, beyond)
	grown := growth{s.told.grow(m), float64(pass.played)}
	if !pass.inAd { // the picture of an ad is not that of the content
		s.scaling.advance(&s.renditions.now, pass.played)
		s.renditions.advance(grown)
	}
	s.scaling.apply(m)
	s.renditions.apply(m, s.playback.contentShown())
	s.modes.advance(m, grown)
	s.adTypes.advance(m, grown, pass.inAd, s.playback.contentStarted)
	s.failures.apply(m, s.playback.firstFrame, pass.inAd)
	s.ranges.advance(m, pass.passed, pass.played, s.playback.playing && !s.ads.inside())
	if isRequest(m.kind) {
		s.requests.apply(m)
	}
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
