package tracker

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/event"
	"playhead/internal/journal"
	"playhead/internal/view"
)

// start is when the views of these tests begin.
const start = int64(1_700_000_000_000)

var (
	videoID   = catalog.MustColumn("video_id")
	dropped   = catalog.MustColumn("view_dropped")
	watchTime = catalog.MustColumn("watch_time")
	sdkName   = catalog.MustColumn("view_id")
)

// folded is a tracker that has folded records, without goroutines.
func folded(t *testing.T, records ...journal.Record) (*Tracker, *memoryStore, *memoryLog) {
	t.Helper()
	log, store := newMemoryLog(), &memoryStore{views: map[view.ID]string{}}
	tr := newTracker(t, log, store)
	if _, err := tr.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	more(t, tr, log, records...)
	return tr, store, log
}

// more has a tracker fold more records.
func more(t *testing.T, tr *Tracker, log *memoryLog, records ...journal.Record) {
	t.Helper()
	if err := log.Append(t.Context(), records...); err != nil {
		t.Fatal(err)
	}
	for _, r := range log.records[tr.fold.read:] {
		tr.add(r)
	}
}

// said is a record of one event of a view, by both clocks some seconds after start.
func said(t *testing.T, sdkID string, seq int64, kind event.Kind, seconds int64, fields ...event.Value) journal.Record {
	at := start + seconds*1000
	return record(t, at, event.Event{View: sdkID, Seq: seq, Kind: kind, ViewerTime: at, Playhead: event.NoPlayhead, Fields: fields})
}

// names are the SDK's ids of views.
func names(list []*view.View) []string {
	var ids []string
	for _, v := range list {
		ids = append(ids, v.Text(sdkName))
	}
	return ids
}

// TestLiveView looks at a view from its first event to its being final.
func TestLiveView(t *testing.T) {
	tr, _, log := folded(t, said(t, "a", 1, event.PlayerReady, 0))
	if v, ok := tr.View("env", "a"); ok {
		t.Errorf("a view that nobody has asked to play is there: %v", v.ID)
	}
	more(t, tr, log, said(t, "a", 2, event.ViewStart, 1))
	id := view.NewID(start, "env", "a")
	look := func(what string, events int, isDropped float64, watched float64, inProgress ...string) {
		t.Helper()
		for _, name := range []string{"a", id.String()} {
			v, ok := tr.View("env", name)
			if !ok || v.ID != id {
				t.Fatalf("%s: no view %s, or another one", what, name)
			}
			d, _ := v.Number(dropped)
			if w, _ := v.Number(watchTime); len(v.Events) != events || d != isDropped || w != watched {
				t.Errorf("%s: %d events, dropped %v, %v ms watched; want %d, %v, %v", what, len(v.Events), d, w, events, isDropped, watched)
			}
		}
		if diff := cmp.Diff(inProgress, names(tr.InProgress("env"))); diff != "" {
			t.Errorf("%s: in progress (-want, +got):\n%s", what, diff)
		}
	}
	look("asked to play", 2, 0, 0, "a")
	more(t, tr, log, said(t, "a", 3, event.Playing, 3))
	look("playing", 3, 0, 2000, "a")
	more(t, tr, log, journal.Record{Time: start + 64_000})
	look("silent for a minute", 4, 1, 2000) // with the end that nobody told
	if err := tr.commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	more(t, tr, log, said(t, "a", 4, event.Heartbeat, 100))
	look("gone on", 4, 0, 99_000, "a")
	more(t, tr, log, said(t, "a", 5, event.ViewEnd, 101))
	look("ended", 5, 0, 100_000)
	more(t, tr, log, journal.Record{Time: start + 3_702_000})
	if v, ok := tr.View("env", "a"); ok {
		t.Errorf("a final view is there: %v", v.ID)
	}
	if v, ok := tr.View("env", id.String()); ok {
		t.Errorf("a final view is there by its id: %v", v.ID)
	}
}

// TestLiveIsNoOlderThanTheStore starts a tracker again: while it reads again
// what the store has already, it says nothing.
func TestLiveIsNoOlderThanTheStore(t *testing.T) {
	tr, store, log := folded(t, said(t, "a", 1, event.ViewStart, 0), said(t, "b", 1, event.ViewStart, 1), said(t, "a", 2, event.ViewEnd, 2))
	if err := tr.commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := newTracker(t, log, store)
	if _, err := again.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, r := range log.records {
		if _, ok := again.View("env", "a"); ok || len(again.InProgress("env")) > 0 {
			t.Errorf("after %d of the %d records of the store there are views", i, len(log.records))
		}
		again.add(r)
	}
	if _, ok := again.View("env", "a"); !ok {
		t.Error("no view a once the store's position is reached")
	}
	if got := names(again.InProgress("env")); !cmp.Equal(got, []string{"b"}) {
		t.Errorf("in progress: %v, want b", got)
	}
}

