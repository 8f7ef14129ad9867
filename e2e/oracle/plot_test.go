package oracle

import "slices"

// plot writes the acts of a story, one after the other.
type plot struct {
	author
	*story
	live     bool
	vanishes bool // the end is not told
	stream   []rendition
	quality  rendition // in play
	where    string    // the CDN
}

func (p *plot) act(a act) { p.acts = append(p.acts, a) }

func (p *plot) do(d doing, ms int64) { p.act(act{doing: d, ms: ms}) }

// write tells how the view goes: most play, some never show a frame, some fail.
func (p *plot) write() {
	p.do(getReady, p.between(0, 3000))
	if p.chance(0.9) {
		p.where = p.one(cdns...)
		p.act(act{doing: moveTo, cdn: p.where})
	}
	p.extra.programme = p.chance(0.03)
	p.do(ask, 0)
	preroll := p.chance(0.3)
	if preroll && p.adBreak() {
		return
	}
	switch x := p.Float64(); {
	case x < 0.08:
		p.exit(p.between(100, 12_000))
	case x < 0.10:
		p.exit(p.between(0, 999))
	case x < 0.13:
		p.do(wait, p.between(0, 8000))
		p.breakDown(failures)
	case x < 0.16:
		p.do(wait, p.between(0, 8000))
		p.breakDown(exceptions)
	default:
		p.start(preroll)
		p.play(preroll)
	}
}

// exit is that the viewer does not wait any longer.
func (p *plot) exit(patience int64) {
	if p.vanishes {
		return // nobody tells how long it was
	}
	p.do(wait, patience)
	p.do(leave, 0)
}

// start waits for the first frame of content.
func (p *plot) start(preroll bool) {
	if p.chance(0.05) {
		p.do(wait, p.between(100, 3000))
		p.act(act{doing: fail, kind: anyOf(p.author, slices.Concat(failures, exceptions, warnings))})
		p.do(retry, 0)
	}
	if preroll && p.counts && p.chance(0.3) {
		p.do(waitQuiet, p.between(0, 2000))
	} else {
		p.do(wait, p.between(20, 15_000))
	}
	p.quality = anyOf(p.author, p.stream)
	if p.chance(0.1) { // what is loaded first is not always what is shown first
		p.act(act{doing: shift, rendition: anyOf(p.author, p.stream)})
	}
	p.act(act{doing: shift, rendition: p.quality})
	p.do(appear, 0)
}

// play is all that happens after the first frame.
func (p *plot) play(preroll bool) {
	for range 1 + p.IntN(5) {
		p.do(roll, p.between(300, 90_000))
		if p.incident() {
			return
		}
	}
	switch x := p.Float64(); {
	case x < 0.07:
		p.breakDown(failures)
	case x < 0.10:
		p.breakDown(exceptions)
	case p.vanishes:
		p.do(roll, 10_000*(1+p.Int64N(4))) // heartbeats are the last that is heard
	default:
		p.do(roll, p.between(0, 9000))
		p.do(leave, 0)
	}
}

// incident lets something happen during playback; it reports whether that was
// the end.
func (p *plot) incident() bool {
	switch p.IntN(9) {
	case 0, 1:
		p.do(stall, p.between(300, 9000))
	case 2:
		p.do(seek, p.between(10, 4000))
	case 3:
		p.do(pause, p.between(500, 30_000))
	case 4:
		if next := anyOf(p.author, p.stream); next.bitrate != p.quality.bitrate {
			p.quality = next
			p.act(act{doing: shift, rendition: next})
		}
	case 5:
		if next := p.one(cdns...); next != p.where {
			p.where = next
			p.act(act{doing: moveTo, cdn: next})
		}
	case 6:
		p.act(act{doing: fail, kind: anyOf(p.author, warnings)})
		p.do(retry, 0)
	case 7:
		for range 1 + p.IntN(4) {
			p.act(act{doing: fetch, request: request{
				event: p.one("requestcompleted", "requestcompleted", "requestcompleted", "requestfailed", "requestcanceled"),
				kind:  p.one("media", "video", "audio", "video_init", "manifest", "encryption"),
				bytes: p.between(2000, 4_000_000), latency: p.between(5, 3000), transfer: p.between(3, 2500),
			}})
		}
	case 8:
		if p.live {
			p.act(act{doing: sample, delay: p.between(2500, 40_000), behind: []int64{2000, 30_000, 299_000, 301_000, 3_000_000}[p.IntN(5)]})
		} else {
			return p.adBreak()
		}
	}
	return false
}

// adBreak shows ads before or within the content. It reports whether the view
// has ended in it.
func (p *plot) adBreak() bool {
	preroll := true
	for _, a := range p.acts {
		preroll = preroll && a.doing != appear
	}
	p.do(breakStart, 0)
	for range p.IntN(4) {
		ad := act{doing: adLoad, ms: p.between(50, 3000)}
		switch x := p.Float64(); {
		case x < 0.04 && p.vanishes:
			ad.ms = 0 // nobody tells how long it was
			p.act(ad)
			return true
		case x < 0.04:
			p.act(ad)
			p.do(leave, 0)
			return true
		case x < 0.10:
			p.act(ad)
			p.do(adFail, 0)
		case x < 0.14:
			p.act(ad)
			p.do(adSkip, 0)
		case x < 0.20:
			p.act(ad)
			p.do(adBreakDown, p.between(300, 20_000))
		case x < 0.23:
			p.act(ad)
			p.do(adRoll, p.between(300, 20_000))
			p.breakDown(failures)
			return true
		default:
			p.act(ad)
			p.do(adRoll, p.between(300, 20_000))
		}
	}
	if preroll {
		p.do(prerollEnd, 0)
	} else {
		p.do(breakEnd, 0)
	}
	return false
}

// breakDown is an error after which nothing comes but the end.
func (p *plot) breakDown(kinds []errorKind) {
	p.act(act{doing: fail, kind: anyOf(p.author, kinds)})
	if !p.vanishes {
		p.do(leave, p.between(0, 3000))
	}
}

func anyOf[T any](a author, list []T) T { return list[a.IntN(len(list))] }
