package simulate

import (
	"math"
	"math/rand/v2"
)

// plot decides, scene by scene, what happens in a view.
type plot struct {
	*script
	rng    *rand.Rand
	since  int64    // ms since the start of the world
	faults []*Fault // those that are about this viewer

	told      int64 // ms since the last event that is no request
	playhead  int64
	stalled   int64
	rendition int  // that plays
	full      bool // fullscreen

	due      [happenings]int64 // ms of playing until it happens
	changeAt int64             // when a fault begins or ends, by the clock of since
	failAt   int64             // when a fault has the view fail, by the same clock; never is not
	failing  *Fault
	failure  playerError
}

// write writes the whole script.
func (p *plot) write(faults []Fault) {
	p.scenes = make([]scene, 0, 24)
	for i := range faults {
		if f := &faults[i]; f.Whom.match(p.script) {
			p.faults = append(p.faults, f)
		}
	}
	p.speed = p.viewer.bandwidth * math.Exp(0.5*p.rng.NormFloat64())
	p.arrive()
	p.rendition = max(0, p.fitting()-1) // players begin carefully
	p.rung = uint8(p.rendition)         //nolint:gosec // ladders are short
	p.leaves = true
	vanishes := p.chance(0.04)
	if p.begin() {
		p.watch()
	}
	if vanishes {
		p.vanish()
	}
}

// arrive decides about the page and its player.
func (p *plot) arrive() {
	p.page.autoplay = p.chance(0.4)
	if !p.chance(0.25) && p.viewer.sdk != rokuSDK { // else it is another view in the same page
		p.page.player = p.around(60, 0.6)
		if !p.viewer.native() {
			p.page.load = p.around(900, 0.5)
		}
	}
	idle := int64(0)
	if !p.page.autoplay {
		idle = p.about(4000)
	}
	if p.title.live() {
		p.latency = p.around(12_000, 0.4)
		if p.chance(0.04) {
			p.latency += 6 * minute // watches on purpose what is past
		}
	}
	p.last(sceneReady, idle)
}

// vanish has the view end with its last event, and no word: a player that plays
// falls silent after a heartbeat, any other one right away.
func (p *plot) vanish() {
	p.leaves = false
	c := &p.scenes[len(p.scenes)-1]
	beat := p.heartbeat()
	over := p.told % beat
	switch {
	case c.kind != scenePlay:
		c.ms = 0
	case p.told >= beat && over <= int64(c.ms):
		c.ms -= int32(over) //nolint:gosec // below a minute
	case p.toEnd() > beat:
		c.ms += int32(beat - over) //nolint:gosec // a minute at most
	default: // too little is left: paused, and never seen again
		p.last(scenePause, 0)
	}
}

func (p *plot) chance(share float64) bool { return share > 0 && p.rng.Float64() < share }

// around draws a time that is spread around a median, in ms.
func (p *plot) around(median, spread float64) int64 {
	return int64(max(20, median*math.Exp(spread*p.rng.NormFloat64())))
}

// about draws a time from an exponential distribution, in ms.
func (p *plot) about(mean float64) int64 { return int64(mean * p.rng.ExpFloat64()) }

// last adds a scene that takes time, at most a day.
func (p *plot) last(kind sceneKind, ms int64) {
	p.add(scene{kind: kind, ms: int32(min(max(ms, 0), 24*60*minute))}) //nolint:gosec // within a day
}

// once adds a scene that takes no time.
func (p *plot) once(kind sceneKind, n int) { p.add(scene{kind: kind, n: uint16(n)}) } //nolint:gosec // an index of a small table

func (p *plot) add(c scene) {
	goesOn := len(p.scenes) > 0 && p.scenes[len(p.scenes)-1].kind == scenePlay
	switch {
	case c.kind != scenePlay:
		p.told = 0
	case goesOn:
		p.told += int64(c.ms)
	default:
		p.told = int64(c.ms)
	}
	p.scenes = append(p.scenes, c)
	p.since += int64(c.ms)
	if c.kind == scenePlay {
		p.playhead += int64(c.ms)
	}
}

// fail ends playing with an error.
func (p *plot) fail(e playerError) {
	p.errors = append(p.errors, e)
	p.once(sceneFail, len(p.errors)-1)
	p.last(sceneLook, min(p.about(4000), 9000))
}

// factor multiplies what the faults that are on now say.
func (p *plot) factor(of func(*Fault) float64) float64 {
	product := 1.0
	for _, f := range p.faults {
		if n := of(f); n > 0 && f.during(milliseconds(p.since)) {
			product *= n
		}
	}
	return product
}

// fitting is the best rendition for the bandwidth of now, and the player.
func (p *plot) fitting() int {
	available := 0.8 * p.speed * p.factor(func(f *Fault) float64 { return f.Bitrate }) * math.Exp(0.35*p.rng.NormFloat64())
	_, height := p.size(true)
	best := 0
	for i, r := range p.title.ladder {
		if float64(r.bitrate) <= available && (i == 0 || r.height <= height*3/2) {
			best = i
		}
	}
	return best
}
