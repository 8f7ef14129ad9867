package simulate

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/event"
	"playhead/internal/view"
)

// activityNames are the states of viewers by what the server calls them.
var activityNames = map[view.Activity]string{
	view.Starting: Starting, view.Playing: Playing, view.Rebuffering: Rebuffering, view.Seeking: Seeking, view.Loading: Loading,
	view.Paused: Paused, view.Failed: Failed, view.FailedToStart: Failed, view.Excepted: Failed, view.Left: Ended, view.LeftEarly: Ended,
}

// TestActivities has the server's fold tell what viewers were doing as the truth
// says it, with and without what the SDK adds up.
func TestActivities(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing is concurrent here: make unit plays it")
	}
	seen := map[view.Activity]int{}
	for _, brief := range []bool{false, true} {
		w := &World{Seed: 11, Start: begin, Brief: brief}
		for s := range w.views(begin, begin.Add(24*time.Hour), 2000) {
			truth := s.truth()
			for _, without := range []map[event.Field]bool{nil, {fieldFirstFrame: true, fieldPlaying: true, fieldContent: true, fieldWatch: true}} {
				watch := fold(s, without).Watch()
				for _, span := range watch.Spans {
					seen[span.Activity]++
				}
				if diff := cmp.Diff(known(truth.States), known(activities(watch.Spans))); diff != "" {
					t.Fatalf("view %s (-want, +got):\n%s\n%+v", s.viewID, diff, s.scenes)
				}
				if diff := cmp.Diff(truth.StartupTime, startup(t, watch.Spans)); diff != "" {
					t.Errorf("startup time of view %s (-want, +got):\n%s", s.viewID, diff)
				}
			}
		}
	}
	for a := view.Starting; a <= view.LeftEarly; a++ {
		if seen[a] == 0 {
			t.Errorf("no view has a span of activity %d", a)
		}
	}
}

// known are the states but for the last one, if in that nobody is watching and
// falls silent: a server has them stay as they are. Nor does it tell what a
// viewer did for no time, if nothing is told of what follows.
func known(states []State) []State {
	var list []State
	for i, is := range states {
		if i+1 == len(states) || states[i+1].At > is.At || !states[i+1].Unheard {
			list = append(list, is)
		}
	}
	last := len(list) - 1
	switch s, gone := list[last].State, list[last-1].State == Silent; {
	case s == Silent && !list[last-1].Unheard, s == Paused, s == Ended && gone:
		return list[:last]
	}
	return list
}

// activities are spans as states. What takes no time is left out, but for the
// first state and failures.
func activities(spans []view.Span) []State {
	var list []State
	for i, span := range spans {
		is := State{At: span.At, State: activityNames[span.Activity], Unheard: span.Unheard, Bitrate: int(span.Bitrate), CDN: span.CDN}
		if i > 0 && is.State == Ended && spans[i-1].Unheard {
			is.State = Silent
		}
		if i > 0 && i+1 < len(spans) && spans[i+1].At == span.At && is.State != Failed {
			continue
		}
		list = addState(list, is)
	}
	return list
}

// startup is the startup time; nil if there is none.
func startup(t *testing.T, spans []view.Span) (ms *int64) {
	t.Helper()
	for _, span := range spans {
		if span.Startup >= 0 {
			if ms != nil {
				t.Errorf("%+v tell two startup times", spans)
			}
			ms = &span.Startup
		}
	}
	return ms
}
