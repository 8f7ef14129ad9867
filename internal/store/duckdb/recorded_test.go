package duckdb

import (
	"fmt"
	"testing"

	"playhead/internal/beacon/mux"
	"playhead/internal/event"
	"playhead/internal/recording"
	"playhead/internal/view"
)

// BenchmarkRecorded commits batches of 1000 views of recorded sessions. One
// operation is one view.
func BenchmarkRecorded(b *testing.B) {
	var machines []*view.Machine
	for _, name := range recording.Names(b) {
		of := map[string]*view.Machine{}
		for _, r := range recording.Posts(b, name) {
			events, _, err := mux.Decode(&event.Beacon{Received: r.Received, Body: []byte(r.Body)})
			if err != nil {
				b.Fatal(err)
			}
			for i := range events {
				id := events[i].View
				if of[id] == nil {
					of[id] = view.NewMachine("env", id, view.DefaultScoring())
					machines = append(machines, of[id])
				}
				of[id].Apply(&events[i])
			}
		}
	}
	s := openNew(b)
	b.ReportAllocs()
	for n := 0; n < b.N; {
		var batch view.Batch
		for range min(1000, b.N-n) {
			batch.Views = append(batch.Views, machines[n%len(machines)].View(view.Status{ID: view.NewID(int64(n), "env", fmt.Sprint(n))}))
			n++
		}
		batch.Progress.Read = int64(n)
		commit(b, s, batch)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "views/s")
}
