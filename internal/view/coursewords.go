package view

import (
	"fmt"
	"strconv"
	"strings"

	"playhead/internal/event"
)

// The outcomes of a view.
const (
	outcomeInProgress = "in_progress"
	outcomeWatched    = "watched"
	outcomeExited     = "exited_before_start"
	outcomeFailed     = "failed"
	outcomeExcepted   = "business_exception"
)

// verdict is what the words about a view are made of.
type verdict struct {
	*Course
	view   *View
	shown  bool   // a first frame
	last   string // the state at the end
	failed int64  // when it failed for the last time, or was meant to, in ms from the start
	wentOn bool   // it played after that
	ended  bool   // the video came to its end, and that was the last of it
	over   int64  // when it did, in ms from the start
}

// judge says how the view went, whose last state is given.
func (a *axis) judge(c *Course, v *View, spans []Span, events []*TimelineEvent, last string) {
	d := verdict{Course: c, view: v, last: last, shown: v.Watched(), failed: c.Length}
	for _, s := range spans {
		switch s.Activity {
		case Failed, FailedToStart, Excepted:
			d.failed, d.wentOn = s.At-c.Start, false
		case Playing:
			d.wentOn = true
		}
	}
	for _, e := range events {
		switch event.Kind(e.Name) {
		case event.Ended:
			d.ended, d.over = true, a.since1970(e)-c.Start
		case event.Play, event.Playing, event.AdPlay, event.AdBreakStart:
			d.ended = false
		}
	}
	c.Outcome = d.outcome()
	words := strings.Join(d.clauses(), ", ")
	c.Verdict = strings.ToUpper(words[:1]) + words[1:]
}

// Watched reports whether a first frame was shown. The column is in the document
// of a view alone: once that is gone, what was measured tells it.
func (v *View) Watched() bool {
	if n, ok := v.Number(column("watched")); ok {
		return n == 1
	}
	_, started := v.Number(colStartup)
	return started || v.count("playing_time") > 0
}

// count is a number of a view, 0 if it is null.
func (v *View) count(name string) int64 { return numberOr(v, column(name), 0) }

func (d *verdict) outcome() string {
	failed, excepted := d.view.count("playback_failure") == 1, d.view.count("playback_business_exception") == 1
	if failed && excepted { // the last one counts: the message is of it
		failed = d.view.count("playback_failure_error_type_id") == d.view.count("error_type_id")
	}
	switch {
	case failed:
		return outcomeFailed
	case excepted:
		return outcomeExcepted
	case d.InProgress:
		return outcomeInProgress
	case d.shown:
		return outcomeWatched
	}
	return outcomeExited
}

// clauses are the parts of the sentence.
func (d *verdict) clauses() []string {
	fails := d.Outcome == outcomeFailed || d.Outcome == outcomeExcepted
	switch {
	case d.shown:
	case fails:
		return []string{d.failure() + " before the first frame", "after " + duration(d.failed) + d.reason(": %s")}
	case d.InProgress:
		return []string{"no first frame yet", d.present()}
	default:
		return []string{d.leaving() + " before the first frame", "after " + duration(d.heard())}
	}
	list := append([]string{d.beginning()}, d.between()...)
	if fails && d.wentOn {
		list = append(list, d.failure()+" after "+duration(d.failed)+d.reason(" (%s)"), "went on")
	}
	switch {
	case fails && !d.wentOn:
		return append(list, d.failure()+" after "+duration(d.failed)+d.reason(": %s"))
	case d.ended:
		return append(list, "played to the end after "+duration(d.over))
	case d.InProgress:
		return append(list, d.present())
	}
	if !d.EventsKept && d.view.count("view_dropped") == 0 { // nobody knows any more whether it came to its end
		return append(list, "lasted "+duration(d.heard()))
	}
	return append(list, d.leaving()+" after "+duration(d.heard()))
}

// beginning tells of the first frame.
func (d *verdict) beginning() string {
	if startup, ok := d.view.Number(colStartup); ok {
		return "started in " + duration(roundMS(startup))
	}
	return "started"
}

