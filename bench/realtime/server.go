package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"

	"golang.org/x/sync/errgroup"

	"playhead/bench/load"
	"playhead/internal/simulate"
)

// settle is how long simulated viewers come before they are measured.
const settle = 20 * time.Second

// server measures the real server with simulated viewers.
func (b *bench) server(ctx context.Context) (err error) {
	if err := errors.Join(os.RemoveAll(b.dir), os.MkdirAll(b.dir, 0o755)); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if err := b.tellPast(ctx); err != nil {
		return err
	}
	args := []string{"--realtime-memory", fmt.Sprint(b.memory), "--prof-listen", profAddress}
	began := time.Now()
	s, err := load.StartPlayhead(ctx, b.binary, b.dir, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	resident, _ := load.Memory(s.PID)
	empty, err := collected(ctx, s)
	if err != nil {
		return err
	}
	fmt.Printf("\nthe real server: %d stored views of %s, ready after %.1f s with %d MB; then %d simulated viewers\n",
		b.stored, b.history, time.Since(began).Seconds(), resident>>20, b.real)
	playing, leave := context.WithCancel(ctx)
	defer leave()
	played := make(chan error, 1)
	go func() {
		_, err := simulate.Run(playing, simulate.Config{
			URL: "http://" + s.Address, EnvKey: load.EnvKey, Viewers: b.real, World: simulate.World{Seed: b.seed, People: 100 * b.real}, Clock: time.Now, Client: viewersClient(),
		})
		played <- err
	}()
	if err := sleep(ctx, settle); err != nil {
		return err
	}
	if err := b.watchServer(ctx, s, empty); err != nil {
		return err
	}
	// Those who watch are not waited for: what they say at the end measures nothing.
	return nil
}

// tellPast writes the views of the last day into the folder of the server.
func (b *bench) tellPast(ctx context.Context) error {
	if b.stored == 0 {
		return nil
	}
	// The first start makes the environment.
	s, err := load.StartPlayhead(ctx, b.binary, b.dir)
	if err != nil {
		return err
	}
	if err := s.Stop(); err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Minute)
	out, err := exec.CommandContext(ctx, b.binary, "simulate", "--backfill", "24h", "--views", fmt.Sprint(b.stored),
		"--until", now.Format(time.RFC3339), "--data-dir", b.dir, "--env-key", load.EnvKey).CombinedOutput()
	if err != nil {
		return fmt.Errorf("make %d views: %w: %s", b.stored, err, out)
	}
	return nil
}

// watchServer asks the questions of the in-process part, a few a second, and
// follows probes, while simulated viewers watch.
func (b *bench) watchServer(ctx context.Context, s *load.Playhead, empty load.State) error {
	measured, cancel := context.WithTimeout(ctx, b.live)
	defer cancel()
	before, err := s.State(ctx)
	if err != nil {
		return err
	}
	cpu, self, busy := load.CPU(s.PID), load.CPU(os.Getpid()), load.Busy()
	asked, p := newTimes(), &probes{server: s, client: viewersClient()}
	g, all := errgroup.WithContext(measured)
	g.Go(func() error { return p.run(all) })
	g.Go(func() error { return askServer(all, s, b.ask, asked) })
	if b.profiles != "" {
		g.Go(func() error {
			return load.Profile(ctx, profAddress, fmt.Sprintf("profile?seconds=%d", int(b.live.Seconds())-1), filepath.Join(b.profiles, "server-cpu"))
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	cpu, self, busy = load.CPU(s.PID)-cpu, load.CPU(os.Getpid())-self, load.Busy()-busy
	after, err := collected(ctx, s)
	if err != nil {
		return err
	}
	if b.profiles != "" {
		if err := load.Profile(ctx, profAddress, "heap?gc=1", filepath.Join(b.profiles, "server-heap")); err != nil {
			return err
		}
	}
	now, _ := load.Memory(s.PID)
	took := after.At.Sub(before.At).Seconds()
	records, behind := after.Lag()
	open := max(1, after.Open)
	fmt.Printf("%.0f records/s; at the end the tracker is %d records (%.1f s) behind, the process has %d MB; %d views are not final, each of which takes %d bytes, %d of them real-time numbers\n",
		float64(after.Folded-before.Folded)/took, records, behind.Seconds(), now>>20, after.Open, (after.Heap-empty.Heap)/open, (after.Live-empty.Live)/open)
	fmt.Printf("processors: server %.2f, viewers and questions %.2f, other work %.2f\n", cpu.Seconds()/took, self.Seconds()/took, (busy-cpu-self).Seconds()/took)
	p.print(os.Stdout)
	asked.print(os.Stdout)
	return nil
}

// collected is the state once what is not used any more is not in memory.
func collected(ctx context.Context, s *load.Playhead) (load.State, error) {
	if err := load.Profile(ctx, profAddress, "heap?gc=1", os.DevNull); err != nil {
		return load.State{}, err
	}
	return s.State(ctx)
}

// askServer asks the questions of all kinds in turns until ctx ends.
func askServer(ctx context.Context, s *load.Playhead, which *regexp.Regexp, asked *times) error {
	const every = 200 * time.Millisecond
	list := questions(which)
	for i := 0; ; i++ {
		q := &list[i%len(list)]
		began := time.Now()
		_, err := s.Ask(ctx, q.path(began.UnixMilli()))
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the time is over
		}
		if err != nil {
			return err
		}
		asked.note(q, time.Since(began))
		if sleep(ctx, every) != nil {
			return nil
		}
	}
}

const profAddress = "127.0.0.1:6066" // where the server gives its profiles

// sleep waits; it is an error if ctx ends before.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// viewersClient is shared by all viewers of this process.
func viewersClient() *http.Client {
	return &http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: 1000, IdleConnTimeout: time.Minute},
	}
}
