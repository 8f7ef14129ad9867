package incident

import "math"

// model is how segments are compared.
type model struct{ deviation Deviation }

const (
	// firstShare is what is taken to be usual before anything is known, and
	// firstViews how many views that counts for against what a segment was before.
	firstShare = 0.02
	firstViews = 50
)

// size is how many views of a segment there are to judge by.
func (m model) size(t census) int {
	if m.deviation == Fall {
		return t.before
	}
	return t.now
}

// usual is the share of the views of a segment that is affected usually: that of
// before, where little is known of it drawn towards another share.
func (m model) usual(t census, prior float64) float64 {
	if m.deviation != Affected {
		return 0
	}
	return (float64(t.affectedBefore) + firstViews*prior) / (float64(t.before) + firstViews)
}

// excess is how many views of a segment are affected beyond what is usual, or
// there, or missing.
func (m model) excess(t census, usual float64) float64 {
	switch m.deviation {
	case Rise:
		return float64(t.now - t.before)
	case Fall:
		return float64(t.before - t.now)
	}
	return float64(t.affected) - float64(t.now)*usual
}

// intensity is how hard a segment is hit, from 0 to 1: of the views that are usually
// well, the share that is affected; of those who are there, that of those who
// have come; of those who were there, that of those who have gone.
func (m model) intensity(t census, usual float64) float64 {
	hit := m.excess(t, usual)
	if m.deviation == Affected {
		hit /= 1 - usual
	}
	return max(0, hit/max(1, float64(m.size(t))))
}

// severity is intensity as a measure of which one is a multiple of another: of
// those who have come, it is the share of those who were there.
func (m model) severity(t census, usual float64) float64 {
	if m.deviation == Rise {
		return max(0, m.excess(t, usual)/float64(t.before+1))
	}
	return m.intensity(t, usual)
}

// evidence is by how much, as the logarithm of a ratio of likelihoods, what is seen of
// a segment and of all others is more likely if they are hit unequally than
// if they are hit alike; 0 if the segment is not hit harder than the others.
func (m model) evidence(in, out census, usualIn, usualOut float64) float64 {
	if m.deviation == Affected {
		return unequalShares([2]float64{float64(in.affected), float64(out.affected)}, [2]float64{float64(in.now), float64(out.now)}, [2]float64{usualIn, usualOut})
	}
	now, before := float64(in.now)/max(1, float64(in.now+out.now)), float64(in.before)/max(1, float64(in.before+out.before))
	if (now > before) != (m.deviation == Rise) {
		return 0
	}
	return unequalParts([2]float64{float64(in.now), float64(in.before)}, [2]float64{float64(out.now), float64(out.before)})
}

// unequalShares compares k affected views of n in two segments. A view is affected
// as usual, or else by the incident, with a chance that is the same in both or
// another one in each: the share is u + (1−u)·q.
func unequalShares(k, n, u [2]float64) float64 {
	if n[0] == 0 || n[1] == 0 {
		return 0
	}
	together := commonChance(k, n, u)
	if k[0]/n[0] <= u[0]+(1-u[0])*together {
		return 0
	}
	gain := 0.0
	for i := range k {
		own := max(u[i], k[i]/n[i])
		gain += logLikelihood(k[i], n[i], own) - logLikelihood(k[i], n[i], u[i]+(1-u[i])*together)
	}
	return gain
}

// commonChance is the most likely chance q that is the same in both segments: where the
// derivative of the logarithm of the likelihood, which falls, is zero.
func commonChance(k, n, u [2]float64) float64 {
	slope := func(q float64) float64 {
		d := 0.0
		for i := range k {
			d += k[i]*(1-u[i])/(u[i]+(1-u[i])*q) - (n[i]-k[i])/(1-q)
		}
		return d
	}
	low, high := 0.0, 1.0
	if slope(0) <= 0 {
		return 0
	}
	for range 40 {
		if middle := (low + high) / 2; slope(middle) > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

// logLikelihood is that of k of n with a chance of p each.
func logLikelihood(k, n, p float64) float64 { return times(k, p) + times(n-k, 1-p) }

// times is k·ln(p), which is 0 for k = 0.
func times(k, p float64) float64 {
	if k <= 0 {
		return 0
	}
	return k * math.Log(p)
}

// unequalParts compares which part of the viewers of now a segment has with which
// part of those of before it had: the statistic G of the table of two by two,
// halved.
func unequalParts(in, out [2]float64) float64 {
	all := in[0] + in[1] + out[0] + out[1]
	gain := 0.0
	for _, row := range [2][2]float64{in, out} {
		for i, k := range row {
			if column := in[i] + out[i]; k > 0 {
				gain += k * math.Log(k*all/(column*(row[0]+row[1])))
			}
		}
	}
	return max(0, gain)
}

// pValue is at most how often chance has any of the segments that were tried
// stand out as much as this one: each with at most exp(−evidence), by
// Chernoff's bound. So many are of its kind; half of the odds is for values and half
// for pairs, or the few values would pay for how many pairs there are. What is known of
// before is itself counted from views, so that evidence weighs less where these are few.
func (m model) pValue(c *candidate, kind int) float64 {
	const kinds = 2
	evidence := c.evidence
	if m.deviation == Affected {
		known := float64(c.in.before) + firstViews
		evidence *= known / (known + float64(c.in.now))
	}
	return min(1, float64(kinds*kind)*math.Exp(-evidence))
}
