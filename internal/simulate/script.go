package simulate

import (
	"math/rand/v2"
	"time"

	"playhead/internal/event"
)

// script is what happens in one view: who watches what, and one scene after
// another. Times in it are whole ms.
type script struct {
	viewer   viewer
	title    *title
	cdn      *cdn // the first one
	start    int64
	viewID   string
	playerID string
	session  string
	page     page
	latency  int64   // behind the programme time of a live stream, in ms
	mix      uint64  // decides the figures of requests
	speed    float64 // of the viewer's network, in bit/s
	brief    bool    // see World
	rung     uint8   // of the ladder: the rendition at the first frame
	leaves   bool    // tells its end; otherwise falls silent with its last event
	errors   []playerError
	scenes   []scene
}

// page is how the player came to be.
type page struct {
	autoplay     bool
	load, player int64 // ms that the page and the player took; 0: they were there already
}

// scene is a part of a view.
type scene struct {
	kind sceneKind
	n    uint16 // which ad, rendition, CDN or error
	ms   int32  // how long it takes
	to   int32  // of a seek: the playhead in ms; of an ad: how long it is, in ms
}

// sceneKind says what happens in a scene.
type sceneKind uint8

const (
	sceneReady      sceneKind = iota // the player is there, and nobody has asked it to play; always the first scene
	sceneLoad                        // the content loads: at the start, or after a preroll
	scenePlay                        // the content plays
	sceneStall                       // the content stalls
	sceneSeek                        // the viewer has gone elsewhere, and waits
	scenePause                       // the viewer pauses
	sceneShift                       // another rendition plays from now on; takes no time, as the next ones
	sceneMode                        // fullscreen (1) or not (0)
	sceneSwitch                      // another CDN delivers
	sceneHide                        // the tab goes to the background
	sceneCaptions                    // captions are shown from now on
	sceneWarn                        // an error that stops nothing
	sceneFail                        // an error that ends playing
	sceneLook                        // the viewer looks at the error
	sceneEnded                       // the content is over
	sceneBreak                       // an ad break begins
	sceneAdRequest                   // the ad server is asked
	sceneAdLoad                      // an ad loads
	sceneAd                          // an ad plays
	sceneAdEnded                     // an ad is over
	sceneAdError                     // an ad cannot be played
	sceneBreakEnded                  // the ad break is over
)

// playerError is an error as the player tells it.
type playerError struct {
	code, message, context string
	warning, business      bool
	network                bool // a request failed
}

// The kinds of ad breaks, as numbers of scenes.
const (
	preroll = iota
	midroll
)

// cast decides who watches what.
func (w *World) cast(rng *rand.Rand, t *title, at time.Time) *script {
	return &script{viewer: w.person(draw(rng, crowds(at)), rng), title: t, cdn: &cdns[drawFrom(rng, t.cdns)]}
}

// play decides what happens in a view.
func (w *World) play(rng *rand.Rand, s *script, start time.Time) *script {
	s.start = start.UnixMilli()
	s.brief = w.Brief && (w.BriefUntil.IsZero() || start.Before(w.BriefUntil))
	s.viewID, s.playerID, s.session, s.mix = newID(rng), newID(rng), newID(rng), rng.Uint64()
	p := plot{script: s, rng: rng, since: start.Sub(w.Start).Milliseconds()}
	p.write(w.Faults)
	return s
}

// length is from the player's being ready to the last event.
func (s *script) length() time.Duration {
	var ms int64
	for i := range s.scenes {
		ms += int64(s.scenes[i].ms)
	}
	return milliseconds(ms)
}

func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

// cut has the viewer close the page at a time after the start of the script,
// if that is before the end. What the player told until then stays the same.
func (s *script) cut(at time.Duration) {
	left := int32(min(at, s.length()).Milliseconds()) //nolint:gosec // below the length of a view
	for i := range s.scenes {
		c := &s.scenes[i]
		if c.ms <= left {
			left -= c.ms
			continue
		}
		c.ms = left
		s.scenes, s.leaves = s.scenes[:i+1], true
		return
	}
}

// heartbeat is how often a player tells that it goes on.
func (s *script) heartbeat() int64 {
	if s.brief {
		return minute
	}
	return 10_000
}

// size is of the player in a mode, in px.
func (s *script) size(fullscreen bool) (width, height int) {
	if fullscreen && s.viewer.fullWidth > 0 {
		return s.viewer.fullWidth, s.viewer.fullHeight
	}
	return s.viewer.width, s.viewer.height
}

// scriptEvent is an event at a time after the start of the script, with the
// fields that it sets: what changed with it, and what belongs to it alone. A
// player that tells whole snapshots keeps the values of the events before.
// Cumulative fields are as an SDK computes them. Members of [event.Event]
// other than the kind, the time and the playhead are the player's to add, and
// so is what stays the same during the view (see script.constants).
type scriptEvent struct {
	kind     event.Kind
	at       time.Duration
	playhead time.Duration
	fields   []event.Value
}

// events are all that the player tells.
func (s *script) events() []scriptEvent {
	var list []scriptEvent
	var e scriptEvent
	for c := s.cursor(); c.next(&e); {
		list = append(list, scriptEvent{e.kind, e.at, e.playhead, append(fields(nil), e.fields...)})
	}
	return list
}
