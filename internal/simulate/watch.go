package simulate

import "time"

// never is later than any view lasts, in ms.
const never = int64(1) << 40

// happening is what can interrupt playing.
type happening uint8

const (
	stalls happening = iota
	shifts
	pauses
	seeks
	resizes
	switches
	hides
	captions
	warns
	fails
	interrupts // an ad break
	changes    // a fault begins or ends
	happenings
)

// watch decides about the time in which the content plays.
func (p *plot) watch() {
	p.expect()
	left := p.patience()
	p.expectFailure(&left)
	for {
		p.due[changes] = max(0, p.changeAt-p.since)
		if p.failing != nil {
			p.due[fails] = max(0, p.failAt-p.since)
		}
		next := stalls
		for h := range happenings {
			if p.due[h] < p.due[next] {
				next = h
			}
		}
		ms := min(left, p.due[next], p.toEnd())
		if ms > 0 {
			p.last(scenePlay, ms)
		}
		left -= ms
		for h := range p.due {
			p.due[h] -= ms
		}
		switch {
		case p.toEnd() <= 0:
			p.once(sceneEnded, 0)
			return
		case left <= 0 || !p.happen(next):
			return
		}
	}
}

// toEnd is how much of the content is left, in ms.
func (p *plot) toEnd() int64 {
	if p.title.live() {
		return never
	}
	return int64(p.title.length) - p.playhead
}

// expect decides when things first happen.
func (p *plot) expect() {
	for h := range p.due {
		p.due[h] = never
	}
	p.changeAt = p.nextChange()
	p.due[stalls] = p.nextStall()
	p.due[pauses] = 2000 + p.about(9*minute)
	if p.viewer.adaptive {
		p.due[shifts] = 6000 + p.about(8000)
	}
	if !p.title.live() {
		p.due[seeks] = 3000 + p.about(7*minute)
	}
	if p.viewer.fullWidth > 0 && p.chance(0.4) {
		p.due[resizes] = p.about(20_000)
	}
	if p.chance(0.02) {
		p.due[switches] = 5000 + p.about(3*minute)
	}
	if p.viewer.sdk == webSDK && p.chance(0.08) {
		p.due[hides] = 3000 + p.about(2*minute)
	}
	if p.chance(0.1) {
		p.due[captions] = p.about(15_000)
	}
	if p.chance(0.015) {
		p.due[warns] = 1000 + p.about(minute)
	}
	if p.title.prerolls > 0 && p.viewer.plan != "premium" {
		p.due[interrupts] = 12 * minute
	}
}

// patience is how long somebody watches who is not disturbed.
func (p *plot) patience() int64 {
	if p.title.contentType == "event" && !p.chance(0.3) {
		return p.untilOver()
	}
	switch u := p.rng.Float64(); {
	case u < 0.25:
		return 1000 + p.about(20_000)
	case u < 0.75 || p.title.live():
		return 5000 + p.about(7*minute)
	}
	return never
}

// untilOver is how long a live event goes on: as the programme says, else as
// long as a rush to it.
func (p *plot) untilOver() int64 {
	now := p.start + p.length().Milliseconds()
	for i := range shows {
		s := &shows[i]
		if begins := s.next(time.UnixMilli(now)).UnixMilli(); s.title == p.title && begins <= now {
			return begins + s.length.Milliseconds() - now
		}
	}
	for _, f := range p.faults {
		if f.rushes() && f.To > 0 && f.during(milliseconds(p.since)) {
			return f.To.Milliseconds() - p.since
		}
	}
	return p.about(40 * minute)
}

// expectFailure decides whether and when the view fails while it plays. Those
// whom a fault hits do not leave just before.
func (p *plot) expectFailure(left *int64) {
	for _, f := range p.faults {
		if !p.chance(f.Fail) {
			continue
		}
		at := max(p.since, f.From.Milliseconds()) + 1000 + int64(15_000*p.rng.Float64())
		if f.To > 0 && at >= f.To.Milliseconds() {
			continue
		}
		if f.during(milliseconds(p.since)) {
			*left = max(*left, at-p.since+1)
		}
		p.failing, p.failAt, p.failure = f, at, networkError(f.Code)
		return
	}
	switch {
	case p.chance(p.usuallyFails() / 2):
		p.due[fails] = int64(float64(min(*left, 30*minute)) * p.rng.Float64())
		p.failure = p.usualError()
	case p.chance(0.001):
		p.due[fails] = 5000 + p.about(minute)
		p.failure = elsewhere
	}
}

