package simulate

import "playhead/internal/event"

// cursor tells the events of a script one after another, with the figures that
// an SDK adds up.
type cursor struct {
	*script
	upcoming int    // the next scene
	scene    *scene // that is on
	left     int64  // ms of it
	at       int64  // ms since the start of the script
	beat     int64  // when the last event was told that is no request
	done     bool

	queue []scriptEvent // told, up to taken
	taken int
	arena fields // of the queue
	mark  int    // where the fields of the next event begin

	figures
	before    figures // as they were told
	asked     bool    // to play
	started   bool    // content has played
	rolling   bool    // the content advances
	paused    bool
	stalling  bool
	seeking   bool
	full      bool // fullscreen
	rendition *rendition
	delivers  *cdn
	ranges    ranges
	ad        adTold
}

// figures are what an SDK adds up, in ms where it is time.
type figures struct {
	playhead, maxPlayhead         int64
	watch, playing, inAds         int64
	content                       int64 // playing, by the playhead
	firstFrame                    int64 // -1: not yet
	stalls, stalled               int64
	seeks, sought, seek, longest  int64
	scaled                        int64
	up, down, mostUp, mostDown    float64
	requests                      requestSums
	segments                      int64
	adRequests, adAsked, adsShown int64
}

// cursor begins to tell.
func (s *script) cursor() *cursor {
	c := &cursor{script: s, rendition: &s.title.ladder[s.rung], delivers: s.cdn, queue: make([]scriptEvent, 0, 4), arena: make(fields, 0, 32)}
	c.firstFrame, c.before.firstFrame = -1, -1
	return c
}

// next tells the next event; it reports false after the last one. The fields
// are valid until the next call.
func (c *cursor) next(e *scriptEvent) bool {
	for c.taken == len(c.queue) {
		if c.done {
			return false
		}
		c.queue, c.arena, c.taken, c.mark = c.queue[:0], c.arena[:0], 0, 0
		c.goOn()
	}
	*e = c.queue[c.taken]
	c.taken++
	return true
}

// goOn lets time pass until something is told, or the next scene begins.
func (c *cursor) goOn() {
	switch {
	case c.left > 0:
		c.step()
	case c.upcoming < len(c.scenes):
		c.scene = &c.scenes[c.upcoming]
		c.upcoming++
		c.close()
		c.open()
		c.left = int64(c.scene.ms)
	default:
		c.done = true
		c.finish()
	}
}

// silent reports whether a player tells nothing in a scene while it lasts.
func (k sceneKind) silent() bool { return k == sceneReady || k == scenePause || k == sceneLook }

// step lets the scene go on until its end, or until something is to be told.
func (c *cursor) step() {
	kind := c.scene.kind
	ms := c.left
	if kind.silent() {
		c.at += ms
		c.left = 0
		return
	}
	ms = min(ms, c.beat+c.heartbeat()-c.at)
	switch kind {
	case scenePlay:
		ms = min(ms, c.untilSegment())
	case sceneAd:
		ms = min(ms, c.untilQuarter())
	}
	c.left -= ms
	c.pass(kind, ms)
	switch {
	case kind == scenePlay && c.untilSegment() == 0:
		c.fetch()
	case kind == sceneAd && c.untilQuarter() == 0:
		c.quarter()
	}
	if c.at == c.beat+c.heartbeat() {
		c.live()
		c.tell(event.Heartbeat)
	}
}

// pass lets time pass in a scene in which the viewer watches or waits.
func (c *cursor) pass(kind sceneKind, ms int64) {
	c.at += ms
	c.watch += ms
	switch kind {
	case scenePlay:
		c.playing += ms
		c.content += ms
		c.playhead += ms
		c.maxPlayhead = max(c.maxPlayhead, c.playhead)
		c.scale(ms)
	case sceneAd:
		c.playing += ms
		c.inAds += ms
		c.ad.played += ms
	case sceneStall:
		c.stalled += ms
	case sceneSeek:
		c.sought += ms
		c.seek += ms
		c.longest = max(c.longest, c.seek)
	}
}

// scale adds up by how much the picture is larger or smaller in the player.
func (c *cursor) scale(ms int64) {
	width, height := c.size(c.full)
	scale := min(float64(width)/float64(c.rendition.width), float64(height)/float64(c.rendition.height))
	up, down := max(0, scale-1), max(0, 1-scale)
	c.scaled += ms
	c.up += up * float64(ms)
	c.down += down * float64(ms)
	c.mostUp, c.mostDown = max(c.mostUp, up), max(c.mostDown, down)
}

// close ends what the scene before left open.
func (c *cursor) close() {
	switch {
	case c.seeking:
		c.seeking = false
		c.tell(event.Seeked)
	case c.stalling && c.scene.kind != sceneStall:
		c.stalling = false
		c.tell(event.RebufferEnd)
	case c.ad.requesting:
		c.respond()
	}
	if !c.asked && c.scene.kind != sceneReady {
		c.ask()
	}
}

// open tells what begins with a scene.
func (c *cursor) open() {
	switch c.scene.kind {
	case sceneReady:
		c.ready()
	case scenePlay:
		c.roll()
	case sceneStall:
		c.stalls++
		c.stalling, c.rolling = true, false
		c.tell(event.RebufferStart)
	case sceneSeek:
		c.ranges.end(c.playhead)
		c.playhead = int64(c.scene.to)
		c.maxPlayhead = max(c.maxPlayhead, c.playhead)
		c.ranges.from = c.playhead
		c.seeks++
		c.seek, c.seeking, c.rolling = 0, true, false
		c.tell(event.Seeking)
	case scenePause:
		c.paused, c.rolling = true, false
		c.arena.flag(fieldPaused, true)
		c.tell(event.Pause)
	case sceneShift:
		c.rendition = &c.title.ladder[c.scene.n]
		c.change()
	case sceneMode:
		c.resize(c.scene.n == 1)
	case sceneSwitch:
		c.deliver(&cdns[c.scene.n])
	case sceneHide:
		c.live()
		c.tell(event.Heartbeat)
	case sceneWarn, sceneFail:
		c.err(&c.errors[c.scene.n])
	case sceneCaptions:
		c.caption()
	case sceneEnded:
		c.rolling = false
		c.tell(event.Ended)
	default:
		c.openAd()
	}
}

// finish tells the end of the view, if the viewer says goodbye. A page in which
// nobody asked for anything has no view.
func (c *cursor) finish() {
	if !c.leaves || !c.asked {
		return
	}
	if c.seeking {
		c.tell(event.Seeked)
	}
	c.tell(event.ViewEnd)
}
