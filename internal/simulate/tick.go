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
	// playing, rebuffering for five minutes at most, seeking or loading, also
	// those of whom nothing has been heard for 30 seconds at most, and those
	// who failed in the five seconds. Nobody who is paused or has left does.
	Concurrent int `json:"concurrent"`
	StartingUp int `json:"starting_up"` // of them those who are starting

	WatchTime    int64 `json:"watch_time"`    // ms in the five seconds, of all viewers: starting, playing, rebuffering, seeking, loading, as far as it was told
	RebufferTime int64 `json:"rebuffer_time"` // of it rebuffering

	StartAttempts   int     `json:"start_attempts"`   // viewers who were starting at any time of the five seconds, or came to an exit or a startup failure
	Exits           int     `json:"exits"`            // who left before the first frame, after a second or more
	Failures        int     `json:"failures"`         // fatal errors but business exceptions
	StartupFailures int     `json:"startup_failures"` // of them before the first frame
	Startups        []int64 `json:"startups,omitempty"`

	Bitrate        int64 `json:"bitrate,omitempty"`         // sum over those who play content of a known one, in bit/s
	BitrateViewers int   `json:"bitrate_viewers,omitempty"` // how many these are
}

// Viewing is what a viewer is doing.
type Viewing struct {
	ViewID  string `json:"view_id"`
	State   string `json:"state"`
	Unheard bool   `json:"unheard,omitempty"`
	Bitrate int    `json:"bitrate,omitempty"`
}

const (
	stalledMost = 5 * minute // how long somebody who rebuffers counts, in ms
	exitsAfter  = 1000       // how long somebody waits at least who exits before the start, in ms
)

// Ticks are the moments after one time and up to another, at multiples of five
// seconds. To see a part of the viewers, leave out the views of the others.
func Ticks(views []Truth, from, to time.Time) iter.Seq[Tick] {
	return TicksOf(views, from, to, func(*Truth, *State) bool { return true })
}

// TicksOf are the ticks of those for whom whom reports true while they are in a
// state: the CDN goes by the state, as it changes within a view.
func TicksOf(views []Truth, from, to time.Time, whom func(*Truth, *State) bool) iter.Seq[Tick] {
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
			now = slices.DeleteFunc(now, func(v *Truth) bool { return v.States[len(v.States)-1].At <= at-every })
			t := Tick{At: at}
			for _, v := range now {
				t.add(v, at-every, whom)
			}
			if !yield(t) {
				return
			}
		}
	}
}

// add adds a view, with what happened in it after a time.
func (t *Tick) add(v *Truth, after int64, whom func(*Truth, *State) bool) {
	var stalled int64 // since when
	first, attempt, failed := true, false, false
	for i := range v.States {
		s, end, last := &v.States[i], int64(noTime), i == len(v.States)-1
		if s.At > t.At {
			break
		}
		if !last {
			end = v.States[i+1].At
		}
		if s.State == Rebuffering && (i == 0 || v.States[i-1].State != Rebuffering) {
			stalled = s.At
		}
		begins := first && s.State == Playing
		first = first && !begins
		if !whom(v, s) {
			continue
		}
		attempt = attempt || s.State == Starting && end > after
		if s.At > after {
			failed = failed || s.State == Failed && v.Failure
			exits := t.come(v, begins, last)
			attempt = attempt || exits || failed && v.StartupFailure
		}
		t.pass(s, max(s.At, after), min(end, t.At), stalled)
		if end > t.At {
			t.see(v, s, stalled)
		}
	}
	if attempt {
		t.StartAttempts++
	}
	if failed {
		t.fail(v)
	}
}

// come counts what happens as a state begins: the first frame, or the end. It
// reports whether that is an exit.
func (t *Tick) come(v *Truth, begins, last bool) (exits bool) {
	if begins && v.StartupTime != nil {
		t.Startups = append(t.Startups, *v.StartupTime)
	}
	if last && v.ExitBeforeStart && v.End-v.Start >= exitsAfter {
		t.Exits++
		exits = true
	}
	return exits
}

// pass counts the time of a state from one moment to another.
func (t *Tick) pass(s *State, from, to, stalled int64) {
	if s.State == Rebuffering {
		to = min(to, stalled+stalledMost)
	}
	if s.Unheard || !watches(s.State) || to <= from {
		return
	}
	t.WatchTime += to - from
	if s.State == Rebuffering {
		t.RebufferTime += to - from
	}
}

// see counts a viewer by the state at the tick.
func (t *Tick) see(v *Truth, s *State, stalled int64) {
	if s.State == Ended || s.State == Silent {
		return
	}
	t.Viewers = append(t.Viewers, Viewing{v.ViewID, s.State, s.Unheard, s.Bitrate})
	if watches(s.State) && (s.State != Rebuffering || t.At-stalled <= stalledMost) {
		t.Concurrent++
	}
	if s.State == Starting {
		t.StartingUp++
	}
	if s.Bitrate > 0 {
		t.Bitrate += int64(s.Bitrate)
		t.BitrateViewers++
	}
}

// fail counts a viewer who failed: nobody watches after that.
func (t *Tick) fail(v *Truth) {
	t.Failures++
	t.Concurrent++
	if v.StartupFailure {
		t.StartupFailures++
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
