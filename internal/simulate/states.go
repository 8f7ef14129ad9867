package simulate

import "slices"

// State is what a viewer was doing from a time on, and until that of the next one.
type State struct {
	At      int64  `json:"at"`                // ms since 1970
	State   string `json:"state"`             // one of the below
	Unheard bool   `json:"unheard,omitempty"` // nothing was told of this time: the player had fallen silent
	Bitrate int    `json:"bitrate,omitempty"` // of the content that plays, in bit/s; 0 is not known
	CDN     string `json:"cdn"`               // that delivers
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
	Silent      = "silent" // has gone without a word, for all that can be known; the last one, but where the player is heard of again
)

// silentAfter is how long somebody counts as present of whom nothing is heard,
// in ms.
const silentAfter = 30_000

// states are what the viewer does from the request to play on, as far as anybody
// can know who hears all that the player tells. The first one, and a failure,
// may take no time.
func (s *script) states() []State {
	var list []State
	at := s.start + int64(s.scenes[0].ms)
	now := State{CDN: s.cdn.name}
	shown, content, rung := false, false, s.rung
	for _, c := range s.scenes[1:] {
		shown = shown || c.kind == scenePlay || c.kind == sceneAd
		switch c.kind {
		case sceneShift:
			rung = uint8(c.n) //nolint:gosec // ladders are short
		case sceneSwitch:
			now.CDN = cdns[c.n].name
		default:
			if is := stateOf(c.kind, shown); is != "" {
				now.State, content = is, c.kind == scenePlay
			}
		}
		now.At, now.Bitrate = at, 0
		if content && s.viewer.adaptive {
			now.Bitrate = s.title.ladder[rung].bitrate
		}
		if c.ms > 0 || c.kind == sceneFail || len(list) == 0 {
			list = addState(list, now)
		}
		at += int64(c.ms)
	}
	if now.At = at; s.leaves {
		now.State, now.Bitrate = Ended, 0
		list = append(list, now)
	} else {
		list = fallSilent(list, now)
	}
	if s.heartbeat() > silentAfter {
		list = s.withoutGaps(list)
	}
	return list
}

// addState adds a state, unless it is that of before.
func addState(list []State, is State) []State {
	if len(list) > 0 {
		before := list[len(list)-1]
		if before.At = is.At; before == is {
			return list
		}
	}
	return append(list, is)
}

// fallSilent adds what follows when nothing is told after a state begins: who is
// watching counts as present for a while.
func fallSilent(list []State, is State) []State {
	if watches(is.State) {
		is.Unheard = true
		list = append(list, is)
		is.Unheard = false
		is.At += silentAfter
	}
	is.State, is.Bitrate = Silent, 0
	return append(list, is)
}

// withoutGaps has those counted as gone who watch and of whom nothing is told for
// longer than anybody counts as present: all that they do begins with an event,
// so that nothing changes meanwhile.
func (s *script) withoutGaps(list []State) []State {
	var e scriptEvent
	told := list[0].At
	for c := s.cursor(); c.next(&e); {
		next := s.start + e.at.Milliseconds()
		i := slices.IndexFunc(list, func(is State) bool { return is.At > told }) // what follows the state at told
		if next-told > silentAfter && i > 0 && watches(list[i-1].State) {
			before := list[i-1]
			before.At = told
			gap := fallSilent(nil, before)
			if before.At = next; list[i].At > next {
				gap = append(gap, before)
			}
			list = slices.Insert(list, i, gap...)
		}
		told = max(told, next)
	}
	return list
}

// stateOf is the state of a viewer in a scene; "" if it changes nothing.
func stateOf(kind sceneKind, shown bool) string {
	switch kind {
	case scenePlay, sceneAd:
		return Playing
	case sceneStall:
		return Rebuffering
	case sceneSeek:
		return Seeking
	case scenePause, sceneEnded:
		return Paused
	case sceneFail, sceneLook:
		return Failed
	case sceneMode, sceneHide, sceneCaptions, sceneWarn:
		return ""
	}
	if shown {
		return Loading
	}
	return Starting
}
