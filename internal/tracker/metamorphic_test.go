package tracker

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/event"
	"playhead/internal/event/eventtest"
	"playhead/internal/journal"
	"playhead/internal/view"
	"playhead/internal/view/viewtest"
)

// arrival is a beacon of a view, and when it comes to the journal.
type arrival struct {
	view   string
	at     int64
	events []event.Event
	again  bool // it came before
}

// drawArrivals draws the beacons of some views that could be real, in the order of
// the journal: those of each view one after the other, between those of others.
// No view is final before the end.
func drawArrivals(t *rapid.T) []arrival {
	stories := map[string][]arrival{}
	for _, name := range []string{"a", "b", "c"}[:rapid.IntRange(1, 3).Draw(t, "views")] {
		stories[name] = beaconsOf(name, eventtest.Story().Draw(t, name))
	}
	var list []arrival
	for now := int64(eventtest.Base); len(stories) > 0; {
		names := make([]string, 0, len(stories))
		for name := range stories {
			names = append(names, name)
		}
		slices.Sort(names)
		name := rapid.SampledFrom(names).Draw(t, "next")
		now += rapid.SampledFrom([]int64{0, 0, 100, 10_000, 59_000, 61_000}).Draw(t, "pause")
		next := stories[name][0]
		next.at = now
		list = append(list, next)
		if stories[name] = stories[name][1:]; len(stories[name]) == 0 {
			delete(stories, name)
		}
	}
	return list
}

// beaconsOf cuts the events of a view into the beacons that brought them.
func beaconsOf(name string, events []event.Event) []arrival {
	var list []arrival
	for i := range events {
		events[i].View = name
		if i == 0 || events[i].Origin != events[i-1].Origin {
			list = append(list, arrival{view: name})
		}
		last := &list[len(list)-1]
		last.events = append(last.events, events[i])
	}
	return list
}

// journalled is the log of beacons, with ticks until all views are complete.
func journalled(t *rapid.T, list []arrival) *memoryLog {
	log, now := newMemoryLog(), int64(0)
	for _, p := range list {
		rec := journal.Record{Time: p.at}
		if p.events != nil {
			rec = record(t, p.at, p.events...)
		}
		log.Append(t.Context(), rec)
		now = p.at
	}
	for range 61 {
		now += 2000
		log.Append(t.Context(), journal.Record{Time: now})
	}
	return log
}

// drawStories is a log of views that could be real.
func drawStories(t *rapid.T) *memoryLog { return journalled(t, drawArrivals(t)) }

// viewsOf are the views that a log makes. At each stop, the number of a record,
// everything before it is committed, and another tracker goes on.
func viewsOf(t *rapid.T, list []arrival, stops ...int64) map[view.ID]string {
	log, store := journalled(t, list), &memoryStore{views: map[view.ID]string{}}
	_, end := log.Bounds()
	for _, at := range append(stops, end) {
		runTo(t, newTracker(t, log, store), log, []int64{at})
	}
	if store.broken != nil {
		t.Fatal(store.broken)
	}
	return store.views
}

// TestSentAgain has players send beacons again that they have had no answer to,
// some of them much later, and after a commit and another start: no view changes.
func TestSentAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := drawArrivals(t)
		again := slices.Clone(list)
		for range rapid.IntRange(1, 5).Draw(t, "times") {
			i := rapid.IntRange(0, len(list)-1).Draw(t, "which")
			copied := list[i]
			copied.events, copied.again = slices.Clone(copied.events), true
			at := slices.IndexFunc(again, func(p arrival) bool { return p.view == list[i].view && p.events[0].Seq == list[i].events[0].Seq })
			at = rapid.IntRange(at+1, len(again)).Draw(t, "where")
			copied.at = again[at-1].at
			// It is sent again as late as it comes again, and is not on its way for less time.
			origin := *copied.events[0].Origin
			wait := copied.at - list[i].at
			origin.Received, origin.Sent = origin.Received+wait, origin.Sent+wait
			for j := range copied.events {
				copied.events[j].Origin = &origin
			}
			again = slices.Insert(again, at, copied)
		}
		var stops []int64
		for i, p := range again {
			if p.again && rapid.Bool().Draw(t, "after a commit") {
				stops = append(stops, int64(i))
			}
		}
		if diff := cmp.Diff(withoutRecords(viewsOf(t, list)), withoutRecords(viewsOf(t, again, stops...))); diff != "" {
			t.Fatalf("views (-sent once, +sent again after commits at %v):\n%s", stops, diff)
		}
	})
}

// withoutRecords are views without the records by which they were complete.
func withoutRecords(views map[view.ID]string) map[view.ID]string {
	for id, doc := range views {
		views[id] = viewtest.WithoutRecord(doc)
	}
	return views
}

// TestAlone has a view come to a journal that tells nothing of the others but
// the time: it is the same.
func TestAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := drawArrivals(t)
		all := viewsOf(t, list)
		alone := map[view.ID]string{}
		for _, name := range []string{"a", "b", "c"} {
			only := slices.Clone(list)
			for i := range only {
				if only[i].view != name {
					only[i].events = nil
				}
			}
			maps.Copy(alone, viewsOf(t, only))
		}
		if diff := cmp.Diff(alone, all); diff != "" {
			t.Fatalf("views (-alone, +among others):\n%s", diff)
		}
	})
}

// TestOtherEnvironment has the same view be of two environments: but for that,
// and for the ids, they are the same.
func TestOtherEnvironment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := newMemoryLog()
		for _, p := range drawArrivals(t) {
			log.Append(t.Context(), recordOf(t, "one", p.at, p.events...), recordOf(t, "two", p.at, p.events...))
		}
		last := log.records[len(log.records)-1].Time
		log.Append(t.Context(), journal.Record{Time: last + 61_000})
		store := &memoryStore{views: map[view.ID]string{}}
		runTo(t, newTracker(t, log, store), log, []int64{int64(len(log.records))})
		seen := map[string]int{}
		for _, doc := range withoutRecords(store.views) {
			_, rest, _ := strings.Cut(doc, `"environment_id":`)
			seen[rest[len(`"one"`):]]++
		}
		for doc, times := range seen {
			if times != 2 {
				t.Fatalf("in one environment alone: %s", doc)
			}
		}
	})
}
