package query

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSortStartups sorts few startup times and many, among them such as take long.
func TestSortStartups(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 100, 2047, 2048, 20_000} {
		got := make(startupTimes, n)
		for i := range got {
			got[i] = float64(int64(6000 * rng.ExpFloat64()))
		}
		want := slices.Sorted(slices.Values(got))
		got.sort()
		if diff := cmp.Diff(want, []float64(got)); n > 0 && diff != "" {
			t.Errorf("%d times (-want +got):\n%s", n, diff[:min(len(diff), 1000)])
		}
	}
}
