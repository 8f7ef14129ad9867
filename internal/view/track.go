package view

import (
	"math"
	"slices"

	"playhead/internal/event"
)

// track is the lean part of the story of a view: what the viewer was doing, and
// when, by the player's clock. It is kept for each view in progress, as every
// beacon has it told anew (see [Machine.Watch]); the heavy parts of the story
// are not.
type track struct {
	by offset // as it was when the track was begun

	clock    skew
	playback playback
	ads      ads
	cdns     cdns

	stays   Activity // until playback is asked for again: a failure, or that the viewer has left; 0 is none
	fatal   bool     // there was a fatal error
	guessed bool     // times of receipt stand in for events without one
	asked   int64    // when playback was first asked for
	heard   int64    // the latest time that an event was at; 0 before the first

	doing    steps // what: see [does]
	bitrates steps // of the content, in bit/s; before the first one it is not known
	delivers steps // place in the trace of CDNs, from a time on
	silences []silence
}

// silence is the time between two events that follow each other in time, if it
// is longer than [SilentAfter].
type silence struct{ from, to int64 }

// passage is what an event found and did.
type passage struct {
	inAd   bool  // an ad was on before it
	passed int64 // ms since the event before
	played int64 // by how much the playing time has grown: see [playback.apply]
}

// holds reports whether the track would be the same by another offset. An offset
// matters only if it makes a time absurd: as it can only fall once it is known,
// no event was absurd in between if none is by the first and by the last one.
// And it matters if times of receipt had to be turned into those of the player.
func (t *track) holds(o offset) bool {
	return t.by == o || t.by.known == o.known && !t.guessed && !t.clock.absurd(t.by) && !t.clock.absurd(o)
}

// apply takes the next event. A time that is absurd by the offset is taken as
// missing. beyond tells that events were left out before it, for which there was
// no room.
func (t *track) apply(m *moment, o offset, beyond bool) passage {
	p := &t.playback
	pass := passage{inAd: t.ads.inside(), passed: -p.now}
	t.clock.apply(m)
	if _, absurd := o.correct(m.time, m.received); absurd {
		m.time = 0
	}
	stalled, resumed, shown := p.rebuffering, p.resumed, p.firstFrame
	pass.played = p.apply(m, pass.inAd)
	pass.passed += p.now
	t.ads.apply(m)
	t.cdns.apply(m)

	at := m.time
	if at <= 0 {
		if at = p.now; at == 0 { // nobody has told any time yet
			at, t.guessed = max(t.heard, m.received-o.delay), true
		}
	}
	now := max(at, p.now)
	t.hear(at, beyond)
	t.note(m, now)
	t.judge(m)
	if !p.requested {
		return pass
	}
	if t.asked == 0 {
		t.asked = now
	}
	if t.stays == 0 && p.rebuffering != stalled && isStall(m.kind) { // these are told after the fact
		if stalled && resumed != 0 { // it had been taken to be over then
			t.doing.cut(resumed)
		}
		now = at
	}
	t.doing.take(now, does{t.activity(), t.ads.inside(), p.firstFrame && !shown})
	return pass
}

// hear notes that something is told of a time. What is told after the fact of a
// silence makes two of it.
func (t *track) hear(at int64, beyond bool) {
	switch {
	case t.heard == 0 || beyond:
		t.heard = max(t.heard, at)
	case at > t.heard:
		if s := (silence{t.heard, at}); !s.isShort() {
			t.silences = append(t.silences, s)
			t.silences = t.silences[max(0, len(t.silences)-maxSpans):]
		}
		t.heard = at
	default:
		for i, s := range t.silences {
			if s.from >= at || at >= s.to {
				continue
			}
			halves := []silence{{s.from, at}, {at, s.to}}
			t.silences = slices.Replace(t.silences, i, i+1, slices.DeleteFunc(halves, silence.isShort)...)
			return
		}
	}
}

func (s silence) isShort() bool { return s.to-s.from <= SilentAfter }

func isStall(k event.Kind) bool { return k == event.RebufferStart || k == event.RebufferEnd }

// note takes the bitrate and the CDN that an event tells. The first CDN that is
// known has delivered from the beginning, as it is that of the view.
func (t *track) note(m *moment, now int64) {
	for i := range m.values {
		if m.values[i].Field == fieldBitrate {
			t.bitrates.turn(now, roundMS(positive(m.values[i].Num)))
		}
	}
	last := len(t.cdns.trace) - 1
	if last < 0 {
		return
	}
	if len(t.delivers) == 0 {
		t.delivers = append(t.delivers, step{math.MinInt64, 0})
	}
	t.delivers.turn(now, int64(last))
}

// judge decides what stays until playback is asked for again.
func (t *track) judge(m *moment) {
	switch m.kind {
	case event.ViewStart, event.Play, event.Playing, event.AdBreakStart, event.AdPlay, event.AdPlaying:
		t.stays = 0
	case event.ViewEnd:
		t.stays = Left
	case event.Error:
		if !fatal(m) {
			return
		}
		t.fatal = true
		switch {
		case t.stays != 0 && (t.stays != Excepted || business(m)):
		case business(m):
			t.stays = Excepted
		case t.playback.firstFrame:
			t.stays = Failed
		default:
			t.stays = FailedToStart
		}
	}
}

// activity is what the viewer is doing after the last event.
func (t *track) activity() Activity {
	p := &t.playback
	switch {
	case t.stays != 0:
		return t.stays
	case !p.watching:
		return Paused
	case !p.firstFrame:
		return Starting
	case p.rebuffering && p.resumed == 0:
		return Rebuffering
	case p.seeking:
		return Seeking
	case p.playing || p.rebuffering:
		return Playing
	case !p.startTold && !p.contentStarted && !t.ads.inside():
		return Playing // the event that says so was missed
	}
	return Loading
}
