package tracker

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"playhead/internal/event"
	"playhead/internal/event/eventtest"
	"playhead/internal/journal"
	"playhead/internal/recording"
	"playhead/internal/view"
)

// BenchmarkOpenViews opens 100,000 views: those of recordings under ids of their
// own, cut where they may be by now. It reports how many bytes an open view
// takes of the heap, and what the heap holds for it beyond that.
func BenchmarkOpenViews(b *testing.B) {
	mp4, hls, mixed := recordedViews(b)
	for _, c := range []struct {
		name  string
		views [][]event.Event
	}{{"mp4", mp4}, {"hls", hls}, {"mixed", mixed}} {
		b.Run(c.name, func(b *testing.B) {
			const open = 100_000
			for b.Loop() {
				before := heap()
				f := NewFold(testRules(), nil)
				events := 0
				r := rand.New(rand.NewPCG(1, 2))
				for i := range open {
					events += openOne(f, c.views[r.IntN(len(c.views))], i, r)
				}
				after := heap()
				if f.Open() != open {
					b.Fatalf("%d views are open", f.Open())
				}
				b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/open, "B/view")
				b.ReportMetric(float64(after.HeapInuse-before.HeapInuse)/open, "inuse-B/view")
				b.ReportMetric(float64(events)/open, "events/view")
			}
		})
	}
}

// BenchmarkSnapshot writes down and recalls 100,000 open views: how long the fold
// stands still for a partition, what it writes, and how long a start takes to
// make all of them again.
func BenchmarkSnapshot(b *testing.B) {
	_, hls, mixed := recordedViews(b)
	for name, views := range map[string][][]event.Event{"hls": hls, "mixed": mixed} {
		const open = 100_000
		f, r := NewFold(testRules(), nil), rand.New(rand.NewPCG(1, 2))
		for i := range open {
			openOne(f, views[r.IntN(len(views))], i, r)
		}
		b.Run(name+"/a partition", func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(float64(len(f.Snapshot(7).Data)), "B")
			}
		})
		var all []view.Snapshot
		for p := range uint16(journal.Partitions) {
			all = append(all, f.Snapshot(p))
		}
		b.Run(name+"/recall of all", func(b *testing.B) {
			for b.Loop() {
				again := NewFold(testRules(), nil)
				from, err := again.Recall(all, view.Progress{}, 0)
				if again.Begin(view.Progress{}, from, 0); err != nil || again.Open() != open {
					b.Fatalf("%d views, %v", again.Open(), err)
				}
			}
		})
	}
}

// TestMemory is the budget of an open view.
func TestMemory(t *testing.T) {
	_, hls, mixed := recordedViews(t)
	for name, views := range map[string][][]event.Event{"hls": hls, "mixed": mixed} {
		const open = 2000
		before := heap()
		f := NewFold(testRules(), nil)
		r := rand.New(rand.NewPCG(1, 2))
		for i := range open {
			openOne(f, views[r.IntN(len(views))], i, r)
		}
		size := (heap().HeapAlloc - before.HeapAlloc) / open
		t.Logf("%s: %d bytes an open view", name, size)
		if size > 4<<10 {
			t.Errorf("%s: %d bytes an open view, want at most 4096", name, size)
		}
		runtime.KeepAlive(f)
	}
}

// recordedViews are the views of recordings: of files, of hls.js, and of all.
func recordedViews(t testing.TB) (mp4, hls, mixed [][]event.Event) {
	for _, name := range recording.Names(t) {
		views := eventtest.Recorded(t, name)
		for _, id := range slices.Sorted(maps.Keys(views)) {
			mixed = append(mixed, views[id])
			if strings.Contains(name, "hls") {
				hls = append(hls, views[id])
			} else {
				mp4 = append(mp4, views[id])
			}
		}
	}
	return mp4, hls, mixed
}

// ownFields are those whose values no other view has.
var ownFields = []event.Field{event.MustLookup("mux_viewer_id"), event.MustLookup("session_id")}

// connection is what is typically known of a connection.
func connection(i int) []event.Value {
	var list []event.Value
	for _, w := range []struct{ field, text string }{
		{"client_address", fmt.Sprintf("192.%d.%d.0", i>>8&255, i&255)},
		{"client_asn_name", "Deutsche Telekom AG"},
		{"client_browser", "Chrome"},
		{"client_browser_version", "141.0.0.0"},
		{"client_browser_engine", "Blink"},
		{"client_city", "Frankfurt am Main"},
		{"client_continent_code", "EU"},
		{"client_country_code", "DE"},
		{"client_country_name", "Germany"},
		{"client_region", "Hesse"},
		{"client_device_category", "desktop"},
		{"client_device_manufacturer", "Apple"},
		{"client_os", "macOS"},
		{"client_os_version", "10.15.7"},
		{"client_user_agent", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"},
	} {
		list = append(list, event.Value{Field: event.MustLookup(w.field), Text: w.text})
	}
	for field, n := range map[string]float64{"client_asn": 3320, "client_latitude": 50.1103, "client_longitude": 8.6821} {
		list = append(list, event.Value{Field: event.MustLookup(field), Num: n})
	}
	return list
}

// openOne folds the events of a recorded view up to any of them, but for its end,
// as those of the i-th viewer. It returns how many these are.
func openOne(f *Fold, recorded []event.Event, i int, r *rand.Rand) int {
	n := 1 + r.IntN(len(recorded))
	f.open.news.wanted = true
	client, id := connection(i), fmt.Sprintf("%08x-c42f-4be1-9bcc-1c5b4ba3f00c", i)
	for j := range recorded[:n] {
		e := recorded[j]
		if e.Kind == event.ViewEnd {
			continue
		}
		origin := *e.Origin
		origin.Client = client
		e.View, e.Player, e.Origin, e.Fields = id, "p"+id[1:], &origin, slices.Clone(e.Fields)
		for k := range e.Fields {
			if slices.Contains(ownFields, e.Fields[k].Field) {
				e.Fields[k].Text = "v" + id[1:]
			}
		}
		f.open.partition = uint16(i % journal.Partitions)
		f.open.apply("0198b2c4", &e, int64(i), origin.Received)
	}
	for _, v := range f.open.news.next(1) {
		v.watch() // which keeps something for the next time
	}
	return n
}

// heap is what the heap holds after a collection.
func heap() *runtime.MemStats {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return &m
}
