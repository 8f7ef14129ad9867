package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/store/duckdb"
	"playhead/internal/view"
)

// stopped is the data folder of a server that does not run, opened to write views of
// an environment that are in no journal.
type stopped struct {
	*App
	envKey      string
	environment meta.Environment
	position    view.Progress // of the journal: where the server will go on
}

// open opens the folder. It fails, and has written nothing, if a server uses the
// folder, or if the environment is unknown.
func (w *stopped) open(ctx context.Context) error {
	for _, start := range []func(context.Context) error{w.findFolder, w.startFolder, w.openViews, w.openRecords} {
		if err := start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// findFolder refuses a folder without environments, before anything is made in it.
func (w *stopped) findFolder(context.Context) error {
	if _, err := os.Stat(w.path(RecordsFile)); errors.Is(err, os.ErrNotExist) && w.cfg.BootstrapEnvKey == "" {
		return fmt.Errorf("data-dir %s: no server has used it yet; start one, or have its first environment made with --bootstrap-env-key", w.cfg.DataDir)
	}
	return nil
}

// openViews opens the store, which finds out whether a server uses it. The
// events of views are kept only where a server would still have them.
func (w *stopped) openViews(ctx context.Context) (err error) {
	cfg := w.cfg.views(w.path(viewsFile))
	cfg.TimelinesFrom = oldest(time.Now(), w.cfg.EventRetention)
	if w.views, err = duckdb.Open(ctx, cfg); err != nil {
		return err
	}
	w.onStop("views", func(context.Context) error { return w.views.Close() })
	w.position, err = w.views.Progress(ctx)
	return err
}

// openRecords finds the environment.
func (w *stopped) openRecords(ctx context.Context) error {
	if err := w.startRecords(ctx); err != nil {
		return err
	}
	known := false
	if w.environment, known = w.records.EnvironmentByKey(w.envKey); !known {
		return fault.Badf("env-key", "there is no environment with the key %s; `playhead env list` prints them", fault.Quote(w.envKey))
	}
	return nil
}
