package tracker

import (
	"context"
	"errors"
	"time"

	"playhead/internal/journal"
)

// follow folds records until ctx ends. atStart is where the journal ended when
// the tracker was started. It does not end for what a person or time can mend: a
// file that cannot be read, or a store that takes nothing. Beacons are safe in the
// journal meanwhile. It ends when records are gone that it needs; only another
// start does without them.
func (t *Tracker) follow(ctx context.Context, r journal.Reader, atStart int64) error {
	defer func() { r.Close() }()
	ready, failing := false, false
	for {
		if !ready && t.fold.read >= atStart {
			t.tellAll()
			if err := t.commit(ctx); err != nil {
				return err
			}
			close(t.caughtUp)
			ready = true
		}
		if !r.Buffered() {
			t.waits()
		}
		rec, err := t.next(ctx, r)
		switch {
		case ctx.Err() != nil:
			return t.commit(ctx)
		case errors.Is(err, context.DeadlineExceeded):
			// The waiting views are due.
		case err != nil:
			t.works()
			failing = true
			if r, err = t.anotherReader(ctx, r, err); err != nil {
				return errors.Join(err, t.commit(ctx))
			}
		default:
			if failing {
				t.health.read(nil, t.cfg.Clock())
				failing = false
			}
			t.add(rec)
			if t.isNewsDue(r.Buffered()) {
				t.tellNews()
			}
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

// anotherReader waits a little after an error of a reader, and replaces it. An
// error means that there is no use in it.
func (t *Tracker) anotherReader(ctx context.Context, r journal.Reader, cause error) (journal.Reader, error) {
	if errors.Is(cause, journal.ErrGone) {
		return r, cause
	}
	t.metrics.readErrors.Inc()
	if times := t.health.read(cause, t.cfg.Clock()); times == 1 || times%60 == 0 {
		t.cfg.Logger.Error("the journal cannot be read: views are not updated until it can", "err", cause, "times", times)
	}
	select {
	case <-time.After(longestPause):
	case <-ctx.Done():
		return r, nil
	}
	another, err := t.cfg.Log.NewReader(t.fold.read)
	if err != nil {
		return r, errors.Join(cause, err)
	}
	r.Close()
	return another, nil
}

// add does what one record does to the open views.
func (t *Tracker) add(rec journal.Record) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now.Store(rec.Time)
	t.works()
	t.read.Store(rec.Offset + 1)
	became, err := t.fold.Add(rec)
	if err != nil {
		t.metrics.unreadable.Inc()
		const logEvery = 10 * time.Second
		if now := t.cfg.Clock(); now.Sub(t.told) >= logEvery { // somebody may send many of them
			t.told = now
			t.cfg.Logger.Error("a beacon was left out of the views, whole or in part; more of them are only counted for a while", "offset", rec.Offset, "err", err)
		}
	}
	if became.Outage > 0 {
		t.cfg.Logger.Warn("nothing was heard for a while: that does not count as silence of the viewers",
			"duration", time.Duration(became.Outage)*time.Millisecond, "until", time.UnixMilli(rec.Time).UTC())
	}
	if t.due.IsZero() && (t.fold.Waiting() > 0 || t.snapshots.due(t.fold) >= mostSnapshots) {
		t.due = t.cfg.Clock().Add(t.cfg.CommitEvery)
	}
	t.telling.note(t.fold.Changed(), t.cfg.Clock)
	t.running.Store(int64(t.fold.open.running.Len()))
	t.waiting.Store(int64(t.fold.Open()))
	if t.fold.open.crowd.wants() {
		select {
		case t.crowded <- struct{}{}:
		default: // told already
		}
	}
	t.metrics.count(became)
	t.metrics.open.Set(float64(t.fold.Open()))
	t.metrics.running.Set(float64(t.fold.open.running.Len()))
	t.metrics.records.Inc()
	t.metrics.time.Set(float64(rec.Time) / 1000)
}

// TickEvery is the longest time between two records of the journal while views
// are open and the server can write.
const TickEvery = 10 * time.Second

// tick appends a record that tells the time whenever views wait for time to
// pass and no beacon has told it for a while: for a second while views may
// become complete, for ten seconds when they can only become final.
//
// A clock that was set back tells an earlier time than the journal has. Journal
// time then goes on by the time that passes, or views would wait until the
// clock is where it was.
func (t *Tracker) tick(ctx context.Context) {
	const toComplete, toFinal = time.Second, TickEvery
	ticker := time.NewTicker(toComplete)
	defer ticker.Stop()
	var renewed int64
	heard, at := t.now.Load(), t.cfg.Clock() // the latest journal time, and when it was new
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			renewed = t.renewOld(ctx, renewed)
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
