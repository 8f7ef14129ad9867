package simulate

import (
	"cmp"
	"iter"
	"slices"
	"time"
)

// TickEvery is the time between two ticks.
const TickEvery = 5 * time.Second

// Tick is who was watching at a moment, and what happened in the five seconds
// up to it: after the tick before, and at this one at the latest.
type Tick struct {
	At      int64     `json:"at"` // ms since 1970, a multiple of 5000
	Viewers []Viewing `json:"viewers,omitempty"`

	// Concurrent is how many viewers count as such: those who are starting,
	// playing, rebuffering, seeking or loading, and those who failed in the
	// five seconds. Nobody who is paused, has left or fell silent does.
	Concurrent int `json:"concurrent"`

	WatchTime    int64 `json:"watch_time"`    // ms in the five seconds, of all viewers: starting, playing, rebuffering, seeking, loading
	RebufferTime int64 `json:"rebuffer_time"` // of it rebuffering

	// StartAttempts are the viewers who are starting, and those who were in the
	// five seconds and now play, failed or have left.
	StartAttempts   int     `json:"start_attempts"`
	Exits           int     `json:"exits"`            // who left before the first frame, after a second or more
	Failures        int     `json:"failures"`         // fatal errors but business exceptions
	StartupFailures int     `json:"startup_failures"` // of them before the first frame
	Startups        []int64 `json:"startups,omitempty"`

	Bitrate float64 `json:"bitrate,omitempty"` // the mean of the viewers who play content of a known one, in bit/s; 0: there are none
}

// Viewing is what a viewer is doing. One who fell silent is told for a minute.
type Viewing struct {
	ViewID  string `json:"view_id"`
	State   string `json:"state"`
	Bitrate int    `json:"bitrate,omitempty"`
}

// silentFor is how long those are told who fell silent.
const silentFor = time.Minute

// Ticks are the moments after one time and up to another, at multiples of five
// seconds. To see a part of the viewers, leave out the views of the others.
func Ticks(views []Truth, from, to time.Time) iter.Seq[Tick] {
	views = slices.Clone(views)
	slices.SortStableFunc(views, func(a, b Truth) int { return cmp.Compare(a.Start, b.Start) })
	return func(yield func(Tick) bool) {
		every := TickEvery.Milliseconds()
		var now []*Truth
		came := 0
		for at := from.UnixMilli()/every*every + every; at <= to.UnixMilli(); at += every {
			for ; came < len(views) && views[came].Start <= at; came++ {
				now = append(now, &views[came])
			}
			now = slices.DeleteFunc(now, func(v *Truth) bool { return v.End+silentFor.Milliseconds() <= at-every })
			t := Tick{At: at}
			for _, v := range now {
				t.add(v, at-every)
			}
			t.average()
			if !yield(t) {
				return
			}
		}
	}
}

// add adds a view, with what happened in it after a time.
func (t *Tick) add(v *Truth, after int64) {
	was, is, failed := "", State{}, false
	for i, s := range v.States {
		if s.At > t.At {
			break
		}
		end := t.At
		if i+1 < len(v.States) {
			end = min(end, v.States[i+1].At)
		}
		if s.At <= after {
			was = s.State
		}
		failed = failed || s.State == Failed && s.At > after
		is = s
		t.pass(s.State, end-max(s.At, after))
	}
	t.starts(v, after, was, is.State)
	if failed && v.Failure {
		t.Failures++
		if v.StartupFailure {
			t.StartupFailures++
		}
	}
	switch {
	case is.State == Ended, is.State == Silent && t.At-v.End >= silentFor.Milliseconds():
	default:
		t.Viewers = append(t.Viewers, Viewing{v.ViewID, is.State, is.Bitrate})
	}
	if watches(is.State) || failed && v.Failure {
		t.Concurrent++
	}
}

// watches reports whether a state counts as watching.
func watches(state string) bool {
	switch state {
	case Starting, Playing, Rebuffering, Seeking, Loading:
		return true
	}
	return false
}

func (t *Tick) pass(state string, ms int64) {
	if ms <= 0 || !watches(state) {
		return
	}
	t.WatchTime += ms
	if state == Rebuffering {
		t.RebufferTime += ms
	}
}

// starts counts a view that is starting, or was after a time.
func (t *Tick) starts(v *Truth, after int64, was, is string) {
	if was != Starting && v.Start <= after && is != Starting {
		return
	}
	t.StartAttempts++
	switch {
	case is == Starting:
	case v.StartupTime != nil:
		t.Startups = append(t.Startups, *v.StartupTime)
	case v.ExitBeforeStart && v.WatchTime >= 1000:
		t.Exits++
	}
}

func (t *Tick) average() {
	n, sum := 0, 0.0
	for _, v := range t.Viewers {
		if v.Bitrate > 0 {
			n++
			sum += float64(v.Bitrate)
		}
	}
	if n > 0 {
		t.Bitrate = sum / float64(n)
	}
}
