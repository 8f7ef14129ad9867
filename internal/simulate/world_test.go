package simulate

import (
	"encoding/json"
	"iter"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestSameWorld: the same seed and time play the same viewers, views and truth,
// also when they are asked for in another order and at the same time.
func TestSameWorld(t *testing.T) {
	fault, err := ParseFault("all:rush=1.5,fail=0.1@2m+10m")
	if err != nil {
		t.Fatal(err)
	}
	world := func() *World { return &World{Seed: 3, Start: begin, Faults: []Fault{fault}} }
	all := func(views iter.Seq[*script]) (list []string) {
		for s := range views {
			list = append(list, written(t, s))
		}
		return list
	}
	for name, views := range map[string]func(*World) iter.Seq[*script]{
		"arrivals": func(w *World) iter.Seq[*script] { return w.arrivals(40, begin.Add(5*time.Minute)) },
		"views":    func(w *World) iter.Seq[*script] { return w.views(begin, begin.Add(time.Hour), 300) },
	} {
		want := all(views(world()))
		if diff := cmp.Diff(want, all(views(world()))); diff != "" {
			t.Errorf("%s differ (-want +got):\n%s", name, diff)
		}
		if len(want) < 40 {
			t.Errorf("%s: %d views, want more", name, len(want))
		}
	}

	w := world()
	var want [50]string
	for i := range want {
		want[i] = written(t, w.view(uint64(i), begin.Add(time.Duration(i)*time.Second)))
	}
	var got [50]string
	var all50 sync.WaitGroup
	for i := range got {
		n := len(got) - 1 - i
		all50.Go(func() { got[n] = written(t, w.view(uint64(n), begin.Add(time.Duration(n)*time.Second))) })
	}
	all50.Wait()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("views differ by who asks (-want +got):\n%s", diff)
	}
	if w.view(1, begin).viewID == w.view(1, begin.Add(time.Millisecond)).viewID {
		t.Error("a view at another time has the same id")
	}
}

// written is all that there is to know of a view.
func written(t *testing.T, s *script) string {
	t.Helper()
	type told struct {
		Kind         string
		At, Playhead time.Duration
		Fields       any
	}
	var events []told
	for _, e := range s.events() {
		events = append(events, told{string(e.kind), e.at, e.playhead, e.fields})
	}
	b, err := json.Marshal([]any{s.truth(), s.constants(), s.viewer.address, events})
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

// TestViews: views come in order, as many as were asked for, by the rhythm of
// the day and with the rush to the derby.
func TestViews(t *testing.T) {
	const n = 20_000
	w := &World{Seed: 3, Start: begin}
	from := begin.Truncate(24 * time.Hour)
	var last int64
	var perHour [24]int // in Germany, without the derby
	derby, first := 0, 0
	count := 0
	for s := range w.views(from, from.Add(24*time.Hour), n) {
		if s.start < last {
			t.Fatalf("a view begins at %d, after one at %d", s.start, last)
		}
		last = s.start
		count++
		at := time.UnixMilli(s.start).UTC()
		if s.title.id != "derby" {
			if s.viewer.place.country == "DE" {
				perHour[at.Hour()]++
			}
			continue
		}
		derby++
		if since := at.Sub(from.Add(19 * time.Hour)); since < 0 || since > 110*time.Minute {
			t.Errorf("somebody comes to the derby at %s", at)
		} else if since < 10*time.Minute {
			first++
		}
	}
	if count != n {
		t.Errorf("%d views, want %d", count, n)
	}
	if derby < 500 || float64(first) < 0.75*float64(derby) {
		t.Errorf("%d people come to the derby, %d of them in ten minutes; want a rush", derby, first)
	}
	if perHour[20] < 5*perHour[3] || perHour[3] == 0 {
		t.Errorf("%d views begin in Germany after 20:00 and %d after 03:00 UTC; want an evening", perHour[20], perHour[3])
	}
}

// TestQualities: networks and CDNs differ, and a CDN is worse where it is weak. A
// start takes 1500 ms on cellular networks and 420 ms on wired ones, 1.35 times
// as long on skyhop as on northlight, and √2 times where a CDN is weak; stalls
// come every 260 s and every 2400 s.
func TestQualities(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing is concurrent here: make unit plays it")
	}
	type sample struct {
		startups        []float64
		stalls, playing float64
	}
	samples := map[string]*sample{}
	w := &World{Seed: 3, Start: begin, Brief: true}
	for s := range w.views(begin, begin.Add(24*time.Hour), 30_000) {
		v := s.truth()
		if v.Device == "tv" || v.StartupTime == nil || v.Breaks > 0 {
			continue
		}
		names := []string{v.Connection}
		if v.Connection == "wifi" && slices.Contains([]string{"US", "DE", "GB", "FR"}, v.Country) { // none of their networks is weak
			names = append(names, v.CDNTrace[0], v.CDNTrace[0]+" in "+v.Country)
		}
		for _, name := range names {
			of := samples[name]
			if of == nil {
				of = &sample{}
				samples[name] = of
			}
			of.startups = append(of.startups, float64(*v.StartupTime))
			of.stalls += float64(v.RebufferCount)
			of.playing += float64(v.PlayingTime)
		}
	}
	startup := func(name string) float64 {
		list := samples[name].startups
		slices.Sort(list)
		return list[len(list)/2]
	}
	stalls := func(name string) float64 { return samples[name].stalls / samples[name].playing }
	for _, test := range []struct {
		worse, better string
		of            func(string) float64
		low, high     float64 // times
	}{
		{"cellular", "wired", startup, 2.8, 4.5},
		{"cellular", "wired", stalls, 5, 15},
		{"skyhop", "northlight", startup, 1.2, 1.5},
		{"skyhop", "northlight", stalls, 1.1, 2.2},
		{"harbor in US", "harbor in DE", startup, 1.25, 1.6},
	} {
		worse, better := test.of(test.worse), test.of(test.better)
		if times := worse / better; times < test.low || times > test.high {
			t.Errorf("%s: %v, %s: %v; want %v to %v times as much", test.worse, worse, test.better, better, test.low, test.high)
		}
	}
}

