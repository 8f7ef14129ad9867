package oracle

import "math"

// tally goes through a story and adds up.
type tally struct {
	*story
	at int64 // ms since the story began
	v  *view

	shown, appeared        bool // a frame of anything, and of content
	inBreak, preroll, over bool
	broken                 bool // the break has had an error
	asked                  bool // for an ad that has not been shown yet
	watch, playing         int64
	content                int64 // from the request to play to content, outside ads
	firstAd                int64 // when the first ad of a preroll was asked for; -1 is never
	sought                 int64 // when the last seek began
	startup                float64

	now                                           *rendition
	bits, lit, up, down, rolled, mostUp, mostDown float64
	loaded, loading, latency, live                []float64
	failed, failedStart, failedAd, failedContent  bool
	business, businessStart, fetched              bool
}

func (t *tally) count(name string) { t.v.of[name]++ }

// add adds up one act.
func (t *tally) add(a act) {
	switch a.doing {
	case ask:
		t.v.start = t.end - t.length() + t.at
	case wait:
		t.watch += a.ms
	case appear:
		t.appear()
		t.appeared = true
	case roll:
		t.roll(float64(a.ms))
		t.watch, t.playing = t.watch+a.ms, t.playing+a.ms
	case stall:
		t.count("rebuffer_count")
		t.v.of["rebuffer_duration"] += float64(a.ms)
		t.watch += a.ms
	case seek:
		if t.v.of["seek_count"] == 0 || t.at-t.sought >= together {
			t.count("seek_count")
		}
		t.sought = t.at
		t.v.of["seek_duration"] += float64(a.ms)
		t.watch += a.ms
	case shift:
		t.shift(&a.rendition)
	case moveTo:
		t.v.trace = append(t.v.trace, a.cdn)
	case fetch:
		t.fetch(a.request)
	case sample:
		if a.behind <= 5*minute {
			t.live = append(t.live, float64(a.delay))
		}
	case fail:
		t.fail(a.kind)
	case leave:
		t.over = true
	default:
		t.ad(a)
	}
	if (a.doing == wait || a.doing == waitQuiet) && !t.inBreak {
		t.content += a.ms
	}
	t.at += a.ms
}

// appear notes that a frame is shown.
func (t *tally) appear() {
	if !t.shown && !t.extra.programme {
		t.startup = float64(t.watch)
	}
	t.shown = true
}

func (t *tally) roll(ms float64) {
	if t.now.bitrate > 0 {
		t.bits += t.now.bitrate * ms
		t.lit += ms
	}
	if t.screen.width == 0 || t.now.width == 0 || ms == 0 {
		return
	}
	scale := math.Min(t.screen.width/t.now.width, t.screen.height/t.now.height)
	up, down := math.Max(0, scale-1), math.Max(0, 1-scale)
	t.rolled += ms
	t.up, t.down = t.up+up*ms, t.down+down*ms
	t.mostUp, t.mostDown = math.Max(t.mostUp, up), math.Max(t.mostDown, down)
}

// shift notes a rendition; what was loaded before the first frame of content
// is no change.
func (t *tally) shift(r *rendition) {
	if t.appeared {
		t.count("rendition_change_count")
		if r.bitrate > t.now.bitrate {
			t.count("rendition_upshift_count")
		} else {
			t.count("rendition_downshift_count")
		}
	}
	t.now = r
}

func (t *tally) fetch(r request) {
	t.fetched = true
	if r.media() {
		t.loaded = append(t.loaded, float64(8*r.bytes))
		t.loading = append(t.loading, float64(r.transfer)/1000)
		t.latency = append(t.latency, float64(r.latency))
	}
}

func (t *tally) fail(k errorKind) {
	t.v.errors = append(t.v.errors, k)
	switch {
	case k.warning:
		return
	case k.business:
		t.business = true
		t.businessStart = t.businessStart || !t.shown
	default:
		t.failed = true
		t.failedStart = t.failedStart || !t.shown
		t.failedAd = t.failedAd || t.inBreak
		t.failedContent = t.failedContent || !t.inBreak
	}
	t.v.fatal = &k
}

// ad adds up what happens in an ad break.
func (t *tally) ad(a act) {
	switch a.doing {
	case breakStart:
		t.count("ad_break_count")
		t.inBreak, t.broken = true, false
		t.preroll = t.preroll || !t.appeared
	case breakEnd, prerollEnd:
		t.inBreak = false
	case adLoad:
		t.count("ad_attempt_count")
		t.asked = true
		if !t.appeared && t.firstAd < 0 {
			t.firstAd = t.at
		}
		t.watch += a.ms
	case adRoll, adBreakDown:
		t.appear()
		t.count("ad_impression_count")
		t.asked = false
		if _, told := t.v.of["ad_preroll_startup_time"]; !told && !t.appeared {
			t.v.of["ad_preroll_startup_time"] = float64(t.at - t.firstAd)
		}
		t.watch, t.playing = t.watch+a.ms, t.playing+a.ms
		if a.doing == adBreakDown {
			t.adError()
		}
	case adFail:
		t.count("ad_startup_error_count")
		t.adError()
	case adSkip:
		t.count("ad_exit_before_start_count")
		t.asked = false
	}
}

func (t *tally) adError() {
	t.count("ad_error_count")
	if !t.broken {
		t.count("ad_break_error_count")
	}
	t.asked, t.broken = false, true
}
