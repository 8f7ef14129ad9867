package storetest

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/query"
	"playhead/internal/store/memory"
)

// testAgreement compares a store with package memory on random views: first
// every metric and every dimension once, then random plans.
func testAgreement(t *testing.T, s Store) {
	oracle := memory.New()
	for _, b := range randomBatches() {
		commitBatch(t, s, b)
		commitBatch(t, oracle, b)
	}
	agree := func(t *testing.T, p *query.Plan) {
		t.Helper()
		if diff := difference(aggregate(t, oracle, p), aggregate(t, s, p)); diff != "" {
			t.Errorf("plan %s\nAggregate (-want +got):\n%s", describe(p), diff)
		}
	}
	request := query.Request{Environment: environment, Timeframe: []string{fmt.Sprint(epoch / 1000), fmt.Sprint(epoch/1000 + 600)}}

	t.Run("every metric by each measurement", func(t *testing.T) {
		for i := range catalog.Metrics {
			m := &catalog.Metrics[i]
			for _, measurement := range m.Supported() {
				r := request
				r.Metric, r.Measurement, r.GroupBy, r.OrderBy = m.ID, string(measurement), "country", "negative_impact"
				p, err := query.Breakdown(r)
				if err != nil {
					t.Fatal(err)
				}
				agree(t, p.Plan)
			}
		}
	})
	t.Run("every dimension", func(t *testing.T) {
		for i := range catalog.Dimensions {
			r := request
			r.Dimension, r.Limit = catalog.Dimensions[i].Name, "7"
			p, err := query.DimensionValues(r)
			if err != nil {
				t.Fatal(err)
			}
			agree(t, p.Plan)
		}
	})
	t.Run("the comparison", func(t *testing.T) {
		r := request
		r.Dimension, r.Value = "country", new("US")
		p, err := query.Comparison(r)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, p.ByEnd)
		agree(t, p.ByStart)
	})
	testRandom(t, oracle, s)
}

// testRandom compares a store with the oracle that holds the same views.
func testRandom(t *testing.T, oracle, s query.Engine) {
	agree := func(rt *rapid.T, p *query.Plan) {
		p = settled(p)
		want, err := oracle.Aggregate(t.Context(), p)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := s.Aggregate(t.Context(), p)
		if err != nil {
			rt.Fatalf("plan %s\nAggregate: %v", describe(p), err)
		}
		if diff := difference(want, got); diff != "" {
			rt.Fatalf("plan %s\nAggregate (-want +got):\n%s", describe(p), diff)
		}
	}
	agreeOnList := func(rt *rapid.T, p *query.ListPlan) {
		if diff := cmp.Diff(listing(rt, oracle, p), listing(rt, s, p)); diff != "" {
			rt.Fatalf("where %s\nList (-want +got):\n%s", describe(&query.Plan{Scope: p.Scope}), diff)
		}
	}
	t.Run("random plans", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) { agree(rt, randomPlan(rt)) })
	})
	t.Run("random lists", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			agreeOnList(rt, &query.ListPlan{
				Scope: randomScope(rt), Ascending: rapid.Bool().Draw(rt, "ascending"),
				Columns: rapid.SliceOfNDistinct(rapid.SampledFrom(stored()), 0, 20, rapid.ID).Draw(rt, "columns"),
				Limit:   rapid.IntRange(1, 20).Draw(rt, "limit"), Offset: rapid.SampledFrom([]int{0, 1, 5, 500}).Draw(rt, "offset"),
			})
		})
	})
	t.Run("random requests", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			e := &endpoints[rapid.IntRange(0, len(endpoints)-1).Draw(rt, "endpoint")]
			r := randomRequest(rt, e)
			ask, err := e.plan(r)
			if err != nil {
				rt.Fatalf("%s %+v: %v", e.name, r, err)
			}
			for _, p := range ask.aggregates {
				agree(rt, p)
			}
			if ask.list != nil {
				agreeOnList(rt, ask.list)
			}
		})
	})
}

