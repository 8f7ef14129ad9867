package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/api"
	"playhead/internal/beacon"
	"playhead/internal/beacon/mux"
	"playhead/internal/enrich"
	"playhead/internal/event"
	"playhead/internal/export/daily"
	"playhead/internal/export/folder"
	"playhead/internal/export/s3"
	"playhead/internal/export/stream"
	"playhead/internal/incident"
	"playhead/internal/journal/segment"
	"playhead/internal/meta"
	"playhead/internal/ops"
	"playhead/internal/store/duckdb"
	"playhead/internal/tracker"
)

// Names in the data folder.
const (
	RecordsFile   = "records.sqlite" // control-plane records
	viewsFile     = "views.duckdb"   // views and the journal's position
	journalFolder = "journal"        // segments of the journal
)

// App is the whole server in one process.
type App struct {
	cfg      Config
	log      *slog.Logger
	registry *prometheus.Registry

	records  *meta.Store
	places   *enrich.Enricher
	views    *duckdb.Store
	journal  *segment.Log
	realtime *realtime
	tracker  *tracker.Tracker
	notifier *incident.Notifier

	arrivals *beacon.Arrivals

	evaluator *incident.Evaluator
	streams   *stream.Streams

	exportFolder *folder.Folder  // of the files of days; nil: they are in a bucket
	exportBucket *s3.Destination // nil: they are in a folder
	exportDays   *daily.Daily    // issues them

	apiURL, ingestURL string // base URLs, once the server listens

	ending <-chan struct{} // closed when Stop begins

	failed chan error // gets the error that a part failed with
	stops  []stopper  // what has been started, in order
	cancel context.CancelFunc

	background sync.WaitGroup // what runs until cancel

	slow func(tracker.Store) tracker.Store // in tests: what is between the tracker and its store
}

// stopper ends one part.
type stopper struct {
	name string
	stop func(context.Context) error
}

// New checks the settings. Nothing is opened or started yet. The log goes to w.
func New(cfg Config, w io.Writer) (*App, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	log, err := ops.NewLogger(w, cfg.LogLevel, cfg.LogFormat)
	if err != nil {
		return nil, err
	}
	return &App{cfg: cfg, log: log, registry: ops.NewRegistry(), arrivals: beacon.NewArrivals(time.Now()), failed: make(chan error, 1)}, nil
}

// Failed gets an error when a part of the running server ends that should not.
func (a *App) Failed() <-chan error { return a.failed }

// Start opens what is kept and starts all parts: first those that others need.
// After an error, Stop ends what had been started.
func (a *App) Start(ctx context.Context) error {
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.cancel, a.ending = cancel, run.Done()
	for _, part := range []struct {
		name  string
		start func(ctx context.Context) error
	}{
		{"data folder", a.startFolder},
		{"views", a.startViews}, // first: it finds out whether another server uses the folder
		{"journal", a.startJournal},
		{"control-plane records", a.startRecords},
		{"notifications", a.startNotifier},
		{"address databases", a.startPlaces},
		{"real-time numbers", a.startRealtime},
		{"evaluation of incidents", a.openEvaluator}, // before views are stored
		{"streams of exports", a.openStreams},        // likewise
		{"tracker", a.startTracker},
		{"evaluation of incidents", a.startEvaluator},
		{"streams of exports", a.startStreams},
		{"exports", a.openExports},
		{"exports of days", a.startExports},
		{"http", a.startServers},
	} {
		if err := part.start(ctx); err != nil {
			return fmt.Errorf("start %s: %w", part.name, err)
		}
	}
	a.background.Go(func() { a.watchTracker(run) })
	a.background.Go(func() { a.loadRealtime(run) })
	a.background.Go(func() { a.retainJournal(run) })
	a.background.Go(func() { a.retainViews(run) })
	a.background.Go(func() { a.retainRecords(run) })
	return nil
}

// Stop ends all parts in the opposite order of their start: beacons that have
// been accepted are in the journal, and views that wait are committed. It may
// be called twice.
func (a *App) Stop(ctx context.Context) error {
	if a.cancel != nil {
		a.cancel()
	}
	var errs []error
	if err := within(ctx, func() error { a.background.Wait(); return nil }); err != nil {
		errs = append(errs, fmt.Errorf("stop background tasks: %w", err))
	}
	for len(a.stops) > 0 {
		last := a.stops[len(a.stops)-1]
		a.stops = a.stops[:len(a.stops)-1]
		if err := last.stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", last.name, err))
		}
	}
	return errors.Join(errs...)
}

// fail tells whoever runs the server that it has failed.
func (a *App) fail(err error) {
	select {
	case a.failed <- err:
	default: // it has failed already
	}
}

// onStop has stop called when the server ends.
func (a *App) onStop(name string, stop func(context.Context) error) {
	a.stops = append(a.stops, stopper{name, stop})
}

func (a *App) path(name string) string { return filepath.Join(a.cfg.DataDir, name) }

func (a *App) startFolder(context.Context) error {
	if _, err := os.Stat(a.path(restoreFolder)); err == nil {
		return fmt.Errorf("a backup has been restored here in part: remove what is in %s, and restore it again", a.cfg.DataDir)
	}
	return os.MkdirAll(a.path(journalFolder), 0o700)
}