// TestRhythm: the mean of a week is 1, so that rates are what they say.
func TestRhythm(t *testing.T) {
	sum, n := 0.0, 0
	for at := begin; at.Before(begin.Add(7 * 24 * time.Hour)); at = at.Add(10 * time.Minute) {
		sum += rhythm(at)
		n++
	}
	if mean := sum / float64(n); math.Abs(mean-1) > 0.001 {
		t.Errorf("the mean is %v, want 1", mean)
	}
}

// TestArrivals: there are as many viewers at a time as were asked for, and more
// in a rush, of the people that it names.
func TestArrivals(t *testing.T) {
	rush, err := ParseFault("title=derby,country=DE:rush=2@10m+10m")
	if err != nil {
		t.Fatal(err)
	}
	w := &World{Seed: 3, Start: begin, Faults: []Fault{rush}}
	var views []*script
	for s := range w.arrivals(200, begin.Add(20*time.Minute)) {
		views = append(views, s)
	}
	if !slices.IsSortedFunc(views, func(a, b *script) int { return int(a.start - b.start) }) {
		t.Error("views are not in order of their start")
	}
	for _, at := range []struct {
		minutes   time.Duration
		low, high int
	}{{5, 170, 200}, {9, 170, 200}, {12, 360, 400}, {18, 360, 400}} {
		moment := begin.Add(at.minutes * time.Minute).UnixMilli()
		here, came := 0, 0
		for _, s := range views {
			if s.start <= moment && moment < s.start+s.length().Milliseconds() {
				here++
				if s.title.id == "derby" && s.viewer.place.country == "DE" {
					came++
				}
			}
		}
		if here < at.low || here > at.high {
			t.Errorf("after %d minutes %d are here, want %d to %d", at.minutes, here, at.low, at.high)
		}
		if at.minutes > 10 && came < 160 {
			t.Errorf("after %d minutes %d of them came for the derby, want 160 to 200", at.minutes, came)
		}
	}
}

// TestRushWithoutEnd: a rush that does not end lasts as long as people come.
func TestRushWithoutEnd(t *testing.T) {
	rush, err := ParseFault("all:rush=3@1m")
	if err != nil {
		t.Fatal(err)
	}
	w := &World{Seed: 3, Start: begin, Faults: []Fault{rush}}
	here, moment := 0, begin.Add(9*time.Minute).UnixMilli()
	for s := range w.arrivals(100, begin.Add(10*time.Minute)) {
		if s.start <= moment && moment < s.start+s.length().Milliseconds() {
			here++
		}
	}
	if here < 270 || here > 300 {
		t.Errorf("%d viewers are here, want about 300", here)
	}
}

// TestCut: what a viewer does after closing the page does not happen, and what
// was told before stays as it was.
func TestCut(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing is concurrent here: make unit plays it")
	}
	w := &World{Seed: 6, Start: begin}
	for n := range uint64(300) {
		at := time.Duration(scramble(n)%600_000) * time.Millisecond
		whole, cut := w.view(n, begin), w.view(n, begin)
		over := whole.length() <= at
		cut.cut(at)
		before, after := whole.events(), cut.events()
		if over {
			if diff := cmp.Diff(written(t, whole), written(t, cut)); diff != "" {
				t.Fatalf("view %d was over, and changed:\n%s", n, diff)
			}
			continue
		}
		if cut.length() != at || !cut.leaves {
			t.Fatalf("view %d takes %s, want %s and a goodbye", n, cut.length(), at)
		}
		for i, e := range before {
			if e.at >= at {
				break
			}
			if diff := cmp.Diff([]any{e.kind, e.at, e.playhead, e.fields}, []any{after[i].kind, after[i].at, after[i].playhead, after[i].fields}); diff != "" {
				t.Fatalf("view %d, cut at %s: event %d differs (-want +got):\n%s", n, at, i, diff)
			}
		}
		if last := after[len(after)-1]; cut.begun() && (last.kind != "viewend" || last.at != at) {
			t.Fatalf("view %d ends with %s at %s, want viewend at %s", n, last.kind, last.at, at)
		}
		if !cut.begun() {
			continue
		}
		truth := cut.truth()
		v := fold(cut, nil)
		for name, want := range expected(&truth) {
			if got := column(v, name); !same(got, want) {
				t.Fatalf("view %d, cut at %s: %s is %v, want %v\n%v", n, at, name, got, want, cut.scenes)
			}
		}
	}
}
