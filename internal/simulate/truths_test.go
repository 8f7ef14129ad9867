package simulate

import (
	"cmp"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// TestTruths compares truths that nobody told with those of the same viewers
// who told everything.
func TestTruths(t *testing.T) {
	const views = 200
	from := time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)
	var want []Truth
	past := Past{
		EnvKey: "key", World: World{Seed: 4}, From: from, Until: from.Add(26 * time.Hour), Views: views,
		Truth: func(v Truth) { want = append(want, v) },
	}
	w := past.world()
	var got []Truth
	for v := range w.Truths(from, past.Until, views) {
		if v.End < past.Until.UnixMilli() { // others are cut off in the past
			got = append(got, v)
		}
	}
	for range past.Beacons() {
	}
	want = slices.DeleteFunc(want, func(v Truth) bool { return v.End >= past.Until.UnixMilli() })
	for _, list := range [][]Truth{got, want} {
		slices.SortFunc(list, func(a, b Truth) int { return cmp.Compare(a.ViewID, b.ViewID) })
	}
	if len(got) < views/2 {
		t.Fatalf("%d truths of %d views", len(got), views)
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("-told +not told:\n%s", diff[:min(len(diff), 2000)])
	}
}
