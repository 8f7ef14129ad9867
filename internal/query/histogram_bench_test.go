package query

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"
)

// BenchmarkHistogram counts the first frames of half an hour of a hundred thousand
// viewers.
func BenchmarkHistogram(b *testing.B) {
	now := time.Date(2026, 11, 27, 20, 0, 30, 0, time.UTC)
	p, err := RealtimeHistogram(Request{Metric: "video-startup-time", Now: now})
	if err != nil {
		b.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	list := make(starts, 450_000)
	for i := range list {
		list[i] = Startup{At: p.Ticks.From + rng.Int64N(p.Ticks.To-p.Ticks.From), Time: int64(800 * rng.ExpFloat64())}
	}
	for b.Loop() {
		if _, err := p.Minutes(context.Background(), list); err != nil {
			b.Fatal(err)
		}
	}
}
