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

// BenchmarkFollow folds the recorded captures as BenchmarkFold does, and tells
// after each beacon what its viewers do. One operation is one event.
func BenchmarkFollow(b *testing.B) {
	var all [][][]event.Event
	total := 0
	for _, name := range recording.Names(b) {
		requests := eventtest.Beacons(b, name)
		all = append(all, requests)
		for _, r := range requests {
			total += len(r)
		}
	}
	b.ReportAllocs()
	for n := 0; n < b.N; n += total {
		for _, requests := range all {
			views := map[string]*Machine{}
			for _, r := range requests {
				for i := range r {
					m := views[r[i].View]
					if m == nil {
						m = NewMachine("env", r[i].View, Scoring{})
						views[r[i].View] = m
					}
					m.Apply(&r[i])
				}
				views[r[0].View].Watch(Status{}, false)
			}
		}
	}
}
