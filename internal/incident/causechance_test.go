package incident

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"playhead/internal/catalog"
)

// TestChance: when everything is hit alike, though some always fail more, chance has
// a segment stand out no more often than its bound says.
func TestChance(t *testing.T) {
	const level = 0.1
	worlds := uint64(60)
	if testing.Short() {
		worlds = 9
	}
	named, below := 0, 0
	for seed := range worlds {
		q := alikeHit(seed, []float64{0, 0.03, 0.3}[seed%3])
		if len(Explain(q)) > 0 {
			named++
		}
		s := newScan(q)
		singles, values := s.candidates()
		least := 1.0
		tried := func(candidates []*candidate, kind int) {
			for _, c := range candidates {
				if c.excess >= leastAffected {
					least = min(least, s.pValue(c, kind))
				}
			}
		}
		tried(singles, values)
		tried(s.pairs(singles), values*(values-1)/2)
		if least < level {
			below++
		}
	}
	t.Logf("of %d worlds %d have a cause, and %d a segment with a bound below %v", worlds, named, below, level)
	if named > 0 || float64(below) > level*float64(worlds) {
		t.Errorf("%d causes, want none; %d of %d bounds below %v, want at most as large a part", named, below, worlds, level)
	}
}

// alikeHit is a question about views that are hit with the same chance, beyond what is
// usual: 1 %, ten times as much in one country, three times on one device.
func alikeHit(seed uint64, chance float64) *Question {
	rng := rand.New(rand.NewPCG(seed, 1))
	columns := []*catalog.Column{}
	for _, name := range []string{"country", "cdn", "video_title", "viewer_device_category", "player_version", "browser", "region", "custom_1", "custom_2"} {
		columns = append(columns, catalog.MustColumn(name))
	}
	q, n := &Question{}, uint64(0)
	draw := func(chance float64) Observed {
		n++
		v := newView(n)
		usual := 0.01
		for i, c := range columns {
			value := int(rng.ExpFloat64() * 3) // few are most
			v.SetText(c, fmt.Sprint(value))
			switch {
			case i == 0 && value == 3:
				usual *= 10
			case i == 3 && value == 2:
				usual *= 3
			}
		}
		return Observed{v, rng.Float64() < usual+(1-usual)*chance}
	}
	for range 1000 {
		q.Now = append(q.Now, draw(chance))
	}
	for range 3000 {
		q.Before = append(q.Before, draw(0))
	}
	return q
}

// TestPValue: twice the segments of a kind, times exp(−evidence); of evidence from 50 views
// over a usual share from 50 + 50 only two thirds weigh: 2·30·exp(−2/3·18) = 60·exp(−12).
func TestPValue(t *testing.T) {
	for _, c := range []struct {
		name string
		of   candidate
		by   Deviation
		kind int
		want float64
	}{
		{"viewers", candidate{evidence: 12, in: census{now: 50, before: 50}}, Rise, 30, 3.68653e-4},
		{"shares", candidate{evidence: 18, in: census{now: 50, before: 50}}, Affected, 30, 3.68653e-4},
		{"of more pairs", candidate{evidence: 12}, Rise, 435, 5.34547e-3},
		{"nothing", candidate{evidence: 0.5}, Rise, 30, 1},
	} {
		if got := (model{c.by}).pValue(&c.of, c.kind); math.Abs(got-c.want) > 1e-5*c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
