package simulate

import (
	"strconv"

	"playhead/internal/event"
)

// tell puts an event into the queue, with the fields that were added since the
// one before and the figures that changed.
func (c *cursor) tell(kind event.Kind) {
	f := &c.arena
	now, before := &c.figures, &c.before
	f.num(fieldPlaying, float64(now.playing))
	if now.inAds > 0 {
		f.num(fieldAdPlaying, float64(now.inAds))
	}
	f.changed(fieldWatch, now.watch, before.watch)
	f.changed(fieldContent, now.content+now.inAds, before.content+before.inAds)
	f.changed(fieldMaxPlayhead, now.maxPlayhead, before.maxPlayhead)
	f.changed(fieldFirstFrame, now.firstFrame, before.firstFrame)
	if f.changed(fieldRebuffers, now.stalls, before.stalls) || now.stalled != before.stalled {
		f.num(fieldRebuffered, float64(now.stalled))
		if now.watch > 0 {
			f.num(fieldRebufferPart, float64(now.stalled)/float64(now.watch))
			f.num(fieldRebufferRate, float64(now.stalls)/float64(now.watch))
		}
	}
	if f.changed(fieldSeeks, now.seeks, before.seeks) || now.sought != before.sought {
		f.num(fieldSought, float64(now.sought))
		f.changed(fieldMaxSeek, now.longest, before.longest)
	}
	if sums(kind) {
		c.tellSums()
	}
	c.before = c.figures
	if !isRequest(kind) {
		c.beat = c.at
	}
	c.queue = append(c.queue, scriptEvent{kind, milliseconds(c.at), milliseconds(c.playhead), c.arena[c.mark:len(c.arena):len(c.arena)]})
	c.mark = len(c.arena)
}

func isRequest(kind event.Kind) bool {
	return kind == event.RequestCompleted || kind == event.RequestFailed
}

// sums reports whether an SDK sums up at an event what it measures over
// stretches of playing.
func sums(kind event.Kind) bool {
	switch kind {
	case event.Pause, event.RebufferStart, event.Seeking, event.Error, event.AdBreakStart, event.Heartbeat,
		event.RenditionChange, event.PlaybackModeChange, event.Ended, event.ViewEnd:
		return true
	}
	return false
}

func (c *cursor) tellSums() {
	f := &c.arena
	if c.scaled > 0 {
		f.num(fieldScaled, float64(c.scaled))
		f.num(fieldUpscaling, c.up)
		f.num(fieldDownscaling, c.down)
		f.num(fieldMaxUp, c.mostUp)
		f.num(fieldMaxDown, c.mostDown)
		f.text(fieldRange, c.ranges.text(c.playhead))
		f.num(fieldDropped, float64(c.scaled/frameDrop))
	}
	if n := c.requests.count; n > 0 {
		f.num(fieldRequests, float64(n))
		f.num(fieldLatency, float64(c.requests.latency)/float64(n))
		f.num(fieldThroughput, float64(c.requests.bytes)*8000/float64(c.requests.took))
		f.num(fieldMaxLatency, float64(c.requests.longest))
	}
}

// changed adds a figure that is not as it was told.
func (f *fields) changed(to event.Field, now, before int64) bool {
	if now == before {
		return false
	}
	f.num(to, float64(now))
	return true
}

// frameDrop is in how much content, in ms, every player loses one frame.
const frameDrop = 20_000

// ready tells that the player is there, and all that may change later.
func (c *cursor) ready() {
	f := &c.arena
	if c.viewer.sdk == webSDK {
		c.tell(event.NetworkChange)
	}
	if c.page.load > 0 {
		f.num(fieldPageLoad, float64(c.page.load))
	}
	if c.page.player > 0 {
		f.num(fieldPlayerStartup, float64(c.page.player))
	}
	width, height := c.size(false)
	f.num(fieldPlayerWidth, float64(width))
	f.num(fieldPlayerHeight, float64(height))
	f.flag(fieldFullscreen, false)
	f.flag(fieldPaused, true)
	f.text(fieldCDN, c.delivers.name)
	c.tell(event.PlayerReady)
}

// ask tells that somebody wants to see the video.
func (c *cursor) ask() {
	c.asked = true
	f := &c.arena
	f.flag(fieldPaused, false)
	f.num(fieldViewStart, float64(c.start+c.at))
	f.text(fieldMode, "standard")
	f.text(fieldModeData, "{}")
	c.tell(event.PlaybackModeChange)
	f.num(fieldViewStart, float64(c.start+c.at))
	c.tell(event.ViewStart)
	c.tell(event.Play)
}

