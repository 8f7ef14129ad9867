package simulate

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkView measures what a view of a long history costs before anybody
// hears of it: deciding it, and telling its events.
func BenchmarkView(b *testing.B) {
	for _, brief := range []bool{false, true} {
		b.Run(fmt.Sprintf("brief=%t", brief), func(b *testing.B) {
			w := &World{Seed: 5, Start: begin, Brief: brief}
			b.ReportAllocs()
			views, events := uint64(0), 0
			for b.Loop() {
				views++
				s := w.view(views, begin.Add(time.Duration(views)*time.Second))
				var e scriptEvent
				for c := s.cursor(); c.next(&e); {
					events++
				}
			}
			b.ReportMetric(float64(events)/float64(views), "events/op")
		})
	}
}
