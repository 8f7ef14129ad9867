package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/journal/segment"
	"playhead/internal/ops"
	"playhead/internal/replay"
	"playhead/internal/store/duckdb"
)

// ReplayOptions say which views are computed again.
type ReplayOptions struct {
	From, To time.Time                  // of their first beacon, To exclusive; zero: no bound
	Diff     bool                       // change no view
	Changed  func(*replay.Change) error // gets each view that differs
}

// Replay computes the views of a data folder again, with the settings that its
// server has. No server may use the folder meanwhile. The log goes to w.
func Replay(ctx context.Context, cfg Config, o ReplayOptions, w io.Writer) (sum *replay.Summary, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	log, err := ops.NewLogger(w, cfg.LogLevel, cfg.LogFormat)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(cfg.DataDir, journalFolder)
	if _, err := os.Stat(folder); err != nil {
		return nil, fmt.Errorf("data-dir %s has no journal: %w", cfg.DataDir, err)
	}
	views, err := cfg.openViewsAgain(ctx, o.Diff)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, views.Close()) }()
	progress, err := views.Progress(ctx)
	if err != nil {
		return nil, err
	}
	records, err := segment.Open(segment.Config{Dir: folder, First: progress.Read, Clock: time.Now})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, records.Stop(context.WithoutCancel(ctx))) }()

	now := time.Now()
	sum, err = replay.Run(ctx, replay.Config{
		Log: records, Store: views, Progress: progress, Rules: cfg.tracking().Rules, Decode: newDecoder(prometheus.NewRegistry()).decode,
		From: unixMilli(o.From), To: unixMilli(o.To), Expired: oldest(now, cfg.ViewRetention), Write: !o.Diff,
		Changed: o.Changed, Logger: log,
	})
	if err == nil && !o.Diff {
		err = cfg.deleteOld(ctx, views.Store, now) // timelines of views that are renewed come back
	}
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	return sum, nil
}

// unixMilli is a time in ms since 1970; 0 for the zero time.
func unixMilli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// viewsAgain is a store of views that may be one for the time of a replay only.
type viewsAgain struct {
	*duckdb.Store
	temporary string // its folder, removed at the end; "" if the store stays
}

// Close closes the store.
func (v viewsAgain) Close() error {
	err := v.Store.Close()
	if v.temporary != "" {
		err = errors.Join(err, os.RemoveAll(v.temporary))
	}
	return err
}

// openViewsAgain opens the views. Where there is no file of them and nothing may
// be changed, an empty one elsewhere stands in.
func (c *Config) openViewsAgain(ctx context.Context, unchanged bool) (v viewsAgain, err error) {
	path := filepath.Join(c.DataDir, viewsFile)
	if _, err := os.Stat(path); unchanged && errors.Is(err, fs.ErrNotExist) {
		if v.temporary, err = os.MkdirTemp("", "playhead-replay-"); err != nil {
			return v, err
		}
		path = filepath.Join(v.temporary, viewsFile)
	}
	if v.Store, err = duckdb.Open(ctx, c.views(path)); err != nil && v.temporary != "" {
		err = errors.Join(err, os.RemoveAll(v.temporary))
	}
	return v, err
}
