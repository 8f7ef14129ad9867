package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"time"
)

// budget is how long an answer may take that has one in docs/design.md §9.
const budget = 100 * time.Millisecond

// times are those of answers, by family, how many groups a breakdown over time
// has, and whether they are about the past or filtered, in the order in which they were asked first.
type times struct {
	names []string
	took  map[string][]time.Duration
}

func newTimes() *times { return &times{took: map[string][]time.Duration{}} }

// kind is what a question is like.
func (q *question) kind() string {
	kind := q.family
	if q.group == title && q.ticks > 1 {
		kind += " by title"
	}
	if q.ago > 0 {
		kind += fmt.Sprintf(", %.0f h ago", q.ago.Hours())
	}
	if q.filtered {
		kind += ", filtered"
	}
	return kind
}

func (t *times) note(q *question, took time.Duration) {
	kind := q.kind()
	if _, known := t.took[kind]; !known {
		t.names = append(t.names, kind)
	}
	t.took[kind] = append(t.took[kind], took)
}

func (t *times) print(w io.Writer) {
	fmt.Fprintf(w, "%-44s %7s %7s %7s %7s\n", "ms", "p50", "p95", "max", "asked")
	for _, name := range slices.Sorted(slices.Values(t.names)) {
		list := slices.Sorted(slices.Values(t.took[name]))
		over := ""
		if quantile(list, 0.95) > budget {
			over = "  OVER"
		}
		fmt.Fprintf(w, "%-44s %7.1f %7.1f %7.1f %7d%s\n", name, ms(quantile(list, 0.5)), ms(quantile(list, 0.95)), ms(list[len(list)-1]), len(list), over)
	}
}

// quantile is the value that a share of the sorted times is at or below.
func quantile(sorted []time.Duration, share float64) time.Duration {
	return sorted[max(0, min(len(sorted)-1, int(math.Ceil(share*float64(len(sorted))))-1))]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
