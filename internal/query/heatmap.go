package query

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
)

// Heatmap tells how much of each part of a content views played.
type Heatmap struct {
	Views  int64     // that played something
	Value  []float64 // for each bucket, all equally long, the share of the views that played it: the mean over the bucket
	Length int64     // of the content in seconds
}

// Bounds of the number of buckets: one a second between them.
const (
	minHeat = 10
	maxHeat = 1000
)

// Heatmap puts the results of the plans together: views is the row of p.Views.
// Where nobody told the length of the content, it ends where the last range
// does; what was played beyond it is left out.
func (p *EngagementPlan) Heatmap(views Row, starts, ends []Row) *Heatmap {
	changes := map[int64]float64{} // of the number of views that play, by second
	last := int64(0)
	change := func(rows []Row, by float64) {
		for _, r := range rows {
			if at, err := strconv.ParseInt(r.Groups[0], 10, 64); err == nil && at >= 0 {
				changes[at] += by * r.Values[IndexCount]
				last = max(last, at)
			}
		}
	}
	change(starts, 1)
	change(ends, -1)
	h := &Heatmap{Views: int64(views.Values[indexEngaged]), Length: cmp.Or(seconds(views), last)}
	h.Value = make([]float64, min(max(h.Length, minHeat), maxHeat))
	playing, since := 0.0, int64(0)
	for _, at := range append(slices.Sorted(maps.Keys(changes)), math.MaxInt64) {
		h.add(playing, since, min(at, h.Length))
		playing, since = playing+changes[at], at
	}
	if whole := float64(h.Views) * float64(h.Length); whole > 0 {
		for i := range h.Value {
			h.Value[i] /= whole
		}
	}
	return h
}

// add counts views that played the seconds from ≤ t < to. Until all are in,
// values are whole numbers, so that equal ones are equal.
func (h *Heatmap) add(views float64, from, to int64) {
	if views == 0 || from >= to {
		return
	}
	// In units that both a second and a bucket have a whole number of.
	second, bucket := int64(len(h.Value)), h.Length
	from, to = from*second, to*second
	for i := from / bucket; i*bucket < to; i++ {
		both := min(to, (i+1)*bucket) - max(from, i*bucket)
		h.Value[i] += views * float64(both)
	}
}

// Hotspot is a stretch of a content that stands out.
type Hotspot struct {
	Start, End int64   // ms from the beginning; the end is exclusive
	Score      float64 // the share of the views that played it
}

// Hotspots are the stretches of buckets that are above the mean and among the
// quarter that most views played, the most played first; with cold those that
// are below the mean and among the quarter that fewest played, the least played
// first. Where all was played as often, nothing stands out.
func (h *Heatmap) Hotspots(cold bool) []Hotspot {
	sorted := slices.Sorted(slices.Values(h.Value))
	mean := 0.0
	for _, v := range sorted {
		mean += v / float64(len(sorted))
	}
	quarter := len(sorted) / 4
	standsOut := func(v float64) bool {
		if cold {
			return v < mean && v <= sorted[quarter-1]
		}
		return v > mean && v >= sorted[len(sorted)-quarter]
	}
	if sorted[0] == sorted[len(sorted)-1] { // the mean of equals is off by rounding
		return nil
	}
	var spots []Hotspot
	for i := 0; i < len(h.Value); {
		j, sum := i, 0.0
		for ; j < len(h.Value) && standsOut(h.Value[j]); j++ {
			sum += h.Value[j]
		}
		if j > i {
			spots = append(spots, Hotspot{Start: h.edge(i), End: h.edge(j), Score: sum / float64(j-i)})
		}
		i = max(j, i+1)
	}
	slices.SortStableFunc(spots, func(a, b Hotspot) int {
		if cold {
			return cmp.Compare(a.Score, b.Score)
		}
		return cmp.Compare(b.Score, a.Score)
	})
	return spots
}

// edge is where a bucket begins, in ms.
func (h *Heatmap) edge(bucket int) int64 {
	return int64(math.Round(float64(bucket) * float64(h.Length) * 1000 / float64(len(h.Value))))
}
