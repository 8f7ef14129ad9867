package tracker

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/event"
	"playhead/internal/view"
)

// part is what a test looks at of a view.
type part struct {
	title, viewer           string
	watched, rebuffers      float64 // -1 is null
	startup, playing        float64
	dropped, success, start float64
}

func partOf(t *testing.T, doc string) part {
	t.Helper()
	v, err := view.DecodeDocument([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	number := func(name string) float64 {
		n, ok := v.Number(catalog.MustColumn(name))
		if !ok {
			return -1
		}
		return n
	}
	return part{
		title: v.Text(catalog.MustColumn("video_title")), viewer: v.Text(catalog.MustColumn("viewer_user_id")),
		watched: number("watch_time"), rebuffers: number("rebuffer_count"), startup: number("video_startup_time"),
		playing: number("playing_time"), dropped: number("view_dropped"), success: number("playback_success_score"), start: number("view_start"),
	}
}

// TestLongView has a viewer watch a live channel for two and a half days. Each day
// is a view, which begins with what the player said on the first one; together
// they have what the player adds up, and no second startup.
func TestLongView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, store := newMemoryLog(), &memoryStore{views: map[view.ID]string{}}
		tr := newTracker(t, log, store)
		tr.cfg.MaxAge = 24 * time.Hour
		tr.fold.open.silence.Outage = 30_000
		if err := tr.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		began, seq := time.Now().UnixMilli(), int64(0)
		say := func(kind event.Kind, fields ...event.Value) {
			seq++
			now := time.Now().UnixMilli()
			if err := log.Append(t.Context(), record(t, now, event.Event{View: "a", Seq: seq, Kind: kind, ViewerTime: now, Fields: fields})); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		number := func(name string, n float64) event.Value { return event.Value{Field: event.MustLookup(name), Num: n} }
		say(event.ViewStart, number("view_start", float64(began)),
			event.Value{Field: event.MustLookup("video_title"), Text: "News"}, event.Value{Field: event.MustLookup("viewer_user_id"), Text: "Ann"})
		<-time.After(time.Second)
		say(event.Playing, number("view_watch_time", 1000), number("view_time_to_first_frame", 1000))
		const hour = 3_600_000
		for halves := 1; halves <= 2*60; halves++ {
			<-time.After(30 * time.Minute)
			playing := float64(halves * hour / 2)
			say(event.Heartbeat, number("view_watch_time", 1000+playing), number("view_playing_time", playing),
				number("view_rebuffer_count", float64(halves/20)), number("view_start", float64(began)))
		}
		<-time.After(2 * time.Second)
		say(event.ViewEnd)
		<-time.After(time.Minute)
		synctest.Wait()
		if err := tr.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if store.broken != nil {
			t.Fatal(store.broken)
		}

		var got []part
		for _, doc := range store.views {
			got = append(got, partOf(t, doc))
		}
		slices.SortFunc(got, func(a, b part) int { return int(a.start - b.start) })
		for i := range got { // starts are told apart by the hour
			got[i].start = float64(int(got[i].start-float64(began)) / 3_600_000)
		}
		// The player has said 24 h and 2 stalls by the end of the first day, 48 h
		// and 4 by that of the second, and 60 h and 6 in the end. A view that is
		// a day old ends while it is in progress, a moment after an event.
		want := []part{
			{"News", "Ann", 1000 + 24*hour, 2, 1000, 24 * hour, 1, 1, 0},
			{"News", "Ann", 24 * hour, 2, -1, 24 * hour, 1, 1, 24},
			{"News", "Ann", 12 * hour, 2, -1, 12 * hour, 0, 1, 48},
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(part{})); diff != "" {
			t.Errorf("views (-want +got):\n%s", diff)
		}
	})
}

// TestRepeatedAfterRenewal sends events of the view before once more, and totals
// that have begun anew: neither may count in the view that goes on.
func TestRepeatedAfterRenewal(t *testing.T) {
	o := newOpenViews(testRules())
	watched := func(seq, ms int64, kind event.Kind) *event.Event {
		e := testEvent("a", seq, kind, 1000*seq)
		e.Fields = []event.Value{{Field: event.MustLookup("view_watch_time"), Num: float64(ms)}}
		return e
	}
	o.apply("env", watched(1, 10, event.ViewStart), 0, 1000)
	o.apply("env", watched(5, 5000, event.Heartbeat), 1, 5000)
	o.now = 90_000_000
	list := o.tooOld(86_400_000)
	if len(list) != 1 {
		t.Fatalf("%d views are too old, want 1", len(list))
	}
	o.renew(&list[0], 2, 90_000_000)
	v := o.byKey[key{"env", "a"}]
	for _, step := range []struct {
		event   *event.Event
		outcome view.Outcome
		want    float64
	}{
		{watched(4, 4000, event.Heartbeat), view.Duplicate, 0},
		{watched(6, 6500, event.Heartbeat), view.Applied, 1500},
		{watched(7, 300, event.Heartbeat), view.Applied, 300},
	} {
		if got := o.apply("env", step.event, 3, 90_001_000); got != step.outcome {
			t.Errorf("event %d was %s, want %s", step.event.Seq, got, step.outcome)
		}
		built, err := v.build()
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := built.Number(catalog.MustColumn("watch_time")); got != step.want {
			t.Errorf("after event %d: watched %v ms, want %v", step.event.Seq, got, step.want)
		}
	}
	if got := len(o.pending); got != 1 {
		t.Errorf("%d views wait to be committed, want the one before", got)
	}
}