// TestBegun counts views at both ends of a time, beside one that is complete, some that
// began before and after it, and one that nobody has asked to play.
func TestBegun(t *testing.T) {
	film := event.Value{Field: event.MustLookup("video_id"), Text: "film"}
	tr, _, _ := folded(
		t,
		said(t, "before", 1, event.ViewStart, 0, film),
		said(t, "first", 1, event.ViewStart, 1, film),
		said(t, "complete", 1, event.ViewStart, 2, film),
		said(t, "complete", 2, event.ViewEnd, 2),
		said(t, "not yet", 1, event.PlayerReady, 2, film),
		said(t, "another", 1, event.ViewStart, 2),
		said(t, "last", 1, event.ViewStart, 3, film),
		said(t, "last", 2, event.Playing, 9),
		said(t, "after", 1, event.ViewStart, 4, film),
	)
	for _, c := range []struct {
		environment, value string
		want               int64
	}{{"env", "", 3}, {"env", "film", 2}, {"env", "none", 0}, {"other", "", 0}} {
		if got := tr.Begun(c.environment, videoID, c.value, start+1000, start+3000); got != c.want {
			t.Errorf("of %s, %q: %d views began, want %d", c.environment, c.value, got, c.want)
		}
	}
}

// TestWatching counts the views and viewers of a video.
func TestWatching(t *testing.T) {
	field := func(name, text string) event.Value { return event.Value{Field: event.MustLookup(name), Text: text} }
	film, ann, device := field("video_id", "film"), field("viewer_user_id", "ann"), field("mux_viewer_id", "device")
	tr, _, _ := folded(
		t,
		said(t, "1", 1, event.ViewStart, 0, film, ann),
		said(t, "2", 1, event.ViewStart, 0, film, ann, device),
		said(t, "3", 1, event.ViewStart, 0, film, device),
		said(t, "4", 1, event.ViewStart, 0, film),
		said(t, "5", 1, event.ViewStart, 0, film),
		said(t, "6", 1, event.PlayerReady, 0, film, field("viewer_user_id", "not yet")),
		said(t, "7", 1, event.ViewStart, 0, field("video_id", "other"), field("viewer_user_id", "bob")),
		said(t, "8", 1, event.ViewStart, 0, film, field("viewer_user_id", "gone")),
		said(t, "8", 2, event.ViewEnd, 1),
		said(t, "9", 1, event.ViewStart, 0, field("video_source_url", "https://stream.mux.com/abc.m3u8"), ann),
	)
	for _, c := range []struct {
		environment   string
		column        *catalog.Column
		value         string
		views, viewer int
	}{
		{"env", videoID, "film", 5, 4}, // ann, device, and two of whom nothing is known
		{"env", videoID, "other", 1, 1},
		{"env", videoID, "none", 0, 0},
		{"other", videoID, "film", 0, 0},
		{"env", catalog.MustColumn("playback_id"), "abc", 1, 1},
		{"env", catalog.MustColumn("asset_id"), "abc", 0, 0},
	} {
		if views, viewers := tr.Watching(c.environment, c.column, c.value); views != c.views || viewers != c.viewer {
			t.Errorf("%s of %s, %s: %d views, %d viewers; want %d, %d", c.column.Name, c.environment, c.value, views, viewers, c.views, c.viewer)
		}
	}
}

// TestMostInProgress has more views in progress than are listed: those heard
// of last are.
func TestMostInProgress(t *testing.T) {
	const extra = 5
	now := start
	events := make([]event.Event, 0, MaxInProgress+extra)
	for i := range MaxInProgress + extra {
		events = append(events, event.Event{View: fmt.Sprint(i), Seq: 1, Kind: event.ViewStart, ViewerTime: now})
	}
	tr, _, log := folded(t, record(t, now, events...))
	more(t, tr, log, record(t, now, event.Event{View: "0", Seq: 2, Kind: event.Heartbeat, ViewerTime: now}))
	got := names(tr.InProgress("env"))
	if len(got) != MaxInProgress || got[0] != "0" || got[1] != fmt.Sprint(MaxInProgress+extra-1) || got[len(got)-1] != fmt.Sprint(extra+1) {
		t.Errorf("%d views from %s, %s to %s", len(got), got[0], got[1], got[len(got)-1])
	}
}

// TestLookWhileFolding looks at views of a running tracker from all sides. It
// is for the race detector; in the end the views are all there.
func TestLookWhileFolding(t *testing.T) {
	log, store := newMemoryLog(), &memoryStore{views: map[view.ID]string{}}
	tr := newTracker(t, log, store)
	if err := tr.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	const views, events = 20, 30
	var readers sync.WaitGroup
	done := make(chan struct{})
	for i := range 3 {
		readers.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(i)))
			for {
				select {
				case <-done:
					return
				default:
				}
				tr.View("env", fmt.Sprint(random.IntN(views)))
				tr.InProgress("env")
				tr.Watching("env", videoID, "film")
			}
		})
	}
	for seq := range int64(events) {
		for i := range views {
			kind := event.Heartbeat
			switch seq {
			case 0:
				kind = event.ViewStart
			case events - 1:
				kind = event.ViewEnd
			}
			if err := log.Append(t.Context(), said(t, fmt.Sprint(i), seq+1, kind, seq)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for { // until all is stored
		if p, _ := store.Progress(t.Context()); p.Read == views*events {
			break
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the views were never committed")
		case <-time.After(time.Millisecond):
		}
	}
	close(done)
	readers.Wait()
	if err := tr.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(store.views) != views || store.broken != nil {
		t.Errorf("%d views (%v), want %d", len(store.views), store.broken, views)
	}
}
