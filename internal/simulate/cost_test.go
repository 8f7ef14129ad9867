package simulate

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
)

// BenchmarkViewer is what a viewer costs while it waits for the next thing to
// happen, in bytes: after three minutes, in which it told events.
func BenchmarkViewer(b *testing.B) {
	w := &World{Seed: 4, Start: evening}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	viewers := make([]*sender, b.N)
	b.ResetTimer()
	for n := range viewers {
		s := w.view(uint64(n), evening)
		p := newSender(generationOf(s.viewer.sdk, 0.5), "key", client{s.viewer.address, s.viewer.userAgent}, rand.New(rand.NewPCG(uint64(n), 0)))
		p.tell(s, &player{id: s.playerID})
		for at := p.next(); at < s.start+(3*time.Minute).Milliseconds(); at = p.next() {
			if p.step(at) {
				p.answered(outcome{status: 200, now: at, took: 40})
			}
		}
		p.rest()
		viewers[n] = p
	}
	b.StopTimer()
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(b.N), "B/viewer")
	runtime.KeepAlive(viewers)
}

// BenchmarkBeacon is what telling costs: events in beacons, without sending them.
func BenchmarkBeacon(b *testing.B) {
	w := &World{Seed: 4, Start: evening}
	var body []byte
	beacons, events, size := 0, 0, 0
	for n := uint64(0); b.Loop(); n++ {
		p := newSender(&generations[0], "key", client{}, rand.New(rand.NewPCG(n, 0)))
		p.tell(w.view(n%100, evening), &player{id: "player"})
		for at := p.next(); at != noTime; at = p.next() {
			if p.step(at) {
				body = p.appendBody(body[:0], at)
				beacons, size = beacons+1, size+len(body)
				events += p.sending.n
				p.answered(outcome{status: 200, now: at, took: 40})
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
	b.ReportMetric(float64(size)/float64(beacons), "B/beacon")
}
