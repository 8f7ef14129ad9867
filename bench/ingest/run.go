package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"playhead/bench/load"
)

// Budgets of docs/design.md §9.
const (
	budgetRatio   = 0.70                  // of the POST/s of the handler that appends
	budgetLatency = 30 * time.Millisecond // p95 at 80 % of the most
	budgetRate    = 10_000                // POST/s on a quiet machine
)

// connections are how many are tried.
var connections = []int{64, 256}

func (b *bench) run(ctx context.Context) (err error) {
	if _, err := os.Stat(b.binary); err != nil {
		return fmt.Errorf("%w (make build makes it)", err)
	}
	defer os.RemoveAll(b.dir)
	if b.sessions, err = load.Sessions(b.captures); err != nil {
		return err
	}
	fmt.Printf("%d processors, %d rounds of %s\n\n", runtime.NumCPU(), b.rounds, b.time)
	for _, n := range connections {
		if err := b.measureAt(ctx, n); err != nil {
			return err
		}
	}
	return b.viewing(ctx)
}

// viewing compares the servers under viewers who stay. Most recorded sessions
// are over after half a minute, so that the first load ends far more views for
// its requests than people do who watch something; those that lasted five
// minutes tell of them, but are fewer and mostly heartbeats.
func (b *bench) viewing(ctx context.Context) error {
	const stays = 5 * time.Minute
	n := connections[0]
	if !b.only.MatchString(fmt.Sprint("viewing ", n)) {
		return nil
	}
	those := *b
	those.sessions = slices.DeleteFunc(slices.Clone(b.sessions), func(s *load.Session) bool { return s.Lasts < stays })
	if len(those.sessions) == 0 {
		return fmt.Errorf("no recorded session lasts %s", stays)
	}
	fmt.Printf("\n-- sessions of %s and more\n", stays)
	_, err := those.compare(ctx, n)
	return err
}

// composition says what the sessions are made of.
func (b *bench) composition() string {
	requests, views := 0, 0
	for _, s := range b.sessions {
		requests, views = requests+s.Requests, views+s.Views
	}
	return fmt.Sprintf("%d recorded sessions, %.1f requests a view", len(b.sessions), float64(requests)/float64(views))
}

// measureAt compares the servers with a number of connections, then measures
// ours at 80 % of what it took, and for long.
func (b *bench) measureAt(ctx context.Context, connections int) error {
	wanted := func(what string) bool { return b.only.MatchString(fmt.Sprint(what, " ", connections)) }
	most := float64(budgetRate)
	if wanted("compare") {
		var err error
		if most, err = b.compare(ctx, connections); err != nil {
			return err
		}
	}
	if wanted("steady") {
		t, err := b.once(ctx, load.Plan{Connections: connections, Rate: 0.8 * most, Warm: 2 * warm, Time: b.long / 2})
		if err != nil {
			return err
		}
		verdict(os.Stdout, "p95 within 30 ms, ms under it", float64(budgetLatency-t.Quantile(0.95))/1e6, 0)
	}
	if wanted("long") {
		if _, err := b.once(ctx, load.Plan{Connections: connections, Warm: warm, Time: b.long}); err != nil {
			return err
		}
	}
	return nil
}

// once measures ours under one load.
func (b *bench) once(ctx context.Context, p load.Plan) (*turn, error) {
	if p.Rate > 0 {
		fmt.Printf("\n== %d connections, %.0f requests/s for %s; latency from when they were due\n%s\n", p.Connections, p.Rate, p.Time, head)
	} else {
		fmt.Printf("\n== %d connections, as fast as they are answered, for %s\n%s\n", p.Connections, p.Time, head)
	}
	t, err := b.turn(ctx, ours, p)
	if err != nil {
		return nil, err
	}
	t.print(os.Stdout)
	t.printTracker(os.Stdout)
	return t, nil
}

// compare lets the servers take turns. It returns the POST/s of ours.
func (b *bench) compare(ctx context.Context, connections int) (most float64, err error) {
	servers := []string{load.Discard, load.Append, ours}
	turns := map[string][]*turn{}
	fmt.Printf("\n== %s, %d connections, as fast as they are answered\n%s\n", b.composition(), connections, head)
	for round := range b.rounds {
		for i := range servers {
			server := servers[(i+round)%len(servers)]
			t, err := b.turn(ctx, server, load.Plan{Connections: connections, Warm: warm, Time: b.time})
			if err != nil {
				return 0, err
			}
			turns[server] = append(turns[server], t)
			t.print(os.Stdout)
		}
	}
	rate := func(t *turn) float64 { return t.PerSecond(t.Posts) }
	perProcessor := func(t *turn) float64 { return float64(t.Posts) / (t.cpu + t.CPU).Seconds() }
	kept := func(t *turn) float64 { return min(rate(t), t.rate(folded)) }
	fmt.Println("medians of the rounds:")
	for _, server := range servers {
		medianTurn(turns[server]).print(os.Stdout)
	}
	most = rate(medianTurn(turns[ours]))
	verdict(os.Stdout, "ratio to discard", paired(turns[ours], turns[load.Discard], rate, rate), none)
	verdict(os.Stdout, "ratio to append", paired(turns[ours], turns[load.Append], rate, rate), budgetRatio)
	verdict(os.Stdout, "ratio to append of what was also folded", paired(turns[ours], turns[load.Append], kept, rate), budgetRatio)
	verdict(os.Stdout, "ratio to append, by processor time of server and load", paired(turns[ours], turns[load.Append], perProcessor, perProcessor), none)
	verdict(os.Stdout, "POST/s", most, budgetRate)
	return most, nil
}

func folded(s load.State) int64 { return s.Folded }

// medianTurn is the turn with the median rate.
func medianTurn(turns []*turn) *turn {
	sorted := slices.Clone(turns)
	slices.SortFunc(sorted, func(a, b *turn) int { return cmp.Compare(a.PerSecond(a.Posts), b.PerSecond(b.Posts)) })
	return sorted[len(sorted)/2]
}

// paired is the median of the ratios of two figures, round by round.
func paired(a, b []*turn, of, to func(*turn) float64) float64 {
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = of(a[i]) / to(b[i])
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}
