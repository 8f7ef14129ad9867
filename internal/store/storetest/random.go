package storetest

import (
	"pgregory.net/rapid"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/query"
	"playhead/internal/view"
)

// Few values of each kind, so that views meet in groups, ties and filters.
// Numbers are multiples of 1/4: their sums are the same in any order.
var (
	someTexts  = []string{"", "", "US", "us", "O'Neil\\", "100%", "_", "日本 🎬", " "}
	someParts  = []string{"", "1", "20", "a", "A", "é"}
	someTraces = [][]string{nil, nil, {"a"}, {"a", "b"}, {"b", "a"}, {"ab"}, {"%", "'"}}
	someInts   = []float64{null, 0, 1, 2, 3, 5, 8, 1000, 4294967295}
	someFloats = []float64{null, 0, 0.25, 0.5, 1, 1.75, 3, -2.5}
	someBools  = []float64{null, 0, 1, 1}
)

// randomBatches are the same in every run: three batches, the later of which
// replace some views of the earlier ones.
func randomBatches() []view.Batch {
	gen := rapid.Custom(func(rt *rapid.T) *view.View {
		v := view.New(view.ID{})
		for _, c := range catalog.Columns {
			switch c.Kind {
			case catalog.Text:
				v.SetText(c, rapid.SampledFrom(someTexts).Draw(rt, c.Name))
			case catalog.List:
				v.SetText(c, view.JoinList(randomList(rt, c)))
			case catalog.Bool:
				v.SetNumber(c, rapid.SampledFrom(someBools).Draw(rt, c.Name))
			case catalog.Int:
				v.SetNumber(c, rapid.SampledFrom(someInts).Draw(rt, c.Name))
			case catalog.Float:
				v.SetNumber(c, rapid.SampledFrom(someFloats).Draw(rt, c.Name))
			case catalog.Time:
				v.SetNumber(c, float64(epoch+1000*rapid.Int64Range(-10, 610).Draw(rt, c.Name)))
			}
		}
		return v
	})
	var batches []view.Batch
	for n := range 3 {
		b := view.Batch{Progress: view.Progress{Read: int64(n + 1)}}
		for i := range 100 {
			v := gen.Example(1000*n + i)
			number := 80*n + i // a fifth of them replaces views of the batch before
			v.ID = id(number)
			v.SetText(column("environment_id"), []string{environment, environment, environment, "other"}[number%4]) // which no view changes
			if n > 0 && i < 20 {
				b.Replaced = append(b.Replaced, v.ID)
			}
			b.Views = append(b.Views, v)
		}
		batches = append(batches, b)
	}
	return batches
}

// randomList is a value of a List column.
func randomList(rt *rapid.T, c *catalog.Column) []string {
	if c.Parts == nil {
		return rapid.SampledFrom(someTraces).Draw(rt, c.Name)
	}
	var list []string
	for range rapid.IntRange(0, 3).Draw(rt, c.Name) {
		list = append(list, view.JoinParts(rapid.SliceOfN(rapid.SampledFrom(someParts), 1, len(c.Parts)).Draw(rt, c.Name)...))
	}
	return list
}

// randomScope is a timeframe of about the views, and up to three conditions.
func randomScope(rt *rapid.T) query.Scope {
	from := rapid.Int64Range(-5, 300).Draw(rt, "from")
	return query.Scope{
		Environment: environment,
		Clock:       rapid.SampledFrom([]catalog.Clock{catalog.ByStart, catalog.ByEnd}).Draw(rt, "clock"),
		From:        epoch + 1000*from,
		To:          epoch + 1000*(from+rapid.Int64Range(1, 600).Draw(rt, "length")),
		Where:       rapid.SliceOfN(rapid.Custom(randomCondition), 0, 3).Draw(rt, "where"),
	}
}

func randomCondition(rt *rapid.T) query.Condition {
	if rapid.IntRange(0, 4).Draw(rt, "form") == 0 {
		return query.Condition{Not: rapid.Bool().Draw(rt, "not"), Any: rapid.SliceOfN(rapid.Custom(simpleCondition), 1, 3).Draw(rt, "any")}
	}
	return simpleCondition(rt)
}

