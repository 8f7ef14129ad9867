package reference

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRealtimeConstants: the rules show the constants of the code in words.
// They are part of what operators rely on: a change of one is a change of the
// API.
func TestRealtimeConstants(t *testing.T) {
	want := map[string]string{
		"Tick": "5 s", "Newest tick": "1 s", "Settled": "15 s", "History": "24 h", "Long rebuffering": "5 min", "Silence": "30 s",
		"Exit before start": "1 s", "Points of `timeseries`": "360", "Minutes of `histogram-timeseries`": "30", "`timestamp`": "24 h",
		"`timeframe[]` of `breakdown-timeseries`": "10 min", "Rows of `breakdown`": "1000", "Rows of `breakdown-timeseries`": "10",
	}
	got := map[string]string{}
	for _, g := range realtime().Rules {
		for _, r := range g.Rules {
			if r.Constant != "" {
				got[r.Name] = r.Constant
			}
			if r.Text == "" {
				t.Errorf("%s says nothing", r.Name)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSpan(t *testing.T) {
	for ms, want := range map[int64]string{1: "1 ms", 1500: "1500 ms", 1000: "1 s", 90_000: "90 s", 60_000: "1 min", 86_400_000: "24 h"} {
		if got := span(ms); got != want {
			t.Errorf("%d ms is %q, want %q", ms, got, want)
		}
	}
}
