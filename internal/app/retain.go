package app

import (
	"context"
	"errors"
	"time"

	"playhead/internal/journal/segment"
	"playhead/internal/store/duckdb"
)

// retainJournal deletes the records that need not be kept any longer, once a
// minute: a busy server writes some gigabytes in an hour.
func (a *App) retainJournal(ctx context.Context) {
	tooLarge := false
	every(ctx, time.Minute, func() {
		_, over, err := a.journal.Trim(segment.Retention{
			Needed: a.tracker.Needed(), OlderThan: time.Now().Add(-a.cfg.JournalRetention).UnixMilli(), MaxBytes: a.cfg.JournalMaxSize,
		})
		if err != nil {
			a.log.Error("deleting old records of the journal failed: trying again in a minute", "err", err)
		}
		switch {
		case over > 0 && !tooLarge:
			a.log.Warn("the journal is larger than journal-max-size: what views still need is not deleted", "bytes_over", over)
		case over == 0 && tooLarge:
			a.log.Info("the journal is no longer larger than journal-max-size")
		}
		tooLarge = over > 0
	})
}

// retainViews deletes the views and timelines that are older than they may be,
// once an hour.
func (a *App) retainViews(ctx context.Context) {
	every(ctx, time.Hour, func() {
		if err := a.cfg.deleteOld(ctx, a.views, time.Now()); err != nil && ctx.Err() == nil {
			a.log.Error("deleting old views failed: trying again in an hour", "err", err)
		}
	})
}

// retainRecords deletes what is told of incidents of long ago, once an hour.
func (a *App) retainRecords(ctx context.Context) {
	every(ctx, time.Hour, func() {
		if err := a.records.Forget(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("deleting old incidents and notifications failed: trying again in an hour", "err", err)
		}
	})
}

// every calls do now and then once every period, until ctx ends.
func every(ctx context.Context, period time.Duration, do func()) {
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for ctx.Err() == nil {
		do()
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
}

// deleteOld deletes what is older than it may be from a store of views.
func (c *Config) deleteOld(ctx context.Context, views *duckdb.Store, now time.Time) error {
	_, errEvents := views.DeleteTimelines(ctx, oldest(now, c.EventRetention))
	_, errViews := views.DeleteViews(ctx, oldest(now, c.ViewRetention))
	return errors.Join(errEvents, errViews)
}

// oldest is the time, in ms since 1970, before which nothing is kept: whole days
// only, so that the store can use the space again.
func oldest(now time.Time, age time.Duration) int64 {
	return now.Add(-age).Truncate(24 * time.Hour).UnixMilli()
}
