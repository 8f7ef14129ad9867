package main

import (
	"context"
	"errors"
	"os"
	"runtime"
	"time"

	"playhead/internal/app"
)

type serveCommand struct {
	app.Config
}

// Run serves until a signal comes, then stops in order.
func (c *serveCommand) Run(ctx context.Context, s streams) error {
	a, err := app.New(c.Config, s.err)
	if err != nil {
		return err
	}
	return serve(ctx, a, nil)
}

// useProcessors lets twice as many goroutines run at a time as there are
// processors. One that waits for the disk or for DuckDB is not known to Go to
// wait, for up to ten milliseconds: with one for each processor, a sync would
// keep half of a small machine from working. GOMAXPROCS in the environment goes
// before it.
func useProcessors() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(2 * runtime.GOMAXPROCS(0))
	}
}

// serve starts the server, does what is to be done beside it, and stops both
// when ctx ends or the server fails.
func serve(ctx context.Context, a *app.App, beside func(context.Context)) error {
	useProcessors()
	if err := a.Start(ctx); err != nil {
		return stop(a, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if beside != nil {
			beside(ctx)
		}
	}()
	var err error
	select {
	case <-ctx.Done():
	case err = <-a.Failed():
	}
	cancel()
	<-done
	return stop(a, err)
}

// stop gives the parts of the server time to end in order.
func stop(a *app.App, cause error) error {
	const patience = 30 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return errors.Join(cause, a.Stop(ctx))
}
