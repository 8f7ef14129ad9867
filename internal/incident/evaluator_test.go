package incident

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/meta"
	"playhead/internal/view"
)

// TestEachViewOnce has views be complete, by records of which some make many
// complete, while steps fail before and after they are durable, what is read ends in
// the middle, and the process dies between any two steps. Whatever happens, each
// environment has seen each of its views once and in order, and people have been told of each
// event once.
func TestEachViewOnce(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := newBench("a", "b")
		trouble := rapid.IntRange(0, 3).Draw(r, "trouble") // of so many in four
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 0))
		chance := func() bool { return random.IntN(4) < trouble }
		quiet := true
		b.records.fails = func(meta.Evaluation) error {
			if b.records.failsLate = chance(); !quiet && chance() {
				return errDisk
			}
			return nil
		}
		b.views.fails = func() bool { return !quiet && random.IntN(30) < trouble }
		e := b.start(t, 0)
		quiet = false
		var record int64
		failing := map[string]bool{} // by environment and title
		want := map[string][]string{}
		var events []string
		for range rapid.IntRange(1, 20).Draw(r, "commits") {
			for range rapid.IntRange(0, 5).Draw(r, "records") {
				record++
				for range rapid.IntRange(0, 3).Draw(r, "views") {
					environment, title := rapid.SampledFrom([]string{"a", "b"}).Draw(r, "environment"), rapid.SampledFrom([]string{"x", "y"}).Draw(r, "title")
					fails := rapid.IntRange(0, 3).Draw(r, "fails") == 0
					var failure int64
					if fails {
						failure = 7
					}
					b.views.complete(environment, title, record, failure)
					want[environment] = append(want[environment], fmt.Sprint(title, len(b.views.views)))
					if key := environment + title; failing[key] != fails {
						failing[key] = fails
						events = append(events, fmt.Sprint(key, fails, len(b.views.views)))
					}
				}
			}
			record++
			e.Stored(record)
			for range rapid.IntRange(0, 3).Draw(r, "steps") {
				if _, err := e.step(t.Context()); err != nil {
					e.fail(err)
				}
				if chance() {
					e = b.start(t, record)
				}
			}
		}
		quiet = true
		b.all(t, e)
		for _, environment := range b.names {
			if diff := cmp.Diff(want[environment], b.records.seenBy(t, environment)); diff != "" {
				r.Errorf("environment %s has seen (-want +got):\n%s", environment, diff)
			}
		}
		var got []string
		for _, told := range b.records.told {
			i, at := told.Incident, told.Incident.StartedAt
			if told.Event == meta.Closed {
				at = *i.ResolvedAt
			}
			got = append(got, fmt.Sprint(i.EnvironmentID+i.Key, told.Event == meta.Opened, at.UnixMilli()-noon.UnixMilli()))
		}
		slices.Sort(events) // environments of a step come in any order
		slices.Sort(got)
		if diff := cmp.Diff(events, got); diff != "" {
			r.Errorf("people were told (-want +got):\n%s", diff)
		}
		if e.memory.position != record {
			r.Errorf("evaluated to %d, want %d", e.memory.position, record)
		}
	})
}

// TestStepEndsBetweenRecords has more views than a step takes, many of them of the
// same record: a position in their midst would have some of them looked at twice, or never.
func TestStepEndsBetweenRecords(t *testing.T) {
	b := newBench("a")
	e := b.start(t, 0)
	for i := range int64(2*stepViews + 10) {
		record := i / 3 // 3 views of a record
		if i > 100 && i < stepViews+50 {
			record = 40 // all of one
		}
		b.views.complete("a", "x", max(record, 40*min(i/100, 1)), 0)
	}
	slices.SortStableFunc(b.views.views, func(v, w *view.View) int { return int(whole(v, completeColumn) - whole(w, completeColumn)) })
	e.Stored(1 << 20)
	more, err := e.step(t.Context())
	if err != nil || !more {
		t.Fatalf("first step: more %v, %v; want true", more, err)
	}
	first := len(b.records.seenBy(t, "a"))
	for _, v := range b.views.views[:first] {
		if record := whole(v, completeColumn); record >= b.records.position {
			t.Fatalf("a view of record %d has been looked at; the position is %d", record, b.records.position)
		}
	}
	if next := whole(b.views.views[first], completeColumn); next < b.records.position {
		t.Fatalf("a view of record %d has not been looked at; the position is %d", next, b.records.position)
	}
	b.all(t, e)
	if got := len(b.records.seenBy(t, "a")); got != len(b.views.views) {
		t.Errorf("%d views have been looked at, want %d", got, len(b.views.views))
	}
}

