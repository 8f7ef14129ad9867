package duckdb

import (
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/query"
	"playhead/internal/sqlgen"
	"playhead/internal/view"
)

// openCrowd opens a file with 300,000 views of five countries and some that are
// not known, whose quantities are spread as those of real views are. Quantiles
// of it are exact until s.cfg.ExactViews is set.
func openCrowd(t *testing.T) *Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), "views.duckdb")
	s, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	names, items, buckets := "id, environment_id, view_start, view_end, country, watch_time", "", ""
	for i, c := range bucketed {
		names += ", " + c.Name + ", " + sqlgen.BucketColumn(c)
		items += fmt.Sprintf(", CAST(CASE WHEN u%d < 0.9 THEN %s END AS %s) AS %s", i%4, spread(c, i), columnType(c), c.Name)
		buckets += ", " + c.Name + ", " + sqlgen.BucketOf(c)
	}
	execute(t, path, fmt.Sprintf(`
		INSERT INTO views (%s) SELECT id, e, began, began + 1, country, 1000%s FROM (SELECT *, format('{:032x}', i)::UUID AS id, 'e' AS e, %d + i * 1000 AS began,
			['DE', 'FR', 'JP', 'US', 'ZA', ''][(hash(i * 8 + 4) %% 6)::INTEGER + 1] AS country %s
			FROM (SELECT i, hash(i * 8) / 18446744073709551616.0 AS u0, hash(i * 8 + 1) / 18446744073709551616.0 AS u1,
				hash(i * 8 + 2) / 18446744073709551616.0 AS u2, hash(i * 8 + 3) / 18446744073709551616.0 AS u3 FROM range(300000) r(i)))`,
		names, buckets, int64(noon), items))
	return open(t, path)
}

// spread is how the values of a column are spread, in SQL.
func spread(c *catalog.Column, i int) string {
	u := fmt.Sprintf("u%d", (i+1)%4)
	normal := fmt.Sprintf("exp(0.6 * sqrt(-2 * ln(%s + 1e-9)) * cos(6.2831853 * u%d))", u, (i+2)%4)
	switch c.Unit {
	case "ms":
		return fmt.Sprintf("round(900 * %s)", normal)
	case "bit/s":
		return fmt.Sprintf("round(4e6 * %s)", normal)
	case "fraction":
		return fmt.Sprintf("greatest(0, 1.2 * %s - 0.5)", u) // very many zeros
	case "score":
		return fmt.Sprintf("CASE WHEN %s < 0.1 THEN 0.5 WHEN %[1]s > 0.7 THEN 1 ELSE 8 / (8 + %[2]s) END", u, normal)
	default:
		return fmt.Sprintf("floor(-ln(%s + 1e-9) * 2)", u)
	}
}

// crowdPlans are the plans of the API with quantiles of each column that has
// buckets, by name.
func crowdPlans(t *testing.T) map[string]*query.Plan {
	t.Helper()
	r := query.Request{Environment: "e", Timeframe: []string{fmt.Sprint(noon / 1000), fmt.Sprint(noon/1000 + 300_001)}}
	plans := map[string]*query.Plan{}
	for i := range catalog.Metrics {
		m := &catalog.Metrics[i]
		for _, measurement := range []catalog.Measurement{catalog.Median, catalog.P95} {
			if _, ok := m.Node(measurement); !ok {
				continue
			}
			r.Metric, r.Measurement = m.ID, string(measurement)
			r.GroupBy = ""
			overall, err := query.Overall(r)
			if err != nil {
				t.Fatal(err)
			}
			r.OrderBy = "field"
			breakdown, err := query.Breakdown(r)
			if err != nil {
				t.Fatal(err)
			}
			r.GroupBy = "day"
			series, err := query.Timeseries(r)
			if err != nil {
				t.Fatal(err)
			}
			name := m.ID + " " + r.Measurement
			plans[name] = overall.Plan
			switch {
			case measurement == catalog.P95:
			case i%3 == 0:
				plans[name+" by country"] = breakdown.Plan
			case i%3 == 1:
				plans[name+" by day"] = series.Plan
			default:
				browser, _ := catalog.LookupDimension("browser")
				breakdown.Plan.GroupBy, breakdown.Plan.Sets = nil, []*catalog.Dimension{browser, breakdown.Dimension}
				plans[name+" in sets"] = breakdown.Plan
			}
		}
	}
	comparison, err := query.Comparison(query.Request{Environment: "e", Timeframe: r.Timeframe})
	if err != nil {
		t.Fatal(err)
	}
	plans["comparison by end"] = comparison.ByEnd
	return plans
}

