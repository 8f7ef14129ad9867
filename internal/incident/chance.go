package incident

import (
	"math"
	"slices"
)

// expectation is what is known of the share of views that fail: a beta
// distribution, so that it has how sure that is in it. Under it the failures of a
// bucket have a beta-binomial distribution.
type expectation struct {
	share float64 // its mean, above 0 and below 1
	size  float64 // after how many views the same would be known; at least a few
}

// least is the smallest number of failures among so many views that comes, or is
// exceeded, by chance less often than odds. It is views+1 if no number is as rare.
func (e expectation) least(views int64, odds float64) int64 {
	from := int64(float64(views) * e.share) // about the most probable number: the tail lies above
	terms := e.terms(views, from)
	tail := 0.0
	for i, term := range slices.Backward(terms) { // the smallest first, so that nothing is lost in rounding
		if tail += term; tail >= odds {
			return from + int64(i) + 1
		}
	}
	return from
}

// terms are the probabilities of from failures among so many views, of one more,
// and so on, until they no longer matter.
func (e expectation) terms(views, from int64) []float64 {
	const negligible = 1e-30
	a, b := e.share*e.size, (1-e.share)*e.size
	n, k := float64(views), float64(from)
	p := math.Exp(logChoose(n, k) + logBeta(k+a, n-k+b) - logBeta(a, b))
	terms := []float64{p}
	for ; k < n; k++ {
		p *= (n - k) / (k + 1) * (k + a) / (n - k - 1 + b)
		if terms = append(terms, p); p < negligible {
			break
		}
	}
	return terms
}

// atMost is how probable it is that at most some of so many views fail of which
// each does with the probability share.
func atMost(failures, views int64, share float64) float64 {
	switch {
	case failures >= views || share <= 0:
		return 1
	case share >= 1:
		return 0
	}
	n, sum := float64(views), 0.0
	for i := int64(0); i <= failures; i++ {
		k := float64(i)
		sum += math.Exp(logChoose(n, k) + k*math.Log(share) + (n-k)*math.Log1p(-share))
	}
	return min(1, sum)
}

func logChoose(n, k float64) float64 {
	return logGamma(n+1) - logGamma(k+1) - logGamma(n-k+1)
}

func logBeta(a, b float64) float64 { return logGamma(a) + logGamma(b) - logGamma(a+b) }

func logGamma(x float64) float64 {
	l, _ := math.Lgamma(x)
	return l
}
