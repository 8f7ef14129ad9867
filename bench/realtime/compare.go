package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/query"
)

// compare answers the questions in all ways in turns, while nothing is put. The
// answers have to be the same. What a plain way is given is only what has to do
// with the window that is asked about, of which live has to find it in a day.
func (p *inProcess) compare(ctx context.Context) error {
	now := p.now.Load()
	fmt.Fprintf(p.out, "\nin turns, nothing put meanwhile, medians of up to %d; a plain loop and statements by hand get the views of the window only\n", p.rounds)
	fmt.Fprintf(p.out, "%-50s %8s %8s %8s | %8s %8s %8s %7s %7s\n", "ms, and ms of processor with ratios", "API", "plain", "hand", "API", "plain", "hand", "plain", "hand")
	for _, past := range []time.Duration{0, ago} {
		from, to := (&question{ago: past, ticks: halfHour}).span(now)
		b := &plain{p.world.known(from-query.TickEvery, to, now, p.environment)}
		h, err := newHand(ctx, b.views, from-query.TickEvery, to)
		if err != nil {
			return err
		}
		for _, q := range questions(p.bench.ask) {
			if q.ago != past || !q.compared {
				continue
			}
			if err := p.compareOne(ctx, &q, b, h, now); err != nil {
				return fmt.Errorf("%s, %s: %w", q.family, q.name, err)
			}
		}
		if err := h.close(); err != nil {
			return err
		}
	}
	return nil
}

// longest is how long the rounds of one question go on; the last may end later.
const longest = 4 * time.Second

func (p *inProcess) compareOne(ctx context.Context, q *question, b *plain, h *hand, now int64) error {
	plan := q.plan(p.environment, now)
	ways := []func() error{
		func() error { _, err := p.ask(ctx, q, newTimes()); return err },
		func() error { _, err := answer(ctx, q, b, plan); return err },
		func() error { _, err := answer(ctx, q, h, plan); return err },
	}
	var wall, cpu [3][]time.Duration
	for first := time.Now(); len(wall[0]) < p.rounds && time.Since(first) < longest; {
		for i, way := range ways {
			runtime.GC() // or it would pay for the one before
			began, used := time.Now(), processor()
			if err := way(); err != nil {
				return err
			}
			wall[i], cpu[i] = append(wall[i], time.Since(began)), append(cpu[i], processor()-used)
		}
	}
	if err := p.check(ctx, q, b, h, plan); err != nil {
		return err
	}
	var median [6]float64
	for i := range ways {
		slices.Sort(wall[i])
		slices.Sort(cpu[i])
		median[i], median[3+i] = ms(quantile(wall[i], 0.5)), ms(quantile(cpu[i], 0.5))
	}
	fmt.Fprintf(p.out, "%-50s %8.1f %8.1f %8.1f | %8.1f %8.1f %8.1f %6.1f× %6.1f×\n", q.family+", "+q.name,
		median[0], median[1], median[2], median[3], median[4], median[5], median[4]/median[3], median[5]/median[3])
	return nil
}

// processor is the processor time that this process has used.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// answer is what a question comes down to: ticks, or first frames.
func answer(ctx context.Context, q *question, of query.Realtime, plan *query.TickPlan) (any, error) {
	if q.histogram {
		return of.Startups(ctx, plan)
	}
	return of.Ticks(ctx, plan)
}

// check compares the answers of all ways: live's with the plain one's in every
// number, that of the statements in those that they have.
func (p *inProcess) check(ctx context.Context, q *question, b *plain, h *hand, plan *query.TickPlan) error {
	var all [3]any
	for i, way := range []query.Realtime{b, p.live, h} {
		a, err := answer(ctx, q, way, plan)
		if err != nil {
			return err
		}
		all[i] = sorted(a, false)
	}
	if diff := cmp.Diff(all[0], all[1]); diff != "" {
		return fmt.Errorf("live answers other than a plain loop (-plain +live):\n%s", shortened(diff))
	}
	if diff := cmp.Diff(sorted(all[0], true), sorted(all[2], true)); diff != "" {
		return fmt.Errorf("statements by hand answer other than a plain loop (-plain +hand):\n%s", shortened(diff))
	}
	return nil
}

// sorted is an answer in an order of its own and without groups of nothing. Few
// of its numbers are those that statements by hand have.
func sorted(answer any, few bool) any {
	if list, ok := answer.([]query.Startup); ok {
		list = slices.Clone(list)
		slices.SortFunc(list, func(a, b query.Startup) int { return int(1e6*(a.At-b.At) + a.Time - b.Time) })
		return list
	}
	t := answer.(*query.Ticks)
	some := &query.Ticks{From: t.From}
	for _, g := range t.Groups {
		g.Ticks = slices.Clone(g.Ticks)
		if few {
			g.Label = ""
			for i, t := range g.Ticks {
				g.Ticks[i] = query.Tick{Concurrent: t.Concurrent, WatchTime: t.WatchTime, RebufferTime: t.RebufferTime}
			}
		}
		if slices.ContainsFunc(g.Ticks, func(t query.Tick) bool { return t != query.Tick{} }) {
			some.Groups = append(some.Groups, g)
		}
	}
	slices.SortFunc(some.Groups, func(a, b query.TickGroup) int { return strings.Compare(a.Value, b.Value) })
	return some
}

func shortened(diff string) string { return diff[:min(len(diff), 3000)] }
