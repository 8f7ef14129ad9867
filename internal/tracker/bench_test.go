package tracker

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/beacon/mux"
	"playhead/internal/event"
	"playhead/internal/recording"
)

// BenchmarkLive asks for views in progress: 20,000 of them, all of a player
// that has played for 28 s with hls.js, a request every two seconds.
func BenchmarkLive(b *testing.B) {
	tr, err := New(Config{
		Rules: testRules(), CommitViews: 3,
		Clock: time.Now, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(),
	})
	if err != nil {
		b.Fatal(err)
	}
	var events []event.Event
	for _, r := range recording.Posts(b, "07_hls_abr")[:4] {
		said, _, err := mux.Decode(&event.Beacon{Received: r.Received, Body: []byte(r.Body)})
		if err != nil {
			b.Fatal(err)
		}
		events = append(events, said...)
	}
	const views = 20_000
	for i := range views {
		for j := range events {
			e := events[j]
			e.View = fmt.Sprint(i)
			tr.fold.open.apply("env", &e, int64(i), e.Origin.Received)
		}
	}
	for name, ask := range map[string]func(){
		"list":     func() { tr.InProgress("env") },
		"view":     func() { tr.View("env", "7777") },
		"watching": func() { tr.Watching("env", videoID, "hls-abr") },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ask()
			}
		})
	}
}
