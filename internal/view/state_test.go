package view_test

import (
	"testing"

	"pgregory.net/rapid"

	"playhead/internal/event"
	"playhead/internal/event/eventtest"
	"playhead/internal/view"
)

func restored(t rapid.TB, m *view.Machine) *view.Machine {
	again, err := view.RestoreMachine("env", "sdk", view.Scoring{}, string(m.AppendState(nil)))
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// TestRestored writes a machine and makes it again between any two events: it
// must say of each event what the other one says, and in the end tell the same.
func TestRestored(t *testing.T) {
	drawn := rapid.OneOf(events(t), rapid.SliceOfN(eventtest.Odd(), 60, 200))
	rapid.Check(t, func(t *rapid.T) {
		events, s := drawn.Draw(t, "events"), status(t)
		if rapid.Bool().Draw(t, "in another order") {
			events = rapid.Permutation(events).Draw(t, "order")
		}
		want, got := fold(nil), fold(nil)
		for i := range events {
			if rapid.IntRange(0, 3).Draw(t, "restored") == 0 {
				got = restored(t, got)
			}
			if w, g := want.Apply(&events[i]), got.Apply(&events[i]); w != g {
				t.Fatalf("event %d: %v, want %v", i, g, w)
			}
		}
		same(t, told(want, s), told(restored(t, got), s))
	})
}

// TestRestoredOverflow restores machines of views that have more events than
// they may.
func TestRestoredOverflow(t *testing.T) {
	m := view.NewMachine("env", "sdk", view.Scoring{})
	for i := range int64(view.MaxEvents + 10) {
		m.Apply(&event.Event{Seq: i + 1, Kind: event.Heartbeat, ViewerTime: eventtest.Base + i, Origin: &event.Origin{Received: eventtest.Base + i}})
	}
	again := restored(t, m)
	e := event.Event{Seq: view.MaxEvents + 5, Kind: event.Pause, Origin: &event.Origin{Received: eventtest.Base}}
	if got := again.Apply(&e); got != view.Overflow {
		t.Errorf("one more event is %v, want overflow", got)
	}
}

// FuzzRestoreMachine restores what nobody wrote. It must be refused, or make a
// machine that does not panic, whatever comes.
func FuzzRestoreMachine(f *testing.F) {
	for _, name := range []string{"07_hls_abr", "10_ads_emitted", "04_error_404"} {
		for _, events := range eventtest.Recorded(f, name) {
			f.Add(fold(events).AppendState(nil))
		}
	}
	var more []event.Event
	for _, e := range eventtest.Recorded(f, "08_hls_failing_segments") {
		more = append(more, e...)
	}
	f.Fuzz(func(t *testing.T, state []byte) { use(t, string(state), more) })
}

// use does with a state whatever its owner may.
func use(t rapid.TB, state string, events []event.Event) {
	m, err := view.RestoreMachine("env", "sdk", view.Scoring{}, state)
	if err != nil {
		return
	}
	m.View(view.Status{})
	for i := range events {
		m.Apply(&events[len(events)-1-i])
	}
	m.Clamped()
	if _, err := view.EncodeDocument(m.View(view.Status{})); err != nil {
		t.Error(err)
	}
}

// TestDamagedState changes states in some places: see FuzzRestoreMachine.
func TestDamagedState(t *testing.T) {
	drawn := events(t)
	rapid.Check(t, func(t *rapid.T) {
		events := drawn.Draw(t, "events")
		state := fold(events).AppendState(nil)
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			at := rapid.IntRange(0, len(state)-1).Draw(t, "at")
			state[at] = rapid.Byte().Draw(t, "byte")
		}
		if rapid.Bool().Draw(t, "cut") {
			state = state[:rapid.IntRange(0, len(state)).Draw(t, "length")]
		}
		use(t, string(state), events)
	})
}
