package incident

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/meta"
	"playhead/internal/query"
	"playhead/internal/store/memory"
	"playhead/internal/view"
)

// causeTime is when the incidents of these tests begin.
var causeTime = time.Date(2026, 11, 17, 12, 0, 0, 0, time.UTC)

// listed is a store of views made by hand. Each is a text: when it began and ended, in
// minutes after the incident began, and columns.
func listed(t *testing.T, first uint64, texts ...string) *memory.Store {
	t.Helper()
	s := memory.New()
	var views []*view.View
	for i, text := range texts {
		words := strings.Fields(text)
		v := newView(first + uint64(i))
		v.SetText(catalog.MustColumn("environment_id"), "e")
		for n, c := range []*catalog.Column{colStart, colEnd} {
			minutes, err := strconv.ParseFloat(words[n], 64)
			if err != nil {
				t.Fatal(err)
			}
			v.SetNumber(c, float64(causeTime.UnixMilli())+minutes*60_000)
		}
		for _, w := range words[2:] {
			name, value, _ := strings.Cut(w, "=")
			setValue(v, name, value)
		}
		views = append(views, v)
	}
	if err := s.Commit(t.Context(), view.Batch{Views: views}); err != nil {
		t.Fatal(err)
	}
	return s
}

// asked is the question about an incident, as the numbers of views; ! marks those that are
// affected.
func asked(t *testing.T, of meta.Incident, now time.Time, stored, open ViewLister) (is, was []string) {
	t.Helper()
	of.EnvironmentID = "e"
	in, err := newInquiry(NewCauseReader(stored, open), &of, now)
	if err != nil {
		t.Fatal(err)
	}
	if in == nil {
		return nil, nil
	}
	q, err := in.question(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := func(list []Observed) (names []string) {
		for _, o := range list {
			name := strconv.Itoa(int(o.View.ID[15]))
			if o.Affected {
				name += "!"
			}
			names = append(names, name)
		}
		slices.Sort(names)
		return names
	}
	return names(q.Now), names(q.Before)
}

func TestQuestions(t *testing.T) {
	rule := func(metric, direction string, threshold float64, filters ...meta.RuleFilter) *meta.AlertRule {
		return &meta.AlertRule{Metric: metric, Direction: direction, Threshold: threshold, Interval: time.Minute, Filters: filters}
	}
	resolved := causeTime.Add(10 * time.Minute)
	seven := meta.Breakdown{Name: "error_type_id", Value: "7"}
	bread := meta.Breakdown{Name: "video_title", Value: "Bread"}
	stored := []string{
		1: "-90 -80 playback_failure=1 playback_failure_error_type_id=7 video_title=Bread country=DE asn=3320 video_startup_time=900",
		2: "-30 -6 playback_failure=0 video_title=Bread country=US asn=701 video_startup_time=100",
		3: "-30 -3 playback_failure=1 playback_failure_error_type_id=7 video_title=Bread country=US video_startup_time=100", // while it came
		4: "-30 2 playback_failure=0 video_title=Bread country=DE video_startup_time=2000",                                  // began before
		5: "1 3 playback_failure=1 playback_failure_error_type_id=7 video_title=Bread country=DE asn=3320 video_startup_failure=1",
		6: "2 4 playback_failure=1 playback_failure_error_type_id=8 video_title=Water video_startup_time=3000",
		7: "2 5 playback_failure=0 video_title=Bread exit_before_video_start=1 country=US",
		8: "2 6 playback_failure=0 video_title=Water country=DE video_startup_time=500",
	}
	open := []string{
		"-5 8 video_title=Bread country=DE video_startup_time=2500",
		"6 8 video_title=Water country=US video_startup_time=1500",
		"-60 -20 video_title=Water country=US", // not heard of for long
	}
	for name, c := range map[string]struct {
		of      meta.Incident
		is, was []string
	}{
		// The view of 80 minutes before is looked at because there are few.
		"anomaly": {meta.Incident{}, []string{"4", "5!", "6!", "7", "8"}, []string{"1!", "2"}},
		"anomaly of a type": {
			meta.Incident{Breakdowns: []meta.Breakdown{seven}},
			[]string{"4", "5!", "6", "7", "8"},
			[]string{"1!", "2"},
		},
		"anomaly of a title": {
			meta.Incident{Breakdowns: []meta.Breakdown{seven, bread}},
			[]string{"4", "5!", "7"},
			[]string{"1!", "2"},
		},
		"failures": {
			meta.Incident{Rule: rule("playback-failure-percentage", meta.Above, 5)},
			[]string{"101", "102", "4", "5!", "6!", "7", "8"},
			[]string{"1!", "2"},
		},
		"fewer failures": {meta.Incident{Rule: rule("playback-failure-percentage", meta.Below, 5)}, nil, nil},
		// Those that began before are of before.
		"startup failures": {
			meta.Incident{Rule: rule("video-startup-failure-percentage", meta.Above, 5)},
			[]string{"102", "5!", "6", "7", "8"},
			[]string{"1", "101", "2", "4"},
		},
		"exits": {
			meta.Incident{Rule: rule("exits-before-video-start", meta.Above, 5)},
			[]string{"102", "5", "6", "7!", "8"},
			[]string{"1", "101", "2", "4"},
		},
		// Whoever has not come to a first frame, and does not wait for it, is not looked at.
		"slow starts": {
			meta.Incident{Rule: rule("video-startup-time", meta.Above, 1500)},
			[]string{"102", "6!", "8"},
			[]string{"1", "101!", "2", "4!"},
		},
		"fast starts": {
			meta.Incident{Rule: rule("video-startup-time", meta.Below, 1500)},
			[]string{"102", "6", "8!"},
			[]string{"1!", "101", "2!", "4"},
		},
		"filters": {
			meta.Incident{Rule: rule("playback-failure-percentage", meta.Above, 5, meta.RuleFilter{Dimension: "country", Values: []string{"DE", ""}})},
			[]string{"101", "4", "5!", "6!", "8"},
			[]string{"1!"},
		},
		"filters of numbers": {
			meta.Incident{Rule: rule("playback-failure-percentage", meta.Above, 5, meta.RuleFilter{Dimension: "asn", Values: []string{"3320"}})},
			[]string{"5!"},
			[]string{"1!"},
		},
		"filters that exclude": {
			meta.Incident{Rule: rule("playback-failure-percentage", meta.Above, 5, meta.RuleFilter{Dimension: "asn", Values: []string{"3320", ""}, Exclude: true})},
			nil,
			[]string{"2"},
		},
		"over": {meta.Incident{ResolvedAt: &resolved}, []string{"4", "5!", "6!", "7", "8"}, []string{"1!", "2"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.of.StartedAt = causeTime
			now := causeTime.Add(9 * time.Minute)
			if c.of.ResolvedAt != nil {
				now = causeTime.Add(time.Hour)
			}
			is, was := asked(t, c.of, now, listed(t, 1, stored[1:]...), listed(t, 101, open...))
			if diff := cmp.Diff([][]string{c.is, c.was}, [][]string{is, was}); diff != "" {
				t.Errorf("views of now, and of before (-want +got):\n%s", diff)
			}
		})
	}
}

// TestQuestionsOfActivity: what viewers did in a window, and who was there.
func TestQuestionsOfActivity(t *testing.T) {
	// Each began at a time in minutes after the beginning of the incident, and did one thing after the other
	// for so many seconds.
	did := func(from float64, what ...string) string {
		at := causeTime.UnixMilli() + int64(from*60_000)
		var list []string
		for _, w := range what {
			name, length, _ := strings.Cut(w, ":")
			name, bitrate, _ := strings.Cut(name, "@")
			list = append(list, view.JoinParts(strconv.FormatInt(at, 10), name, bitrate, "", ""))
			seconds, _ := strconv.ParseInt(length, 10, 64)
			at = seconds * 1000 // after the one before
		}
		return "activities=" + view.JoinList(list)
	}
	stored := listed(t, 1,
		"-40 1 "+did(-40, "playing@1000:2460", "left:0"),                                    // 41 minutes
		"-40 -20 "+did(-40, "playing@1000:600", "rebuffering:60", "playing:540", "left:0"),  // in the window of 30 minutes before it began
		"-3 4 "+did(-3, "playing@1000:240", "rebuffering:60", "playing@1000:120", "left:0"), // from 1 to 2
		"-29 5 "+did(-29, "playing@1000:2040", "paused:0"),
	)
	open := listed(t, 101,
		"2 8 "+did(2, "playing@9000:300", "rebuffering:3", "playing@9000:57", "left:0"),
		"7 8 "+did(7, "starting:60", "playing:1", "left:0"),
	)
	now := causeTime.Add(8 * time.Minute)
	rule := func(metric, direction string, threshold float64) meta.Incident {
		return meta.Incident{StartedAt: causeTime, Rule: &meta.AlertRule{Metric: metric, Direction: direction, Threshold: threshold, Interval: time.Minute}}
	}
	for name, c := range map[string]struct {
		of      meta.Incident
		is, was []string
	}{
		// The window is from -1 to 8, and those before are of nine minutes each, back
		// from -5: to -14, -23, -32, -41, … View 2 rebuffered from -30 to -29.
		"rebuffering": {
			rule("current-rebuffering-percentage", meta.Above, 5),
			[]string{"1", "101", "102", "3!", "4"}, // 3 s of 360 s are less, 60 s of 300 s more
			[]string{"1", "1", "1", "1", "2", "2", "2!", "4", "4", "4"},
		},
		"low bitrate": {
			rule("current-average-bitrate", meta.Below, 5000),
			[]string{"1!", "101", "3!", "4!"},
			[]string{"1!", "1!", "1!", "1!", "2!", "2!", "4!", "4!", "4!"},
		},
		// Now is 8, when view 101 has just left, and before is -30.
		"viewers": {rule("current-concurrent-viewers", meta.Above, 5), []string{"102"}, []string{"1", "2"}},
	} {
		t.Run(name, func(t *testing.T) {
			is, was := asked(t, c.of, now, stored, open)
			if diff := cmp.Diff([][]string{c.is, c.was}, [][]string{is, was}); diff != "" {
				t.Errorf("views of now, and of before (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWithin: 10 s of starting, 20 s of playing, 5 s of rebuffering, 30 s of which nothing is told, and
// a pause of 100 s.
func TestWithin(t *testing.T) {
	spans := []view.Span{
		{At: 1000, Activity: view.Starting},
		{At: 11_000, Activity: view.Playing, Bitrate: 2000},
		{At: 31_000, Activity: view.Rebuffering},
		{At: 36_000, Activity: view.Playing, Bitrate: 1000, Unheard: true},
		{At: 66_000, Activity: view.Paused},
		{At: 166_000, Activity: view.Playing, Bitrate: 500},
		{At: 167_000, Activity: view.Left},
	}
	for _, c := range []struct {
		from, to int64
		want     activity
	}{
		{0, 200_000, activity{36_000, 5000, 21_000, 2000*20_000 + 500*1000}},
		{21_000, 34_000, activity{13_000, 3000, 10_000, 2000 * 10_000}},
		{40_000, 160_000, activity{}},
		{0, 1000, activity{}},
		{167_000, 300_000, activity{}},
	} {
		if got := within(spans, c.from, c.to); got != c.want {
			t.Errorf("from %d to %d: %+v, want %+v", c.from, c.to, got, c.want)
		}
	}
}

// TestCausesFail: a store that fails is told of, with the incident.
func TestCausesFail(t *testing.T) {
	broken := errors.New("broken")
	_, err := NewCauseReader(failingLister{broken}, memory.New()).Causes(t.Context(), meta.Incident{ID: "abc123", StartedAt: causeTime}, causeTime)
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "abc123") {
		t.Errorf("%v, want that of the store, with the incident", err)
	}
}

type failingLister struct{ err error }

func (l failingLister) List(context.Context, *query.ListPlan) (*query.ListResult, error) {
	return nil, l.err
}
