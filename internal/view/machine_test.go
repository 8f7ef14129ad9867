package view

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/event"
)

// The ids here were computed by another program from the definition: the first
// bits of SHA-256 over each text, preceded by its length in eight bytes.
func TestErrorTypeID(t *testing.T) {
	for _, c := range []struct {
		code, message string
		want          int64
	}{
		{"c", "m", 1128326534},
		{"4", "MEDIA_ERR_SRC_NOT_SUPPORTED", 1293553729},
		{"networkError", "fragLoadError", 1097169072},
	} {
		if got := ErrorTypeID(c.code, c.message); got != c.want {
			t.Errorf("%s, %s: got %d, want %d", c.code, c.message, got, c.want)
		}
	}
	if ErrorTypeID("ab", "c") == ErrorTypeID("a", "bc") {
		t.Error("code and message run into each other")
	}
}

func TestTimeOfID(t *testing.T) {
	const ms = 1_700_000_000_123
	if got := NewID(ms, "env", "view").Time(); got != ms {
		t.Errorf("time of the id = %d, want %d", got, ms)
	}
}

// TestFiveViews makes the five views behind the published sample of a
// comparison again: the means of their scores are known to 16 digits.
func TestFiveViews(t *testing.T) {
	var success, startup, smoothness, overall, failed, rebuffered, rebuffers, watched float64
	for i, v := range []struct {
		startup, watch, stall float64
		fails                 bool
	}{
		{startup: 4, watch: 6165, stall: 286},
		{startup: 6, watch: 351144},
		{startup: 8, watch: 100000},
		{startup: 9, watch: 50000},
		{startup: 9, watch: 6625, fails: true},
	} {
		fields := []event.Value{
			{Field: fieldFirstFrame, Num: v.startup},
			{Field: fieldWatchTime, Num: v.watch},
			{Field: fieldTotalContent, Num: 1000},
			{Field: fieldTotalUpscaling},
			{Field: fieldMaxUpscale},
		}
		if v.stall > 0 {
			fields = append(fields, event.Value{Field: fieldRebufferCount, Num: 1}, event.Value{Field: fieldRebufferDuration, Num: v.stall})
		}
		m := NewMachine("env", fmt.Sprint(i), DefaultScoring())
		m.Apply(&event.Event{Seq: 1, Kind: event.ViewStart, ViewerTime: base})
		m.Apply(&event.Event{Seq: 2, Kind: event.Playing, ViewerTime: base + int64(v.startup)})
		if v.fails {
			m.Apply(&event.Event{Seq: 3, Kind: event.Error, ViewerTime: base + 1000})
		}
		m.Apply(&event.Event{Seq: 4, Kind: event.ViewEnd, ViewerTime: base + int64(v.watch), Fields: fields})
		view := m.View(Status{})
		number := func(name string) float64 {
			n, ok := view.Number(catalog.MustColumn(name))
			if !ok {
				t.Errorf("view %d: %s is null", i, name)
			}
			return n
		}
		success += number("playback_success_score") / 5
		startup += number("startup_time_score")
		smoothness += number("rebuffer_score")
		overall += number("viewer_experience_score") / 5
		failed += number("playback_failure") / 5
		rebuffered += number("rebuffer_duration")
		rebuffers += number("rebuffer_count")
		watched += number("watch_time")
	}
	within(t, "playback failure", failed, 0.2, 1e-12)
	within(t, "playback success", success, 0.8, 1e-12)
	within(t, "startup score", startup/5, 0.9991008877754212, 1e-14)
	within(t, "rebuffer score", smoothness/5, 0.9523247838020324, 1e-14)
	within(t, "rebuffer percentage", rebuffered/watched, 0.0005564916895943838, 1e-18)
	within(t, "rebuffer frequency", rebuffers/(watched/60000), 0.11674650830651406, 1e-15)
	within(t, "overall", overall, 0.7803472280502319, 1e-4) // its formula is not published
}

// equal compares two views whole.
func equal(t testing.TB, what string, got, want *View) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(View{}), sameFloats); diff != "" {
		t.Errorf("%s: another view (-want +got):\n%s", what, diff)
	}
}

var sameFloats = cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) })

// indices are the numbers below n, each of them times over.
func indices(n, times int) []int {
	var list []int
	for range times {
		for i := range n {
			list = append(list, i)
		}
	}
	return list
}

// TestOutcomes checks what Apply says.
func TestOutcomes(t *testing.T) {
	m := NewMachine("env", "sdk", Scoring{})
	for _, c := range []struct {
		seq  int64
		time int64
		want Outcome
	}{
		{1, base, Applied},
		{3, base + 3, Applied},
		{2, base + 2, Applied},
		{3, base + 3, Duplicate},
		{0, base, Applied},
		{0, base, Duplicate},
		{0, base + 1, Applied},
		{-1, base + 1, Duplicate},
	} {
		e := event.Event{Seq: c.seq, Kind: event.Heartbeat, ViewerTime: c.time, Origin: &event.Origin{Received: base}}
		if got := m.Apply(&e); got != c.want {
			t.Errorf("event %d at %d: got %v, want %v", c.seq, c.time, got, c.want)
		}
	}
}

