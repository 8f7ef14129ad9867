package incident

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"playhead/internal/meta"
)

// TestFalsePositives measures how often a bucket opens an incident by chance. At the
// odds that are in force that is too seldom to be measured, so they are one in a
// thousand here: with three tests of a bucket (two types of errors and all
// together), three of a thousand buckets may open one at most. It has to be so
// when views are independent of each other, and when they are not: when the share
// of failures is another one in each hour, and another one of each title.
func TestFalsePositives(t *testing.T) {
	const lenient, titles = 1e-3, 20
	views := 300_000
	if testing.Short() {
		views /= 20 // there is no second goroutine to be found
	}
	for name, c := range map[string]struct {
		share       float64
		hours, each float64 // standard deviation of the share from hour to hour, and from title to title, relatively to it
		every       int64   // ms between two views
	}{
		"independent views":                {0.01, 0, 0, 100},
		"a share that differs by the hour": {0.01, 0.3, 0, 3600},
		"titles that differ":               {0.01, 0, 0.4, 100},
		"both, with few failures":          {0.004, 0.3, 0.4, 3600},
		"few viewers":                      {0.01, 0, 0, 30_000}, // buckets are an hour old before they are full
	} {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(7, uint64(c.every)))
			vary := func(sd float64) float64 { return math.Exp(sd*rng.NormFloat64() - sd*sd/2) }
			of := make([]float64, titles)
			for i := range of {
				of[i] = vary(c.each)
			}
			d := NewDetector("e", countedIDs())
			d.odds = lenient
			now, level, opened := stageBegin.UnixMilli(), 1.0, map[bool]int{}
			for i := range views {
				if now/hour != (now-c.every)/hour {
					level = vary(c.hours)
				}
				now += c.every
				n := rng.IntN(titles)
				view := Sample{At: now, Title: strconv.Itoa(n)}
				if rng.Float64() < c.share*level*of[n] {
					view.Failure = 1 + int64(i%2)
				}
				d.Add(view)
				if i%1000 == 0 {
					d.Advance(now)
				}
			}
			changes, _ := d.Take()
			for _, change := range changes {
				if change.Event == meta.Opened {
					opened[!aboutTitle(&change.Incident)]++
				}
			}
			t.Logf("of %d buckets of titles %d opened an incident, of %d of the environment %d", views/titleViews, opened[false], views/wholeViews, opened[true])
			for whole, buckets := range map[bool]float64{true: float64(views / wholeViews), false: float64(views / titleViews)} {
				most := buckets * 3 * lenient
				if float64(opened[whole]) > most+4*math.Sqrt(most) { // four standard deviations more
					t.Errorf("%d of %.0f buckets opened an incident (of the environment: %v), want %.1f at most", opened[whole], buckets, whole, most)
				}
			}
		})
	}
}

func aboutTitle(i *meta.Incident) bool {
	return slices.ContainsFunc(i.Breakdowns, func(b meta.Breakdown) bool { return b.Name == "video_title" })
}
