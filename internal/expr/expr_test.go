package expr

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// table is views by column; NaN is null.
type table map[string][]float64

func (t table) Len() int {
	for _, column := range t {
		return len(column)
	}
	return 0
}

func (t table) Column(name string) func(int) (float64, bool) {
	column := t[name]
	return func(i int) (float64, bool) { return column[i], !math.IsNaN(column[i]) }
}

var null = math.NaN()

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func TestEval(t *testing.T) {
	rows := table{
		"x":    {1, 2, 4, 8, 16, null},
		"y":    {10, 10, 30, null, null, null},
		"zero": {0, 0, 0, 0, 0, 0},
		"void": {null, null, null, null, null, null},
		"flag": {1, 0, null, 1, 0, 1},
		"no":   {0, 0, 0, 0, 0, 0},
	}
	for formula, want := range map[string]float64{
		"count()": 6, "count(x)": 5, "count(void)": 0, "count() when flag": 3, "count(x) when flag": 2, "count() when no": 0,
		"sum(x)": 31, "sum(void)": 0, "sum(x) when flag": 9, "sum(x) when no": 0,
		"avg(x)": 6.2, "avg(void)": null, "avg(x) when flag": 4.5, "avg(x) when no": null,
		"min(x)": 1, "min(void)": null, "max(x)": 16, "max(void)": null, "max(x) when flag": 8,
		"uniq(x)": 5, "uniq(y)": 2, "uniq(void)": 0, "uniq(y) when flag": 1,
		"quantile(x, 0)": 1, "quantile(x, 0.3)": 2.4, "quantile(x, 0.5)": 4, "quantile(x, 1)": 16,
		"quantile(y, 0.5)": 10, "quantile(y, 0.75)": 20, "quantile(void, 0.5)": null, "quantile(x, 0.5) when flag": 4.5,
		"2 + 3 * 4": 14, "(2 + 3) * 4": 20, "10 - 2 - 3": 5, "10 - (2 - 3)": 11, "16 / 4 / 2": 2, "16 / (4 / 2)": 8, "7 / 2": 3.5,
		"sum(x) / count()": 31.0 / 6, "1 / 0": null, "0 / 0": null, "sum(x) / sum(zero)": null, "sum(zero) / sum(x)": 0,
		"1 + avg(void)": null, "avg(void) - 1": null, "0 * avg(void)": null, "avg(void) / 1": null,
		"count() when flag / count()": 0.5, "sum(y) / (sum(x) / 60000)": 50 / (31.0 / 60000),
	} {
		if got := Eval(MustParse(formula), rows); !same(got, want) {
			t.Errorf("%s = %v, want %v", formula, got, want)
		}
	}
}

