package tracker

import (
	"context"
	"fmt"
	"time"
)

// isDue reports whether there is something to commit now: waiting views or
// snapshots that are due, many views, or a position that is far ahead of the
// stored one.
func (t *Tracker) isDue() bool {
	const farAhead = 100_000
	return t.fold.Waiting() >= t.cfg.CommitViews ||
		!t.due.IsZero() && !t.cfg.Clock().Before(t.due) ||
		t.fold.read-t.fold.stored.Read >= farAhead
}

// commit stores the waiting views, and with the last of them the position. A
// crash in between is harmless: what is stored ahead of the position is decided
// again, and then replaced.
func (t *Tracker) commit(ctx context.Context) error {
	t.tellNews() // whoever reads a view in the store then knows whether it was told of as it is now
	t.due = time.Time{}
	if t.fold.read <= t.fold.stored.Read {
		return nil // still where the last run was: it wrote all this
	}
	t.works()
	for t.fold.More() {
		if err := t.write(ctx); err != nil {
			return err
		}
		t.mu.Lock()
		views, clamped := t.fold.Stored()
		t.mu.Unlock()
		t.metrics.clamped.Add(float64(clamped))
		t.metrics.views.Add(float64(views))
	}
	t.needed.Store(t.fold.stored.Resume)
	t.metrics.position.Set(float64(t.fold.stored.Read))
	t.metrics.needed.Set(float64(t.fold.stored.Resume))
	return nil
}

// longestPause is how long the tracker waits at most before it tries again what
// has failed.
const longestPause = 5 * time.Second

// write stores the next waiting views. It tries until it succeeds, or
// until it has failed and ctx has ended: beacons wait safely in the journal
// meanwhile. A write that has begun is not interrupted by the end of ctx.
func (t *Tracker) write(ctx context.Context) error {
	const firstPause = 100 * time.Millisecond
	t.health.commit(t.cfg.Clock())
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		start := t.cfg.Clock()
		t.mu.Lock()
		b, err := t.fold.Batch(t.cfg.CommitViews)
		if b.Progress.Read == t.fold.read {
			b.Snapshots = t.snapshots.take(t.fold)
		}
		t.mu.Unlock()
		if err != nil {
			t.cfg.Logger.Error("views were left out of a commit", "err", err)
		}
		err = t.cfg.Store.Commit(context.WithoutCancel(ctx), b)
		t.metrics.commitSeconds.Observe(t.cfg.Clock().Sub(start).Seconds())
		t.health.committed(err, t.cfg.Clock())
		if err == nil {
			t.snapshots.stored(b)
			for i := range b.Snapshots {
				t.metrics.snapshots.Inc()
				t.metrics.snapshotBytes.Add(float64(len(b.Snapshots[i].Data)))
			}
			return nil
		}
		t.metrics.commitErrors.Inc()
		if ctx.Err() != nil {
			return fmt.Errorf("commit views: %w", err)
		}
		t.cfg.Logger.Error("commit views failed: trying again", "views", len(b.Views), "err", err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}
