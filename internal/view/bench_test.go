package view

import (
	"runtime"
	"testing"

	"playhead/internal/event"
	"playhead/internal/event/eventtest"
	"playhead/internal/recording"
)

// BenchmarkFold folds the recorded captures, as the owner of views does. One
// operation is one event.
func BenchmarkFold(b *testing.B) {
	var all [][][]event.Event
	total := 0
	for _, name := range recording.Names(b) {
		requests := eventtest.Beacons(b, name)
		all = append(all, requests)
		for _, r := range requests {
			total += len(r)
		}
	}
	for _, run := range []struct {
		name string
		told func(*Machine)
	}{
		{"events", func(*Machine) {}},
		{"events, a summary for every request", func(m *Machine) { m.Summary(Status{}) }},
		{"events, what the viewer does for every request", func(m *Machine) { m.Watch(Status{}, false) }},
	} {
		b.Run(run.name, func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; n < b.N; n += total {
				for _, requests := range all {
					fold(requests, run.told)
				}
			}
		})
	}
}

// BenchmarkView computes the views of the recorded captures. One operation is
// one view.
func BenchmarkView(b *testing.B) {
	var all []*Machine
	for _, name := range recording.Names(b) {
		for _, m := range machines(eventtest.Beacons(b, name)) {
			all = append(all, m)
		}
	}
	for name, compute := range map[string]func(*Machine) *View{
		"summary":  func(m *Machine) *View { return m.Summary(Status{}) },
		"timeline": func(m *Machine) *View { return m.View(Status{}) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				compute(all[i%len(all)])
			}
		})
	}
}

// BenchmarkDecode reads the documents of the recorded captures: as JSON of any form, as
// this version writes them, and without their events. One operation is one view.
func BenchmarkDecode(b *testing.B) {
	var docs [][]byte
	for _, name := range recording.Names(b) {
		for _, m := range machines(eventtest.Beacons(b, name)) {
			doc, err := EncodeDocument(m.View(Status{}))
			if err != nil {
				b.Fatal(err)
			}
			docs = append(docs, doc)
		}
	}
	for _, how := range []struct {
		name   string
		decode func([]byte) (*View, error)
	}{{"any form", decodeAny}, {"this version", DecodeDocument}, {"columns", DecodeColumns}} {
		b.Run(how.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				if _, err := how.decode(docs[i%len(docs)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestMemory measures what an open view takes: a recorded one of 36 s in mp4,
// and one of hls.js with a request every two seconds, without what its owner
// needs for it. The bounds are a little above what is measured, to notice when
// it grows.
func TestMemory(t *testing.T) {
	for _, c := range []struct {
		name  string
		bound uint64
	}{
		{"24_slow_collector_rtt_and_drop", 1200},
		{"07_hls_abr", 2600},
	} {
		requests := eventtest.Beacons(t, c.name)
		const n = 200
		kept := make([]*Machine, 0, n)
		before := heap()
		for range n {
			for _, m := range machines(requests[:len(requests)-2]) { // without the end
				kept = append(kept, m)
			}
		}
		size := (heap() - before) / n
		runtime.KeepAlive(kept)
		t.Logf("%s: %d bytes an open view of %d events", c.name, size, kept[0].history.len())
		if size > c.bound {
			t.Errorf("%s: %d bytes an open view, want at most %d", c.name, size, c.bound)
		}
	}
}

// heap is the bytes in use after a collection.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
