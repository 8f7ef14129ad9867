package replay

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"playhead/internal/catalog"
	"playhead/internal/event"
	"playhead/internal/journal/segment"
	"playhead/internal/view"
)

var (
	errFire  = errors.New("the disk is on fire")
	errTwice = errors.New("a view is stored twice")
)

// noon is when the views of these tests begin, in ms since 1970.
const noon = int64(1_700_000_000_000)

const minute, hour = int64(60_000), int64(3_600_000)

// TestNothingDiffers replays after servers that crashed and started again at
// random moments: right after the last crash, and after a start that caught up.
func TestNothingDiffers(t *testing.T) {
	dir := t.TempDir
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, dir())
		defer w.stop()
		w.hold = true
		now := noon
		kinds := []event.Kind{event.ViewStart, event.Play, event.Playing, event.Heartbeat, event.PlayerReady, event.ViewEnd}
		for range rapid.IntRange(1, 60).Draw(t, "records") {
			now += rapid.SampledFrom([]int64{0, 1000, 10_000, 61_000, hour + 1000}).Draw(t, "pause")
			if rapid.Bool().Draw(t, "tick") {
				w.tick(now)
				continue
			}
			w.say(now, event.Event{
				View:       rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"}).Draw(t, "view"),
				Seq:        rapid.Int64Range(1, 6).Draw(t, "seq"),
				Kind:       rapid.SampledFrom(kinds).Draw(t, "kind"),
				ViewerTime: now, Playhead: event.NoPlayhead,
			})
		}
		w.flush()
		_, end := w.log.Bounds()
		for range rapid.IntRange(0, 3).Draw(t, "crashes") {
			until := rapid.Int64Range(0, end).Draw(t, "until")
			w.store.passes = rapid.IntRange(-1, 3).Draw(t, "passing")
			w.serve(until, rapid.SliceOfN(rapid.Int64Range(0, end), 1, 4).Draw(t, "commits"))
			w.store.passes = -1
			if w.store.progress.Read > 0 { // else there is nothing yet, and all is missing
				if sum, changes := w.replay(nil); sum.Differs() {
					t.Fatalf("after a crash: %+v: %+v", sum, changes[0])
				}
			}
		}
		w.serveAll()
		if sum, changes := w.replay(nil); sum.Differs() {
			t.Fatalf("after all was read: %+v: %+v", sum, changes[0])
		}
	})
}

