package incident

import (
	"math"
	"testing"
)

// TestExpect has what is expected after 4,000 views of which 200 failed, worked out
// by hand: 201 / 4050 = 4.96 %. As sure as that is as if 4,050 views were known, if
// buckets are alike.
//
// Of 40 buckets of titles, half with 2 and half with 8 failures, 20×2×1 + 20×8×7 =
// 1,160 of 40×100×99 = 396,000 pairs failed. With 20 buckets that are alike, 198,000
// pairs of which 0.05² fail: 1,655 of 594,000, 0.0027862. That is 0.0002862 more
// than 0.05², which over 0.0496296 × 0.9503704 makes 0.0060679; and 1 / (0.0060679 +
// 1/4051) - 1 = 157.36. With 4 and 6 failures 840 + 495 pairs failed, fewer than by
// chance. With 0 and 10 they are 1,800 + 495, a standard deviation of 3.7 % from
// bucket to bucket: half of 4.96 % counts, 0.0006158 / 0.0471665 = 0.0130555, and 1 /
// (0.0130555 + 1/4051) - 1 = 74.18.
func TestExpect(t *testing.T) {
	for _, c := range []struct {
		low, high int64
		size      float64
	}{{5, 5, 4050}, {4, 6, 4050}, {2, 8, 157.36}, {0, 10, 74.18}} {
		var h history
		now := stageBegin.UnixMilli()
		for i := range 40 {
			if i%10 == 0 {
				now += hour
				h.add(now, ofWhole, tallied(1000, map[int64]int64{7: 50}))
			}
			k := c.low
			if i%2 == 0 {
				k = c.high
			}
			h.add(now, ofTitles, tallied(100, map[int64]int64{7: k}))
		}
		for round := range 2 {
			e := h.expect(7, &h.sums.Titles, titleViews)
			if math.Abs(e.share-201.0/4050) > 1e-12 || math.Abs(e.size-c.size) > 0.01 {
				t.Errorf("%d and %d failures, round %d: %+v, want 0.0496, %v", c.low, c.high, round, e, c.size)
			}
			if e := h.expect(7, &h.sums.Whole, wholeViews); math.Abs(e.size-4050) > 1e-6 {
				t.Errorf("buckets of the environment are as good as %v views, want 4050", e.size)
			}
			var again history
			again.restore(h.hours)
			h = again
		}
	}
}

// TestExpectNothing: of what never failed half a percent is expected, and when
// nothing is known it is one in fifty.
func TestExpectNothing(t *testing.T) {
	var h history
	if e := h.expect(7, &h.sums.Whole, wholeViews); e.share != 1.0/50 || math.Abs(e.size-50) > 1e-9 {
		t.Errorf("nothing is known: %+v, want 0.02, 50", e)
	}
	h.add(0, ofWhole, tallied(950, nil))
	if e := h.expect(7, &h.sums.Whole, wholeViews); e.share != 0.005 || math.Abs(e.size-1000) > 1e-9 {
		t.Errorf("950 views without failures: %+v, want 0.005 (more than 1/1000), 1000", e)
	}
}

// TestHistoryForgets: what is older than seven days does not count, but the newest
// thousand views always do.
func TestHistoryForgets(t *testing.T) {
	var h history
	views := func(at, n int64) int64 {
		h.add(at*hour, ofWhole, tallied(n, map[int64]int64{7: 1}))
		return h.sums.Whole.Views
	}
	for _, c := range []struct{ hour, views, want int64 }{
		{0, 600, 600},
		{1, 500, 1100},
		{167, 500, 1600},    // 0 is not seven days ago yet
		{168, 1, 1001},      // it is: 1,001 newer ones are there
		{169, 1, 1002},      // 1 is too, but there are only 502 newer ones
		{170, 497, 1499},    // 999
		{170, 1, 1000},      // 1,000
		{10_000, 1, 1001},   // all is old
		{10_001, 999, 1000}, // 10,000 and 10,001 have the newest thousand
		{10_001, 1, 1001},
	} {
		if got := views(c.hour, c.views); got != c.want {
			t.Errorf("after %d views in hour %d: %d, want %d", c.views, c.hour, got, c.want)
		}
	}
}

// TestTypesOfAnHour: beyond fifty types, failures count among all only.
func TestTypesOfAnHour(t *testing.T) {
	var h history
	for kind := range int64(60) {
		h.add(0, ofWhole, tallied(100, map[int64]int64{allTypes: 2, 1 + kind: 2}))
	}
	if n := len(h.sums.Whole.Types); n != maxTypes+1 || h.sums.Whole.Types[allTypes].Failed != 120 || h.sums.Whole.Types[50].Failed != 2 || h.sums.Whole.Types[51].Failed != 0 {
		t.Errorf("%d types, %+v", n, h.sums.Whole.Types)
	}
}