// TestBucketed compares quantiles read from buckets with exact ones: of very
// many values, as here, they are much closer than the width of a bucket.
// Everything else of the results is the same.
func TestBucketed(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing is concurrent here: make unit plays it")
	}
	s := openCrowd(t)
	for name, p := range crowdPlans(t) {
		t.Run(name, func(t *testing.T) {
			s.cfg.ExactViews = 1 << 40
			want := aggregated(t, s, p)
			s.cfg.ExactViews = -1000
			got := aggregated(t, s, p)
			if want.Bucketed || !got.Bucketed {
				t.Fatalf("bucketed = %v and %v, want false and true", want.Bucketed, got.Bucketed)
			}
			if len(got.Rows) != len(want.Rows) || got.Total != want.Total || len(want.Rows) == 0 {
				t.Fatalf("%d rows of %d, want %d of %d", len(got.Rows), got.Total, len(want.Rows), want.Total)
			}
			for i, w := range want.Rows {
				g := got.Rows[i]
				if g.Bucket != w.Bucket || g.Set != w.Set || fmt.Sprint(g.Groups) != fmt.Sprint(w.Groups) {
					t.Fatalf("row %d is %v, want %v", i, g, w)
				}
				checkClose(t, p, g, w)
			}
			if want.All != nil {
				checkClose(t, p, *got.All, *want.All)
			}
		})
	}
}

func aggregated(t *testing.T, s *Store, p *query.Plan) *query.Result {
	t.Helper()
	r, err := s.Aggregate(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// checkClose checks that the values of a row are equal, and quantiles within
// 0.25 per cent of each other, or 0.0005 of fractions and scores.
func checkClose(t *testing.T, p *query.Plan, got, want query.Row) {
	t.Helper()
	for i, w := range want.Values {
		slack := 1e-9 * math.Abs(w)
		if a, ok := p.Values[i].(expr.Agg); ok && a.Fn == expr.Quantile {
			slack = 0.0025 * w
			if unit := catalog.MustColumn(a.Col).Unit; unit == "score" || unit == "fraction" {
				slack = 0.0005
			}
		}
		if g := got.Values[i]; math.IsNaN(g) != math.IsNaN(w) || math.Abs(g-w) > slack+1e-12 {
			t.Errorf("%v: %s = %v, want %v", want.Groups, p.Values[i], g, w)
		}
	}
}

// TestWithinBucket checks quantiles of few values, whatever they are: one read
// from buckets is off by less than the width of a bucket there.
func TestWithinBucket(t *testing.T) {
	s := openNew(t)
	s.cfg.ExactViews = -1000
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		environment := fmt.Sprint("e", n)
		c := rapid.SampledFrom(bucketed).Draw(rt, "column")
		most := map[string]int{"ms": 1e8, "bit/s": 1e9, "fraction": 10, "score": 1, "": 60_000}[c.Unit]
		values := rapid.SliceOfN(rapid.Float64Range(0, float64(most)), 2, 30).Draw(rt, "values")
		var b view.Batch
		for i, x := range values {
			if c.Kind == catalog.Int {
				values[i] = math.Round(x)
			}
			v := sample(100*n+i, "")
			v.SetText(environmentID, environment)
			v.SetNumber(c, values[i])
			b.Views = append(b.Views, v)
		}
		commit(t, s, b)
		p := &query.Plan{Scope: everything}
		p.Environment = environment
		for _, q := range []float64{0, 0.05, 0.5, 0.95, 1} {
			p.Values = append(p.Values, expr.Agg{Fn: expr.Quantile, Col: c.Name, P: q})
		}
		r := aggregated(t, s, p)
		for i, f := range p.Values {
			want := expr.Eval(f, numbers(values))
			if got := r.Rows[0].Values[i]; math.Abs(got-want) > width(c, want)+1e-9*want {
				rt.Errorf("%s of %v = %v, want %v ± %v", f, values, got, want, width(c, want))
			}
		}
		if !r.Bucketed {
			rt.Error("quantiles are exact, want buckets")
		}
	})
	checkBuckets(t, s)
}

// width is that of the bucket of a value; 0 if it stands for one value.
func width(c *catalog.Column, v float64) float64 {
	b := c.Buckets()
	switch {
	case b.Root:
		return (2*math.Sqrt(v)*b.Steps + 1) / (b.Steps * b.Steps)
	case c.Kind == catalog.Int:
		return 0
	default:
		return 0.5 / b.Steps
	}
}

// numbers are values of a column.
type numbers []float64

func (n numbers) Len() int { return len(n) }

func (n numbers) Column(string) func(int) (float64, bool) {
	return func(i int) (float64, bool) { return n[i], true }
}
