package incident

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// TestLeast has the smallest numbers of failures that come less often by chance
// than once in a million times, computed with fractions of whole numbers (in
// Python): of a beta-binomial distribution with whole parameters a and b, and for
// a very long history of the binomial one.
func TestLeast(t *testing.T) {
	for _, c := range []struct {
		views int64
		a, b  float64
		want  int64
	}{
		{100, 1, 49, 31},
		{1000, 1, 49, 252},
		{20, 1, 49, 10}, // nothing is known
		{100, 11, 1039, 11},
		{1000, 11, 1039, 43}, // a thousand views of which ten failed
		{100, 100, 9900, 10},
		{1000, 100, 9900, 31},
		{1000, 5e9, 995e9, 20},
		{100, 5e9, 995e9, 7}, // binomial, 0.5 %
		{1000, 1e10, 99e10, 29},
		{100, 1e10, 99e10, 9}, // 1 %
		{1000, 2e10, 98e10, 45},
		{100, 2e10, 98e10, 12}, // 2 %
		{1000, 1e11, 9e11, 149},
		{100, 1e11, 9e11, 28}, // 10 %
		{5, 1, 49, 5},
		{4, 1, 49, 5}, // five of five are one in 54 × 53 × 52 × 51 × 50 / 120 = 3,162,510, four of four one in 292,825
	} {
		e := expectation{share: c.a / (c.a + c.b), size: c.a + c.b}
		if got := e.least(c.views, 1e-6); got != c.want {
			t.Errorf("%d views, beta(%v, %v): %d, want %d", c.views, c.a, c.b, got, c.want)
		}
	}
}

// TestLeastExact compares with the beta-binomial distribution in exact fractions.
func TestLeastExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 300).Draw(t, "views")
		a, b := rapid.Int64Range(1, 50).Draw(t, "a"), rapid.Int64Range(1, 2000).Draw(t, "b")
		odds := rapid.SampledFrom([]float64{1e-2, 1e-3, 1e-6, 1e-9}).Draw(t, "odds")
		e := expectation{share: float64(a) / float64(a+b), size: float64(a + b)}
		least := e.least(n, odds)
		if tail := exactTail(n, a, b, least); tail >= odds*(1+1e-9) {
			t.Errorf("%d or more come with a chance of %g, want less than %g", least, tail, odds)
		}
		if tail := exactTail(n, a, b, least-1); tail < odds*(1-1e-9) {
			t.Errorf("%d or more come with a chance of %g already, less than %g", least-1, tail, odds)
		}
	})
}

// exactTail is the chance of k or more failures among n views: the number of ways
// in which the balls of Pólya's urn can fall, of all ways.
func exactTail(n, a, b, k int64) float64 {
	ways := new(big.Int)
	for ; k <= n; k++ {
		some := new(big.Int).Binomial(k+a-1, k)
		ways.Add(ways, some.Mul(some, new(big.Int).Binomial(n-k+b-1, n-k)))
	}
	tail, _ := new(big.Rat).SetFrac(ways, new(big.Int).Binomial(n+a+b-1, n)).Float64()
	return tail
}

// TestAtMost has chances of the binomial distribution, computed with fractions of
// whole numbers (in Python).
func TestAtMost(t *testing.T) {
	for _, c := range []struct {
		failures, views int64
		share, want     float64
	}{
		{0, 73, 0.09, 0.0010233439808144278},
		{0, 74, 0.09, 0.0009312430225411293},
		{3, 100, 0.1, 0.007836487121184399},
		{10, 400, 0.045, 0.02769309951723682},
		{4, 14, 0.4, 0.2792569872384},
		{99, 100, 0.99, 0.6339676587267705},
		{7, 7, 0.3, 1},
		{0, 5, 0, 1},
		{4, 5, 1, 0},
		{5, 5, 1, 1},
		{0, 5, 1.3, 0},
	} {
		if got := atMost(c.failures, c.views, c.share); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("at most %d of %d at %v: %v, want %v", c.failures, c.views, c.share, got, c.want)
		}
	}
}

// TestTooMany: chance is not all; what opens an incident also has to matter.
func TestTooMany(t *testing.T) {
	const certain = 1e12
	for _, c := range []struct {
		views int64
		share float64
		want  int64
	}{
		{1000, 0.005, 25},   // two points more: 2.5 %, though 20 are rare by chance
		{1000, 0.02, 60},    // three times as much, though 45 are rare
		{100, 0.005, 7},     // rare: 7; two points more are only 3
		{100, 0.01, 9},      // rare: 9
		{1000, 0.2, 600},    // three times as much is 60 %, half way to all too
		{1000, 0.4, 700},    // half way to all
		{1000, 0.999, 1019}, // two points more than nearly all: never
		{1_000_000, 0.01, 30000},
	} {
		if got := (expectation{c.share, certain}).tooMany(c.views, odds); got != c.want {
			t.Errorf("%d views, %v: %d, want %d", c.views, c.share, got, c.want)
		}
	}
}