// TestChanges changes what the store has of some views, and takes one away and
// puts one there.
func TestChanges(t *testing.T) {
	w := newWorld(t, t.TempDir())
	defer w.stop()
	same := w.watch("same", noon, 10_000)
	row := w.watch("row", noon+minute, 20_000)
	doc := w.watch("document", noon+2*minute, 30_000)
	short := w.watch("without timeline", noon+3*minute, 10_000)
	gone := w.watch("gone", noon+4*minute, 10_000)
	w.tick(noon + 2*hour) // all are final
	late := w.watch("complete at the end", noon+2*hour+minute, 5_000)
	w.say(noon+3*hour, event.Event{View: "in progress", Seq: 1, Kind: event.ViewStart, ViewerTime: noon + 3*hour, Playhead: event.NoPlayhead})
	w.serveAll()
	want := w.store.documents(t)

	// A view of 20 s, by the row 5 s more.
	edit(t, w.store, row, func(v *view.View) { v.SetNumber(watchTime, 25_000) }, true, false)
	edit(t, w.store, doc, func(v *view.View) { v.SetText(catalog.MustColumn("city"), "Ulm"); v.Events[1].Name = "pause" }, false, true)
	w.store.views[short] = view.Stored{Row: w.store.views[short].Row}
	delete(w.store.views, gone)
	foreign := view.NewID(noon+90_000, "env", "foreign")
	w.store.views[foreign] = view.Stored{Row: view.New(foreign)}
	broken := maps.Clone(w.store.views)

	wantChanges := []*Change{
		{What: Changed, ID: row, Environment: "env", SDKID: "row", Columns: []Difference{{"watch_time", int64(25_000), int64(20_000)}}},
		{What: Changed, ID: doc, Environment: "env", SDKID: "document", Columns: []Difference{
			{"city", "Ulm", ""}, {"events", "4, number 2 is pause", "4, number 2 is play"},
		}},
		{What: Missing, ID: gone, Environment: "env", SDKID: "gone"},
		{What: OnlyStored, ID: foreign},
	}
	wantSummary := Summary{Records: 14, Views: 6, Same: 3, Changed: 2, Missing: 1, OnlyStored: 1, Open: 1}
	check := func(what string, sum *Summary, changes []*Change, wantSummary Summary, wantChanges []*Change) {
		t.Helper()
		if d := cmp.Diff(wantChanges, changes); d != "" {
			t.Errorf("%s: changes (-want +got):\n%s", what, d)
		}
		if d := cmp.Diff(wantSummary, *sum, cmpopts.IgnoreUnexported(Summary{})); d != "" {
			t.Errorf("%s: summary (-want +got):\n%s", what, d)
		}
	}
	sum, changes := w.replay(nil)
	check("without writing", sum, changes, wantSummary, wantChanges)
	if d := cmp.Diff(broken, w.store.views, cmp.AllowUnexported(view.View{}), cmpopts.EquateNaNs()); d != "" {
		t.Errorf("the store was changed:\n%s", d)
	}
	if got := tallied(sum, "watch_time"); got != (Tally{Name: "watch_time", Views: 1, Numbers: 1, Mean: 5000, Largest: 5000, Where: row}) {
		t.Errorf("watch_time: %+v", got)
	}

	sum, changes = w.replay(func(c *Config) { c.From, c.To = noon+minute, noon+2*minute })
	check("a time", sum, changes, Summary{Records: 11, Views: 1, Changed: 1, OnlyStored: 1}, []*Change{wantChanges[0], wantChanges[3]})

	position := w.store.progress
	sum, changes = w.replay(func(c *Config) { c.Write = true })
	check("writing", sum, changes, wantSummary, wantChanges)
	sum, changes = w.replay(nil)
	check("afterwards", sum, changes, Summary{Records: 14, Views: 6, Same: 6, OnlyStored: 1, Open: 1}, wantChanges[3:])
	delete(w.store.views, foreign)
	w.store.views[short] = view.Stored{Row: w.store.views[short].Row, Document: []byte(want[short])}
	// What was written has changed since all before record 14 was read.
	for _, id := range []view.ID{row, doc, gone} {
		want[id] = regexp.MustCompile(`"changed_record":\d+`).ReplaceAllString(want[id], `"changed_record":14`)
	}
	if d := cmp.Diff(want, w.store.documents(t)); d != "" {
		t.Errorf("views afterwards (-want +got):\n%s", d)
	}
	if w.store.progress != position {
		t.Errorf("the position moved from %+v to %+v", position, w.store.progress)
	}
	for _, id := range []view.ID{same, late} {
		if _, ok := w.store.views[id]; !ok {
			t.Errorf("view %s is gone", id)
		}
	}
}

// TestRecordOfCompletion changes the record by which a view was complete. That a
// version before did not say it is no difference.
func TestRecordOfCompletion(t *testing.T) {
	w := newWorld(t, t.TempDir())
	defer w.stop()
	old, wrong := w.watch("old", noon, 10_000), w.watch("wrong", noon+minute, 10_000)
	w.serveAll()
	record := catalog.MustColumn("complete_record")
	is, known := w.store.views[wrong].Row.Number(record)
	if !known {
		t.Fatal("it is not known by which record a view was complete")
	}
	edit(t, w.store, old, func(v *view.View) { v.SetNumber(record, math.NaN()) }, true, true)
	edit(t, w.store, wrong, func(v *view.View) { v.SetNumber(record, is+1) }, true, true)
	want := []*Change{{
		What: Changed, ID: wrong, Environment: "env", SDKID: "wrong",
		Columns: []Difference{{"complete_record", int64(is + 1), int64(is)}},
	}}
	if sum, changes := w.replay(nil); cmp.Diff(want, changes) != "" || sum.Same != 1 {
		t.Errorf("changes (-want +got):\n%s\n%+v", cmp.Diff(want, changes), sum)
	}
}

