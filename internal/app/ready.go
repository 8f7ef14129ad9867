package app

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ready is an error until the journal of before the start is in the views and
// real-time numbers are answered, and whenever a part of the server does not go on. None of that ends the server, as
// a new start would not mend it: beacons are taken as long as the journal can,
// what is stored is answered from, and it goes away by itself.
func (a *App) ready() error {
	if err := a.tracker.Err(); err != nil {
		return fmt.Errorf("views are no longer updated: %w", err)
	}
	if err := a.tracker.Stuck(a.cfg.StuckAfter); err != nil {
		return err
	}
	if wait := a.journal.Writing(); wait >= a.cfg.StuckAfter {
		return fmt.Errorf("the disk of the journal has not answered for %s", wait.Round(time.Second))
	}
	select {
	case <-a.tracker.CaughtUp():
		return a.realtime.ready()
	default:
		return errors.New("the journal is still being read")
	}
}

// watchTracker has the server fail when views are no longer updated because
// records are gone: a new start goes on without them, and says so. All else that
// can go wrong with the tracker it tries again by itself.
func (a *App) watchTracker(ctx context.Context) {
	select {
	case <-a.tracker.Done():
		if err := a.tracker.Err(); err != nil && ctx.Err() == nil {
			a.fail(fmt.Errorf("tracker: %w", err))
		}
	case <-ctx.Done():
	}
}
