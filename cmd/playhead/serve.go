package main

import (
	"context"
	"errors"
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

// serve starts the server, does what is to be done beside it, and stops both
// when ctx ends or the server fails.
func serve(ctx context.Context, a *app.App, beside func(context.Context)) error {
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