// TestScores replays with other weights of the overall score: nothing but the
// score may change.
func TestScores(t *testing.T) {
	w := newWorld(t, t.TempDir())
	defer w.stop()
	// A startup of four seconds is worse than the rest of the view, so that it
	// matters what it weighs. A view without startup has the same score in each part.
	at := func(seq int64, kind event.Kind, at int64) event.Event {
		return event.Event{View: "slow", Player: "p", Seq: seq, Kind: kind, ViewerTime: at, Playhead: event.NoPlayhead}
	}
	w.say(noon, at(1, event.ViewStart, noon), at(2, event.Play, noon), at(3, event.Playing, noon+4000), at(4, event.ViewEnd, noon+60_000))
	w.serveAll()
	w.rules.Scoring.SmoothnessOverStartup = 0.1
	sum, changes := w.replay(nil)
	if sum.Changed != 1 || len(changes[0].Metrics) != 1 || len(changes[0].Columns) != 0 || changes[0].Metrics[0].Name != "viewer_experience_score" {
		t.Errorf("%+v, %+v; want the score alone to change", sum, changes)
	}
}

// TestLostStore replays into an empty store, is interrupted by an error, and
// does it again. A server that starts then has nothing left to do, and finds
// what a server would have made of the journal by itself.
func TestLostStore(t *testing.T) {
	w := newWorld(t, t.TempDir())
	defer w.stop()
	w.hold = true
	for i := range int64(25) { // a hundred views in each beacon
		var events []event.Event
		for j := range 100 {
			for seq, kind := range []event.Kind{event.ViewStart, event.Play, event.ViewEnd} {
				events = append(events, event.Event{View: fmt.Sprintf("%d/%d", i, j), Seq: int64(seq), Kind: kind, ViewerTime: noon, Playhead: event.NoPlayhead})
			}
		}
		w.say(noon+i*10*minute, events...)
	}
	w.say(noon+5*hour, event.Event{View: "in progress", Seq: 1, Kind: event.ViewStart, ViewerTime: noon, Playhead: event.NoPlayhead})
	w.flush()
	w.serveAll()
	want, progress := w.store.documents(t), w.store.progress

	w.store = newMemoryStore()
	w.store.passes = 1
	c := w.config()
	c.Write = true
	if _, err := Run(t.Context(), c); !errors.Is(err, errFire) {
		t.Fatalf("replay: %v, want the store's error", err)
	}
	w.store.passes = -1
	if sum, _ := w.replay(func(c *Config) { c.Write = true }); sum.Missing+sum.Same != int64(len(want)) || sum.Same == 0 || sum.Missing == 0 {
		t.Errorf("second run: %+v, want a part of %d missing", sum, len(want))
	}
	if d := cmp.Diff(progress, w.store.progress); d != "" {
		t.Errorf("position (-want +got):\n%s", d)
	}
	w.serveAll()
	if d := cmp.Diff(want, w.store.documents(t)); d != "" {
		t.Errorf("views (-want +got):\n%s", d)
	}
}

