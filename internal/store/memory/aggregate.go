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
	rows, all := group(itemsOf(views, p), p)
	result := &query.Result{}
	if all != nil {
		result.All = &all.Row
	}
	if p.Impact != nil {
		rank(rows, p.Impact, all)
	}
	slices.SortFunc(rows, func(a, b *row) int { return a.compare(b, p.Order) })
	result.Total = len(rows)
	for _, r := range cut(rows, p.Limit, p.Offset) {
		result.Rows = append(result.Rows, r.Row)
	}
	return result
}

// row is a row of the result with what it is made of.
type row struct {
	query.Row
	items items
	keys  []key // what Groups are made of
}

// group cuts items into rows and computes their values. With Sets, all is the
// row of all of them.
func group(list items, p *query.Plan) (rows []*row, all *row) {
	byName := map[string]*row{}
	add := func(r *row, it item) {
		name := r.name()
		if byName[name] == nil {
			byName[name] = r
			rows = append(rows, r)
		}
		byName[name].items = append(byName[name].items, it)
	}
	switch {
	case p.Sets != nil:
		all = &row{items: list}
		for _, it := range list {
			for set, d := range p.Sets {
				k := keyOf(it.view, d.Column())
				add(&row{Row: query.Row{Set: set, Groups: []string{k.text}}, keys: []key{k}}, it)
			}
		}
		rows = slices.DeleteFunc(rows, func(r *row) bool { // no view knows a value
			return r.Groups[0] == "" && len(r.items) == len(list)
		})
		all.compute(p)
	case len(p.GroupBy) == 0 && p.Buckets == nil && (p.Each == nil || p.Each.Parts == nil):
		rows = []*row{{items: list}} // there is one row, even of nothing
	default:
		for _, it := range list {
			add(locate(it, p), it)
		}
	}
	for _, r := range rows {
		r.compute(p)
	}
	return rows, all
}

func (r *row) compute(p *query.Plan) {
	for _, n := range p.Values {
		r.Values = append(r.Values, expr.Eval(n, r.items))
	}
}

// locate makes the row that an item belongs to.
func locate(it item, p *query.Plan) *row {
	r := &row{}
	if b := p.Buckets; b != nil {
		at, _ := it.view.Number(catalog.MustColumn(string(p.Clock)))
		r.Bucket = int((int64(at) - b.Start) / b.Width)
	}
	for _, d := range p.GroupBy {
		r.keys = append(r.keys, keyOf(it.view, d.Column()))
	}
	if p.Each != nil {
		for _, part := range p.Each.Parts {
			r.keys = append(r.keys, key{text: it.parts[part]})
		}
	}
	for _, k := range r.keys {
		r.Groups = append(r.Groups, k.text)
	}
	return r
}

// name tells rows apart.
func (r *row) name() string {
	name := strconv.AppendInt(nil, int64(r.Bucket), 10)
	name = strconv.AppendInt(append(name, ' '), int64(r.Set), 10)
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
			c = cmp.Or(cmp.Compare(r.Set, s.Set), compareKeys(r.keys, s.keys, o.Descending))
		case query.OrderByRank:
			c = compareNumbers(float64(r.Rank), float64(s.Rank), o.Descending)
		default:
			c = compareNumbers(r.Values[o.By], s.Values[o.By], o.Descending)
		}
		if c != 0 {
			return c
		}
	}
	return r.compareGroups(s)
}

// compareGroups orders rows by set and by group.
func (r *row) compareGroups(s *row) int {
	return cmp.Or(cmp.Compare(r.Set, s.Set), compareKeys(r.keys, s.keys, false))
}

// rank numbers rows by how much they hurt a metric, the worst first. all is the
// row of all views, if there is one.
func rank(list []*row, im *query.Impact, all *row) {
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
		case query.ImpactAbove:
			badness -= all.Values[im.Value]
		case query.ImpactBelow:
			badness = all.Values[im.Value] - badness
		}
		return badness * r.Values[im.Weight]
	}
	ranked := slices.Clone(list)
	slices.SortFunc(ranked, func(a, b *row) int {
		return cmp.Or(
			compareNumbers(harm(a), harm(b), true),
			compareNumbers(a.Values[im.Weight], b.Values[im.Weight], true),
			a.compareGroups(b),
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