// TestLearn starts for the first time with a store that has a past: views that were
// made up, some of an earlier version, and some of this one. What was wrong then
// is found, and nobody is told. Views that come later are news.
func TestLearn(t *testing.T) {
	b := newBench("a", "b")
	b.views.complete("a", "old", -1, 7) // 1
	b.views.complete("a", "old", -1, 0) // 2
	b.views.complete("b", "old", -1, 7) // 3
	b.views.complete("a", "new", 90, 7) // 4
	ancient := b.views.complete("a", "ancient", -1, 7)
	ancient.SetNumber(endColumn, float64(b.now.Add(-30*24*time.Hour-time.Second).UnixMilli()))
	failures := 3 // of the steps that learn
	b.records.fails = func(e meta.Evaluation) error {
		if failures--; failures >= 0 {
			return errDisk
		}
		return nil
	}
	e := b.start(t, 100)
	later := func(title string, record, failure int64) {
		b.views.complete("a", title, record, failure)
		e.Stored(record + 1)
	}
	later("new", 100, 7) // 6: the incident goes on
	b.all(t, e)
	later("new", 105, 0) // 7: and ends
	e = b.start(t, 106)
	b.all(t, e)
	want := map[string][]string{"a": {"old1", "old2", "new4", "new6", "new7"}, "b": {"old3"}}
	for environment, views := range want {
		if diff := cmp.Diff(views, b.records.seenBy(t, environment)); diff != "" {
			t.Errorf("%s has seen (-want +got):\n%s", environment, diff)
		}
	}
	is := map[string]string{}
	for _, i := range b.records.incidents {
		is[i.EnvironmentID+" "+i.Key] = i.Status
	}
	if diff := cmp.Diff(map[string]string{"a old": "closed", "b old": "open", "a new": "closed"}, is); diff != "" {
		t.Errorf("incidents (-want +got):\n%s", diff)
	}
	if n := len(b.records.told); n != 1 || b.records.told[0].Event != meta.Closed || b.records.told[0].Incident.Key != "new" {
		t.Errorf("people were told %d times: %v; want of the end of what still was wrong", n, b.records.told)
	}
}

// TestLearnNewEnvironment has an environment be made while the evaluator runs, and one
// that has only a past get its state once.
func TestLearnNewEnvironment(t *testing.T) {
	b := newBench("a")
	e := b.start(t, 5)
	b.all(t, e)
	b.names = append(b.names, "b")
	b.views.complete("b", "x", 5, 7)
	b.views.complete("nobody's", "x", 6, 7)
	e.Stored(7)
	b.all(t, e)
	if diff := cmp.Diff([]string{"x1"}, b.records.seenBy(t, "b")); diff != "" {
		t.Errorf("seen (-want +got):\n%s", diff)
	}
	if len(b.records.told) != 1 || b.notices != 1 {
		t.Errorf("people were told %v, by %d notices; want one", b.records.told, b.notices)
	}
	if n := figure(t, e, "playhead_incident_left_out_views_total", "environment"); n != 1 {
		t.Errorf("%v views are counted as left out, want 1", n)
	}
}

// TestResume starts over records that are ahead of the store, as after a backup has been
// restored: views of records that come again, with other content, are looked at.
func TestResume(t *testing.T) {
	b := newBench("a")
	b.records.position, b.records.positioned = 500, true
	b.records.fails = func(meta.Evaluation) error { return errDisk }
	e := b.start(t, 100) // the records take nothing at the time
	if b.records.position != 500 {
		t.Fatal("the position was written though it could not be")
	}
	b.records.fails = nil
	b.views.complete("a", "x", 101, 0)
	e.Stored(110)
	b.all(t, e)
	if diff := cmp.Diff([]string{"x1"}, b.records.seenBy(t, "a")); diff != "" || b.records.position != 110 {
		t.Errorf("evaluated to %d, want 110; seen (-want +got):\n%s", b.records.position, diff)
	}
	b.records.unread = errDisk
	if err := e.Resume(t.Context(), 110); !errors.Is(err, errDisk) {
		t.Errorf("resume = %v, want that nothing can be read", err)
	}
}

