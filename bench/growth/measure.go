package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"playhead/bench/load"
)

// growLoad has more connections send more requests.
func (b *bench) growLoad(ctx context.Context, dir string, times int, f *figures) error {
	s, err := load.StartPlayhead(ctx, b.binary, dir)
	if err != nil {
		return err
	}
	r, err := b.requests(ctx, s, times, f)
	if err != nil {
		return errors.Join(err, s.Stop())
	}
	if _, _, err = s.CatchUp(ctx, r.Views, time.Minute); err != nil {
		return errors.Join(err, s.Stop())
	}
	f.each("journal, bytes a request", float64(load.Size(filepath.Join(dir, "journal")))/float64(r.Bodies))
	if err := b.memory(s, f); err != nil {
		return err
	}
	f.each("store, bytes a view", float64(load.Size(filepath.Join(dir, "views.duckdb")))/float64(r.Views))
	return nil
}

// growOpen has more views that do not end, sends as many requests as ever, and
// then kills the server: what it takes to be ready again.
func (b *bench) growOpen(ctx context.Context, dir string, times int, f *figures) error {
	s, err := load.StartPlayhead(ctx, b.binary, dir, stayOpen...)
	if err != nil {
		return err
	}
	empty, _ := load.Memory(s.PID)
	b.seed++
	r, err := load.Run(ctx, b.sessions, load.Plan{
		Address: s.Address, Connections: 64, Time: 5 * time.Minute, Seed: b.seed, Open: true, Sessions: b.open * int64(times),
	}, nil)
	if err == nil {
		err = caughtUp(ctx, s)
	}
	if err != nil {
		return errors.Join(err, s.Stop())
	}
	full, _ := load.Memory(s.PID)
	f.each("memory, bytes an open view", float64(full-empty)/float64(r.Views))
	if _, err := b.requests(ctx, s, 1, f); err != nil {
		return errors.Join(err, s.Stop())
	}
	_, most := load.Memory(s.PID)
	f.total("memory, MB", float64(most)/(1<<20))
	if err := s.Kill(); err != nil {
		return err
	}
	start := time.Now()
	if s, err = load.StartPlayhead(ctx, b.binary, dir, stayOpen...); err != nil {
		return err
	}
	f.total("restart after a kill, s", time.Since(start).Seconds())
	f.total("restart, s of processor", load.CPU(s.PID).Seconds())
	return s.Stop()
}

// stayOpen has views wait longer for their next event than a measurement takes.
var stayOpen = []string{"--view-complete-after", "1h"}

// growStored has more views in the store.
func (b *bench) growStored(ctx context.Context, dir string, times int, f *figures) error {
	n := b.stored * times
	out, err := exec.CommandContext(ctx, b.queries, "-dir", dir, "-views", fmt.Sprint(n), "-only", "^$").CombinedOutput()
	if err != nil {
		return fmt.Errorf("make %d views: %w: %s", n, err, out)
	}
	// The records are those of another token.
	if err := errors.Join(
		os.Rename(filepath.Join(dir, fmt.Sprintf("views-%d.duckdb", n)), filepath.Join(dir, "views.duckdb")),
		os.Remove(filepath.Join(dir, "records.sqlite")),
	); err != nil {
		return err
	}
	syscall.Sync() // or the disk would be busy with that file while it is measured
	f.each("store, bytes a view", float64(load.Size(filepath.Join(dir, "views.duckdb")))/float64(n))
	start := time.Now()
	s, err := load.StartPlayhead(ctx, b.binary, dir, "--view-retention", "100000h")
	if err != nil {
		return err
	}
	f.total("start until ready, s", time.Since(start).Seconds())
	if _, err := b.requests(ctx, s, 1, f); err != nil {
		return errors.Join(err, s.Stop())
	}
	return b.memory(s, f)
}

// requests sends some times the requests of one time, and notes what they cost.
func (b *bench) requests(ctx context.Context, s *load.Playhead, times int, f *figures) (*load.Result, error) {
	var before, after load.State
	var cpu time.Duration
	var failed [2]error
	b.seed++
	r, err := load.Run(ctx, b.sessions, load.Plan{
		Address: s.Address, Connections: 16 * times, Rate: b.rate * float64(times), Warm: time.Second, Time: b.time, Seed: b.seed,
	}, func(ctx context.Context) {
		alive := context.WithoutCancel(ctx)
		cpu = -load.CPU(s.PID)
		before, failed[0] = s.State(alive)
		<-ctx.Done()
		after, failed[1] = s.State(alive)
		cpu += load.CPU(s.PID)
	})
	if err = errors.Join(err, failed[0], failed[1]); err != nil {
		return nil, err
	}
	if r.Refused > 0 {
		return nil, fmt.Errorf("%d of %d requests were refused", r.Refused, r.Bodies)
	}
	behind, _ := after.Lag()
	f.total("requests/s", r.PerSecond(r.Posts))
	f.each("request p50, ms", float64(r.Quantile(0.5))/1e6)
	f.each("request p95, ms", float64(r.Quantile(0.95))/1e6)
	f.each("processor, s for 100,000 requests", cpu.Seconds()/float64(r.Posts)*1e5)
	f.total("commit, ms", (after.CommitSec-before.CommitSec)/float64(after.Commits-before.Commits)*1e3)
	f.each("commit, ms a view", (after.CommitSec-before.CommitSec)/float64(after.Views-before.Views)*1e3)
	f.total("tracker behind, records", float64(behind))
	return r, nil
}

// memory notes what a server has in memory, and stops it.
func (b *bench) memory(s *load.Playhead, f *figures) error {
	_, most := load.Memory(s.PID)
	f.total("memory, MB", float64(most)/(1<<20))
	return s.Stop()
}

// caughtUp waits until all records are folded.
func caughtUp(ctx context.Context, s *load.Playhead) error {
	for {
		state, err := s.State(ctx)
		if err != nil || state.Folded == state.Durable {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
