package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"playhead/bench/load"
)

// ours is the name of the real server beside those of the baselines.
const ours = "playhead"

// bench is the settings of a run.
type bench struct {
	binary, dir, captures, profiles string
	rounds                          int
	time, long                      time.Duration
	only                            *regexp.Regexp

	sessions []*load.Session
	seed     uint64 // of the last load
}

const (
	warm        = time.Second
	profAddress = "127.0.0.1:6066" // where a server gives its profiles, if they are wanted
)

// A turn is what one server did under one load.
type turn struct {
	server string
	plan   load.Plan
	*load.Result
	cpu, other time.Duration // of the server, and of anything but it and the load, while it was measured
	memory     int64         // the most that the server had, in bytes
	disk       float64       // bytes for each body

	// Of ours only.
	begin, end load.State    // when measuring began and ended
	lag        lag           // the most within
	catchUp    time.Duration // from the end of the load until all is in the store
	views      float64       // bytes of the store for each view
}

// turn starts a server on an empty folder, loads it, and stops it.
func (b *bench) turn(ctx context.Context, server string, p load.Plan) (t *turn, err error) {
	dir := filepath.Join(b.dir, server)
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	b.seed++
	p.Seed = b.seed
	t = &turn{server: server, plan: p}
	if server == ours {
		err = b.loadOurs(ctx, t, dir)
	} else {
		err = b.loadBaseline(ctx, t, dir)
	}
	if err == nil && t.Refused > 0 {
		err = fmt.Errorf("%d of %d requests were refused", t.Refused, t.Bodies)
	}
	if err != nil {
		return nil, fmt.Errorf("%s with %d connections: %w", server, p.Connections, err)
	}
	return t, nil
}

func (b *bench) loadBaseline(ctx context.Context, t *turn, dir string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	p, err := load.Start(ctx, self, "-baseline", t.server, "-dir", dir)
	if err != nil {
		return err
	}
	return errors.Join(b.measure(ctx, t, p, nil), p.Stop())
}

func (b *bench) loadOurs(ctx context.Context, t *turn, dir string) error {
	var args []string
	if b.profiles != "" {
		args = []string{"--prof-listen", profAddress}
	}
	s, err := load.StartPlayhead(ctx, b.binary, dir, args...)
	if err != nil {
		return err
	}
	err = b.measure(ctx, t, s.Process, func(ctx context.Context) error {
		profiled := make(chan error, 1)
		go func() { profiled <- b.profile(ctx, t.plan.Time) }()
		return errors.Join(t.follow(ctx, s), <-profiled)
	})
	if err == nil {
		err = t.settle(ctx, s)
	}
	err = errors.Join(err, s.Stop())
	if err == nil { // only now is everything in the file itself
		t.views = float64(load.Size(filepath.Join(dir, "views.duckdb"))) / float64(t.Views)
	}
	return err
}

// measure loads a server, and beside the load does what is to be done while it
// is measured.
func (b *bench) measure(ctx context.Context, t *turn, p *load.Process, beside func(context.Context) error) (err error) {
	t.plan.Address = p.Address
	var failed error
	before, after := [2]time.Duration{}, [2]time.Duration{}
	t.Result, err = load.Run(ctx, b.sessions, t.plan, func(ctx context.Context) {
		before = [2]time.Duration{load.CPU(p.PID), load.Busy()}
		if beside != nil {
			failed = beside(ctx)
		}
		<-ctx.Done()
		after = [2]time.Duration{load.CPU(p.PID), load.Busy()}
	})
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	t.cpu = after[0] - before[0]
	t.other = after[1] - before[1] - t.cpu - t.CPU
	_, t.memory = load.Memory(p.PID)
	if t.server == load.Append {
		t.disk = float64(load.Size(filepath.Join(b.dir, t.server))) / float64(t.Bodies)
	}
	return nil
}
