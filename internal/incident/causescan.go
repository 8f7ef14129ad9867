package incident

import (
	"cmp"
	"maps"
	"slices"

	"playhead/internal/catalog"
	"playhead/internal/query"
	"playhead/internal/view"
)

// scan looks at the segments of a question.
type scan struct {
	q      *Question
	values []*dimensionValue // of the dimensions that people say first, those of most views first
	model

	affected, affectedBefore rowSet
	left, leftBefore         rowSet // what has not been explained

	whole   census  // of what is left
	total   float64 // the excess of all views
	overall float64 // what is usual of all views
}

// dimensionValue is a value of a dimension, with the views that have it.
type dimensionValue struct {
	dimension   int // index into causeDimensions
	text        string
	now, before rowSet
}

// census counts the views of a segment.
type census struct{ now, affected, before, affectedBefore int }

func (t census) without(o census) census {
	return census{t.now - o.now, t.affected - o.affected, t.before - o.before, t.affectedBefore - o.affectedBefore}
}

// candidate is a segment that may explain the incident.
type candidate struct {
	value *dimensionValue // of one value; nil of a pair
	of    [2]*candidate   // of a pair: its halves

	// What is left of the segment; of a pair nothing: it is worked out when it is asked for.
	now, affected, before, affectedBefore rowSet

	in       census
	usual    float64 // share of its views that is affected usually
	excess   float64 // how many are affected, or there, beyond what is usual
	evidence float64 // logarithm of a ratio of likelihoods: hitting it and the others unequally, over alike
	score    float64 // evidence, less for a segment that is one of many of its kind
	p        float64 // at most how often chance has any segment stand out as much
}

// leastRows is how many views a value must have to be looked at, and
// mostValues how many values of a dimension are, those with most views.
const (
	leastRows  = 5
	mostValues = 100
)

func newScan(q *Question) *scan {
	s := &scan{
		q: q, model: model{q.Deviation},
		affected: newRowSet(len(q.Now)), affectedBefore: newRowSet(len(q.Before)),
		left: newRowSet(len(q.Now)), leftBefore: newRowSet(len(q.Before)),
	}
	s.left.fill(len(q.Now))
	s.leftBefore.fill(len(q.Before))
	for i := range q.Now {
		if q.Now[i].Affected {
			s.affected.add(i)
		}
	}
	for i := range q.Before {
		if q.Before[i].Affected {
			s.affectedBefore.add(i)
		}
	}
	for i, d := range causeDimensions {
		if !s.isAbout(d) {
			s.values = append(s.values, s.valuesOf(i)...)
		}
	}
	s.whole = s.counts()
	s.overall = s.usual(s.whole, firstShare)
	s.total = s.excess(s.whole, s.overall)
	return s
}

// isAbout reports whether all views have the same value of a dimension, as the
// incident is about it.
func (s *scan) isAbout(d *catalog.Dimension) bool {
	for _, b := range s.q.About {
		if b.Name == d.Name {
			return true
		}
	}
	return false
}

// valuesOf are the values of a dimension that have enough views. What is not
// known is none: often it is only not known because the view failed.
func (s *scan) valuesOf(dimension int) []*dimensionValue {
	c := causeDimensions[dimension].Column()
	count := map[string]int{}
	for _, o := range s.large() {
		count[valueOf(o.View, c)]++
	}
	delete(count, "")
	maps.DeleteFunc(count, func(_ string, n int) bool { return n < leastRows })
	texts := slices.SortedFunc(maps.Keys(count), func(a, b string) int { return cmp.Or(count[b]-count[a], cmp.Compare(a, b)) })
	var list []*dimensionValue
	byText := map[string]*dimensionValue{}
	for _, text := range texts[:min(len(texts), mostValues)] {
		v := &dimensionValue{dimension, text, newRowSet(len(s.q.Now)), newRowSet(len(s.q.Before))}
		byText[text], list = v, append(list, v)
	}
	if len(list) == 0 {
		return nil
	}
	for i, o := range s.q.Now {
		if v := byText[valueOf(o.View, c)]; v != nil {
			v.now.add(i)
		}
	}
	for i, o := range s.q.Before {
		if v := byText[valueOf(o.View, c)]; v != nil {
			v.before.add(i)
		}
	}
	return list
}

// large are the views that a segment must have enough of.
func (s *scan) large() []Observed {
	if s.deviation == Fall {
		return s.q.Before
	}
	return s.q.Now
}

// valueOf is the value of a view; "" is not known.
func valueOf(v *view.View, c *catalog.Column) string {
	if c.IsText() {
		return v.Text(c)
	}
	n, ok := v.Number(c)
	if !ok {
		return ""
	}
	return query.FormatNumber(c, n)
}

// counts are those of all that is left.
func (s *scan) counts() census {
	return census{s.left.count(), s.left.shared(s.affected), s.leftBefore.count(), s.leftBefore.shared(s.affectedBefore)}
}