// settled is a plan itself, or where it ranks or sorts by interpolated values,
// the plan without its ranks, its order and its page: engines round such values
// differently in the last bit, which decides between groups of equal harm.
func settled(p *query.Plan) *query.Plan {
	keys := []query.Order{}
	if p.Impact != nil {
		keys = append(keys, query.Order{By: p.Impact.Value})
	}
	if !slices.ContainsFunc(append(keys, p.Order...), func(o query.Order) bool { return o.By >= 0 && interpolated(p.Values[o.By]) }) {
		return p
	}
	q := *p
	q.Impact, q.Order, q.Limit, q.Offset = nil, nil, 0, 0
	return &q
}

// interpolated reports whether a formula has quantiles between the values that
// there are, apart from medians, which are in the middle of two.
func interpolated(n expr.Node) bool {
	switch n := n.(type) {
	case expr.Bin:
		return interpolated(n.L) || interpolated(n.R)
	case expr.Agg:
		return n.Fn == expr.Quantile && 2*n.P != math.Trunc(2*n.P)
	}
	return false
}

// stored are the columns that lists can have.
func stored() []*catalog.Column {
	var columns []*catalog.Column
	for _, c := range catalog.Columns {
		if !c.Shown {
			columns = append(columns, c)
		}
	}
	return columns
}

// listing is the result of a list in a form to compare.
func listing(rt *rapid.T, e query.Engine, p *query.ListPlan) any {
	r, err := e.List(rt.Context(), p)
	if err != nil {
		rt.Fatalf("List: %v", err)
	}
	all := []any{r.Total}
	for _, v := range r.Views {
		all = append(all, v.ID.String(), contents(v))
	}
	return all
}

// describe prints a plan for people.
func describe(p *query.Plan) string {
	s := fmt.Sprintf("%s from %d to %d", p.Clock, p.From-epoch, p.To-epoch)
	for _, c := range p.Where {
		s += "\n  where " + describeCondition(c)
	}
	if p.Has != nil {
		s += "\n  has " + p.Has.Name
	}
	for _, d := range p.GroupBy {
		s += "\n  by " + d.Name
	}
	for _, d := range p.Sets {
		s += "\n  set " + d.Name
	}
	if p.Each != nil {
		s += fmt.Sprintf("\n  each of %s by parts %v where %+v", p.Each.Column.Name, p.Each.Parts, p.Each.Where)
	}
	if p.Buckets != nil {
		s += fmt.Sprintf("\n  buckets of %d from %d", p.Buckets.Width, p.Buckets.Start-epoch)
	}
	for _, v := range p.Values {
		s += "\n  " + v.String()
	}
	return s + fmt.Sprintf("\n  impact %v order %v limit %d offset %d", p.Impact, p.Order, p.Limit, p.Offset)
}

func describeCondition(c query.Condition) string {
	s := ""
	if c.Not {
		s = "not "
	}
	switch {
	case c.Any != nil:
		s += "any of ("
		for _, c := range c.Any {
			s += describeCondition(c) + "; "
		}
		return s + ")"
	case c.Compare != nil:
		return s + fmt.Sprint(c.Column.Name, c.Compare.Op, c.Compare.Value)
	case c.Element != nil:
		return s + fmt.Sprintf("%s has %q", c.Column.Name, *c.Element)
	case c.Inside != nil:
		return s + fmt.Sprintf("%s has %q inside", c.Column.Name, *c.Inside)
	case c.First != nil:
		return s + fmt.Sprintf("%s has %q first", c.Column.Name, *c.First)
	case c.Column.IsText():
		return s + fmt.Sprintf("%s in %q", c.Column.Name, c.Texts)
	}
	return s + fmt.Sprintf("%s in %v or null: %v", c.Column.Name, c.Numbers, c.Null)
}
