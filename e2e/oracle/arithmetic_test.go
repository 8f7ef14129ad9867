package oracle

import (
	"cmp"
	"math"
	"slices"
)

// null is the value of what is not known.
var null = math.NaN()

func known(x float64) bool { return !math.IsNaN(x) }

func sum(list []float64) float64 {
	total := 0.0
	for _, x := range list {
		total += x
	}
	return total
}

func mean(list []float64) float64 { return divide(sum(list), float64(len(list))) }

// divide makes a division by zero null.
func divide(a, b float64) float64 {
	if b == 0 {
		return null
	}
	return a / b
}

// quantile interpolates between the two nearest ranks.
func quantile(list []float64, q float64) float64 {
	if len(list) == 0 {
		return null
	}
	sorted := slices.Sorted(slices.Values(list))
	whole, part := math.Modf(q * float64(len(sorted)-1))
	low, high := sorted[int(whole)], sorted[min(int(whole)+1, len(sorted)-1)]
	return low + part*(high-low)
}

// near reports whether two numbers are the same but for rounding; slack is
// what they may differ by in any case.
func near(got, want, slack float64) bool {
	if math.IsNaN(got) || math.IsNaN(want) {
		return math.IsNaN(got) && math.IsNaN(want)
	}
	return math.Abs(got-want) <= slack+1e-9*math.Abs(want)
}

// compareNumbers puts nulls last in either direction.
func compareNumbers(x, y float64, descending bool) int {
	switch {
	case !known(x) || !known(y):
		return int(asNumber(!known(x)) - asNumber(!known(y)))
	case descending:
		return cmp.Compare(y, x)
	}
	return cmp.Compare(x, y)
}

// single rounds to a 32-bit float, as views keep their scores.
func single(x float64) float64 { return float64(float32(x)) }

func asNumber(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