func TestEvalOfNoViews(t *testing.T) {
	for formula, want := range map[string]float64{
		"count()": 0, "count(x)": 0, "sum(x)": 0, "uniq(x)": 0, "avg(x)": null, "min(x)": null, "max(x)": null,
		"quantile(x, 0.5)": null, "count() when x / count()": null,
	} {
		if got := Eval(MustParse(formula), table{"x": {}}); !same(got, want) {
			t.Errorf("%s = %v, want %v", formula, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	for formula, want := range map[string]Node{
		"count()":                       Agg{Fn: Count},
		"count( x )":                    Agg{Fn: Count, Col: "x"},
		"sum(a_1) when b":               Agg{Fn: Sum, Col: "a_1", When: "b"},
		"quantile(x,0.95)":              Agg{Fn: Quantile, Col: "x", P: 0.95},
		"quantile(x, 1) when y":         Agg{Fn: Quantile, Col: "x", P: 1, When: "y"},
		"60000":                         Num(60000),
		"0.5":                           Num(0.5),
		"((1))":                         Num(1),
		"1+2*3":                         Bin{'+', Num(1), Bin{'*', Num(2), Num(3)}},
		"1 - 2 - 3":                     Bin{'-', Bin{'-', Num(1), Num(2)}, Num(3)},
		"count() when sum / sum(count)": Bin{'/', Agg{Fn: Count, When: "sum"}, Agg{Fn: Sum, Col: "count"}},
	} {
		got, err := Parse(formula)
		if err != nil {
			t.Errorf("%s: %v", formula, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", formula, diff)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for formula, word := range map[string]string{
		"": `unknown function ""`, "x": `unknown function "x"`, "median(x)": `"median"`, "sum": `want "("`, "sum(": "want a column",
		"sum()": "want a column", "sum(x": `want ")"`, "sum(1)": "want a column", "sum(when)": "want a column", "sum(X)": "want a column",
		"sum(x) when": "want a column", "sum(x) when 1": "want a column", "sum(x, 1)": `want ")"`, "count(x y)": `want ")"`,
		"quantile(x)": `want ","`, "quantile(x,)": "from 0 to 1", "quantile(x, 1.5)": "from 0 to 1", "quantile(x, -1)": "from 0 to 1",
		"quantile(x, y)": "from 0 to 1", "1 +": `""`, "+ 1": `"+"`, "-1": `"-"`, "1 2": `unexpected "2"`, "(1": `want ")"`, "1)": `unexpected ")"`,
		"1..2": `"1..2"`, "1 % 2": `unexpected "%"`, "sum(x); drop": `unexpected ";"`, "sum(x) when y when z": `unexpected "when"`,
		"1e5": `"1e5"`, "0x1p4": `"0x1p4"`, ".5": `".5"`, strings.Repeat("1+", 101) + "1": "more than 100 operators",
		"1é": "unexpected", strings.Repeat("(", 101) + "1" + strings.Repeat(")", 101): "more than 100 parentheses",
	} {
		got, err := Parse(formula)
		if err == nil {
			t.Errorf("%q = %s, want an error", formula, got)
		} else if !strings.Contains(err.Error(), word) {
			t.Errorf("%q: error %q does not say %q", formula, err, word)
		}
	}
	if _, err := Parse(strings.Repeat("(", 100) + "1" + strings.Repeat(")", 100)); err != nil {
		t.Errorf("100 parentheses: %v", err)
	}
	long := MustParse(strings.Repeat("1+", 100) + "1")
	if _, err := Parse(long.String()); err != nil {
		t.Errorf("100 operators as printed: %v", err)
	}
}

func TestColumns(t *testing.T) {
	var got []string
	Columns(MustParse("sum(a) when b / (count() - quantile(c, 0.5)) + count() when d"), func(name string, flag bool) {
		if flag {
			name += "?"
		}
		got = append(got, name)
	})
	if diff := cmp.Diff([]string{"a", "b?", "c", "d?"}, got); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
}

// TestPrintParses: what String prints parses to an equal formula.
func TestPrintParses(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := drawFormula(rt, 4)
		got, err := Parse(want.String())
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Errorf("%s (-want +got):\n%s", want, diff)
		}
	})
}

func drawFormula(rt *rapid.T, depth int) Node {
	if depth > 0 && rapid.Bool().Draw(rt, "arithmetic") {
		return Bin{rapid.SampledFrom([]byte("+-*/")).Draw(rt, "op"), drawFormula(rt, depth-1), drawFormula(rt, depth-1)}
	}
	if rapid.Bool().Draw(rt, "constant") {
		return Num(rapid.Float64Range(0, 1e18).Draw(rt, "number"))
	}
	column := rapid.SampledFrom([]string{"x", "y", "watch_time", "sum", "a1"})
	a := Agg{Fn: rapid.SampledFrom([]Func{Count, Sum, Avg, Min, Max, Uniq, Quantile}).Draw(rt, "function"), Col: column.Draw(rt, "column")}
	if a.Fn == Quantile {
		a.P = rapid.Float64Range(0, 1).Draw(rt, "p")
	}
	if a.Fn == Count && rapid.Bool().Draw(rt, "all") {
		a.Col = ""
	}
	if rapid.Bool().Draw(rt, "when") {
		a.When = column.Draw(rt, "flag")
	}
	return a
}

// TestQuantileLaws: a quantile is between the least and the greatest value,
// does not fall as p grows, and does not depend on the order of the views.
func TestQuantileLaws(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 20).Draw(rt, "values")
		p := rapid.Float64Range(0, 1).Draw(rt, "p")
		q := rapid.Float64Range(p, 1).Draw(rt, "q")
		at := func(values []float64, p float64) float64 {
			return Eval(Agg{Fn: Quantile, Col: "x", P: p}, table{"x": values})
		}
		const slack = 1e-9 // of interpolation between equal values
		low, high := at(values, p), at(values, q)
		if low < slices.Min(values)-slack || high > slices.Max(values)+slack || low > high+slack {
			rt.Errorf("quantiles %v and %v of %v = %v and %v", p, q, values, low, high)
		}
		if turned := at(rapid.Permutation(values).Draw(rt, "permutation"), p); turned != low {
			rt.Errorf("quantile of a permutation = %v, want %v", turned, low)
		}
	})
}

// TestEvalLeavesRowsAlone: a formula does not change the columns it reads.
func TestEvalLeavesRowsAlone(t *testing.T) {
	rows := table{"x": {3, 1, 2}}
	for _, f := range []string{"quantile(x, 0.5)", "uniq(x)"} {
		Eval(MustParse(f), rows)
		if diff := cmp.Diff([]float64{3, 1, 2}, rows["x"]); diff != "" {
			t.Errorf("%s changed the column (-want +got):\n%s", f, diff)
		}
	}
}

// FuzzParse: whatever parses prints to the same formula, and can be computed.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"sum(a) / sum(b)", "count() when x / count()", "quantile(v, 0.95)", "(1 + 2) * 3", "uniq(", "1e5", "((((", "sum(a) when when"} {
		f.Add(s)
	}
	rows := anyTable{}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := Parse(s)
		if err != nil {
			return
		}
		m, err := Parse(n.String())
		if err != nil || m.String() != n.String() {
			t.Errorf("%q prints as %q, which parses to %v, %v", s, n, m, err)
		}
		Eval(n, rows)
	})
}

// anyTable has three views and every column.
type anyTable struct{}

func (anyTable) Len() int { return 3 }

func (anyTable) Column(string) func(int) (float64, bool) {
	return func(i int) (float64, bool) { return float64(i), i != 1 }
}
