package view_test

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/catalog"
	"playhead/internal/event"
	"playhead/internal/event/eventtest"
	"playhead/internal/recording"
	"playhead/internal/view"
	"playhead/internal/view/viewtest"
)

// recorded draws the events of a view of a recording.
func recorded(t *testing.T) *rapid.Generator[[]event.Event] {
	t.Helper()
	var list [][]event.Event
	for _, name := range recording.Names(t) {
		views := eventtest.Recorded(t, name)
		for _, id := range slices.Sorted(maps.Keys(views)) {
			list = append(list, views[id])
		}
	}
	return rapid.SampledFrom(list)
}

// events draws the events of one view: odd ones, those of a story, or those of
// a recording.
func events(t *testing.T) *rapid.Generator[[]event.Event] {
	t.Helper()
	return rapid.OneOf(rapid.SliceOfN(eventtest.Odd(), 0, 25), eventtest.Story(), recorded(t))
}

func fold(events []event.Event) *view.Machine { return foldAs("sdk", events) }

func foldAs(id string, events []event.Event) *view.Machine {
	m := view.NewMachine("env", id, view.Scoring{})
	for i := range events {
		m.Apply(&events[i])
	}
	return m
}

// told is all that a machine tells of its view.
func told(m *view.Machine, s view.Status) string {
	machine, err := json.Marshal(map[string]any{
		"started": m.Started(), "ended": m.Ended(), "clamped": m.Clamped(), "first": m.FirstReceived(), "viewer": m.Viewer(),
		"title": m.Text(catalog.MustColumn("video_title")), "summary": json.RawMessage(viewtest.Document(m.Summary(s))),
	})
	if err != nil {
		panic(err)
	}
	return viewtest.Document(m.View(s)) + string(machine)
}

func status(t *rapid.T) view.Status {
	return view.Status{
		ID: view.NewID(eventtest.Base, "env", "sdk"), Inserted: eventtest.Base, Updated: eventtest.Base + 9,
		Dropped: rapid.Bool().Draw(t, "dropped"), Resumed: rapid.Bool().Draw(t, "resumed"),
	}
}

// sameView are the changes of how the events of a view come that must not
// change what is known of it.
var sameView = map[string]func(*rapid.T, []event.Event) []event.Event{
	"in another order": func(t *rapid.T, events []event.Event) []event.Event {
		return rapid.Permutation(events).Draw(t, "order")
	},
	"backwards": func(_ *rapid.T, events []event.Event) []event.Event {
		list := slices.Clone(events)
		slices.Reverse(list)
		return list
	},
	"beacon by beacon in another order": func(t *rapid.T, events []event.Event) []event.Event {
		var beacons [][]event.Event
		for i := range events {
			if i == 0 || events[i].Origin != events[i-1].Origin {
				beacons = append(beacons, nil)
			}
			last := &beacons[len(beacons)-1]
			*last = append(*last, events[i])
		}
		return slices.Concat(rapid.Permutation(beacons).Draw(t, "order")...)
	},
	"many times over": func(t *rapid.T, events []event.Event) []event.Event {
		if len(events) == 0 {
			return nil
		}
		more := rapid.SliceOfN(rapid.SampledFrom(events), 0, 2*len(events)).Draw(t, "repeated")
		return rapid.Permutation(slices.Concat(events, more)).Draw(t, "order")
	},
	"each in a beacon of its own": func(_ *rapid.T, events []event.Event) []event.Event {
		list := slices.Clone(events)
		for i := range list {
			origin := *list[i].Origin
			list[i].Origin = &origin
		}
		return list
	},
	// A page sends again what nobody confirmed: with a later time of sending, and
	// it is not on its way for less time than the first copy was.
	"sent again later": func(t *rapid.T, events []event.Event) []event.Event {
		list := slices.Clone(events)
		for i := range events {
			if !rapid.Bool().Draw(t, "again") {
				continue
			}
			again, origin := events[i], *events[i].Origin
			wait := rapid.Int64Range(1, 3_000_000).Draw(t, "wait")
			origin.Received += wait
			if origin.Sent > 0 {
				origin.Sent += rapid.Int64Range(0, wait).Draw(t, "sent")
			}
			again.Origin = &origin
			list = append(list, again)
		}
		return list
	},
}

