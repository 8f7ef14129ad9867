package incident

import (
	"fmt"
	"testing"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/meta"
	"playhead/internal/simulate"
	"playhead/internal/view"
)

// noon is when the worlds of these tests begin: on a Tuesday, far from any event.
var noon = time.Date(2026, 11, 17, 9, 0, 0, 0, time.UTC)

func number(v *view.View, column string) float64 {
	n, _ := v.Number(catalog.MustColumn(column))
	return n
}

func TestSimulatedCauses(t *testing.T) {
	for _, fault := range []string{
		"cdn=skyhop,country=DE:nostart=0.9@2h",
		"cdn=skyhop,country=DE:fail=0.9@2h",
		"cdn=northlight,country=US:nostart=0.7@2h",
		"title=bread:nostart=0.5@2h",
		"release=5.3.0:nostart=0.4@2h",
		"device=tv:nostart=0.5@2h",
		"asn=7922:nostart=0.4@2h",
		"asn=28573:nostart=0.5@2h",
		"system=Tizen:nostart=0.5@2h",
		"cdn=harbor:nostart=0.2@2h",
		"all:nostart=0.3@2h",
	} {
		f, err := simulate.ParseFault(fault)
		if err != nil {
			t.Fatal(err)
		}
		for seed := uint64(1); seed <= 2; seed++ {
			views := played(t, simulate.World{Seed: seed, Faults: []simulate.Fault{f}}, noon, 150*time.Minute, 5000)
			q := Question{}
			n := 0
			for _, v := range views {
				o := Observed{View: v, Affected: number(v, "playback_failure") == 1}
				if end := number(v, "view_end"); end >= float64(noon.Add(2*time.Hour+3*time.Minute).UnixMilli()) {
					if n++; n <= 1000 {
						q.Now = append(q.Now, o)
					}
				} else if end < float64(noon.Add(4*time.Hour).UnixMilli()) {
					q.Before = append(q.Before, o)
				}
			}
			start := time.Now()
			causes := Explain(&q)
			fmt.Println(fault, len(q.Now), len(q.Before), time.Since(start), said(causes))
		}
	}
}

func said(causes []meta.Cause) (list []string) {
	for _, c := range causes {
		list = append(list, fmt.Sprintf("%v %.0f%% (%d of %d, usual %.3f) p=%.1e", c.Breakdowns, 100*c.Share, c.Affected, c.Views, c.Expected, c.PValue))
	}
	return list
}