// TestOverflow applies more events than a view may have, in and out of order.
func TestOverflow(t *testing.T) {
	const n = MaxEvents + 50
	events := make([]event.Event, 0, n+MaxVitalEvents+10)
	for i := range int64(n) {
		events = append(events, event.Event{
			Seq: i + 1, Kind: event.Heartbeat, ViewerTime: base + i,
			Fields: []event.Value{{Field: fieldWatchTime, Num: float64(i)}}, Origin: &event.Origin{Received: base + i},
		})
	}
	events[0].Kind = event.ViewStart
	for i := range int64(MaxVitalEvents + 10) {
		events = append(events, event.Event{
			Seq: n + 1 + i, Kind: event.Error, ViewerTime: base + n + i, Origin: &event.Origin{Received: base + n + i},
			Fields: []event.Value{{Field: fieldErrorCode, Text: fmt.Sprint(i)}},
		})
	}
	fold := func(order []int) (*View, int) {
		m, over := NewMachine("env", "sdk", Scoring{}), 0
		for _, i := range order {
			if m.Apply(&events[i]) == Overflow {
				over++
			}
		}
		return m.View(Status{}), over
	}
	inOrder := indices(len(events), 1)
	want, over := fold(inOrder)
	if over != 60 {
		t.Errorf("%d events beyond the bounds, want 60", over)
	}
	if got := len(want.Events); got != MaxEvents+MaxVitalEvents {
		t.Errorf("%d events kept, want %d", got, MaxEvents+MaxVitalEvents)
	}
	for name, value := range map[string]string{
		"watch_time": fmt.Sprint(n - 1), "player_error_code": fmt.Sprint(MaxVitalEvents - 1), "playback_failure": "1",
	} {
		if got := written(want, name); got != value {
			t.Errorf("%s is %s, want %s", name, got, value)
		}
	}
	slices.Reverse(inOrder)
	got, _ := fold(inOrder)
	equal(t, "in reverse", got, want)
	shuffled := rand.New(rand.NewPCG(1, 2)).Perm(len(events))
	got, _ = fold(append(shuffled, shuffled...))
	equal(t, "shuffled, twice", got, want)
}

// TestLargeEvents applies more bytes than are kept of a view, in several
// orders. Of 3000 events of 1 to 4 KiB the first ones are kept, even where a
// later one would still fit.
func TestLargeEvents(t *testing.T) {
	for first := range 4 {
		largeEvents(t, first)
	}
}

func largeEvents(t *testing.T, first int) {
	const n = 3000
	events := make([]event.Event, n)
	size, fit := 0, 0
	for i := range events {
		text := strings.Repeat("x", 1024*(1+(first+i)%4))
		e := event.Event{
			Seq: int64(i + 1), Kind: event.RequestCompleted, ViewerTime: base, Playhead: event.NoPlayhead, Origin: &event.Origin{Received: base},
			Fields: []event.Value{{Field: fieldRequestURL, Text: text}},
		}
		events[i] = e
		if size += len(pack(nil, &e, classOf(e.Kind))); size <= maxBytes {
			fit++
		}
	}
	for round := range 3 {
		m := NewMachine("env", "sdk", Scoring{})
		for _, i := range order(n, round) {
			m.Apply(&events[i])
		}
		list := m.View(Status{}).Events
		if len(list) != fit || list[len(list)-1].Seq != int64(fit) {
			t.Errorf("round %d: %d events up to %d, want the first %d", round, len(list), list[len(list)-1].Seq, fit)
		}
	}
}

// TestLongTexts checks that texts are cut at a whole letter and made valid.
func TestLongTexts(t *testing.T) {
	for in, want := range map[string]string{
		strings.Repeat("a", maxText+1):       strings.Repeat("a", maxText),
		strings.Repeat("a", maxText-1) + "é": strings.Repeat("a", maxText-1),
		strings.Repeat("a", maxText-2) + "é": strings.Repeat("a", maxText-2) + "é",
		"a\xffb":                             "a\uFFFDb",
	} {
		if got := clean(in, maxText); got != want {
			t.Errorf("text of %d bytes: got %d bytes ending in %q, want %d", len(in), len(got), got[max(0, len(got)-4):], len(want))
		}
	}
}

// TestKeepsNothing checks that an event can be used again once applied.
func TestKeepsNothing(t *testing.T) {
	text := []byte("title")
	fields := []event.Value{{Field: event.MustLookup("video_title"), Text: string(text)}}
	e := event.Event{Seq: 1, Kind: event.ViewStart, ViewerTime: base, Fields: fields, Origin: &event.Origin{Received: base}}
	m := NewMachine("env", "sdk", Scoring{})
	m.Apply(&e)
	fields[0] = event.Value{Field: fieldWatchTime, Num: 9}
	e.Origin.Received = 0
	if got := written(m.View(Status{}), "video_title"); got != "title" {
		t.Errorf("title is %s", got)
	}
}