// TestRepeatedForEver has a player send the end of its view again and again: the
// view must not be open, and the journal kept, for ever.
func TestRepeatedForEver(t *testing.T) {
	o := newOpenViews(testRules())
	o.apply("env", testEvent("a", 1, event.ViewStart, 1000), 0, 1000)
	for minutes := int64(0); minutes <= 25*60; minutes += 10 {
		at := 1000 + 60_000*minutes
		o.advance(at)
		o.apply("env", testEvent("a", 2, event.ViewEnd, 1000), minutes+1, at)
		list := o.tooOld(24 * 3_600_000)
		want := []renewal(nil)
		if minutes == 25*60 { // a day, and the hour that silence would take
			want = []renewal{{Environment: "env", View: "a"}}
		}
		if diff := cmp.Diff(want, list, cmp.AllowUnexported(before{})); diff != "" {
			t.Errorf("after %d minutes (-want +got):\n%s", minutes, diff)
		}
	}
	o.renew(&renewal{Environment: "env", View: "a"}, 9999, 1000+3_600_000*25)
	if o.len() != 0 || o.resume(10_000) != 10_000 {
		t.Errorf("%d views are open, and the journal is needed from %d; want none", o.len(), o.resume(10_000))
	}
}

// TestAge counts the age of views without outages: a clock that jumps must not
// end them all.
func TestAge(t *testing.T) {
	rules := testRules()
	rules.OutageAfter = 30 * time.Second
	o := newOpenViews(rules)
	for i, at := range []int64{1000, 2000, 90_000_000} {
		o.advance(at)
		o.apply("env", testEvent(fmt.Sprint(i), 1, event.ViewStart, at), int64(i), at)
	}
	if list := o.tooOld(60_000); len(list) != 0 {
		t.Errorf("%d views are older than a minute after a jump of a day, want none", len(list))
	}
	for at := int64(90_000_000); at <= 90_058_000; at += 1000 {
		o.advance(at)
		if at == 90_030_000 {
			o.apply("env", testEvent("0", 2, event.Heartbeat, at), 3, at)
		}
	}
	if list := o.tooOld(60_000); len(list) != 1 || list[0].View != "0" {
		t.Errorf("views %v are older than a minute, want the first, which is 60 s old", list)
	}
}

// TestClockJumps sets the clock forward by a day while somebody watches: the view
// goes on, and is complete when it ends. See [TestClockSetBack] for the other way.
func TestClockJumps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, store := newMemoryLog(), &memoryStore{views: map[view.ID]string{}}
		var ahead atomic.Int64
		tr := newTracker(t, log, store)
		tr.cfg.Clock = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		tr.cfg.MaxAge, tr.fold.open.silence.Outage = 2*time.Hour, 30_000
		if err := tr.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i := range int64(30) { // five minutes
			if i == 10 {
				ahead.Store(int64(24 * time.Hour))
			}
			now := tr.cfg.Clock().UnixMilli()
			kind := event.Heartbeat
			if i == 0 {
				kind = event.ViewStart
			}
			if err := log.Append(t.Context(), record(t, now, event.Event{View: "a", Seq: i + 1, Kind: kind, ViewerTime: time.Now().UnixMilli()})); err != nil {
				t.Fatal(err)
			}
			<-time.After(10 * time.Second)
			synctest.Wait()
			tr.mu.Lock()
			v := tr.fold.open.byKey[key{"env", "a"}]
			same := v != nil && !v.complete() && v.first.record == 0
			tr.mu.Unlock()
			if !same {
				t.Fatalf("after event %d the view is not in progress", i)
			}
		}
		<-time.After(time.Minute)
		synctest.Wait()
		if err := tr.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(store.views) != 1 || store.broken != nil {
			t.Errorf("%d views are stored (%v), want 1", len(store.views), store.broken)
		}
	})
}
