package view

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/catalog"
	"playhead/internal/event"
	"playhead/internal/recording"
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

// TestCapturesInAnyOrder replays every capture with its requests in other
// orders, with all of them twice, and event by event in reverse.
func TestCapturesInAnyOrder(t *testing.T) {
	for _, name := range recording.Names(t) {
		requests := requestsOf(t, name)
		want := machines(requests)
		again := func(what string, requests [][]event.Event) {
			got := machines(requests)
			for id, m := range want {
				equal(t, name+" "+what, got[id].View(Status{}), m.View(Status{}))
				if a, b := got[id].Clamped(), m.Clamped(); a != b {
					t.Errorf("%s %s: %d clamped, want %d", name, what, a, b)
				}
			}
		}
		again("twice", append(slices.Clone(requests), requests...))
		r := rand.New(rand.NewPCG(7, uint64(len(requests))))
		for range 5 {
			shuffled := slices.Clone(requests)
			r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			again("in another order", shuffled)
		}
		var single [][]event.Event
		for _, batch := range requests {
			for i := range batch {
				single = append(single, batch[i:i+1])
			}
		}
		slices.Reverse(single)
		again("in reverse", single)
	}
}

// eventGen draws an event out of few numbers, times and values, so that events
// meet: with the same number and another content, without a number, from one
// beacon or several, with absurd times.
func eventGen() *rapid.Generator[event.Event] {
	kind := rapid.SampledFrom(append(slices.Clone(kinds[1:]), "mything", "eventrateexceeded"))
	var fields []event.Field
	for f := range event.Field(event.Count()) {
		if registered[f] != 0 || narrated[f] != 0 {
			fields = append(fields, f)
		}
	}
	value := rapid.Custom(func(t *rapid.T) event.Value {
		v := event.Value{Field: rapid.SampledFrom(fields).Draw(t, "field")}
		if rapid.Bool().Draw(t, "few") {
			v.Field = rapid.SampledFrom([]event.Field{fieldWatchTime, fieldBitrate, fieldCDN, fieldPlayingCumulative}).Draw(t, "field")
		}
		switch {
		case rapid.IntRange(0, 9).Draw(t, "null") == 0:
			v.Null = true
		case isText(v.Field):
			v.Text = rapid.SampledFrom([]string{"", "a", "b", "media", "warning", "pip", "[1,2]", "\xff"}).Draw(t, "text")
		case v.Field.Type() == event.Bool:
			v.Num = float64(rapid.IntRange(0, 1).Draw(t, "truth"))
		default:
			v.Num = rapid.SampledFrom([]float64{-1, 0, 0.5, 1, 7, 1000, 3e5, base, base + 2000, 1e300}).Draw(t, "number")
		}
		return v
	})
	return rapid.Custom(func(t *rapid.T) event.Event {
		return event.Event{
			Seq:        rapid.SampledFrom([]int64{-3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, maxInt + 5}).Draw(t, "seq"),
			Kind:       kind.Draw(t, "kind"),
			Player:     rapid.SampledFrom([]string{"", "p", "q"}).Draw(t, "player"),
			ViewerTime: rapid.SampledFrom([]int64{0, 5, base, base + 10, base + 3000, base + 90*day, math.MaxInt64, math.MinInt64}).Draw(t, "time"),
			Playhead:   rapid.SampledFrom([]int64{event.NoPlayhead, 0, 500}).Draw(t, "playhead"),
			Fields:     rapid.SliceOfN(value, 0, 5).Draw(t, "fields"),
			Origin: &event.Origin{
				Received: rapid.SampledFrom([]int64{base, base + 5, base + 4000}).Draw(t, "received"),
				Sent:     rapid.SampledFrom([]int64{0, base, base - 2000}).Draw(t, "sent"),
				Latest:   rapid.SampledFrom([]int64{0, base, base + 1}).Draw(t, "latest"),
				Client:   rapid.SampledFrom([][]event.Value{nil, client(), client()[:1]}).Draw(t, "client"),
			},
		}
	})
}

// TestAnyOrder folds drawn events in two orders and with repetitions. In one
// of the folds the view is looked at on the way, as its owner does.
func TestAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(eventGen(), 0, 25).Draw(t, "events")
		status := Status{Dropped: rapid.Bool().Draw(t, "dropped"), Resumed: rapid.Bool().Draw(t, "resumed")}
		a, b := NewMachine("env", "sdk", Scoring{}), NewMachine("env", "sdk", Scoring{})
		for i := range events {
			a.Apply(&events[i])
		}
		for _, i := range rapid.Permutation(indices(len(events), 2)).Draw(t, "order") {
			b.Apply(&events[i])
			if i%3 == 0 {
				b.View(status)
			}
		}
		if a.Started() != b.Started() || a.Ended() != b.Ended() || a.FirstReceived() != b.FirstReceived() || a.Clamped() != b.Clamped() {
			t.Fatal("the machines differ")
		}
		if diff := cmp.Diff(a.View(status), b.View(status), cmp.AllowUnexported(View{}), sameFloats); diff != "" {
			t.Fatalf("another view:\n%s", diff)
		}
		checkPlausible(t, a.View(status))
	})
}

// checkPlausible checks what must hold of any view, whatever was sent.
func checkPlausible(t *rapid.T, v *View) {
	for _, c := range catalog.Columns {
		if c.IsText() {
			continue
		}
		n, ok := v.Number(c)
		switch {
		case !ok:
		case math.IsInf(n, 0):
			t.Fatalf("%s is infinite", c.Name)
		case c.Kind == catalog.Bool && n != 0 && n != 1:
			t.Fatalf("%s is %v", c.Name, n)
		case (c.Kind == catalog.Int || c.Kind == catalog.Time) && (n != math.Trunc(n) || n < 0 || n > maxInt):
			t.Fatalf("%s is %v", c.Name, n)
		case c.Unit == "score" && (n < 0 || n > 1):
			t.Fatalf("%s is %v", c.Name, n)
		}
	}
	start, _ := v.Number(colStart)
	if end, _ := v.Number(colEnd); start > end {
		t.Fatal("ends before it starts")
	}
}

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
