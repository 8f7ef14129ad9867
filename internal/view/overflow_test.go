package view_test

import (
	"slices"
	"testing"

	"playhead/internal/event"
	"playhead/internal/event/eventtest"
	"playhead/internal/view"
	"playhead/internal/view/viewtest"
)

// TestOverflowInAnyOrder gives a view more events than it may have. Whatever
// their order, the first ones are kept, and each of the others is told of once.
func TestOverflowInAnyOrder(t *testing.T) {
	const more = 50
	list := make([]event.Event, view.MaxEvents+more)
	for i := range list {
		list[i] = event.Event{
			Seq: int64(i + 1), Kind: event.Heartbeat, ViewerTime: eventtest.Base + int64(i), Playhead: event.NoPlayhead,
			Origin: &event.Origin{Received: eventtest.Base + int64(i)},
		}
	}
	want := viewtest.Document(fold(list).View(view.Status{}))
	for _, order := range []func([]event.Event) []event.Event{
		slices.Clone[[]event.Event],
		func(l []event.Event) []event.Event { l = slices.Clone(l); slices.Reverse(l); return l },
		func(l []event.Event) []event.Event { return slices.Concat(l[len(l)/2:], l[:len(l)/2]) },
	} {
		m, over := view.NewMachine("env", "sdk", view.Scoring{}), 0
		for _, e := range order(list) {
			if m.Apply(&e) == view.Overflow {
				over++
			}
		}
		if over != more {
			t.Errorf("%d events are told of as too many, want %d", over, more)
		}
		if got := viewtest.Document(m.View(view.Status{})); got != want {
			t.Error("another order gives another view")
		}
	}
}
