// Package daily issues the files of days: for each environment and UTC day one file of
// each format with the views that ended in it, and a manifest.
//
// What is to be there follows from the store and the records alone: where the store
// has something else of a day than the records say was issued last, the day is
// issued, or issued again. So a crash at any moment needs no more than to look again.
//
// A day is written in three steps. All its files are written to a staging folder,
// in one pass over the store, and made durable; a plan beside them says that they are
// whole. The destination makes them visible. The records are told. Who dies in
// between is followed by one who goes on with what has a plan, and removes the rest.
package daily

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/export"
	"playhead/internal/meta"
	"playhead/internal/query"
	"playhead/internal/view"
)

// Destination is where files of days go. Names have one "/", see [FileName].
type Destination interface {
	// Publish makes files visible, one directly after the other in their order, each at
	// once and whole, in place of those of the same names. It leaves the staged files where
	// they are. It may be called again with the same, after an error or by the next
	// process: what is done already is not done twice.
	Publish(ctx context.Context, files []Staged) error
	// Remove takes files away. Names that are not there are no error.
	Remove(ctx context.Context, names []string) error
	// Has reports whether a file is there, as large as it was issued.
	Has(ctx context.Context, file meta.ExportFile) (bool, error)
}

// Tidier is a destination that may have unfinished things of those who died.
type Tidier interface {
	// Tidy removes what is unfinished and was begun before a time.
	Tidy(ctx context.Context, before time.Time) error
}

// Staged is a whole file of this machine that is to be published.
type Staged struct {
	Name      string // at the destination
	Path      string // on this machine
	MediaType string
}

// Store has the views.
type Store interface {
	// Days are the days that have views, of those that begin from one time on and before
	// another, in ms since 1970.
	Days(ctx context.Context, from, before int64) ([]view.Day, error)
	// Export are the views of a scope in the order of their ends, those of the same
	// time by id.
	Export(ctx context.Context, scope query.Scope) iter.Seq2[*view.View, error]
}

// Records remember what was issued; those of package meta do.
type Records interface {
	ExportDays(ctx context.Context) ([]meta.ExportDay, error)
	PutExportDay(ctx context.Context, d meta.ExportDay) error
	RemoveExportDay(ctx context.Context, environmentID, day string) error
}

// Config is what a Daily needs. All members are required.
type Config struct {
	Rules       Rules
	Staging     string // folder of what is not published yet; it is made if it is not there
	Destination Destination
	Store       Store
	Records     Records

	// Property is the number of an environment; false if it is not known.
	Property func(environmentID string) (int64, bool)
	// Known is until when the store has, at a time, what players told; false as long as
	// nothing can be said.
	Known func(now time.Time) (time.Time, bool)

	FreeSpaceFloor int64                              // bytes of the disk that stay free
	FreeSpace      func(folder string) (int64, error) // of the disk of a folder

	Clock      func() time.Time
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Daily issues the files of days. Nothing waits for it: when it fails, it tries again.
type Daily struct {
	cfg     Config
	metrics *metrics

	newWriter func(export.Format, io.Writer, export.Options) (export.Writer, error) // export.NewWriter but in tests

	states atomic.Pointer[map[key]export.DayState] // as of the last round

	// What follows is of the one goroutine that runs.
	looked   bool            // the staging folder has been looked at
	deaf     bool            // it was not known in the last round what the store has
	pending  map[key]bool    // days that are staged whole, and not published
	memories map[key]*memory // of days that the store has or that were issued
	tidied   time.Time       // when the destination was tidied up
	broken   string          // the last error of a round, so that it is logged once

	start, end sync.Once
	stop       context.CancelFunc
	running    sync.WaitGroup
}

// key names a day of an environment.
type key struct{ environment, day string }

// New makes a Daily that does nothing yet.
func New(cfg Config) (*Daily, error) {
	switch {
	case cfg.Staging == "", cfg.Destination == nil, cfg.Store == nil, cfg.Records == nil, cfg.Property == nil, cfg.Known == nil,
		cfg.FreeSpace == nil, cfg.Clock == nil, cfg.Logger == nil, cfg.Registerer == nil:
		return nil, errors.New("a part that exports of days need is missing")
	case cfg.Rules.Retention > 0 && len(cfg.Rules.Formats) == 0:
		return nil, errors.New("exports of days have no format")
	}
	d := &Daily{
		cfg: cfg, newWriter: export.NewWriter, pending: map[key]bool{}, memories: map[key]*memory{}, stop: func() {},
	}
	d.metrics = newMetrics(cfg.Registerer, cfg.Clock)
	return d, nil
}

const (
	// roundEvery is how often it is looked whether there is something to issue.
	roundEvery = time.Minute
	// soon is how often at the start, as long as it is not known what the store has.
	soon = time.Second
)

// Start begins to issue.
func (d *Daily) Start(ctx context.Context) {
	d.start.Do(func() {
		run, stop := context.WithCancel(context.WithoutCancel(ctx))
		d.stop = stop
		d.running.Go(func() { d.run(run) })
	})
}

// Stop ends. What is not finished is by the next start. It may be called twice.
func (d *Daily) Stop(ctx context.Context) error {
	d.start.Do(func() {}) // a later Start does nothing
	d.end.Do(d.stop)
	done := make(chan struct{})
	go func() { d.running.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop exports of days: %w", ctx.Err())
	}
}

func (d *Daily) run(ctx context.Context) {
	for ctx.Err() == nil {
		err := d.round(ctx)
		if ctx.Err() != nil {
			return
		}
		d.note(err)
		pause := roundEvery
		if d.deaf {
			pause = soon
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// note logs what a whole round failed with, once until it is something else.
func (d *Daily) note(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != "" && text != d.broken {
		d.cfg.Logger.Error("exports of days cannot be made: trying again every minute", "err", err)
	}
	if text == "" && d.broken != "" {
		d.cfg.Logger.Info("exports of days can be made again")
	}
	d.broken = text
}
