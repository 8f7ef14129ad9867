package sqlgen

import (
	"fmt"
	"slices"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/query"
)

// Bucketable reports whether [Bucketed] can render a plan: whether it has
// quantiles, all of which can be read so.
func Bucketable(p *query.Plan) bool { return newHistogram(p) != nil }

// Quantiles counts the quantiles of a plan: an engine collects all values for
// each of them.
func Quantiles(p *query.Plan) int {
	n := 0
	for _, v := range p.Values {
		separate(v, func(a expr.Agg) {
			if a.Fn == expr.Quantile {
				n++
			}
		})
	}
	return n
}

// Bucketed renders a plan that is [Bucketable] as [Aggregate] does, but reads its
// quantiles from the buckets of values (see [catalog.Buckets]): an engine counts
// those, and need not collect all values.
func Bucketed(d Dialect, p *query.Plan) Statement {
	h, w := newHistogram(p), &writer{dialect: d}
	if h.apart {
		w.countedApart(p, h)
	} else {
		w.counted(p, h)
	}
	w.result(p)
	return w.statement()
}

// histogram is how a plan is computed from the counts of buckets.
type histogram struct {
	columns   []*catalog.Column // those that have quantiles, each once
	quantiles []expr.Agg        // each once
	parts     []expr.Agg        // all other aggregates, each once
	values    []expr.Node       // the plan's, made of those
	apart     bool              // counts and parts are from two passes
}

// newHistogram returns nil for a plan that cannot be computed so.
//
// With one column, one pass groups by its bucket too and computes the parts for
// each of them; parts then add up. Where they do not, as distinct values, or
// where there are several columns, a second pass computes the parts: but only
// for a plan of one row, which is all that has to be joined.
func newHistogram(p *query.Plan) *histogram {
	if p.Each != nil {
		return nil
	}
	h, fit := &histogram{}, true
	see := func(a expr.Agg) {
		if a.Fn != expr.Quantile {
			h.apart = h.apart || a.Fn == expr.Uniq
			h.parts = addTo(h.parts, a)
			return
		}
		c := catalog.MustColumn(a.Col)
		fit = fit && a.When == "" && c.Buckets() != nil
		h.quantiles, h.columns = addTo(h.quantiles, a), addTo(h.columns, c)
	}
	for _, v := range p.Values {
		h.values = append(h.values, separate(v, see))
	}
	h.apart = h.apart || len(h.columns) > 1
	single := p.GroupBy == nil && p.Sets == nil && p.Buckets == nil
	if !fit || len(h.columns) == 0 || h.apart && !single {
		return nil
	}
	return h
}

// addTo appends what is not there yet.
func addTo[T comparable](list []T, x T) []T {
	if slices.Contains(list, x) {
		return list
	}
	return append(list, x)
}

// separate writes each avg of a formula as a sum over a count, since those of
// parts add up, and calls see for the aggregates.
func separate(n expr.Node, see func(expr.Agg)) expr.Node {
	switch n := n.(type) {
	case expr.Bin:
		return expr.Bin{Op: n.Op, L: separate(n.L, see), R: separate(n.R, see)}
	case expr.Agg:
		if n.Fn == expr.Avg {
			sum, count := n, n
			sum.Fn, count.Fn = expr.Sum, expr.Count
			return separate(expr.Bin{Op: '/', L: sum, R: count}, see)
		}
		see(n)
	}
	return n
}

// counted writes the common tables up to grouped for a histogram of one pass.
func (w *writer) counted(p *query.Plan, h *histogram) {
	bucket := BucketColumn(h.columns[0])
	var groups []string
	w.text("WITH counted AS (\nSELECT ")
	for _, g := range groupItems(w.dialect, p) {
		w.text(g.item + " AS " + g.name + ", ")
		groups = append(groups, g.name)
	}
	w.text(bucket + " AS b, count(" + bucket + ") AS n")
	if p.Sets != nil {
		w.text(", count(*) AS members")
	}
	w.parts(h)
	w.from(p)
	w.text(groupBy(w.dialect, p, bucket))
	w.text("\n), cumulated AS (\nSELECT *, " + places(groups) + " FROM counted\n), grouped AS (\nSELECT ")
	for _, g := range groups {
		w.text(g + ", ")
	}
	if p.Sets != nil {
		w.text("sum(members) AS members, ")
	}
	w.aggregate = func(a expr.Agg) string {
		if a.Fn == expr.Quantile {
			return quantile(a, "")
		}
		return merged(h, a)
	}
	w.values(h.values)
	w.text("\nFROM cumulated")
	if len(groups) > 0 {
		w.text("\nGROUP BY " + strings.Join(groups, ", "))
	}
	w.text("\n)")
}

