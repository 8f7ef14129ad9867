package simulate

// State is what a viewer was doing from a time on.
type State struct {
	At      int64  `json:"at"`                // ms since 1970
	State   string `json:"state"`             // one of the below
	Bitrate int    `json:"bitrate,omitempty"` // of the content that plays, in bit/s; 0 is not known
}

// The states.
const (
	Starting    = "starting"    // waits for the first frame, of content or an ad
	Playing     = "playing"     // content or an ad advances
	Rebuffering = "rebuffering" // the content stalls
	Seeking     = "seeking"     // waits after a seek
	Loading     = "loading"     // waits for an ad, or after ads for the content, though a frame has been shown
	Paused      = "paused"
	Failed      = "failed" // looks at a fatal error
	Ended       = "ended"  // has left; always the last one
	Silent      = "silent" // has gone without a word: servers cannot know at once; always the last one
)

// states are what the viewer does from the request to play on.
func (s *script) states() []State {
	var list []State
	at := s.start + int64(s.scenes[0].ms)
	shown, rung := false, s.rung
	for _, c := range s.scenes[1:] {
		shown = shown || c.kind == scenePlay || c.kind == sceneAd
		if c.kind == sceneShift {
			rung = uint8(c.n) //nolint:gosec // ladders are short
		}
		is := State{At: at, State: stateOf(c.kind, shown)}
		if c.kind == scenePlay && s.viewer.adaptive {
			is.Bitrate = s.title.ladder[rung].bitrate
		}
		if c.ms > 0 && (len(list) == 0 || list[len(list)-1].State != is.State || list[len(list)-1].Bitrate != is.Bitrate) {
			list = append(list, is)
		}
		at += int64(c.ms)
	}
	last := State{At: at, State: Silent}
	if s.leaves {
		last.State = Ended
	}
	return append(list, last)
}

func stateOf(kind sceneKind, shown bool) string {
	switch kind {
	case scenePlay, sceneAd:
		return Playing
	case sceneStall:
		return Rebuffering
	case sceneSeek:
		return Seeking
	case scenePause:
		return Paused
	case sceneFail, sceneLook:
		return Failed
	}
	if shown {
		return Loading
	}
	return Starting
}
