package tracker

import (
	"context"
	"fmt"
	"time"

	"playhead/internal/view"
)

// isDue reports whether there is something to commit now: waiting views that
// are due or many, or a position that is far ahead of the stored one.
func (t *Tracker) isDue() bool {
	const farAhead = 100_000
	return len(t.open.pending) >= t.cfg.CommitViews ||
		!t.due.IsZero() && !t.cfg.Clock().Before(t.due) ||
		t.read-t.committed.Read >= farAhead
}

// commit stores the waiting views, and with the last of them the position. A
// crash in between is harmless: what is stored ahead of the position is decided
// again, and then replaced.
func (t *Tracker) commit(ctx context.Context) error {
	t.due = time.Time{}
	if t.read <= t.committed.Read {
		return nil // still where the last run was: it wrote all this
	}
	to := view.Progress{Read: t.read, Resume: t.open.resume(t.read)}
	for t.committed != to {
		n, p := min(len(t.open.pending), t.cfg.CommitViews), t.committed
		if n == len(t.open.pending) {
			p = to
		}
		if err := t.write(ctx, n, p); err != nil {
			return err
		}
		t.mu.Lock()
		clamped := t.open.settle(n)
		t.committed = p
		t.mu.Unlock()
		t.metrics.clamped.Add(float64(clamped))
		t.metrics.views.Add(float64(n))
	}
	t.consumed.Store(to.Resume)
	t.metrics.position.Set(float64(to.Read))
	t.metrics.needed.Set(float64(to.Resume))
	return nil
}

// write stores the first n of the waiting views. It tries until it succeeds, or
// until it has failed and ctx has ended: beacons wait safely in the journal
// meanwhile. A write that has begun is not interrupted by the end of ctx.
func (t *Tracker) write(ctx context.Context, n int, p view.Progress) error {
	const firstPause, longestPause = 100 * time.Millisecond, 5 * time.Second
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		start := t.cfg.Clock()
		t.mu.Lock()
		b, err := t.open.batch(n, p)
		t.mu.Unlock()
		if err != nil {
			t.cfg.Logger.Error("views were left out of a commit", "err", err)
		}
		err = t.cfg.Store.Commit(context.WithoutCancel(ctx), b)
		t.metrics.commitSeconds.Observe(t.cfg.Clock().Sub(start).Seconds())
		if err == nil {
			return nil
		}
		t.metrics.commitErrors.Inc()
		if ctx.Err() != nil {
			return fmt.Errorf("commit views: %w", err)
		}
		t.cfg.Logger.Error("commit views failed: trying again", "views", n, "err", err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}