// TestSameView folds drawn events as they are and changed, and looks at the
// views on the way, as their owner does.
func TestSameView(t *testing.T) {
	drawn := events(t)
	for name, change := range sameView {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				events, s := drawn.Draw(t, "events"), status(t)
				want := fold(events)
				got := view.NewMachine("env", "sdk", view.Scoring{})
				for i, e := range change(t, events) {
					got.Apply(&e)
					switch i % 7 {
					case 2, 3:
						got.Summary(s) // remembers what it found out
					case 0, 4:
						got.Watch(s, false)
					case 5:
						got.View(s)
					}
				}
				if err := viewtest.Check(want.View(s)); err != nil {
					t.Fatal(err)
				}
				same(t, told(want, s), told(got, s))
				if err := viewtest.CheckWatch(got, s); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// same compares two documents.
func same(t *rapid.T, want, got string) {
	t.Helper()
	if got != want {
		t.Fatalf("another view (-want, +got):\n%s", cmp.Diff(lines(want), lines(got)))
	}
}

func lines(document string) []string { return strings.SplitAfter(document, ",") }

// TestAnotherName gives the view another id: nothing else changes.
func TestAnotherName(t *testing.T) {
	drawn := events(t)
	rapid.Check(t, func(t *rapid.T) {
		events, s := drawn.Draw(t, "events"), status(t)
		want := strings.ReplaceAll(told(fold(events), s), `"view_id":"sdk"`, `"view_id":"another"`)
		same(t, want, told(foldAs("another", events), s))
	})
}

// epochs are the fields that hold a time in ms since 1970.
var epochs = []string{
	"view_start", "request_start", "request_response_start", "request_response_end", "player_program_time", "player_live_edge_program_time",
	"player_manifest_newest_program_time", "session_start", "session_expires",
}

// TestAnotherTime moves all that a view tells by the same time: its own times
// move with it, and nothing else changes.
func TestAnotherTime(t *testing.T) {
	drawn := rapid.OneOf(eventtest.Story(), recorded(t)) // odd ones have times that mean nothing
	rapid.Check(t, func(t *rapid.T) {
		list, s := drawn.Draw(t, "events"), status(t)
		by := rapid.Int64Range(-1_000_000_000, 1_000_000_000).Draw(t, "by")
		later := s
		later.Inserted, later.Updated = later.Inserted+by, later.Updated+by
		moved := fold(movedEvents(list, by)).View(later)
		moveView(moved, -by)
		same(t, viewtest.Document(fold(list).View(s)), viewtest.Document(moved))
	})
}

func movedEvents(list []event.Event, by int64) []event.Event {
	moved := slices.Clone(list)
	origins := map[*event.Origin]*event.Origin{}
	for i := range moved {
		e := &moved[i]
		e.ViewerTime += by
		e.Fields = slices.Clone(e.Fields)
		for j := range e.Fields {
			if v := &e.Fields[j]; slices.Contains(epochs, v.Field.Name()) && !v.Null && v.Num > 0 {
				v.Num += float64(by)
			}
		}
		if origins[e.Origin] == nil {
			o := *e.Origin
			o.Received, o.Latest = o.Received+by, o.Latest+by
			if o.Sent > 0 {
				o.Sent += by
			}
			origins[e.Origin] = &o
		}
		e.Origin = origins[e.Origin]
	}
	return moved
}

// moveView moves all times of a view.
func moveView(v *view.View, by int64) {
	for _, c := range catalog.Columns {
		if n, ok := number(v, c); ok && c.Kind == catalog.Time {
			v.SetNumber(c, n+float64(by))
		}
	}
	activities := catalog.MustColumn("activities")
	if list := v.Elements(activities); len(list) > 0 { // all others are told from the one before
		at, rest, _ := strings.Cut(list[0], catalog.PartSeparator)
		n, err := strconv.ParseInt(at, 10, 64)
		if err != nil {
			panic(err)
		}
		list[0] = strconv.FormatInt(n+by, 10) + catalog.PartSeparator + rest
		v.SetText(activities, view.JoinList(list))
	}
	for i := range v.Events {
		e := &v.Events[i]
		e.ViewerTime, e.EventTime = e.ViewerTime+by, e.EventTime+by
		for _, name := range epochs {
			if n, ok := e.Details[name].(float64); ok && n > 0 {
				e.Details[name] = n + float64(by)
			}
		}
	}
}

func number(v *view.View, c *catalog.Column) (float64, bool) {
	if c.IsText() {
		return math.NaN(), false
	}
	return v.Number(c)
}
