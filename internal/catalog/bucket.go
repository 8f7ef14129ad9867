package catalog

import (
	"math"

	"playhead/internal/expr"
)

// Buckets cut the values of a column into ranges of about equal relative width.
// Stores keep the number of the range beside the value, so that quantiles over
// very many views can be read from how many values each range has: the answer
// is in the range that has the exact one, and the memory for it is bounded.
//
// On a root scale the range b holds the values v with ⌊Steps·√v⌋ = b, which for
// 4 steps at 1,000 ms is 16 ms wide. Range 0 is read as the value 0, because
// zeros are what it is full of. On a linear scale the range b holds what rounds
// to b / Steps, and is read as that: whole numbers are exact. Scores are on it,
// because very many are exactly 0.5 or 1.
type Buckets struct {
	Root  bool
	Steps float64
}

// scales are the buckets of quantities, by unit.
var scales = map[string]Buckets{
	"ms":       {Root: true, Steps: 4},
	"bit/s":    {Root: true, Steps: 0.125},
	"fraction": {Root: true, Steps: 200},
	"score":    {Steps: 2000},
	"":         {Steps: 1},
}

// LastBucket is the number of the last bucket, which has no upper end.
const LastBucket = math.MaxUint16

// Buckets are those of the column; nil if no metric has a quantile of it.
func (c *Column) Buckets() *Buckets { return c.buckets }

// Of is the bucket of a value; ok is false for null and for values below 0.
func (b *Buckets) Of(v float64) (bucket uint16, ok bool) {
	if math.IsNaN(v) || v < 0 {
		return 0, false
	}
	if b.Root {
		return uint16(min(math.Floor(math.Sqrt(v)*b.Steps), LastBucket)), true
	}
	return uint16(min(math.Floor(v*b.Steps+0.5), LastBucket)), true
}

// addBuckets gives a column buckets if a formula is a quantile of it.
func addBuckets(formula expr.Node) {
	a, ok := formula.(expr.Agg)
	if !ok || a.Fn != expr.Quantile {
		return
	}
	c := MustColumn(a.Col)
	scale, ok := scales[c.Unit]
	if !ok {
		panic("BUG: no buckets for the unit of column " + c.Name)
	}
	c.buckets = &scale
}
