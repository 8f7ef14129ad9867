package expr

import (
	"fmt"
	"math"
	"slices"
)

// Rows gives formulas access to the columns of a set of views.
type Rows interface {
	// Len is the number of views.
	Len() int
	// Column returns a function that reads one column; ok is false for null.
	// A boolean reads as 0 or 1.
	Column(name string) func(i int) (v float64, ok bool)
}

// Eval computes a formula over rows. A null result is NaN.
func Eval(n Node, rows Rows) float64 {
	switch n := n.(type) {
	case Num:
		return float64(n)
	case Bin:
		l, r := Eval(n.L, rows), Eval(n.R, rows)
		switch n.Op {
		case '+':
			return l + r
		case '-':
			return l - r
		case '*':
			return l * r
		case '/':
			if r == 0 {
				return math.NaN()
			}
			return l / r
		}
	case Agg:
		return n.eval(rows)
	}
	panic(fmt.Sprintf("BUG: expr: unexpected node %v", n))
}

func (a Agg) eval(rows Rows) float64 {
	vs := a.values(rows)
	switch a.Fn {
	case Count:
		return float64(len(vs))
	case Sum:
		return sum(vs)
	case Uniq:
		slices.Sort(vs)
		return float64(len(slices.Compact(vs)))
	}
	if len(vs) == 0 {
		return math.NaN()
	}
	switch a.Fn {
	case Avg:
		return sum(vs) / float64(len(vs))
	case Min:
		return slices.Min(vs)
	case Max:
		return slices.Max(vs)
	case Quantile:
		slices.Sort(vs)
		return Interpolate(vs, a.P)
	}
	panic("BUG: expr: unknown function " + string(a.Fn))
}

// values are the non-null values of the aggregate's column, or a 1 for each
// view when it has none.
func (a Agg) values(rows Rows) []float64 {
	keep := func(int) bool { return true }
	if a.When != "" {
		flag := rows.Column(a.When)
		keep = func(i int) bool { v, ok := flag(i); return ok && v != 0 }
	}
	value := func(int) (float64, bool) { return 1, true }
	if a.Col != "" {
		value = rows.Column(a.Col)
	}
	var vs []float64
	for i := range rows.Len() {
		if !keep(i) {
			continue
		}
		if v, ok := value(i); ok {
			vs = append(vs, v)
		}
	}
	return vs
}

func sum(vs []float64) float64 {
	s := 0.0
	for _, v := range vs {
		s += v
	}
	return s
}

// Interpolate is the p-quantile of sorted values, of which there are some, by linear interpolation
// between the nearest ranks (Hyndman and Fan's definition 7).
func Interpolate(sorted []float64, p float64) float64 {
	h := p * float64(len(sorted)-1)
	lo := int(h)
	hi := min(lo+1, len(sorted)-1)
	return sorted[lo] + (h-float64(lo))*(sorted[hi]-sorted[lo])
}