// candidates are the segments of one value that have enough views, of which
// tried are, and an excess that a part of them can make up enough of.
func (s *scan) candidates() (list []*candidate, tried int) {
	for _, v := range s.values {
		c := &candidate{value: v, now: v.now.and(s.left), before: v.before.and(s.leftBefore)}
		c.affected, c.affectedBefore = c.now.and(s.affected), c.before.and(s.affectedBefore)
		c.in = census{c.now.count(), c.affected.count(), c.before.count(), c.affectedBefore.count()}
		if s.size(c.in) < leastViews {
			continue
		}
		tried++
		s.judge(c, s.overall)
		if c.excess >= leastAffected && c.excess >= leastPart*s.total/2 && s.size(s.whole.without(c.in)) > 0 && !hasSynonym(list, c) {
			list = append(list, c)
		}
	}
	return list, tried
}

// judge works out what a segment is as an explanation; prior is what is usual of
// views of which no more is known.
func (s *scan) judge(c *candidate, prior float64) {
	out := s.whole.without(c.in)
	c.usual = s.usual(c.in, prior)
	c.excess = s.excess(c.in, c.usual)
	c.evidence = s.evidence(c.in, out, c.usual, s.usual(out, s.overall))
}

// hasSynonym reports whether one of a list has all but the same views as a segment:
// people who say the one need not be told the other.
func hasSynonym(list []*candidate, c *candidate) bool {
	return slices.ContainsFunc(list, func(o *candidate) bool {
		return alike(o.in.now, c.in.now, func() int { return o.now.shared(c.now) }) &&
			alike(o.in.before, c.in.before, func() int { return o.before.shared(c.before) })
	})
}

// alike reports whether two sets are all but the same, by their sizes and by what
// they share.
func alike(a, b int, shared func() int) bool {
	const all = 0.98
	if float64(min(a, b)) < all*float64(max(a, b)) {
		return false
	}
	both := shared()
	return float64(both) >= all*float64(a+b-both)
}

// pairs are the segments of two values that have enough views and excess.
func (s *scan) pairs(of []*candidate) []*candidate {
	var list []*candidate
	for i, a := range of {
		for _, b := range of[i+1:] {
			if a.value.dimension == b.value.dimension {
				continue
			}
			in := census{now: a.now.shared(b.now)}
			if s.deviation != Fall && in.now < leastViews {
				continue
			}
			in.affected = a.affected.shared(b.affected)
			if s.deviation == Affected && float64(in.affected) < max(leastAffected, leastPart*s.total) {
				continue
			}
			in.before, in.affectedBefore = a.before.shared(b.before), a.affectedBefore.shared(b.affectedBefore)
			c := &candidate{of: [2]*candidate{a, b}, in: in}
			if s.size(in) < leastViews || in == a.in || in == b.in {
				continue
			}
			s.judge(c, max(a.usual, b.usual))
			list = append(list, c)
		}
	}
	return list
}

// rows are the views of a segment that are left.
func (c *candidate) rows() (now, before rowSet) {
	if c.value != nil {
		return c.now, c.before
	}
	return c.of[0].now.and(c.of[1].now), c.of[0].before.and(c.of[1].before)
}

// hit are the views of a segment that are left and that it is about: the affected ones,
// or all that are there, or were.
func (s *scan) hit(c *candidate) rowSet {
	now, before := c.rows()
	switch s.deviation {
	case Affected:
		return now.and(s.affected)
	case Fall:
		return before
	}
	return now
}

// order is how soon people say what makes a segment: the less the sooner.
func (c *candidate) order() int {
	sum := 0
	for _, v := range c.said() {
		sum += v.dimension
	}
	return sum
}

// said are the values that make a segment.
func (c *candidate) said() []*dimensionValue {
	if c.value != nil {
		return []*dimensionValue{c.value}
	}
	return []*dimensionValue{c.of[0].value, c.of[1].value}
}

// leaveOut takes a segment as explained.
func (s *scan) leaveOut(c *candidate) {
	now, before := c.rows()
	s.left.remove(now)
	s.leftBefore.remove(before)
}

// typical is how hard a segment is hit where it has the typical value of a
// dimension, other than one: the median over its views.
func (s *scan) typical(c *candidate, other *dimensionValue) float64 {
	type part struct {
		hit   float64
		views int
	}
	var parts []part
	views := 0
	for _, v := range s.values {
		if v.dimension != other.dimension || v == other {
			continue
		}
		in := census{c.now.shared(v.now), c.affected.shared(v.now), c.before.shared(v.before), c.affectedBefore.shared(v.before)}
		if n := s.size(in); n > 0 {
			parts = append(parts, part{s.intensity(in, s.usual(in, c.usual)), n})
			views += n
		}
	}
	if views < leastViews {
		return 0
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.hit, b.hit) })
	half := views / 2
	for _, p := range parts {
		if half -= p.views; half < 0 {
			return p.hit
		}
	}
	return 0
}
