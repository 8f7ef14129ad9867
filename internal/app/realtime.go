package app

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"sync/atomic"
	"time"

	"playhead/internal/fault"
	"playhead/internal/live"
	"playhead/internal/query"
	"playhead/internal/view"
)

// realtime answers what viewers are and were doing, as soon as what is asked for is
// there: first the tracker has to come to where the journal ended at the start, and
// to have put all open views, then those that are stored are loaded, the newest
// first. Only in this order is what is loaded never newer than what has been put,
// so that it can be left out.
type realtime struct {
	*live.Store
	known func(now time.Time) time.Time // until when the tracker knows what players have told
	read  atomic.Int64                  // stored views that have been read
}

// Ticks implements [query.Realtime].
func (r *realtime) Ticks(ctx context.Context, p *query.TickPlan) (*query.Ticks, error) {
	if err := r.loadedFrom(p.From); err != nil {
		return nil, busy(err)
	}
	return r.Store.Ticks(ctx, p)
}

// Startups implements [query.Realtime].
func (r *realtime) Startups(ctx context.Context, p *query.TickPlan) ([]query.Startup, error) {
	if err := r.loadedFrom(p.From); err != nil {
		return nil, busy(err)
	}
	return r.Store.Startups(ctx, p)
}

// TicksOf implements [query.Several].
func (r *realtime) TicksOf(ctx context.Context, plans []*query.TickPlan) ([]*query.Ticks, error) {
	if err := r.loadedFor(plans); err != nil {
		return nil, busy(err)
	}
	return r.Store.TicksOf(ctx, plans)
}

// StartupsOf implements [query.Several].
func (r *realtime) StartupsOf(ctx context.Context, plans []*query.TickPlan) ([][]query.Startup, error) {
	if err := r.loadedFor(plans); err != nil {
		return nil, busy(err)
	}
	return r.Store.StartupsOf(ctx, plans)
}

func (r *realtime) loadedFor(plans []*query.TickPlan) error {
	for _, p := range plans {
		if err := r.loadedFrom(p.From); err != nil {
			return err
		}
	}
	return nil
}

// Since implements [query.Historian].
func (r *realtime) Since(environment string) int64 {
	if r.ready() != nil {
		return 0 // whatever is asked for is refused for the time being
	}
	return r.Store.Since(environment)
}

// Watched implements the watches of package stream.
func (r *realtime) Watched(ctx context.Context, environment string, from, to int64) iter.Seq2[view.Watch, error] {
	if err := r.loadedFrom(from); err != nil {
		return func(yield func(view.Watch, error) bool) { yield(view.Watch{}, err) }
	}
	return r.Store.Watched(ctx, environment, from, to)
}

// Known implements [query.Informed].
func (r *realtime) Known(now time.Time) time.Time {
	if r.ready() != nil {
		return now
	}
	return r.known(now)
}

func busy(err error) error { return fault.New(fault.Busy, "%v: ask again in a few seconds", err) }

// readySpan is how much of the history has to be there for the server to be
// ready: what is asked for unless a time is named. Of very many viewers the rest
// of the day takes a minute or two more.
const readySpan = 35 * time.Minute

// ready is an error until the newest numbers are there.
func (r *realtime) ready() error { return r.loadedFrom(time.Now().Add(-readySpan).UnixMilli()) }

// loadedFrom is an error until everything is there from a tick on.
func (r *realtime) loadedFrom(tick int64) error {
	switch since := r.LoadedSince(); {
	case since <= tick:
		return nil
	case since == math.MaxInt64:
		return errors.New("real-time numbers are still being made of the views of the last 24 hours")
	default:
		return fmt.Errorf("real-time numbers are still being made of the views of the last 24 hours, of which %d have been read: there are those from %s on", r.read.Load(), time.UnixMilli(since).UTC().Format(time.DateTime+"Z"))
	}
}

func (a *App) startRealtime(context.Context) error {
	store, err := live.New(live.Config{Memory: a.cfg.RealtimeMemory, Logger: a.log, Registerer: a.registry})
	if err != nil {
		return err
	}
	a.realtime = &realtime{Store: store}
	a.registry.MustRegister(newGauges(a.realtime, a.realtime.ready, a.environmentNames, a.cfg.MetricsDimension, time.Now))
	return nil
}

// environmentNames are the names of all environments by their ids.
func (a *App) environmentNames() map[string]string {
	names := map[string]string{}
	for _, e := range a.records.Environments() {
		names[e.ID] = e.Name
	}
	return names
}

// loadRealtime loads what viewers did in the stored views, once the tracker has
// put those that are open.
func (a *App) loadRealtime(ctx context.Context) {
	select {
	case <-a.tracker.CaughtUp():
	case <-ctx.Done():
		return
	}
	began := time.Now()
	since := began.UnixMilli() - live.Keep
	a.realtime.Put(began.UnixMilli(), nil) // so it knows the time
	if err := a.realtime.Load(a.watches(ctx, since)); err != nil {
		if ctx.Err() == nil {
			a.log.Error("real-time numbers cannot be made of stored views: they stay unanswered until the next start", "err", err)
		}
		return
	}
	a.log.Info("real-time numbers are made of stored views", "views", a.realtime.read.Load(), "took", time.Since(began).Round(time.Millisecond))
	if n, err := a.views.Unwatched(ctx, since); err != nil && ctx.Err() == nil {
		a.log.Warn("views without activities cannot be counted", "err", err)
	} else if n > 0 {
		a.log.Warn("views that were imported, or that an earlier version stored, are not in real-time numbers of the past: what viewers were doing is not known", "views", n)
	}
}

// watches reads what viewers did in the stored views that ended since a time. What
// fails is tried again, until ctx ends: that is the only error.
func (a *App) watches(ctx context.Context, since int64) iter.Seq2[view.Watch, error] {
	const pause = 5 * time.Second
	return func(yield func(view.Watch, error) bool) {
		for w, err := range a.views.Watches(ctx, since) {
			if err == nil {
				a.realtime.read.Add(1)
				if !yield(w, nil) {
					return
				}
				continue
			}
			if ctx.Err() == nil {
				a.log.Error("stored views cannot be read for real-time numbers: trying again", "err", err)
			}
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				yield(view.Watch{}, errors.Join(err, ctx.Err()))
				return
			}
		}
	}
}
