package tracker

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"playhead/internal/event"
	"playhead/internal/journal"
)

// follow folds records until ctx ends. atStart is where the journal ended when
// the tracker was started.
func (t *Tracker) follow(ctx context.Context, r journal.Reader, atStart int64) error {
	ready := false
	for {
		if !ready && t.read >= atStart {
			if err := t.commit(ctx); err != nil {
				return err
			}
			close(t.caughtUp)
			ready = true
		}
		rec, err := t.next(ctx, r)
		switch {
		case ctx.Err() != nil:
			return t.commit(ctx)
		case errors.Is(err, context.DeadlineExceeded):
			// The waiting views are due.
		case err != nil:
			return errors.Join(err, t.commit(ctx))
		default:
			t.fold(rec)
		}
		if t.isDue() {
			if err := t.commit(ctx); err != nil {
				return err
			}
		}
	}
}

// next returns the next record, or an error when ctx ends or views are due.
func (t *Tracker) next(ctx context.Context, r journal.Reader) (journal.Record, error) {
	if t.due.IsZero() || r.Buffered() {
		return r.Next(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, t.due.Sub(t.cfg.Clock()))
	defer cancel()
	return r.Next(ctx)
}

// fold does what one record does to the open views.
func (t *Tracker) fold(rec journal.Record) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now.Store(rec.Time)
	// Views that ended by silence before this record did so before its events.
	t.open.advance(rec.Time)
	if len(rec.Data) > 0 {
		t.foldBeacon(rec)
	}
	t.read = rec.Offset + 1
	if t.read <= t.committed.Read {
		t.open.settle(len(t.open.pending)) // decided, and written, before the restart
	}
	if len(t.open.pending) > 0 && t.due.IsZero() {
		t.due = t.cfg.Clock().Add(t.cfg.CommitEvery)
	}
	t.running.Store(int64(t.open.running.Len()))
	t.waiting.Store(int64(t.open.len()))
	t.metrics.open.Set(float64(t.open.len()))
	t.metrics.records.Inc()
	t.metrics.time.Set(float64(rec.Time) / 1000)
}

// foldBeacon folds the events of a beacon. What meets a bug is left out: as the
// beacon stays in the journal, it would end every later start too.
func (t *Tracker) foldBeacon(rec journal.Record) {
	defer func() {
		if p := recover(); p != nil {
			t.metrics.unreadable.Inc()
			t.cfg.Logger.Error("BUG: panic while a beacon was folded", "offset", rec.Offset, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	var b event.Beacon
	if err := b.UnmarshalBinary(rec.Data); err != nil {
		t.metrics.unreadable.Inc()
		t.cfg.Logger.Error("unreadable record in the journal", "offset", rec.Offset, "err", err)
		return
	}
	events, err := t.cfg.Decode(&b)
	if err != nil {
		t.metrics.unreadable.Inc()
		t.cfg.Logger.Error("unreadable beacon in the journal", "offset", rec.Offset, "err", err)
	}
	for i := range events {
		e := &events[i]
		if e.View == "" {
			t.metrics.events.WithLabelValues("no_view").Inc()
			continue
		}
		outcome := t.open.apply(b.Environment, e, rec.Offset, rec.Time)
		t.metrics.outcomes[outcome].Inc()
	}
}

// tick appends a record that tells the time whenever views wait for time to
// pass and no beacon has told it for a while: for a second while views may
// become complete, for ten seconds when they can only become final.
//
// A clock that was set back tells an earlier time than the journal has. Journal
// time then goes on by the time that passes, or views would wait until the
// clock is where it was.
func (t *Tracker) tick(ctx context.Context) {
	const toComplete, toFinal = time.Second, 10 * time.Second
	ticker := time.NewTicker(toComplete)
	defer ticker.Stop()
	heard, at := t.now.Load(), t.cfg.Clock() // the latest journal time, and when it was new
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		clock := t.cfg.Clock()
		if now := t.now.Load(); now > heard {
			heard, at = now, clock
		}
		silence := max(clock.Sub(at), time.Duration(clock.UnixMilli()-heard)*time.Millisecond)
		if (t.running.Load() == 0 || silence < toComplete) && (t.waiting.Load() == 0 || silence < toFinal) {
			continue
		}
		now := heard + silence.Milliseconds()
		// A refusal is counted by the journal; the next tick tries again.
		if err := t.cfg.Log.Append(ctx, journal.Record{Time: now}); err != nil {
			t.cfg.Logger.Debug("tick refused", "err", err)
			continue
		}
		heard, at = now, clock
	}
}
