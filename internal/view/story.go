package view

import "playhead/internal/event"

// story is what follows from the events of a view in their order: the state
// machine proper. Each part looks at every event and keeps to its own.
type story struct {
	clock      skew
	playback   playback
	ads        ads
	failures   failures
	renditions renditions
	requests   requests
	cdns       cdns
	live       liveLatency
}

// apply takes the next event.
func (s *story) apply(m *moment) {
	inAd := s.ads.inside()
	s.clock.apply(m)
	s.renditions.advance(m, s.playback.apply(m, inAd), inAd)
	s.renditions.apply(m, s.playback.firstFrame)
	s.failures.apply(m, s.playback.firstFrame, inAd)
	s.ads.apply(m)
	if isRequest(m.kind) {
		s.requests.apply(m)
	}
	s.cdns.apply(m)
	s.live.apply(m)
}

func isRequest(k event.Kind) bool {
	return k == event.RequestCompleted || k == event.RequestFailed || k == event.RequestCanceled
}
