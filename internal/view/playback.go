package view

import "playhead/internal/event"

// playback follows what the viewer sees: the state machine of
//
//	requested → starting → playing ⇄ paused, seeking, rebuffering → over
//
// by the player's clock. Its times are used where the SDK does not add up its
// own (older and foreign SDKs); they follow the same definitions.
type playback struct {
	now int64 // the latest time seen: some events are told after the fact

	requested      bool // playback was asked for
	firstFrame     bool // of content or an ad
	startTold      bool // the event that told of the first frame was not missed
	contentStarted bool // first frame of content
	watching       bool // trying to play: starting, playing, rebuffering or seeking
	awaiting       bool // content was asked for; also when nothing is tried between a preroll and the content
	playing        bool // frames advance

	startup        int64 // watching before the first frame
	contentStartup int64 // awaiting the first frame of content, outside ads
	watched        int64
	adWatched      int64 // of it, in ads and their breaks
	played         int64

	rebuffering  bool
	rebuffers    int
	rebuffered   int64 // in intervals that are over
	rebufferFrom int64
	resumed      int64 // a playing seen while rebuffering; 0 is none

	seeking  bool
	seeks    int
	sought   int64 // in seeks that are over
	seekFrom int64

	prerollAsked   int64 // time of the first adplay before content; 0 is none
	prerollStartup int64
	prerollShown   bool
	preroll        bool // an ad break or ad came before content
}

const (
	// seekMerge is the time in ms within which seeks count as one.
	seekMerge = 2000
	// maxStep bounds in ms what two events that follow each other may be apart
	// and still count: after an hour of silence players start a new view.
	maxStep = 60 * 60 * 1000
)

// apply takes the next event; inAd tells whether an ad was on before it. It
// returns by how much the playing time has grown; that can be less than 0,
// because stalls are told after the fact.
func (p *playback) apply(m *moment, inAd bool) int64 {
	before := p.played
	at := p.advance(m.time, inAd)
	if (m.kind == event.Playing || m.kind == event.AdPlaying) && !p.firstFrame {
		p.startTold = true
	}
	if m.progress {
		p.firstFrame = true
	}
	switch m.kind {
	case event.ViewStart, event.Play, event.AdBreakStart, event.AdPlay:
		p.request(m.kind, at)
	case event.Playing:
		p.shown(!inAd)
		if p.rebuffering {
			p.resumed = at
		} else {
			p.playing = true
		}
	case event.AdPlaying:
		if p.prerollAsked != 0 && !p.prerollShown && !p.contentStarted {
			p.prerollShown, p.prerollStartup = true, at-p.prerollAsked
		}
		p.shown(false)
		p.playing = true
	case event.RebufferStart:
		p.stall(at)
	case event.RebufferEnd:
		p.resume(at)
	case event.Seeking:
		p.seek(at)
	case event.Seeked:
		p.arrive(at)
	case deviceWake:
		p.watching, p.awaiting = p.requested, p.requested
	case event.AdPause, event.AdEnded, event.AdSkipped, event.AdBreakEnd, event.AdError:
		p.stop(at)
	case event.Pause, deviceSleep:
		p.halt(at)
	case event.Error:
		if fatal(m) {
			p.halt(at)
			p.arrive(at)
		}
	case event.Ended, event.ViewEnd:
		p.halt(at)
		p.arrive(at)
	}
	return p.played - before
}

// advance lets the time pass until an event, and returns the event's own time.
// That can be before now; an event without a time is taken to be now.
func (p *playback) advance(time int64, inAd bool) int64 {
	if time <= 0 {
		return p.now
	}
	step := time - p.now
	if p.now == 0 || step > maxStep {
		step = 0
	}
	p.now = max(p.now, time)
	if step <= 0 {
		return time
	}
	if p.awaiting && !p.contentStarted && !inAd {
		p.contentStartup += step
	}
	if !p.watching {
		return time
	}
	p.watched += step
	if inAd {
		p.adWatched += step
	}
	if !p.firstFrame {
		p.startup += step
	}
	if p.playing {
		p.played += step
	}
	return time
}

// request notes that content or an ad was asked for. From the moment that an ad
// is, the content stands still, whether a pause was told or not.
func (p *playback) request(k event.Kind, at int64) {
	p.requested, p.watching, p.awaiting = true, true, true
	if k != event.AdPlay && k != event.AdBreakStart {
		return
	}
	p.playing = false
	if p.contentStarted {
		return
	}
	p.preroll = true
	if k == event.AdPlay && p.prerollAsked == 0 {
		p.prerollAsked = at
	}
}

// shown notes a frame of content or of an ad.
func (p *playback) shown(content bool) {
	p.requested, p.watching, p.awaiting, p.firstFrame = true, true, true, true
	if content {
		p.contentStarted = true
	}
}

// stall begins an interval of rebuffering, which may lie in the past: what was
// taken for playing since is taken back.
func (p *playback) stall(from int64) {
	if p.rebuffering {
		return
	}
	p.rebuffering, p.rebufferFrom, p.resumed = true, from, 0
	p.rebuffers++
	if p.playing {
		p.played = max(0, p.played-(p.now-from))
	}
	p.playing, p.watching = false, true
}

// resume ends an interval of rebuffering, which may lie in the past.
func (p *playback) resume(at int64) {
	if !p.rebuffering {
		return
	}
	p.rebuffering = false
	p.rebuffered += max(0, at-p.rebufferFrom)
	p.played += p.now - at
	p.playing = p.watching && !p.seeking
}

// stop ends what was going on: playing, and rebuffering whose end is not told.
func (p *playback) stop(at int64) {
	if p.rebuffering {
		if p.resumed != 0 {
			at = p.resumed
		}
		p.resume(at)
	}
	p.playing, p.watching = false, false
}

// halt is a stop after which the viewer does not wait for content either.
func (p *playback) halt(at int64) {
	p.stop(at)
	p.awaiting = false
}

// contentShown reports whether content has played. Where the event is missed
// that tells so, any frame stands for it, unless there was a preroll.
func (p *playback) contentShown() bool { return p.contentStarted || p.firstFrame && !p.preroll }

// seek begins a seek.
func (p *playback) seek(at int64) {
	watching := p.watching
	if p.rebuffering {
		p.stop(at)
		p.watching = watching
	}
	p.playing = false
	if p.seeking {
		return
	}
	if p.seeks == 0 || at-p.seekFrom >= seekMerge {
		p.seeks++
	}
	p.seeking, p.seekFrom = true, at
}

// arrive ends a seek.
func (p *playback) arrive(at int64) {
	if !p.seeking {
		return
	}
	p.seeking = false
	p.sought += max(0, at-p.seekFrom)
	p.playing = p.watching && p.contentStarted
}

// rebufferTime is the time spent rebuffering, up to the last event.
func (p *playback) rebufferTime() int64 {
	switch {
	case !p.rebuffering:
		return p.rebuffered
	case p.resumed != 0:
		return p.rebuffered + max(0, p.resumed-p.rebufferFrom)
	}
	return p.rebuffered + max(0, p.now-p.rebufferFrom)
}

// seekTime is the time waited after seeks, up to the last event.
func (p *playback) seekTime() int64 {
	if p.seeking {
		return p.sought + max(0, p.now-p.seekFrom)
	}
	return p.sought
}
