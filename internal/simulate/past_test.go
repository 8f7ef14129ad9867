package simulate

import (
	"slices"
	"testing"
	"time"

	"playhead/internal/beacon/mux"
	"playhead/internal/event"
)

// TestWholePast: in a past in which players tell all, somebody who watches is
// heard of every ten seconds, and some pages show a second video.
func TestWholePast(t *testing.T) {
	const views = 200
	truths := map[string]Truth{}
	past := Past{
		EnvKey: "key", World: World{Seed: 4}, From: begin, Until: begin.Add(10 * time.Minute), Views: views, Whole: true,
		Truth: func(v Truth) { truths[v.ViewID] = v },
	}
	told := map[string]map[event.Kind]int{}
	heard := map[string][]int64{} // times by the players' clocks
	before := int64(0)
	for d := range past.Beacons() {
		if d.Time < before {
			t.Fatalf("a beacon of %d comes after one of %d", d.Time, before)
		}
		before = d.Time
		events, _, err := mux.Decode(&event.Beacon{Body: d.Body, Received: d.Time})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if told[e.View] == nil {
				told[e.View] = map[event.Kind]int{}
			}
			told[e.View][e.Kind]++
			heard[e.View] = append(heard[e.View], e.ViewerTime)
		}
	}
	if len(truths) < views {
		t.Errorf("%d views, want %d and second videos", len(truths), views)
	}
	requests := 0
	for id, v := range truths {
		requests += told[id][event.RequestCompleted]
		if v.End > past.Until.UnixMilli() {
			t.Errorf("view %s ends at %d, want %d at the latest", id, v.End, past.Until.UnixMilli())
		}
		times := heard[id]
		slices.Sort(times)
		skew := times[len(times)-1] - v.End
		for i := range v.States {
			if s := &v.States[i]; watches(s.State) && !s.Unheard && s.At < v.End {
				checkGaps(t, id, times, s.At+skew, min(v.End, v.States[i+1].At)+skew)
			}
		}
	}
	if requests == 0 {
		t.Error("no requests were told")
	}
}

// TestPastEndsWhole: of the last 26 hours of a long past players tell all, and
// before them that they still play only once a minute.
func TestPastEndsWhole(t *testing.T) {
	until := begin.Add(48 * time.Hour)
	seam := until.Add(-26 * time.Hour).UnixMilli()
	begins := map[string]int64{}
	told := map[bool]int{} // requests, by whether the view begins in the last 26 hours
	past := Past{
		EnvKey: "key", World: World{Seed: 4}, From: begin, Until: until, Views: 200,
		Truth: func(v Truth) { begins[v.ViewID] = v.Start },
	}
	requests := map[string]int{}
	for d := range past.Beacons() {
		events, _, err := mux.Decode(&event.Beacon{Body: d.Body, Received: d.Time})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if e.Kind == event.RequestCompleted {
				requests[e.View]++
			}
		}
	}
	for id, n := range requests {
		if at, ok := begins[id]; ok {
			told[at >= seam] += n
		}
	}
	if told[false] != 0 || told[true] == 0 {
		t.Errorf("%d requests were told before the last 26 hours, and %d in them; want none, and some", told[false], told[true])
	}
}

// checkGaps checks that a player tells something at least every ten seconds of
// a time.
func checkGaps(t *testing.T, id string, times []int64, from, to int64) {
	t.Helper()
	for at := from; ; {
		i, _ := slices.BinarySearch(times, at+1)
		if i == len(times) || times[i] > to {
			if to-at > 10_000 {
				t.Errorf("view %s tells nothing from %d to %d, the last %d ms of a state", id, at, to, to-at)
			}
			return
		}
		if times[i]-at > 10_000 {
			t.Errorf("view %s tells nothing from %d to %d", id, at, times[i])
		}
		at = times[i]
	}
}
