package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"playhead/internal/catalog"
	"playhead/internal/event"
	"playhead/internal/journal"
	"playhead/internal/simulate"
	"playhead/internal/tracker"
	"playhead/internal/view"
)

// Backfill writes a simulated past into the data folder of a server that does
// not run: its beacons become views as if they had been received then, but not
// by way of the journal, whose position in the store stays where it is.
type Backfill struct {
	Past     simulate.Past
	Progress func(views int) // called now and then with how many views are stored; may be nil
}

// Backfilled is what a backfill did.
type Backfilled struct{ Views, Beacons int }

// ErrHasViews is returned by [RunBackfill] when the environment has views of
// that time that are not those of the same backfill.
var ErrHasViews = errors.New("the environment has other views of that time")

var (
	completeRecord = catalog.MustColumn("complete_record")
	changedRecord  = catalog.MustColumn("changed_record")
)

// commitTogether is how many views of the past are stored at a time.
const commitTogether = 2000

// RunBackfill writes a past into the data folder of cfg. The same past again
// replaces what it wrote before. It fails, and then has written nothing, if a
// server uses the folder, the environment is unknown or has other views of that
// time, or views as old as that are not kept. With cfg.BootstrapEnvKey an
// empty folder gets its environment as at the first start of a server.
func RunBackfill(ctx context.Context, cfg Config, log io.Writer, b Backfill) (_ Backfilled, err error) {
	if err := b.Past.Validate(); err != nil {
		return Backfilled{}, err
	}
	if kept := time.Now().Add(-cfg.ViewRetention); b.Past.From.Before(kept) {
		return Backfilled{}, fmt.Errorf("backfill begins %s: views are kept for %s only (view-retention)", b.Past.From.Format(time.DateTime), cfg.ViewRetention)
	}
	if b.Past.Until.After(time.Now()) {
		return Backfilled{}, fmt.Errorf("backfill ends %s, which is not over yet", b.Past.Until.Format(time.DateTime))
	}
	a, err := New(cfg, log)
	if err != nil {
		return Backfilled{}, err
	}
	defer func() { err = errors.Join(err, a.Stop(context.WithoutCancel(ctx))) }()
	w := &backfill{stopped: stopped{App: a, envKey: b.Past.EnvKey}, Backfill: b}
	if err := w.open(ctx); err != nil {
		return Backfilled{}, err
	}
	if err := a.startPlaces(ctx); err != nil {
		return Backfilled{}, err
	}
	if err := w.run(ctx); err != nil {
		return Backfilled{}, fmt.Errorf("backfill: %w", err)
	}
	return w.done, nil
}

// backfill is a backfill that runs.
type backfill struct {
	stopped
	Backfill
	done    Backfilled
	checked bool // whether the environment has views was looked at
	again   bool // the same past was written before
}

// run has the past told, read, folded and stored, each of them while the others
// go on.
func (w *backfill) run(ctx context.Context) error {
	// Little is kept for long and much is thrown away: with the usual setting a
	// fifth of the time would go into looking for that.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	group, ctx := errgroup.WithContext(ctx)
	told, read, batches := make(chan []received, 4), make(chan []received, 4), make(chan view.Batch, 1)
	group.Go(func() error { defer close(told); return w.tell(ctx, told) })
	group.Go(func() error { defer close(read); return w.decode(ctx, told, read) })
	group.Go(func() error { defer close(batches); return w.fold(ctx, read, batches) })
	group.Go(func() error { return w.store(ctx, batches) })
	return group.Wait()
}

// fold makes batches of views.
func (w *backfill) fold(ctx context.Context, in <-chan []received, batches chan<- view.Batch) error {
	var now *received
	fold := tracker.NewFinalFold(w.cfg.tracking().Rules, func(*event.Beacon) ([]event.Event, error) { return now.events, now.err })
	finish := func(least int) error {
		for fold.Waiting() >= least {
			b, err := fold.Batch(commitTogether)
			if err != nil {
				return err
			}
			if err := hand(ctx, batches, b); err != nil {
				return err
			}
			fold.Stored()
		}
		return nil
	}
	for some := range in {
		for i := range some {
			now = &some[i]
			if _, err := fold.Add(now.record); err != nil {
				return err
			}
		}
		if err := finish(commitTogether); err != nil {
			return err
		}
	}
	// Time goes on for a while, so that those views are complete too that fell
	// silent just before the end.
	for at := w.Past.Until; !at.After(w.Past.Until.Add(w.cfg.ViewCompleteAfter + tracker.TickEvery)); at = at.Add(tracker.TickEvery) {
		if _, err := fold.Add(journal.Record{Offset: fold.Position().Read, Time: at.UnixMilli()}); err != nil {
			return err
		}
	}
	fold.Rest()
	return finish(1)
}

// store commits batches.
func (w *backfill) store(ctx context.Context, batches <-chan view.Batch) error {
	for b := range batches {
		if err := w.check(ctx, b.Views); err != nil {
			return err
		}
		for _, v := range b.Views {
			v.SetNumber(completeRecord, math.NaN()) // the records of a past are in no journal
			v.SetNumber(changedRecord, math.NaN())
		}
		if b.Progress = w.position; w.again {
			for _, v := range b.Views {
				b.Replaced = append(b.Replaced, v.ID)
			}
		}
		if err := w.views.Commit(ctx, b); err != nil {
			return err
		}
		if w.done.Views += len(b.Views); w.Progress != nil {
			w.Progress(w.done.Views)
		}
	}
	return nil
}

// check looks, before the first views are stored, what the environment has of
// that time.
func (w *backfill) check(ctx context.Context, first []*view.View) error {
	if w.checked || len(first) == 0 {
		return nil
	}
	w.checked = true
	var there, same int
	err := w.views.Read(ctx, func(db *sql.DB) error {
		const count = `SELECT count(*), count(*) FILTER (id = ?::UUID) FROM views WHERE environment_id = ? AND view_end BETWEEN ? AND ?`
		return db.QueryRowContext(ctx, count, first[0].ID.String(), w.environment.ID, w.Past.From.UnixMilli(), w.Past.Until.UnixMilli()).
			Scan(&there, &same)
	})
	switch {
	case err != nil:
		return err
	case there > 0 && same == 0:
		return fmt.Errorf("%w: %d of them; to replace an earlier backfill, give what it was given", ErrHasViews, there)
	}
	w.again = there > 0
	return nil
}