// happen interrupts playing, and reports whether it goes on.
func (p *plot) happen(what happening) bool {
	switch what {
	case stalls:
		return p.stall()
	case shifts:
		p.due[shifts] = 20_000 + p.about(70_000)
		p.shift(p.fitting())
	case pauses:
		p.due[pauses] = 2000 + p.about(9*minute)
		return p.pause()
	case seeks:
		p.due[seeks] = 3000 + p.about(5*minute)
		p.seek()
	case resizes:
		p.resize()
	case switches:
		p.due[switches] = never
		p.once(sceneSwitch, (p.cdn.index()+1+p.rng.IntN(len(cdns)-1))%len(cdns))
	case hides:
		p.due[hides] = never
		p.once(sceneHide, 0)
	case captions:
		p.due[captions] = never
		p.once(sceneCaptions, 0)
	case warns:
		p.due[warns] = never
		p.errors = append(p.errors, hiccup)
		p.once(sceneWarn, len(p.errors)-1)
	case fails:
		return p.fails()
	case interrupts:
		p.due[interrupts] = 12 * minute
		return p.ads(midroll, 10_000)
	case changes:
		p.changeAt, p.due[stalls] = p.nextChange(), p.nextStall()
		if p.viewer.adaptive {
			p.due[shifts] = min(p.due[shifts], 1000+p.about(4000))
		}
	}
	return true
}

// fails ends the view, unless the fault that it is waiting for is over: the
// viewer paused meanwhile.
func (p *plot) fails() bool {
	if f := p.failing; f != nil && !f.during(milliseconds(p.since)) {
		p.failing, p.due[fails] = nil, never
		return true
	}
	p.fail(p.failure)
	return false
}

func (p *plot) nextStall() int64 {
	every := p.viewer.stallEvery * 1000 / p.cdn.stalls / p.cdn.weakness(p.viewer.place.country)
	return 500 + p.about(every/p.factor(func(f *Fault) float64 { return f.Stall }))
}

// nextChange is when the next fault begins or ends.
func (p *plot) nextChange() int64 {
	at := never
	for _, f := range p.faults {
		for _, edge := range [...]int64{f.From.Milliseconds(), f.To.Milliseconds()} {
			if edge > p.since {
				at = min(at, edge)
			}
		}
	}
	return at
}

// maxStalled is for how long a player stalls in all until it gives the view up.
const maxStalled = 5 * minute

func (p *plot) stall() bool {
	ms := 280 + p.about(2200)
	p.last(sceneStall, ms)
	p.stalled += ms
	p.due[stalls] = p.nextStall()
	if p.stalled > maxStalled || p.chance(0.03) {
		return false
	}
	if p.rendition > 0 && p.chance(0.6) {
		p.due[shifts] = 5000 + p.about(20_000)
		p.shift(p.rendition - 1)
	}
	return true
}

func (p *plot) shift(to int) {
	if to != p.rendition && p.viewer.adaptive {
		p.rendition = to
		p.once(sceneShift, to)
	}
}

func (p *plot) pause() bool {
	ms := 1000 + p.about(20_000)
	switch u := p.rng.Float64(); {
	case u < 0.05:
		ms = min(p.about(15*minute), 50*minute)
	case u < 0.3:
		ms = p.about(3 * minute)
	}
	p.last(scenePause, ms)
	return !p.chance(0.15)
}

func (p *plot) seek() {
	const margin = 1000
	to := p.playhead + int64(90_000*p.rng.NormFloat64()) + 60_000
	to = max(0, min(to, int64(p.title.length)-margin))
	p.add(scene{kind: sceneSeek, ms: int32(p.around(350, 0.7)), to: int32(to)}) //nolint:gosec // within the content
	p.playhead = to
}

// resize goes to fullscreen, or back.
func (p *plot) resize() {
	p.full = !p.full
	mode := 0
	p.due[resizes] = never
	if p.full {
		mode = 1
		if p.chance(0.5) {
			p.due[resizes] = 10_000 + p.about(5*minute)
		}
	}
	p.once(sceneMode, mode)
}