// TestHeldInPart deletes the beginning of the journal: views of which records
// may be gone are not judged, unless there is nothing better.
func TestHeldInPart(t *testing.T) {
	w := newWorld(t, t.TempDir())
	defer w.stop()
	at := func(seq int64, kind event.Kind, at int64) event.Event {
		return event.Event{View: "cut", Seq: seq, Kind: kind, ViewerTime: at, Playhead: event.NoPlayhead}
	}
	w.say(noon, at(1, event.ViewStart, noon))
	w.say(noon+minute/2, at(2, event.Heartbeat, noon+minute/2))
	for i := range int64(20) {
		w.tick(noon + minute/2 + i)
	}
	w.say(noon+minute, at(3, event.Play, noon+minute), at(4, event.ViewEnd, noon+minute))
	whole := w.watch("whole", noon+2*minute, 5_000)
	w.watch("whole too", noon+3*hour, 5_000)
	w.serveAll()
	if _, _, err := w.log.Trim(segment.Retention{Needed: 10, OlderThan: noon + minute/2 + 10}); err != nil {
		t.Fatal(err)
	}
	if oldest, _ := w.log.Bounds(); oldest == 0 {
		t.Fatal("nothing was deleted")
	}
	sum, changes := w.replay(nil)
	// The stored view of "whole" is there: then it is known to begin where it does.
	if sum.Differs() || sum.Part != 1 || sum.Same != 2 {
		t.Errorf("%+v, %+v; want 1 held in part and 2 the same", sum, changes)
	}
	delete(w.store.views, whole)
	if sum, _ := w.replay(nil); sum.Differs() || sum.Part != 2 || sum.Same != 1 {
		t.Errorf("without the stored view: %+v; want 2 held in part and 1 the same", sum)
	}
	w.store = newMemoryStore()
	if sum, _ := w.replay(nil); sum.Missing != 3 {
		t.Errorf("without a store: %+v; want 3 missing", sum)
	}
}

// TestHeldInPartOverAnOutage deletes the beginning of a view that an outage of
// two hours keeps open: what is left of it must not pass for a view that is missing.
func TestHeldInPartOverAnOutage(t *testing.T) {
	w := newWorld(t, t.TempDir())
	defer w.stop()
	w.rules.OutageAfter = 30 * time.Minute
	at := func(seq int64, kind event.Kind, at int64) event.Event {
		return event.Event{View: "cut", Seq: seq, Kind: kind, ViewerTime: at, Playhead: event.NoPlayhead}
	}
	w.say(noon, at(1, event.ViewStart, noon))
	for i := range int64(20) {
		w.tick(noon + minute/2 + i)
	}
	w.say(noon+2*hour, at(2, event.Play, noon+2*hour), at(3, event.ViewEnd, noon+2*hour))
	w.tick(noon + 4*hour)
	w.serveAll()
	if len(w.store.views) != 1 {
		t.Fatalf("%d views, want one that goes on after the outage", len(w.store.views))
	}
	if _, _, err := w.log.Trim(segment.Retention{Needed: 15, OlderThan: noon + hour}); err != nil {
		t.Fatal(err)
	}
	if oldest, _ := w.log.Bounds(); oldest == 0 {
		t.Fatal("nothing was deleted")
	}
	if sum, changes := w.replay(nil); sum.Differs() || sum.Part != 1 {
		t.Errorf("%+v, %+v; want 1 held in part", sum, changes)
	}
}

// TestExpired replays a journal that holds more than the retention of views.
func TestExpired(t *testing.T) {
	w := newWorld(t, t.TempDir())
	defer w.stop()
	w.watch("old", noon, 5_000)
	w.watch("new", noon+hour, 5_000)
	w.serveAll()
	clear(w.store.views)
	sum, _ := w.replay(func(c *Config) { c.Write, c.Expired = true, noon+hour })
	if sum.Expired != 1 || sum.Missing != 1 || len(w.store.views) != 1 {
		t.Errorf("%+v and %d views; want 1 expired, and 1 missing and stored", sum, len(w.store.views))
	}
}

var watchTime = catalog.MustColumn("watch_time")

// edit changes a stored view: its row, its document or both.
func edit(t *testing.T, s *memoryStore, id view.ID, change func(*view.View), row, document bool) {
	t.Helper()
	old := s.views[id]
	v, err := view.DecodeDocument(old.Document)
	if err != nil {
		t.Fatal(err)
	}
	change(v)
	doc, err := view.EncodeDocument(v)
	if err != nil {
		t.Fatal(err)
	}
	if row {
		old.Row = v
	}
	if document {
		old.Document = doc
	}
	s.views[id] = old
}

func tallied(sum *Summary, name string) Tally {
	for _, t := range sum.Tallies() {
		if t.Name == name {
			return *t
		}
	}
	return Tally{}
}
