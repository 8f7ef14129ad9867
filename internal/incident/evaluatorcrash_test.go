package incident

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"playhead/internal/meta"
)

// outcome is what has become in all, whoever was asked when: ids and states of
// detectors are left out.
type outcome struct {
	Told      []string // keys and events, in the order of each key
	Incidents []meta.Incident
}

func (k *keeper) outcome() (o outcome) {
	for _, t := range k.told {
		o.Told = append(o.Told, t.Incident.Key+" "+string(t.Event))
	}
	slices.SortStableFunc(o.Told, func(a, b string) int { return strings.Compare(a[:64], b[:64]) })
	for _, i := range k.incidents {
		o.Incidents = append(o.Incidents, i)
	}
	slices.SortFunc(o.Incidents, func(a, b meta.Incident) int {
		return strings.Compare(a.Key+a.StartedAt.String(), b.Key+b.StartedAt.String())
	})
	return o
}

// episodes has views of two environments, in which titles fail and are right again, and
// in one of them everything does for a while.
func episodes(s *shelf, random *rand.Rand) (records int64) {
	titles := []string{"Harbour Lights", "Night Train", "Salt", "The Long Way Home"}
	for n := range 12_000 {
		environment := []string{"a", "b"}[random.IntN(2)]
		title := random.IntN(len(titles))
		failure, chance := int64(7), 0.003
		if n/1500%2 == 1 && title == n/3000 { // one title after the other
			chance = 0.4
		}
		if environment == "b" && n > 5000 && n < 8000 {
			failure, chance = 8, 0.3
		}
		if random.Float64() >= chance {
			failure = 0
		}
		if random.IntN(3) > 0 {
			records++
		}
		s.complete(environment, titles[title], records, failure)
	}
	return records + 1
}

// TestCrashes evaluates the same views with detectors as they are, once without any
// trouble, and often with steps that fail before and after they are durable and
// with processes that die: what has become of it is the same.
func TestCrashes(t *testing.T) {
	for seed := range uint64(4) {
		undisturbed := newBench("a", "b")
		undisturbed.real = true
		records := episodes(&undisturbed.views, rand.New(rand.NewPCG(seed, 1)))
		e := undisturbed.start(t, 0)
		e.Stored(records)
		undisturbed.all(t, e)
		want := undisturbed.records.outcome()
		if len(want.Told) < 8 {
			t.Fatalf("seed %d: people were told %d times: nothing is shown by that", seed, len(want.Told))
		}
		random := rand.New(rand.NewPCG(seed, 2))
		b := newBench("a", "b")
		b.real, b.views.views, b.ids = true, undisturbed.views.views, 500_000
		e = b.start(t, 0)
		b.records.fails = func(meta.Evaluation) error {
			if b.records.failsLate = random.IntN(2) == 0; random.IntN(5) == 0 {
				return errDisk
			}
			return nil
		}
		b.views.fails = func() bool { return random.IntN(50_000) == 0 }
		for stored := int64(0); stored < records; {
			stored = min(records, stored+1+random.Int64N(300))
			e.Stored(stored)
			for more := true; more; {
				var err error
				if more, err = e.step(t.Context()); err != nil {
					e.fail(err)
				}
			}
			if random.IntN(4) == 0 {
				e = b.start(t, stored)
			}
		}
		b.records.fails, b.views.fails = nil, nil
		b.all(t, e)
		if diff := cmp.Diff(want, b.records.outcome(), cmpopts.IgnoreFields(meta.Incident{}, "ID")); diff != "" {
			t.Errorf("seed %d: with trouble (-without +with):\n%s", seed, diff)
		}
	}
}
