package simulate

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

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
	w := &World{Seed: 11, Start: begin}
	seen := map[view.Activity]int{}
	for s := range w.views(begin, begin.Add(24*time.Hour), 3000) {
		truth := s.truth()
		want, silent := truth.States, int64(math.MaxInt64)
		if last := len(want) - 1; want[last].State == Silent {
			want, silent = want[:last], want[last].At
		}
		for _, without := range []map[event.Field]bool{nil, {fieldFirstFrame: true, fieldPlaying: true, fieldContent: true, fieldWatch: true}} {
			watch := fold(s, without).Watch()
			var got []State
			startups := 0
			for i, span := range watch.Spans {
				seen[span.Activity]++
				if span.Startup >= 0 {
					startups++
					if truth.StartupTime == nil || *truth.StartupTime != span.Startup {
						t.Errorf("view %s: startup time %d, want %v", s.viewID, span.Startup, truth.StartupTime)
					}
				}
				if span.At >= silent {
					continue
				}
				is := State{At: span.At, State: activityNames[span.Activity], Bitrate: int(span.Bitrate)}
				if i+1 < len(watch.Spans) && watch.Spans[i+1].At == span.At {
					continue
				}
				if n := len(got); n > 0 && got[n-1].State == is.State && got[n-1].Bitrate == is.Bitrate {
					continue // another CDN
				}
				got = append(got, is)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("view %s (leaves %v) (-want, +got):\n%s\n%+v\n%+v", s.viewID, s.leaves, diff, watch.Spans, s.scenes)
			}
			if (startups == 1) != (truth.StartupTime != nil) {
				t.Errorf("view %s: %d spans with a startup time, want it to be %v", s.viewID, startups, truth.StartupTime)
			}
		}
	}
	for a := view.Starting; a <= view.LeftEarly; a++ {
		if seen[a] == 0 {
			t.Errorf("no view has a span of activity %d", a)
		}
	}
}