// roll tells that the content plays, if it did not.
func (c *cursor) roll() {
	if c.rolling {
		return
	}
	c.rolling = true
	if !c.started {
		c.started = true
		c.fetch()
		c.change()
		c.show()
	}
	if c.paused {
		c.paused = false
		c.arena.flag(fieldPaused, false)
		c.tell(event.Play)
	}
	c.live()
	c.tell(event.Playing)
}

// caption tells that captions are shown.
func (c *cursor) caption() {
	f := &c.arena
	f.flag(fieldCaptions, true)
	f.flag(fieldTrack, true)
	f.text(fieldTrackFormat, "webvtt")
	f.text(fieldTrackSpoken, c.viewer.place.language)
	f.text(fieldTrackType, "cc")
	c.tell(event.TextTrackChange)
}

// show notes the first frame, of content or an ad.
func (c *cursor) show() {
	if c.firstFrame >= 0 {
		return
	}
	c.firstFrame = c.watch
	if c.page.autoplay && c.page.load > 0 {
		c.arena.num(fieldAggregate, float64(c.page.load+c.page.player+c.at))
	}
}

// live adds the programme time to an event in which a live stream advances. The
// player catches up after it stalled, so that the latency stays.
func (c *cursor) live() {
	if !c.title.live() || !c.rolling {
		return
	}
	const edge = 2000 // how old the newest segment is
	c.arena.num(fieldProgramTime, float64(c.start+c.at-c.latency))
	c.arena.num(fieldNewest, float64(c.start+c.at-edge))
}

// change tells which rendition plays. Players of plain HTML do not know its
// bitrate.
func (c *cursor) change() {
	f, r := &c.arena, c.rendition
	f.num(fieldWidth, float64(r.width))
	f.num(fieldHeight, float64(r.height))
	if c.viewer.adaptive {
		f.num(fieldBitrate, float64(r.bitrate))
		f.num(fieldFPS, r.fps)
		f.text(fieldRendition, r.name)
		f.text(fieldCodec, "avc1.640028,mp4a.40.2")
	}
	c.tell(event.RenditionChange)
}

func (c *cursor) resize(full bool) {
	f := &c.arena
	mode := "standard"
	if full {
		mode = "fullscreen"
	}
	width, height := c.size(full)
	f.text(fieldMode, mode)
	f.text(fieldModeData, "{}")
	f.flag(fieldFullscreen, full)
	f.num(fieldPlayerWidth, float64(width))
	f.num(fieldPlayerHeight, float64(height))
	c.full = full
	c.tell(event.PlaybackModeChange)
}

func (c *cursor) deliver(to *cdn) {
	c.arena.text(fieldCDNBefore, c.delivers.name)
	c.arena.text(fieldCDN, to.name)
	c.delivers = to
	c.tell(event.CDNChange)
}

func (c *cursor) err(e *playerError) {
	f := &c.arena
	if e.network && c.viewer.requests && !c.brief {
		c.failed(e)
	}
	f.text(fieldErrorCode, e.code)
	f.text(fieldErrorText, e.message)
	f.text(fieldErrorMore, e.context)
	if e.warning {
		f.text(fieldSeverity, "warning")
	} else {
		f.text(fieldSeverity, "fatal")
	}
	if e.business {
		f.flag(fieldBusiness, true)
	}
	c.rolling = false
	c.tell(event.Error)
}

// ranges are the parts of the content that were played, as SDKs write them: a
// JSON list of texts.
type ranges struct {
	over []byte
	from int64
}

func (r *ranges) end(at int64) {
	if at > r.from {
		r.over = append(appendRange(r.over, r.from, at), ',')
	}
}

func (r *ranges) text(at int64) string {
	var room [256]byte
	b := append(append(room[:0], '['), r.over...)
	if at > r.from {
		b = appendRange(b, r.from, at)
	} else if len(b) > 1 {
		b = b[:len(b)-1]
	}
	return string(append(b, ']'))
}

func appendRange(b []byte, from, to int64) []byte {
	b = strconv.AppendInt(append(b, '"'), from, 10)
	b = strconv.AppendInt(append(b, ':'), to, 10)
	return append(b, '"')
}
