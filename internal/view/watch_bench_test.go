package view

import (
	"slices"
	"testing"

	"playhead/internal/event"
	"playhead/internal/event/eventtest"
	"playhead/internal/recording"
)

// BenchmarkWatch tells what viewers of recordings do, who have not left yet. One
// operation is one telling of one view: after its last event, and from the
// beginning.
func BenchmarkWatch(b *testing.B) {
	var all []*Machine
	spans := 0
	for _, name := range recording.Names(b) {
		requests := eventtest.Beacons(b, name)
		for i, r := range requests {
			requests[i] = slices.DeleteFunc(r, func(e event.Event) bool { return e.Kind == event.ViewEnd })
		}
		for _, m := range machines(requests) {
			all = append(all, m)
			spans += len(m.Watch(Status{}, false).Spans)
		}
	}
	b.Run("goes on", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			all[i%len(all)].Watch(Status{}, false)
		}
		b.ReportMetric(float64(spans)/float64(len(all)), "spans")
	})
	b.Run("anew", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			m := all[i%len(all)]
			m.forget()
			m.Watch(Status{}, false)
		}
	})
}