// between is what was in the way of watching.
func (d *verdict) between() []string {
	var list []string
	switch n := d.view.count("ad_impression_count"); {
	case n == 1:
		list = append(list, "showed an ad")
	case n > 1:
		list = append(list, fmt.Sprintf("showed %d ads", n))
	}
	if n := d.view.count("rebuffer_count"); n > 0 {
		list = append(list, "stalled "+times(n)+d.stalled())
	} else {
		list = append(list, "never stalled")
	}
	if n := d.view.count("view_seek_count"); n > 0 {
		list = append(list, "seeked "+times(n)+" for "+duration(d.view.count("view_seek_duration")))
	}
	return list
}

// stalled is for how long it stalled, as far as the player has told: of a stall
// that goes on it tells now and then, and of one that it never told the end of it
// may have told nothing.
func (d *verdict) stalled() string {
	switch ms := d.view.count("rebuffer_duration"); {
	case ms == 0:
		return ""
	case d.InProgress && d.last == activityNames[Rebuffering]:
		return " for " + duration(ms) + " so far"
	default:
		return " for " + duration(ms)
	}
}

// failure is what a failure is called.
func (d *verdict) failure() string {
	if d.Outcome == outcomeExcepted {
		return "ended by a business exception"
	}
	return "failed"
}

// maxReason bounds what is shown of the message of an error, in characters.
const maxReason = 200

// reason puts the message of the last error into a form; "" if there is none.
func (d *verdict) reason(form string) string {
	message, code := d.view.Text(column("player_error_message")), d.view.Text(column("player_error_code"))
	message = strings.Join(strings.Fields(message), " ")
	if letters := []rune(message); len(letters) > maxReason {
		message = string(letters[:maxReason-1]) + "…"
	}
	switch {
	case message == "" && code == "":
		return ""
	case message == "":
		return fmt.Sprintf(form, "error "+code)
	case code == "":
		return fmt.Sprintf(form, message)
	}
	return fmt.Sprintf(form, message+" (error "+code+")")
}

// leaving is how somebody went.
func (d *verdict) leaving() string {
	if d.view.count("view_dropped") == 1 {
		return "fell silent"
	}
	return "left"
}

// heard is up to when something was heard of the view.
func (d *verdict) heard() int64 { return numberOr(d.view, colEnd, d.Start) - d.Start }

// presents are what somebody is doing now, by the state.
var presents = map[string]string{
	activityNames[Starting]: "now waiting for it", activityNames[Playing]: "now playing", "ad": "now showing an ad",
	activityNames[Rebuffering]: "now stalled", activityNames[Seeking]: "now seeking", activityNames[Loading]: "now loading",
	activityNames[Paused]: "now paused", activityNames[Left]: "now silent", activityNames[LeftEarly]: "now silent",
}

// present is what the viewer of a view in progress is doing now.
func (d *verdict) present() string {
	if d.last == "" {
		return "in progress"
	}
	return presents[d.last] + ", " + duration(d.Length) + " in"
}

// times is how often something was.
func times(n int64) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return strconv.FormatInt(n, 10) + " times"
}

// duration is a time in ms for people: 80 ms, 0.4 s, 32 s, 1 min 20 s, 3 h 12 min.
func duration(ms int64) string {
	s := (ms + 500) / 1000
	switch {
	case ms < 100:
		return fmt.Sprintf("%d ms", max(0, ms))
	case ms < 9950:
		return fmt.Sprintf("%.1f s", float64(ms)/1000)
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return twoUnits(s/60, "min", s%60, "s")
	}
	m := (s + 30) / 60
	return twoUnits(m/60, "h", m%60, "min")
}

// twoUnits is a number of a unit and of a smaller one.
func twoUnits(n int64, unit string, rest int64, smaller string) string {
	if rest == 0 {
		return fmt.Sprintf("%d %s", n, unit)
	}
	return fmt.Sprintf("%d %s %d %s", n, unit, rest, smaller)
}