func (a *App) startRecords(ctx context.Context) (err error) {
	a.records, err = meta.Open(ctx, meta.Config{Path: a.path(RecordsFile), Clock: time.Now, Logger: a.log, Registerer: a.registry})
	if err != nil {
		return err
	}
	a.onStop("control-plane records", a.records.Stop)
	if err := a.bootstrap(ctx); err != nil {
		return err
	}
	a.records.Start()
	return nil
}

func (a *App) startPlaces(context.Context) (err error) {
	a.places, err = enrich.New(enrich.Config{CountryDB: a.cfg.GeoCountry, CityDB: a.cfg.GeoCity, ASNDB: a.cfg.GeoASN})
	if err != nil {
		return err
	}
	a.onStop("address databases", func(context.Context) error { return a.places.Close() })
	return nil
}

func (a *App) startViews(ctx context.Context) (err error) {
	a.views, err = duckdb.Open(ctx, a.cfg.views(a.path(viewsFile)))
	if err != nil {
		return err
	}
	a.onStop("views", func(ctx context.Context) error { return within(ctx, a.views.Close) })
	return nil
}

// within waits for f no longer than ctx: a disk that hangs must not keep the
// process from ending. What it does not finish is done again by the next start.
func within(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *App) startJournal(ctx context.Context) error {
	progress, err := a.views.Progress(ctx)
	if err != nil {
		return err
	}
	a.journal, err = segment.Open(segment.Config{
		Dir: a.path(journalFolder), First: progress.Read, SegmentBytes: a.cfg.JournalSegment, FreeSpaceFloor: a.cfg.FreeSpaceFloor,
		Clock: time.Now, Registerer: a.registry,
	})
	if err != nil {
		return err
	}
	if cut := a.journal.Cut(); cut > 0 {
		a.log.Warn("the torn end of the journal was cut off: what was being written when the last server died was not acknowledged", "bytes", cut)
	}
	a.journal.Start()
	a.onStop("journal", a.journal.Stop)
	return nil
}

func (a *App) startTracker(ctx context.Context) (err error) {
	cfg := a.cfg.tracking()
	cfg.Log, cfg.Store, cfg.Decode = a.journal, a.views, newDecoder(a.registry).decode
	cfg.Live, cfg.Snapshots = a.realtime.Store, a.views.Snapshots
	cfg.Clock, cfg.Logger, cfg.Registerer = time.Now, a.log, a.registry
	if a.slow != nil {
		cfg.Store = a.slow(a.views)
	}
	cfg.Store = announced{cfg.Store, func(record int64, environments []string) {
		a.evaluator.Stored(record)
		a.streams.Stored(record, environments)
	}}
	if a.tracker, err = tracker.New(cfg); err != nil {
		return err
	}
	a.realtime.known = a.tracker.Known
	if err := a.tracker.Start(ctx); err != nil {
		return fmt.Errorf("journal %s: %w", a.path(journalFolder), err)
	}
	a.onStop("tracker", a.tracker.Stop)
	return nil
}

// wireFormat is how players send beacons.
var wireFormat = beacon.Format{Name: mux.Name, Split: mux.Split, ErrorCodes: mux.ErrorCodes}

func (a *App) newBeacons() (*beacon.Handler, error) {
	return beacon.New(beacon.Config{
		PrivacyIP: beacon.Privacy(a.cfg.PrivacyIP), TrustedProxies: a.cfg.TrustedProxy, MemoryLimit: a.cfg.IngestMemory,
		Environments: environments{a.records}, Categories: categories{a.records}, Journal: a.journal, Enricher: a.places,
		Format: wireFormat, Arrivals: a.arrivals, Clock: time.Now, Logger: a.log, Registerer: a.registry,
	})
}

func (a *App) newAPI(ctx context.Context) (http.Handler, error) {
	exports, err := a.exports(ctx)
	if err != nil {
		return nil, err
	}
	backtests := a.newBacktests()
	return api.New(api.Config{
		Engine: a.views, Records: a.records, Live: newInProgress(a.tracker), Backups: newBackups(a), Ingest: ingest{a}, Settings: a.cfg.Settings(), Realtime: a.realtime, FinalAfter: a.cfg.ViewFinalAfter,
		Backtests: backtests, Around: incident.NewSeriesReader(backtests, a.views), Notifier: a.notifier, Exports: exports, Sender: a.streams, PublicURL: a.cfg.PublicURL,
		Clock: time.Now, Logger: a.log, Registerer: a.registry,
		Streams: a.cfg.streams(), Ending: a.ending,
		RateLimit: a.cfg.RateLimit, RateLimitBurst: a.cfg.RateLimitBurst,
	})
}

// environments finds environments for package beacon.
type environments struct{ records *meta.Store }

func (e environments) EnvironmentByKey(key string) (string, bool) {
	env, ok := e.records.EnvironmentByKey(key)
	return env.ID, ok
}

// categories finds categories of errors for package beacon.
type categories struct{ records *meta.Store }

func (c categories) Categorises(environment string) bool {
	return len(c.records.ErrorCategories(environment)) > 0
}

func (c categories) ErrorCategory(environment, code string) (event.Category, bool) {
	list := c.records.ErrorCategories(environment)
	i := slices.IndexFunc(list, func(c meta.ErrorCategory) bool { return c.Code == code })
	if i < 0 {
		return event.Category{}, false
	}
	return event.Category{Code: code, Warning: list[i].Severity == meta.Warning, Business: list[i].BusinessException}, true
}
