package main

import (
	"fmt"
	"io"
	"time"

	"playhead/bench/load"
)

const head = "server    POST/s events/s   p50   p95   p99   max ms | CPU s/100k  cores: server load other | B/body  RSS MB | folded/s  lag records, s  catch-up s"

// print prints a line under [head].
func (t *turn) print(w io.Writer) {
	ms := func(share float64) float64 { return float64(t.Quantile(share)) / 1e6 }
	cores := func(d time.Duration) float64 { return d.Seconds() / t.Time.Seconds() }
	fmt.Fprintf(w, "%-9s %6.0f %8.0f %5.1f %5.1f %5.1f %6.1f    | %9.2f  %13.2f %4.2f %5.2f | %6.0f %7d",
		t.server, t.PerSecond(t.Posts), t.PerSecond(t.Events), ms(0.5), ms(0.95), ms(0.99), ms(1),
		t.cpu.Seconds()/float64(t.Posts)*1e5, cores(t.cpu), cores(t.CPU), cores(t.other), t.disk, t.memory>>20)
	if t.server == ours {
		fmt.Fprintf(w, " | %8.0f  %11d %3.1f  %10.1f", t.rate(folded), t.lag.records, t.lag.behind.Seconds(), t.catchUp.Seconds())
	}
	fmt.Fprintln(w)
}

// printTracker prints what became of what was taken.
func (t *turn) printTracker(w io.Writer) {
	commits := float64(t.end.Commits - t.begin.Commits)
	fmt.Fprintf(w, "views: %d sent, all of them in the API; %.0f/s committed, %.0f a commit of %.0f ms, %.0f bytes each in the store; %d open\n",
		t.Views, t.rate(func(s load.State) int64 { return s.Views }), float64(t.end.Views-t.begin.Views)/commits,
		(t.end.CommitSec-t.begin.CommitSec)/commits*1000, t.views, t.end.Open)
}

const none = -1

// verdict prints a figure, and whether it is at least its budget, if it is not none.
func verdict(w io.Writer, what string, value, budget float64) {
	switch {
	case budget == none:
		fmt.Fprintf(w, "%s: %.2f\n", what, value)
	case value >= budget:
		fmt.Fprintf(w, "%s: %.2f, budget %.2f\n", what, value, budget)
	default:
		fmt.Fprintf(w, "%s: %.2f, MISSED the budget %.2f\n", what, value, budget)
	}
}