// TestPoisonedView has a view that no detector can take: it is left out and counted, and
// the others are looked at.
func TestPoisonedView(t *testing.T) {
	b := newBench("a")
	e := b.start(t, 0)
	for i, title := range []string{"x", "poison", "y", "poison", "z"} {
		b.views.complete("a", title, int64(i), 0)
	}
	e.Stored(10)
	b.all(t, e)
	if diff := cmp.Diff([]string{"x1", "y3", "z5"}, b.records.seenBy(t, "a")); diff != "" {
		t.Errorf("seen (-want +got):\n%s", diff)
	}
	if n := figure(t, e, "playhead_incident_left_out_views_total", "bug"); n < 2 {
		t.Errorf("%v views are counted as left out, want at least 2", n)
	}
}

// TestHours has time go on without views: detectors are told every ten seconds, and
// not while there are views that they have not seen.
func TestHours(t *testing.T) {
	b := newBench("a")
	e := b.start(t, 0)
	b.views.complete("a", "x", 1, 0)
	e.Stored(2)
	known := true
	e.cfg.Known = func(now time.Time) (time.Time, bool) { return now.Add(-time.Hour), known }
	advanced := func() int64 {
		b.all(t, e)
		return e.memory.detectors["a"].(*clerk).advanced
	}
	want := b.now.Add(-time.Hour).UnixMilli()
	if got := advanced(); got != want {
		t.Errorf("first: told that it is %d, want %d", got, want)
	}
	b.now = b.now.Add(9 * time.Second)
	if got := advanced(); got != want {
		t.Errorf("soon after: told that it is %d, want %d as before", got, want)
	}
	b.now = b.now.Add(time.Second)
	if got := advanced(); got != want+10_000 {
		t.Errorf("later: told that it is %d, want %d", got, want+10_000)
	}
	b.now, known = b.now.Add(time.Hour), false
	if got := advanced(); got != want+10_000 {
		t.Errorf("when nothing is known: told that it is %d, want %d as before", got, want+10_000)
	}
}

// TestFailing has the records take nothing for a while: that is told, and how long
// views have been waiting, until it is over.
func TestFailing(t *testing.T) {
	b := newBench("a")
	e := b.start(t, 0)
	b.views.complete("a", "x", 1, 7)
	e.Stored(2)
	b.records.fails = func(meta.Evaluation) error { return errDisk }
	fail := func() {
		_, err := e.step(t.Context())
		if err == nil {
			t.Fatal("a step that cannot be durable has not failed")
		}
		e.fail(err)
	}
	fail()
	b.now = b.now.Add(29 * time.Second)
	fail()
	if err := e.Failing(30 * time.Second); err != nil {
		t.Errorf("after 29 s: %v", err)
	}
	b.now = b.now.Add(time.Second)
	err := e.Failing(30 * time.Second)
	if want := "incidents have not been evaluated for 30s: make incidents durable: the disk takes nothing"; err == nil || err.Error() != want {
		t.Errorf("after 30 s: %v; want %s", err, want)
	}
	if lag := e.lag(); lag != 30 {
		t.Errorf("views have waited for %v s, want 30", lag)
	}
	if len(b.records.told) != 0 || b.notices != 0 {
		t.Error("people were told of what is not durable")
	}
	b.records.fails = nil
	b.all(t, e)
	e.failing.end()
	if err, lag := e.Failing(0), e.lag(); err != nil || lag != 0 {
		t.Errorf("when it goes on: %v, and views have waited for %v s", err, lag)
	}
	if len(b.records.told) != 1 || b.notices != 1 {
		t.Errorf("people were told %v, by %d notices; want one", b.records.told, b.notices)
	}
}

// TestRun has the evaluator run by itself: it wakes when views are stored.
func TestRun(t *testing.T) {
	b := newBench("a")
	e := b.start(t, 0)
	kept := make(chan int64, 100)
	b.records.fails = func(m meta.Evaluation) error {
		if m.Position != nil {
			kept <- *m.Position
		}
		return nil
	}
	b.views.complete("a", "x", 1, 0)
	e.Start(t.Context())
	e.Stored(2)
	for at := range kept {
		if at == 2 {
			break
		}
	}
	if err := e.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	if err := e.Stop(t.Context()); err != nil {
		t.Errorf("second stop: %v", err)
	}
	if diff := cmp.Diff([]string{"x1"}, b.records.seenBy(t, "a")); diff != "" {
		t.Errorf("seen (-want +got):\n%s", diff)
	}
}
