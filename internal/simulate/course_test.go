package simulate

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"playhead/internal/event"
	"playhead/internal/view"
)

// laneSums are what the lanes of a view add up to.
type laneSums struct {
	Start, Startup                    int64 // Startup: -1 without a first frame
	Playing, Ads, Rebuffered, Seeking int64
	Failure, Business, Exit           bool
	Renditions                        []RenditionTime
	CDNs                              []string
}

// TestCourses has lanes add up to the truth, with and without what the SDK adds up.
func TestCourses(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing is concurrent here: make unit plays it")
	}
	for _, brief := range []bool{false, true} {
		w := &World{Seed: 11, Start: begin, Brief: brief}
		testCourses(t, w)
	}
}

func testCourses(t *testing.T, w *World) {
	t.Helper()
	for s := range w.views(begin, begin.Add(24*time.Hour), 600) {
		truth := s.truth()
		want := laneSums{
			Start: truth.Start, Startup: -1,
			Playing: truth.PlayingTime - truth.AdPlayingTime, Ads: truth.AdPlayingTime, Rebuffered: truth.RebufferTime, Seeking: truth.SeekTime,
			Failure: truth.Failure, Business: truth.Business, Exit: truth.ExitBeforeStart, Renditions: truth.Renditions, CDNs: truth.CDNTrace,
		}
		if truth.StartupTime != nil {
			want.Startup = *truth.StartupTime
		}
		for _, without := range []map[event.Field]bool{nil, {fieldFirstFrame: true, fieldPlaying: true, fieldContent: true, fieldWatch: true}} {
			c := view.NewCourse(machine(s, without).View(view.Status{Dropped: !s.leaves}), false, 0)
			if diff := cmp.Diff(want, sumsOf(c), cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("view %s: %s (-truth, +lanes):\n%s\n%+v\n%+v", s.viewID, c.Verdict, diff, s.scenes, c.States)
			}
		}
	}
}

func sumsOf(c *view.Course) laneSums {
	s := laneSums{
		Start: c.Start, Startup: -1, Failure: c.Outcome == "failed", Business: c.Outcome == "business_exception", Exit: c.Outcome == "exited_before_start",
	}
	var starting int64
	for _, span := range c.States {
		ms := span.To - span.From
		switch {
		case !span.Heard:
		case span.State == "starting":
			starting += ms
		case span.State == "playing":
			s.Playing += ms
		case span.State == "ad":
			s.Ads += ms
		case span.State == "rebuffering":
			s.Rebuffered += ms
		case span.State == "seeking":
			s.Seeking += ms
		}
		if (span.State == "playing" || span.State == "ad") && s.Startup < 0 {
			s.Startup = span.From
			if starting != span.From {
				s.Startup = starting // there was a pause
			}
		}
	}
	for _, span := range c.Renditions {
		is := RenditionTime{Time: span.To - span.From}
		for to, from := range map[*int]*int64{&is.Bitrate: span.Bitrate, &is.Width: span.Width, &is.Height: span.Height} {
			if from != nil {
				*to = int(*from)
			}
		}
		same := func(r RenditionTime) bool {
			return r.Bitrate == is.Bitrate && r.Width == is.Width && r.Height == is.Height
		}
		if i := slices.IndexFunc(s.Renditions, same); i >= 0 {
			s.Renditions[i].Time += is.Time
		} else {
			s.Renditions = append(s.Renditions, is)
		}
	}
	for _, span := range c.CDNs {
		s.CDNs = append(s.CDNs, span.Name)
	}
	return s
}
