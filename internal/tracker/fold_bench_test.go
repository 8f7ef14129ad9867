package tracker

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/beacon/mux"
	"playhead/internal/event"
	"playhead/internal/journal"
	"playhead/internal/live"
	"playhead/internal/recording"
	"playhead/internal/view"
)

// BenchmarkFold takes the recorded beacons from their records in the journal to
// open views, each recording as that of five viewers: alone, and with what its
// viewer does told after each beacon, to nobody and to real-time numbers. One
// operation is one event.
func BenchmarkFold(b *testing.B) {
	b.Run("alone", func(b *testing.B) { benchmarkFold(b, nil) })
	b.Run("told", func(b *testing.B) { benchmarkFold(b, nobody{}) })
	b.Run("live", func(b *testing.B) {
		store, err := live.New(live.Config{Memory: 1 << 30, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry()})
		if err != nil {
			b.Fatal(err)
		}
		benchmarkFold(b, store)
	})
}

// nobody is told what viewers do, and forgets it.
type nobody struct{}

func (nobody) Put(int64, []view.Watch) {}

func benchmarkFold(b *testing.B, to Live) {
	var records []journal.Record
	const viewers = 5
	for _, name := range recording.Names(b) {
		for viewer := range viewers {
			for _, post := range recording.Posts(b, name) {
				body := bytes.ReplaceAll([]byte(post.Body), []byte(`"xid":"`), fmt.Appendf(nil, `"xid":"%04x`, viewer))
				data, err := (&event.Beacon{Environment: "0198b2c4", Format: mux.Name, Received: post.Received, Client: connection(viewer), Body: body}).AppendBinary(nil)
				if err != nil {
					b.Fatal(err)
				}
				records = append(records, journal.Record{Time: post.Received, Data: data})
			}
		}
	}
	events := 0
	var list []view.Watch
	decode := func(b *event.Beacon) ([]event.Event, error) {
		list, _, err := mux.Decode(b)
		events += len(list)
		return list, err
	}
	b.ReportAllocs()
	b.ResetTimer()
	for events < b.N {
		f := NewFold(testRules(), decode)
		if to != nil {
			f.Watch()
		}
		for i := range records {
			records[i].Offset = int64(i)
			f.Add(records[i])
			if list, _ = f.News(list[:0], tellTogether); len(list) > 0 {
				to.Put(records[i].Time, list)
			}
		}
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}
