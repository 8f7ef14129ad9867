package memory

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/query"
	"playhead/internal/view"
)

// aggregate runs a plan over the views of its scope.
func aggregate(views []*view.View, p *query.Plan) *query.Result {
	rows := group(views, p)
	if p.Impact != nil {
		rank(rows, p.Impact)
	}
	slices.SortFunc(rows, func(a, b *row) int { return a.compare(b, p.Order) })
	result := &query.Result{Total: len(rows)}
	for _, r := range cut(rows, p.Limit, p.Offset) {
		result.Rows = append(result.Rows, r.Row)
	}
	return result
}

// row is a row of the result with what it is made of.
type row struct {
	query.Row
	views rows
	keys  []key // what Groups are made of
}

// group cuts views into rows and computes their values.
func group(views []*view.View, p *query.Plan) []*row {
	var list []*row
	byName := map[string]*row{}
	if len(p.GroupBy) == 0 && p.Buckets == nil {
		list = append(list, &row{}) // there is one row, even of no views
		byName[""] = list[0]
	}
	for _, v := range views {
		if p.Has != nil && !has(v, p.Has) {
			continue
		}
		r := locate(v, p)
		name := r.name(p)
		if byName[name] == nil {
			byName[name] = r
			list = append(list, r)
		}
		byName[name].views = append(byName[name].views, v)
	}
	for _, r := range list {
		for _, n := range p.Values {
			r.Values = append(r.Values, expr.Eval(n, r.views))
		}
	}
	return list
}

// locate makes the row that a view belongs to.
func locate(v *view.View, p *query.Plan) *row {
	r := &row{}
	if b := p.Buckets; b != nil {
		at, _ := v.Number(catalog.MustColumn(string(p.Clock)))
		r.Bucket = int((int64(at) - b.Start) / b.Width)
	}
	for _, d := range p.GroupBy {
		k := keyOf(v, d.Column())
		r.keys = append(r.keys, k)
		r.Groups = append(r.Groups, k.text)
	}
	return r
}

// name tells rows apart.
func (r *row) name(p *query.Plan) string {
	if len(p.GroupBy) == 0 && p.Buckets == nil {
		return ""
	}
	name := strconv.AppendInt(nil, int64(r.Bucket), 10)
	for _, g := range r.Groups {
		name = strconv.AppendQuote(name, g)
	}
	return string(name)
}

// compare orders rows: by bucket, then by the keys of the plan, then by group
// so that the order is always the same.
func (r *row) compare(s *row, order []query.Order) int {
	if c := cmp.Compare(r.Bucket, s.Bucket); c != 0 {
		return c
	}
	for _, o := range order {
		c := 0
		switch o.By {
		case query.OrderByGroup:
			c = compareKeys(r.keys, s.keys, o.Descending)
		case query.OrderByRank:
			c = compareNumbers(float64(r.Rank), float64(s.Rank), o.Descending)
		default:
			c = compareNumbers(r.Values[o.By], s.Values[o.By], o.Descending)
		}
		if c != 0 {
			return c
		}
	}
	return compareKeys(r.keys, s.keys, false)
}

// rank numbers rows by how much they hurt a metric, the worst first.
func rank(list []*row, im *query.Impact) {
	best := math.Inf(-1)
	for _, r := range list {
		if x := r.Values[im.Value]; !math.IsNaN(x) {
			best = max(best, x)
		}
	}
	harm := func(r *row) float64 {
		badness := r.Values[im.Value]
		switch im.Kind {
		case query.ImpactScore:
			badness = 1 - badness
		case query.ImpactBest:
			badness = best - badness
		}
		return badness * r.Values[im.Weight]
	}
	ranked := slices.Clone(list)
	slices.SortFunc(ranked, func(a, b *row) int {
		return cmp.Or(
			compareNumbers(harm(a), harm(b), true),
			compareNumbers(a.Values[im.Weight], b.Values[im.Weight], true),
			compareKeys(a.keys, b.keys, false),
		)
	})
	for i, r := range ranked {
		r.Rank = i + 1
	}
}

// compareNumbers puts nulls last in either direction.
func compareNumbers(x, y float64, descending bool) int {
	if math.IsNaN(x) || math.IsNaN(y) {
		return -cmp.Compare(x, y) // cmp says that NaN comes first
	}
	if descending {
		x, y = y, x
	}
	return cmp.Compare(x, y)
}

// key is the value of a dimension as it sorts.
type key struct {
	text   string // as in Row.Groups; "" is null
	number float64
}

func keyOf(v *view.View, c *catalog.Column) key {
	if c.IsText() {
		return key{text: v.Text(c)}
	}
	n, ok := v.Number(c)
	if !ok {
		return key{}
	}
	return key{query.FormatNumber(c, n), n}
}

// compareKeys puts nulls last in either direction. Keys of one dimension are
// all numbers or all texts.
func compareKeys(a, b []key, descending bool) int {
	return slices.CompareFunc(a, b, func(x, y key) int {
		if x.text == "" || y.text == "" {
			return -cmp.Compare(x.text, y.text)
		}
		if descending {
			x, y = y, x
		}
		return cmp.Or(cmp.Compare(x.number, y.number), cmp.Compare(x.text, y.text))
	})
}

// rows gives formulas access to views.
type rows []*view.View

// Len implements [expr.Rows].
func (r rows) Len() int { return len(r) }

// Column implements [expr.Rows].
func (r rows) Column(name string) func(int) (float64, bool) {
	c := catalog.MustColumn(name)
	return func(i int) (float64, bool) { return r[i].Number(c) }
}
