package incident

import (
	"math"

	"playhead/internal/meta"
	"playhead/internal/view"
)

// Deviation is in which way an incident deviates from what is usual.
type Deviation uint8

// The deviations.
const (
	Affected Deviation = iota // a larger share of the views is affected
	Rise                      // more viewers are there
	Fall                      // fewer viewers are there
)

// Question is what [Explain] answers.
type Question struct {
	Deviation Deviation
	Now       []Observed // of the time of the incident; of Rise and Fall those who are there at a moment of it
	Before    []Observed // of the time before, as a sample of what is usual; of Rise and Fall those who were there at a moment of it

	About []meta.Breakdown // what all of them have, because the incident is about it
}

// Observed is what Explain looks at of a view.
type Observed struct {
	View     *view.View // with the columns of [CauseColumns]
	Affected bool       // in the way that the incident is about; nothing of Rise and Fall
}

// What a segment has to be to be named as a cause.
const (
	leastViews    = 10   // now; of a fall before
	leastAffected = 5    // or, of a rise or fall, that are more or fewer than usual
	leastPart     = 0.1  // of the excess
	leastLift     = 2    // how many times as affected as all others
	mostPValue    = 1e-3 // for all segments that were tried together
	mostNamed     = 3
	mostViewIDs   = 5
)

// Explain names the segments, which are the views with one value of one dimension or
// two of two, that make up what is more than usual, the best explanation first.
// There are none if nothing stands out, as all are affected alike; nil says that
// too few views are affected to tell.
//
// What is usual of a segment is what it was before. The null hypothesis is that
// the incident hits every view alike, whatever was usual of it; a segment is
// the better an explanation the less likely that makes what is seen of it and
// of the others, compared to hitting the two unequally (a scan statistic, after Kulldorff).
// What was explained is left out, and the rest looked at again, for incidents
// that have two causes.
func Explain(q *Question) []meta.Cause {
	s := newScan(q)
	if s.total < leastAffected || s.size(s.whole) < leastViews {
		return nil
	}
	causes := []meta.Cause{}
	for len(causes) < mostNamed {
		best := s.best()
		if best == nil {
			break
		}
		causes = append(causes, s.cause(best))
		s.leaveOut(best)
	}
	return causes
}

// best is the best explanation of what is left; nil if nothing stands out.
func (s *scan) best() *candidate {
	s.whole = s.counts()
	if s.excess(s.whole, s.overall) < leastAffected {
		return nil
	}
	singles, values := s.candidates()
	pairs := values * (values - 1) / 2
	one := s.bestOf(singles, values)
	two := s.bestOf(s.pairs(singles), pairs)
	if two == nil || one != nil && one.score+surely > two.score {
		return one
	}
	if half := s.broader(two); half != nil {
		return half
	}
	return two
}

// surely is by how much a pair has to explain more than one value, as the
// logarithm of a ratio of likelihoods, beyond that there are more pairs.
const surely = 5

// bestOf is the best of some candidates that stands out. So many are of their
// kind, values or pairs.
func (s *scan) bestOf(candidates []*candidate, kind int) *candidate {
	var best *candidate
	for _, c := range candidates {
		c.score, c.p = c.evidence-math.Log(float64(kind)), s.pValue(c, kind)
		if (best == nil || c.score > best.score) && s.stands(c) {
			best = c
		}
	}
	if best == nil {
		return nil
	}
	return s.plainest(best, candidates)
}

// plainest is, of the candidates that explain all but as well as the best one and
// have most of its affected views, the one that people say first.
func (s *scan) plainest(best *candidate, candidates []*candidate) *candidate {
	const most = 0.9
	rows, plainest := s.hit(best), best
	least := most * float64(rows.count())
	for _, c := range candidates {
		if c.score < best.score-surely || c.order() >= plainest.order() || !s.stands(c) {
			continue
		}
		if float64(s.hit(c).shared(rows)) >= least {
			plainest = c
		}
	}
	return plainest
}

// stands reports whether a segment stands out, by its size, by how much it makes
// up and by how surely.
func (s *scan) stands(c *candidate) bool {
	if c.evidence <= 0 || c.p > mostPValue || s.size(c.in) < leastViews || c.excess < max(leastAffected, leastPart*s.total) {
		return false
	}
	out := s.whole.without(c.in)
	return s.severity(c.in, c.usual) >= leastLift*s.severity(out, s.usual(out, s.overall))
}

// broader is the half of a pair whose other views are affected too, most of
// them, so that the pair only tells where that is seen best; nil if there is
// none that stands out.
func (s *scan) broader(pair *candidate) *candidate {
	var best *candidate
	for i, half := range pair.of {
		typical := s.typical(half, pair.of[1-i].value)
		if typical >= broad*s.intensity(pair.in, pair.usual) && s.stands(half) && (best == nil || half.score > best.score) {
			best = half
		}
	}
	return best
}

// broad is how hard the typical value of the other dimension has to be hit, of
// how hard the pair is.
const broad = 0.2

// cause tells of a segment.
func (s *scan) cause(c *candidate) meta.Cause {
	m := meta.Cause{
		Share: min(1, c.excess/s.total), Views: int64(c.in.now), Affected: int64(c.in.affected),
		Expected: c.usual, PValue: c.p, ViewIDs: s.viewIDs(c),
	}
	for _, v := range c.said() {
		m.Breakdowns = append(m.Breakdowns, meta.Breakdown{Name: causeDimensions[v.dimension].Name, Value: v.text})
	}
	if s.deviation != Affected {
		m.Views, m.Affected = int64(s.size(c.in)), int64(math.Round(c.excess))
	}
	m.Rate = float64(m.Affected) / float64(m.Views)
	return m
}

// viewIDs are some of the affected views of a segment, the first that were
// given. Who is still there is not affected by a fall.
func (s *scan) viewIDs(c *candidate) []string {
	from, known := s.q.Now, map[view.ID]bool{}
	if s.deviation == Fall {
		for _, o := range from {
			known[o.View.ID] = true
		}
		from = s.q.Before
	}
	ids := []string{}
	for i := range s.hit(c).all() {
		if id := from[i].View.ID; !known[id] && len(ids) < mostViewIDs {
			known[id] = true
			ids = append(ids, id.String())
		}
	}
	return ids
}
