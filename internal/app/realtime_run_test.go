package app

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/journal"
	"playhead/internal/live"
	"playhead/internal/store/duckdb"
	"playhead/internal/tracker"
	"playhead/internal/view"
)

// run has a tracker follow the journal into a store, from where that stands on,
// and tell of it what viewers are and were doing. When it starts, the journal
// has atStart records; the others come afterwards. Stored views are loaded
// meanwhile, as the server does. It also returns how many of these there were.
func (w *tenMinutes) run(t *testing.T, views *duckdb.Store, atStart int) (_ *live.Store, loaded int) {
	t.Helper()
	store, err := live.New(live.Config{Memory: 256 << 20, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	log := &replayed{records: w.records, atStart: int64(atStart), told: make(chan struct{})}
	cfg := w.cfg.tracking()
	cfg.Log, cfg.Store, cfg.Decode, cfg.Live = log, views, w.decode(), store
	cfg.SnapshotEvery = 0
	cfg.Clock, cfg.Logger, cfg.Registerer = time.Now, slog.New(slog.DiscardHandler), prometheus.NewRegistry()
	follower, err := tracker.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := follower.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	within := time.After(2 * time.Minute)
	for _, step := range []struct {
		is   <-chan struct{}
		then func() error
	}{
		{follower.CaughtUp(), func() error {
			store.Put(w.records[max(atStart-1, 0)].Time, nil)
			return store.Load(func(yield func(view.Watch, error) bool) {
				for v, err := range views.Watches(t.Context(), 0) {
					if loaded++; !yield(v, err) {
						return
					}
				}
			})
		}},
		{log.told, func() error { return follower.Stop(context.WithoutCancel(t.Context())) }},
	} {
		select {
		case <-step.is:
		case <-follower.Done():
			t.Fatal(follower.Err())
		case <-within:
			t.Fatal("the tracker does not come to the end of the journal")
		}
		if err := step.then(); err != nil {
			t.Fatal(err)
		}
	}
	return store, loaded
}

// openViews makes a store of views.
func openViews(t *testing.T) *duckdb.Store {
	t.Helper()
	s, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), viewsFile), MemoryLimit: 256 << 20, LogBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// crash stores what a server has stored that died after so many records: all but
// what it did since its last commit.
func (w *tenMinutes) crash(t *testing.T, views *duckdb.Store, after int, random *rand.Rand) {
	t.Helper()
	fold := tracker.NewFold(w.cfg.tracking().Rules, w.decode())
	for _, rec := range w.records[:after] {
		if _, err := fold.Add(rec); err != nil {
			t.Fatal(err)
		}
		if random.IntN(1+after/4) > 0 || !fold.More() {
			continue
		}
		batch, err := fold.Batch(1 + random.IntN(2000))
		if err == nil {
			err = views.Commit(t.Context(), batch)
		}
		if err != nil {
			t.Fatal(err)
		}
		fold.Stored()
	}
}

// replayed is a journal that is all there, though some of it is only said to be
// when it has been read.
type replayed struct {
	records []journal.Record
	atStart int64
	told    chan struct{} // closed when the reader waits for more than there is
	once    sync.Once
}

// Append implements tracker.Log: the time of now is not that of the records.
func (*replayed) Append(context.Context, ...journal.Record) error { return nil }

// Bounds implements tracker.Log.
func (l *replayed) Bounds() (oldest, next int64) { return 0, l.atStart }

// NewReader implements tracker.Log.
func (l *replayed) NewReader(from int64) (journal.Reader, error) {
	return &replayedReader{l, from}, nil
}

type replayedReader struct {
	*replayed
	next int64
}

// Next implements journal.Reader.
func (r *replayedReader) Next(ctx context.Context) (journal.Record, error) {
	if !r.Buffered() {
		if r.next == int64(len(r.records)) {
			r.once.Do(func() { close(r.told) })
		}
		<-ctx.Done()
		return journal.Record{}, ctx.Err()
	}
	r.next++
	return r.records[r.next-1], nil
}

// Buffered implements journal.Reader.
func (r *replayedReader) Buffered() bool { return r.next < int64(len(r.records)) }

// Close implements journal.Reader.
func (*replayedReader) Close() error { return nil }