// countedApart writes the common tables up to grouped for a histogram of two
// passes. In the first one each column is a set of its own.
func (w *writer) countedApart(p *query.Plan, h *histogram) {
	var sets, which, buckets []string
	for i, c := range h.columns {
		b := BucketColumn(c)
		sets, buckets = append(sets, "("+b+")"), append(buckets, b)
		which = append(which, fmt.Sprintf("WHEN grouping(%s) = 0 THEN %d", b, i))
	}
	w.text("WITH counted AS (\nSELECT CASE " + strings.Join(which, " ") + " END AS col, coalesce(" + strings.Join(buckets, ", ") + ") AS b, count(*) AS n")
	w.from(p)
	w.text("\nGROUP BY GROUPING SETS (" + strings.Join(sets, ", ") + ")")
	w.text("\n), cumulated AS (\nSELECT *, " + places([]string{"col"}) + " FROM counted WHERE b IS NOT NULL")
	w.text("\n), parts AS (\nSELECT count(*) AS members")
	w.parts(h)
	w.from(p)
	w.text("\n), quantiles AS (\nSELECT ")
	for i, q := range h.quantiles {
		if i > 0 {
			w.text(", ")
		}
		of := fmt.Sprintf("col = %d AND ", slices.Index(h.columns, catalog.MustColumn(q.Col)))
		w.text(fmt.Sprintf("%s AS q%d", quantile(q, of), i))
	}
	w.text("\nFROM cumulated\n), grouped AS (\nSELECT ")
	w.aggregate = func(a expr.Agg) string {
		if a.Fn == expr.Quantile {
			return fmt.Sprintf("q%d", slices.Index(h.quantiles, a))
		}
		return fmt.Sprintf("a%d", slices.Index(h.parts, a))
	}
	w.values(h.values)
	w.text("\nFROM parts, quantiles\n)")
}

// parts writes the other aggregates as items that follow others.
func (w *writer) parts(h *histogram) {
	for i, a := range h.parts {
		w.text(fmt.Sprintf(", %s AS a%d", w.formula(a), i))
	}
}

// merged renders an aggregate over the parts of it.
func merged(h *histogram, a expr.Agg) string {
	part := fmt.Sprintf("a%d", slices.Index(h.parts, a))
	switch a.Fn {
	case expr.Count, expr.Sum:
		return "coalesce(sum(" + part + "), 0)"
	case expr.Min, expr.Max:
		return string(a.Fn) + "(" + part + ")"
	}
	panic("BUG: sqlgen: parts of " + string(a.Fn) + " do not add up")
}

// places renders the place of each bucket among those of its groups: how many
// values are in lower ones, and in all.
func places(groups []string) string {
	by := ""
	if len(groups) > 0 {
		by = "PARTITION BY " + strings.Join(groups, ", ")
	}
	return "sum(n) OVER (" + by + " ORDER BY b) - n AS below, sum(n) OVER (" + by + ") AS size"
}

// quantile renders a quantile over cumulated buckets: the value of its rank, or
// between those of two ranks, as package expr defines it. of is a condition on
// the buckets, followed by AND, or "".
func quantile(a expr.Agg, of string) string {
	rank := fmt.Sprintf("(%s * (size - 1))", double(a.P))
	lower, upper := "floor"+rank, "(floor"+rank+" + 1)"
	at := func(rank, weight string) string {
		return fmt.Sprintf("sum(CASE WHEN %sbelow <= %s AND %[2]s < below + n THEN %s * %s END)",
			of, rank, weight, valueAt(catalog.MustColumn(a.Col), fmt.Sprintf("((%s - below + 0.5) / n)", rank)))
	}
	return "(" + at(lower, fmt.Sprintf("(%s - %s)", upper, rank)) + " + coalesce(" + at(upper, fmt.Sprintf("(%s - %s)", rank, lower)) + ", 0))"
}

// valueAt renders the value in a bucket that has a share of the bucket's values
// below it, if they are spread evenly over the bucket's scale. Of whole numbers
// only those are meant that the bucket can have.
func valueAt(c *catalog.Column, share string) string {
	b, steps := c.Buckets(), double(c.Buckets().Steps)
	if !b.Root {
		return fmt.Sprintf("(b / %s)", steps)
	}
	value := fmt.Sprintf("pow((b + %s) / %s, 2)", share, steps)
	if c.Kind == catalog.Int {
		value = fmt.Sprintf("greatest(ceil(pow(b / %s, 2)), least(ceil(pow((b + 1) / %[1]s, 2)) - 1, %s))", steps, value)
	}
	return fmt.Sprintf("CASE WHEN b = 0 THEN 0 ELSE %s END", value)
}
