package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"playhead/bench/load"
)

// lag is how far behind the tracker is.
type lag struct {
	records int64
	behind  time.Duration
}

// follow looks at the server's figures twice a second until ctx ends.
func (t *turn) follow(ctx context.Context, s *load.Playhead) (err error) {
	// The last look comes after ctx has ended.
	alive := context.WithoutCancel(ctx)
	if t.begin, err = s.State(alive); err != nil {
		return err
	}
	for t.end = t.begin; ctx.Err() == nil; {
		select {
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
		}
		if t.end, err = s.State(alive); err != nil {
			return err
		}
		records, behind := t.end.Lag()
		t.lag.records, t.lag.behind = max(t.lag.records, records), max(t.lag.behind, behind)
	}
	return nil
}

// settle waits until the tracker has caught up and the views that were sent are
// really there.
func (t *turn) settle(ctx context.Context, s *load.Playhead) (err error) {
	const limit = 3 * time.Minute
	var state load.State
	if t.catchUp, state, err = s.CatchUp(ctx, t.Views, limit); err != nil {
		return err
	}
	t.disk = float64(state.Bytes) / float64(t.Bodies)
	_, t.memory = load.Memory(s.PID)
	return nil
}

// profile takes profiles of the server: of its processor time while ctx lasts,
// then of its memory.
func (b *bench) profile(ctx context.Context, t time.Duration) error {
	if b.profiles == "" {
		return nil
	}
	err := load.Profile(context.WithoutCancel(ctx), profAddress, fmt.Sprintf("profile?seconds=%d", int(t.Seconds())), filepath.Join(b.profiles, "cpu"))
	if err != nil {
		return err
	}
	for _, name := range []string{"heap", "allocs"} {
		if err := load.Profile(context.WithoutCancel(ctx), profAddress, name, filepath.Join(b.profiles, name)); err != nil {
			return err
		}
	}
	return nil
}

// rate is how much a figure of the server grew in the measured time.
func (t *turn) rate(figure func(load.State) int64) float64 {
	return float64(figure(t.end)-figure(t.begin)) / t.end.At.Sub(t.begin.At).Seconds()
}