func simpleCondition(rt *rapid.T) query.Condition {
	c := query.Condition{Column: rapid.SampledFrom(stored()).Draw(rt, "column"), Not: rapid.Bool().Draw(rt, "not")}
	other := rapid.Bool().Draw(rt, "other form")
	switch {
	case c.Column.Kind == catalog.List && c.Column.Parts != nil && other:
		c.First = new(rapid.SampledFrom(someParts).Draw(rt, "first part"))
	case c.Column.Kind == catalog.List && other:
		c.Element = new(rapid.SampledFrom([]string{"a", "b", "ab", "%", "_", "'"}).Draw(rt, "element"))
	case c.Column.Kind == catalog.List:
		c.Texts = []string{view.JoinList(randomList(rt, c.Column))}
	case c.Column.Kind == catalog.Text && other:
		c.Inside = new(rapid.SampledFrom(someTexts).Draw(rt, "inside"))
	case c.Column.Kind == catalog.Text:
		c.Texts = rapid.SliceOfN(rapid.SampledFrom(someTexts), 1, 3).Draw(rt, "texts")
	case other:
		c.Compare = &query.Compare{
			Op:    rapid.SampledFrom([]string{">=", "<=", ">", "<", "="}).Draw(rt, "op"),
			Value: rapid.SampledFrom([]float64{-3, 0, 0.25, 0.5, 1, 2, 5, 1000}).Draw(rt, "constant"),
		}
	default:
		kinds := map[catalog.Kind][]float64{catalog.Bool: {0, 1}, catalog.Float: someFloats[1:], catalog.Int: someInts[1:], catalog.Time: {epoch, epoch + 5000}}
		c.Null = rapid.Bool().Draw(rt, "null")
		least := 1
		if c.Null {
			least = 0
		}
		c.Numbers = rapid.SliceOfN(rapid.SampledFrom(kinds[c.Column.Kind]), least, 3).Draw(rt, "numbers")
	}
	return c
}

// randomPlan is any plan.
func randomPlan(rt *rapid.T) *query.Plan {
	p := &query.Plan{Scope: randomScope(rt), Values: []expr.Node{expr.MustParse("count()")}}
	if rapid.Bool().Draw(rt, "has") {
		p.Has = rapid.SampledFrom(stored()).Draw(rt, "column")
	}
	p.Limit = rapid.SampledFrom([]int{0, 1, 3, 10}).Draw(rt, "limit")
	p.Offset = rapid.SampledFrom([]int{0, 0, 1, 4, 300}).Draw(rt, "offset")
	switch rapid.IntRange(0, 3).Draw(rt, "about") {
	case 0:
		p.Sets = rapid.SliceOfNDistinct(rapid.Custom(randomDimension), 1, 8, func(d *catalog.Dimension) string { return d.Name }).Draw(rt, "sets")
	case 1:
		p.Each = randomEach(rt)
	}
	columns := operands()
	if p.Each != nil {
		columns = append(columns, query.Amount, query.Amount, query.Amount)
	}
	for range rapid.IntRange(1, 3).Draw(rt, "formulas") {
		p.Values = append(p.Values, randomFormula(rt, 2, columns))
	}
	if p.Sets == nil && rapid.Bool().Draw(rt, "buckets") {
		width := 1000 * rapid.Int64Range(1, 200).Draw(rt, "width")
		start := p.From - rapid.Int64Range(0, width-1).Draw(rt, "before")
		p.Buckets = &query.Buckets{Start: start, Width: width, Count: int((p.To-1-start)/width) + 1}
	}
	if p.Sets == nil && rapid.Bool().Draw(rt, "grouped") {
		p.GroupBy = []*catalog.Dimension{randomDimension(rt)}
	}
	randomOrder(rt, p)
	return p
}

