package duckdb

import (
	"fmt"
	"iter"
	"testing"

	"playhead/internal/beacon/mux"
	"playhead/internal/event"
	"playhead/internal/recording"
	"playhead/internal/view"
)

// recorded are machines of recorded sessions.
func recorded(b *testing.B) (machines []*view.Machine) {
	b.Helper()
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
	return machines
}

// BenchmarkRecorded commits batches of 1000 views of recorded sessions. One
// operation is one view.
func BenchmarkRecorded(b *testing.B) {
	machines := recorded(b)
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

// BenchmarkExport reads 50,000 views of recorded sessions, which ended some at a time
// within a day and came in about the order of their ends. One operation is one view.
func BenchmarkExport(b *testing.B) {
	const count = 50_000
	s := openNew(b)
	machines := recorded(b)
	for n := 0; n < count; {
		var batch view.Batch
		for range 1000 {
			at := int64(noon + n*(dayMS/count))
			v := machines[n%len(machines)].View(view.Status{ID: view.NewID(at, "env", fmt.Sprint(n))})
			v.SetText(environmentID, "e")
			v.SetNumber(viewEnd, float64(at+int64(n*7919%600_000)))
			v.SetNumber(changedRecord, float64(n))
			batch.Views = append(batch.Views, v)
			n++
		}
		commit(b, s, batch)
	}
	for name, views := range map[string]func() iter.Seq2[*view.View, error]{
		"all":     func() iter.Seq2[*view.View, error] { return s.Export(b.Context(), everything) },
		"changed": func() iter.Seq2[*view.View, error] { return s.Changed(b.Context(), "e", view.Cursor{}, count) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for left := b.N; left > 0; {
				for _, err := range views() {
					if err != nil {
						b.Fatal(err)
					}
					if left--; left == 0 {
						break
					}
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "views/s")
		})
	}
}
