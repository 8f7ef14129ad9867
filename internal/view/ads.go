package view

import "playhead/internal/event"

// ads counts ads and ad breaks. An attempt is an adplay that begins an ad, an
// impression its first adplaying; an error or the viewer's leaving between the
// two is a startup error or an exit before the start.
type ads struct {
	inBreak   bool
	errored   bool // the break has had an error
	id        string
	ad        adState
	paused    bool
	attempts  int
	shown     int
	breaks    int
	errors    int
	badBreaks int
	badStarts int
	skips     int // skipped before the first frame
}

// adState is how far the current ad has come.
type adState uint8

const (
	noAd    adState = iota
	adAsked         // adplay
	adShown         // adplaying
)

// inside reports whether an ad break, or an ad outside any break, is on.
func (a *ads) inside() bool { return a.inBreak || a.ad != noAd }

func (a *ads) apply(m *moment) {
	switch m.kind {
	case event.AdBreakStart:
		a.breaks++
		a.inBreak, a.errored, a.ad = true, false, noAd
	case event.AdBreakEnd:
		a.inBreak, a.ad = false, noAd
	case event.AdPlay:
		if !a.goesOn(m) {
			a.begin(m)
		}
		a.paused = false
	case event.AdPlaying:
		if a.ad == noAd {
			a.begin(m)
		}
		if a.ad == adAsked {
			a.ad = adShown
			a.shown++
		}
		a.paused = false
	case event.AdPause:
		a.paused = true
	case event.AdSkipped:
		if a.ad == adAsked {
			a.skips++
		}
		a.ad = noAd
	case event.AdEnded:
		a.ad = noAd
	case event.AdError:
		a.fail()
	}
}

// begin starts a new ad.
func (a *ads) begin(m *moment) {
	a.attempts++
	a.ad = adAsked
	keep(&a.id, m.text(fieldAdID))
}

// goesOn reports whether an adplay goes on with the current ad: after a pause,
// or when it names the same ad.
func (a *ads) goesOn(m *moment) bool {
	if a.ad == noAd {
		return false
	}
	id := m.text(fieldAdID)
	return id == a.id && (a.paused || id != "")
}

func (a *ads) fail() {
	a.errors++
	if a.inBreak && !a.errored {
		a.errored = true
		a.badBreaks++
	}
	if a.ad == adAsked {
		a.badStarts++
	}
	a.ad = noAd
}

// exits are the ads that the viewer left before their first frame; over tells
// whether the view has come to its end.
func (a *ads) exits(over bool) int {
	if over && a.ad == adAsked {
		return a.skips + 1
	}
	return a.skips
}