// randomOrder ranks and orders the rows of a plan, if it has several.
func randomOrder(rt *rapid.T, p *query.Plan) {
	if p.GroupBy == nil && p.Sets == nil && (p.Each == nil || p.Each.Parts == nil) {
		return
	}
	keys := []int{0, query.OrderByGroup}
	if p.Buckets == nil {
		kinds := []query.ImpactKind{query.ImpactValue, query.ImpactScore, query.ImpactBest}
		if p.Sets != nil {
			kinds = append(kinds, query.ImpactAbove, query.ImpactBelow)
		}
		p.Impact = &query.Impact{Value: 1, Weight: 0, Kind: rapid.SampledFrom(kinds).Draw(rt, "impact")}
		keys = append(keys, query.OrderByRank)
	}
	p.Order = []query.Order{
		{By: rapid.SampledFrom(keys).Draw(rt, "by"), Descending: rapid.Bool().Draw(rt, "descending")},
		{By: query.OrderByGroup, Descending: rapid.Bool().Draw(rt, "last descending")},
	}[:rapid.IntRange(0, 2).Draw(rt, "keys")]
}

func randomDimension(rt *rapid.T) *catalog.Dimension {
	return &catalog.Dimensions[rapid.IntRange(0, len(catalog.Dimensions)-1).Draw(rt, "dimension")]
}

// randomEach is about any list.
func randomEach(rt *rapid.T) *query.Each {
	var lists []*catalog.Column
	for _, c := range stored() {
		if c.Kind == catalog.List {
			lists = append(lists, c)
		}
	}
	e := &query.Each{Column: rapid.SampledFrom(lists).Draw(rt, "list")}
	part := rapid.IntRange(0, max(len(e.Column.Parts)-1, 0))
	for range rapid.IntRange(0, 2).Draw(rt, "parts") {
		e.Parts = append(e.Parts, part.Draw(rt, "part"))
	}
	for range rapid.IntRange(0, 2).Draw(rt, "element conditions") {
		c := query.ElementCondition{Part: part.Draw(rt, "part"), Not: rapid.Bool().Draw(rt, "not")}
		if rapid.Bool().Draw(rt, "inside") {
			c.Contains = rapid.SampledFrom(someParts).Draw(rt, "contains")
		} else {
			c.Texts = rapid.SliceOfN(rapid.SampledFrom(someParts), 1, 2).Draw(rt, "texts")
		}
		e.Where = append(e.Where, c)
	}
	return e
}

// operands are the columns that formulas may use as numbers.
func operands() []string {
	var names []string
	for _, c := range stored() {
		if c.Kind == catalog.Int || c.Kind == catalog.Float {
			names = append(names, c.Name)
		}
	}
	return names
}

// flags are the columns that formulas may use behind "when".
func flags() []string {
	var names []string
	for _, c := range stored() {
		if c.Kind == catalog.Bool {
			names = append(names, c.Name)
		}
	}
	return names
}

// randomFormula is an expression of at most the given depth over columns.
func randomFormula(rt *rapid.T, depth int, columns []string) expr.Node {
	if depth > 0 && rapid.Bool().Draw(rt, "arithmetic") {
		op := rapid.SampledFrom([]byte("+-*/")).Draw(rt, "op")
		return expr.Bin{Op: op, L: randomFormula(rt, depth-1, columns), R: randomFormula(rt, depth-1, columns)}
	}
	if rapid.IntRange(0, 9).Draw(rt, "constant") == 0 {
		return expr.Num(rapid.SampledFrom([]float64{0, 1, 0.5, 60000}).Draw(rt, "number"))
	}
	a := expr.Agg{Fn: rapid.SampledFrom([]expr.Func{expr.Count, expr.Sum, expr.Avg, expr.Min, expr.Max, expr.Uniq, expr.Quantile}).Draw(rt, "function")}
	a.Col = rapid.SampledFrom(columns).Draw(rt, "column")
	if a.Fn == expr.Quantile {
		a.P = rapid.SampledFrom([]float64{0, 0.05, 0.5, 0.95, 1}).Draw(rt, "p")
	}
	if a.Fn == expr.Count && rapid.Bool().Draw(rt, "all") {
		a.Col = ""
	}
	if rapid.Bool().Draw(rt, "when") {
		a.When = rapid.SampledFrom(flags()).Draw(rt, "flag")
	}
	return a
}
