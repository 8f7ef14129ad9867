// Command growth measures how cost grows: the same figures with one, four and
// sixteen times the load, the open views, and the views that are stored. It
// marks what grows more than what it is measured against. docs/performance.md
// tells how to read what it prints.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"time"

	"playhead/bench/load"
)

func main() {
	var b bench
	flag.StringVar(&b.binary, "binary", "bin/playhead", "the server")
	flag.StringVar(&b.queries, "queries", "bin/queries", "the benchmark of queries, which makes stored views")
	flag.StringVar(&b.dir, "dir", "bin/bench-growth", "folder of everything that is written; it is emptied")
	flag.StringVar(&b.captures, "captures", "testdata/captures", "folder of the recorded sessions")
	flag.Float64Var(&b.rate, "rate", 400, "requests a second, of one time the load")
	flag.Int64Var(&b.open, "open", 4000, "open views, of one time")
	flag.IntVar(&b.stored, "stored", 100_000, "stored views, of one time")
	flag.DurationVar(&b.time, "time", 10*time.Second, "time of each load")
	pattern := flag.String("only", "", "measure only what this regular expression matches: load, open, stored")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	only, err := regexp.Compile(*pattern)
	if err == nil {
		err = b.run(ctx, only)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "growth:", err)
		os.Exit(1)
	}
}

// bench is the settings of a run.
type bench struct {
	binary, queries, dir, captures string
	rate                           float64
	open                           int64
	stored                         int
	time                           time.Duration

	sessions []*load.Session
	seed     uint64 // of the last load
}

// times are what is measured against each other.
var times = [...]int{1, 4, 16}

func (b *bench) run(ctx context.Context, only *regexp.Regexp) (err error) {
	if b.sessions, err = load.Sessions(b.captures); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	for _, part := range []struct {
		name, title string
		measure     func(ctx context.Context, dir string, times int, f *figures) error
	}{
		{"load", fmt.Sprintf("load: %.0f requests/s for %s, 16 connections", b.rate, b.time), b.growLoad},
		{"open", fmt.Sprintf("open views: %d, then %.0f requests/s", b.open, b.rate), b.growOpen},
		{"stored", fmt.Sprintf("stored views: %d, then %.0f requests/s for %s", b.stored, b.rate, b.time), b.growStored},
	} {
		if !only.MatchString(part.name) {
			continue
		}
		var f figures
		for i, n := range times {
			f.column = i
			dir := filepath.Join(b.dir, part.name)
			if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
				return err
			}
			if err := part.measure(ctx, dir, n, &f); err != nil {
				return fmt.Errorf("%d times the %s: %w", n, part.name, err)
			}
		}
		f.print(os.Stdout, part.title)
	}
	return nil
}
