package view_test

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/catalog"
	"playhead/internal/event"
	"playhead/internal/event/eventtest"
	"playhead/internal/recording"
	"playhead/internal/view"
)

// lane writes the states of a course: when each began, when it was over, and what
// it was.
func lane(c *view.Course) string {
	var b strings.Builder
	for _, s := range c.States {
		fmt.Fprintf(&b, "%d-%d %s", s.From, s.To, s.State)
		if !s.Heard {
			b.WriteString(" unheard")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// played writes the renditions of a course.
func played(c *view.Course) string {
	var b strings.Builder
	for _, r := range c.Renditions {
		data, err := json.Marshal(r)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(&b, "%s\n", data)
	}
	return b.String()
}

// captured is the course of the one view of a recording.
func captured(t *testing.T, name string) *view.Course {
	t.Helper()
	return view.NewCourse(viewOf(t, name), false, 0)
}

// viewOf is the one view of a recording.
func viewOf(t *testing.T, name string) *view.View {
	t.Helper()
	for _, events := range eventtest.Recorded(t, name) {
		if m := fold(events); m.Started() {
			return m.View(view.Status{})
		}
	}
	t.Fatalf("recording %s has no view", name)
	return nil
}

// TestVerdicts tells of recorded players what a person would who looked at the
// page; what was measured there is in the recordings.
func TestVerdicts(t *testing.T) {
	for name, want := range map[string]string{
		"01_mp4_play_pause_seek_ended": "Started in 0.2 s, never stalled, seeked 3 times for 63 ms, played to the end after 27 s",
		"03_mp4_rebuffer":              "Started in 0.2 s, stalled 3 times for 7.2 s, left after 32 s",
		"04_error_404":                 "Failed before the first frame, after 61 ms: MEDIA_ERR_SRC_NOT_SUPPORTED (error 4)",
		"08_hls_failing_segments":      "Started in 0.6 s, never stalled, failed after 17 s: fragLoadError (error networkError)",
		"10_ads_emitted":               "Started in 1.0 s, showed 2 ads, never stalled, left after 21 s",
		"17_exit_before_video_start":   "Left before the first frame, after 6.3 s",
		"22_rebuffer_over_5_minutes":   "Started in 0.4 s, stalled once for 5 min, left after 5 min 7 s",
	} {
		if got := captured(t, name).Verdict; got != want {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
	}
}

// TestVerdictsOfRows tells of recorded players what is still known once the
// documents of their views are deleted: the columns of the table.
func TestVerdictsOfRows(t *testing.T) {
	for name, want := range map[string]string{
		"01_mp4_play_pause_seek_ended": "watched: Started in 0.2 s, never stalled, seeked 3 times for 63 ms, lasted 30 s",
		"03_mp4_rebuffer":              "watched: Started in 0.2 s, stalled 3 times for 7.2 s, lasted 32 s",
		"04_error_404":                 "failed: Failed before the first frame, after 61 ms: MEDIA_ERR_SRC_NOT_SUPPORTED (error 4)",
		"08_hls_failing_segments":      "failed: Started in 0.6 s, never stalled, failed after 17 s: fragLoadError (error networkError)",
		"10_ads_emitted":               "watched: Started in 1.0 s, showed 2 ads, never stalled, lasted 21 s",
		"17_exit_before_video_start":   "exited_before_start: Left before the first frame, after 6.3 s",
	} {
		c := view.NewCourse(rowOf(viewOf(t, name)), false, 0)
		if got := c.Outcome + ": " + c.Verdict; got != want {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
	}
}

// rowOf is what the table has of a view.
func rowOf(v *view.View) *view.View {
	row := view.New(v.ID)
	for _, c := range catalog.Columns {
		if c.Shown {
			continue
		}
		if c.IsText() {
			row.SetText(c, v.Text(c))
		} else if n, known := v.Number(c); known {
			row.SetNumber(c, n)
		}
	}
	return row
}

// TestRecordedLanes holds the lanes of a recording against what the page measured:
// its stalls, and the renditions of its requests.
func TestRecordedLanes(t *testing.T) {
	want := "0-233 starting\n233-7783 playing\n7783-11829 rebuffering\n11829-17682 playing\n17682-18239 rebuffering\n" +
		"18239-25276 playing\n25276-27850 rebuffering\n27850-31859 playing\n"
	if diff := cmp.Diff(want, lane(captured(t, "03_mp4_rebuffer"))); diff != "" {
		t.Errorf("states (-want, +got):\n%s", diff)
	}
	abr := captured(t, "07_hls_abr")
	want = `{"from":467,"to":18576,"bitrate":2100000,"width":1280,"height":720,"fps":30,"codec":"avc1.4d401f","name":null}
{"from":18576,"to":34577,"bitrate":280000,"width":256,"height":144,"fps":30,"codec":"avc1.4d400c","name":null}
{"from":34577,"to":36517,"bitrate":780000,"width":640,"height":360,"fps":30,"codec":"avc1.4d401e","name":null}
`
	if diff := cmp.Diff(want, played(abr)); diff != "" {
		t.Errorf("renditions (-want, +got):\n%s", diff)
	}
}

// TestPresent tells what a recorded viewer is doing at the very moment of an event,
// and a second later.
func TestPresent(t *testing.T) {
	for _, events := range eventtest.Recorded(t, "03_mp4_rebuffer") {
		i := slices.IndexFunc(events, func(e event.Event) bool { return e.Kind == event.RebufferStart })
		if i < 0 {
			continue
		}
		v := fold(events[:i+1]).View(view.Status{})
		heard := view.NewCourse(v, true, 0) // its axis ends with the last that was heard of it
		for later, want := range map[int64]string{0: "stalled once, now stalled, 7.8 s in", 1000: "stalled once, now stalled, 8.8 s in"} {
			if got := view.NewCourse(v, true, heard.Start+heard.Length+later).Verdict; !strings.HasSuffix(got, want) {
				t.Errorf("%d ms later: %s, want %s", later, got, want)
			}
		}
		return
	}
	t.Fatal("no stall in the recording")
}

// TestPresentStall tells of a recorded stall that goes on, of which the player told
// two times: it began 6.66 s after the start, and the second was 21.02 s later.
func TestPresentStall(t *testing.T) {
	for _, events := range eventtest.Recorded(t, "22_rebuffer_over_5_minutes") {
		told := 0
		i := slices.IndexFunc(events, func(e event.Event) bool {
			if e.Kind == event.Heartbeat {
				told++
			}
			return told == 2
		})
		if i < 0 {
			continue
		}
		c := view.NewCourse(fold(events[:i+1]).View(view.Status{}), true, 0)
		if want := "Started in 0.4 s, stalled once for 21 s so far, now stalled, 28 s in"; c.Verdict != want {
			t.Errorf("%s\nwant %s", c.Verdict, want)
		}
		return
	}
	t.Fatal("no stall in the recording")
}

// TestRecordedRequests holds requests against what the server of the media logged.
func TestRecordedRequests(t *testing.T) {
	for name, want := range map[string]map[string]int{
		"07_hls_abr": {"completed": 26, "canceled": 1}, "08_hls_failing_segments": {"completed": 15, "failed": 5},
	} {
		var truth struct {
			Log []struct {
				At     int64  `json:"t"`
				Path   string `json:"p"`
				Status int    `json:"status"`
			} `json:"media_log"`
		}
		recording.Truth(t, name, &truth)
		c := captured(t, name)
		got := map[string]int{}
		for _, r := range c.Requests {
			got[r.Result]++
			if r.Result != "completed" || *r.Type == "manifest" { // of those that failed no times are told, and manifests are told again
				continue
			}
			found := 0
			for _, l := range truth.Log {
				const off = 15 // ms between the clocks of the two, and for the way
				if at := l.At - c.Start; strings.HasSuffix(*r.URL, l.Path) && l.Status < 300 && at >= r.From-off && at <= *r.To+off {
					found++
				}
			}
			if found != 1 || *r.FirstByte < r.From || *r.FirstByte > *r.To || *r.Bytes == 0 {
				t.Errorf("%s: %d requests were made between %d and %d for %s", name, found, r.From, *r.To, *r.URL)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: requests (-want, +got):\n%s", name, diff)
		}
	}
}

// sum adds up the times of some states in which the player was heard.
func sum(c *view.Course, states ...string) (ms int64) {
	for _, s := range c.States {
		for _, state := range states {
			if s.State == state && s.Heard {
				ms += s.To - s.From
			}
		}
	}
	return ms
}

// near holds a time of a course against a number of its view. SDKs add their own
// up, by timers that are some ms off.
func near(t *rapid.T, what string, got int64, v *view.View, column string) {
	t.Helper()
	const off = 12 // ms, of the 9 seeks and stalls that a recording has at most
	if want, ok := v.Number(catalog.MustColumn(column)); ok && math.Abs(float64(got)-want) > off {
		t.Fatalf("%s is %d ms, but the view has %v of %s", what, got, want, column)
	}
}

// TestCourse holds courses of recorded views against the numbers of the
// same views: what adds up here adds up there.
func TestCourse(t *testing.T) {
	drawn := recorded(t)
	rapid.Check(t, func(t *rapid.T) {
		list := drawn.Draw(t, "events")
		if rapid.Bool().Draw(t, "events alone") {
			list = withoutSums(list)
		}
		s := status(t)
		m := fold(list)
		if !m.Started() {
			return
		}
		v := m.View(s)
		c := view.NewCourse(v, false, 0)
		near(t, "rebuffering", sum(c, "rebuffering"), v, "rebuffer_duration")
		near(t, "seeking", sum(c, "seeking"), v, "view_seek_duration")
		near(t, "the wait for the first frame", sum(c, "starting"), v, "video_startup_time")
		checkCourse(t, c)
		var times int64
		for _, r := range c.Renditions {
			times += r.To - r.From
		}
		if times > sum(c, "playing") {
			t.Fatalf("renditions played for %d ms:\n%s\nin\n%s", times, played(c), lane(c))
		}
	})
}

// withoutSums takes away what SDKs add up, so that events alone count.
func withoutSums(list []event.Event) []event.Event {
	list = append([]event.Event(nil), list...)
	for i := range list {
		var fields []event.Value
		for _, f := range list[i].Fields {
			if !strings.HasPrefix(f.Field.Name(), "view_") || f.Field.Name() == "view_start" {
				fields = append(fields, f)
			}
		}
		list[i].Fields = fields
	}
	return list
}

// checkCourse says what no view that is over can be to blame for.
func checkCourse(t *rapid.T, c *view.Course) {
	t.Helper()
	checkLanes(t, c)
	if c.InProgress {
		t.Fatalf("in progress: %q", c.Verdict)
	}
}

// clause is a part of a verdict: words, and maybe a message that holds anything.
var clause = regexp.MustCompile(`^[A-Z][a-z].*[^ ,]`)

// checkLanes says what no view can be to blame for: lanes that overlap or leave
// the axis, an axis that ends before it begins, and words that are missing.
func checkLanes(t *rapid.T, c *view.Course) {
	t.Helper()
	if c.Length < 0 {
		t.Fatalf("it lasts %d ms", c.Length)
	}
	at := int64(math.MinInt64)
	for _, s := range c.States {
		if s.From < at || s.To <= s.From || s.To > c.Length {
			t.Fatalf("states overlap, are empty or go on beyond %d:\n%s", c.Length, lane(c))
		}
		at = s.To
	}
	at = math.MinInt64
	for _, r := range c.Renditions {
		if r.From < at || r.To <= r.From || r.To > c.Length {
			t.Fatalf("renditions overlap, are empty or go on beyond %d:\n%s", c.Length, played(c))
		}
		at = r.To
	}
	at = math.MinInt64
	for _, d := range c.CDNs {
		if d.From < at || d.To <= d.From || d.To > c.Length {
			t.Fatalf("CDNs overlap, are empty or go on beyond %d: %+v", c.Length, c.CDNs)
		}
		at = d.To
	}
	if c.Outcome == "" || !clause.MatchString(c.Verdict) || strings.Contains(c.Verdict, ", ,") {
		t.Fatalf("outcome %q: %q", c.Outcome, c.Verdict)
	}
}

// TestOddCourses makes courses of whatever views there can be, in progress or not,
// with their events and without.
func TestOddCourses(t *testing.T) {
	drawn := events(t)
	rapid.Check(t, func(t *rapid.T) {
		v := fold(drawn.Draw(t, "events")).View(status(t))
		now := eventtest.Base + rapid.Int64Range(-1_000_000, 1_000_000).Draw(t, "now")
		checkLanes(t, view.NewCourse(v, true, now))
		kept := view.NewCourse(v, false, 0)
		checkCourse(t, kept)
		if kept.EventsKept != (len(v.Events) > 0) || len(kept.Events) != len(v.Events) {
			t.Fatalf("events kept: %v, %d of %d", kept.EventsKept, len(kept.Events), len(v.Events))
		}
		v.Events = nil
		gone := view.NewCourse(v, false, 0)
		checkCourse(t, gone)
		for _, state := range []string{"starting", "rebuffering", "seeking", "paused"} {
			if sum(gone, state) != sum(kept, state) {
				t.Fatalf("%s without events:\n%s\nwith them:\n%s", state, lane(gone), lane(kept))
			}
		}
	})
}
