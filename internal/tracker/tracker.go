// Package tracker turns the journal into views. It reads every record once and
// in order, folds the events of each view, decides when a view is complete and
// when it is final, and commits views to the store together with its position
// in the journal.
//
// # Time
//
// All decisions are taken in journal time: the times of the records. A view is
// complete when its end is told or after CompleteAfter without events; it is
// then visible to readers. Until FinalAfter without events, later events update
// it. After that it is forgotten, and an event with its id begins a new view.
// While views are open and no beacons come, the tracker appends ticks, records
// that only tell the time, so that time goes on. When no record comes for longer,
// the server did not run, or the machine slept, or its clock was set forward:
// that is an outage, in which no view is silent.
//
// What depends on more than one view's own records and on time, as which views
// have to end when too many are open, is decided once and written into the
// journal too (see control).
//
// The decisions themselves are those of a [Fold], which others use too.
//
// # Exactly once
//
// The store holds two offsets: Read, up to which all records have done what
// they do to views, and Resume, the first record of the oldest view that was
// not final then. After a restart the tracker folds again from Resume; up to
// Read it takes the same decisions as before and writes nothing. So a crash at
// any moment loses nothing and doubles nothing. As settings may have changed
// meanwhile, the store also holds those that decided from Resume on.
package tracker

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/journal"
	"playhead/internal/view"
)

// Store keeps views, and how far the journal was read for them.
type Store interface {
	// Progress is what the last commit stored; zero before the first.
	Progress(ctx context.Context) (view.Progress, error)
	// Commit stores a batch in one transaction. After an error it is not known
	// whether it did; committing the same batch again must be harmless as long
	// as its Replaced names all its views.
	Commit(ctx context.Context, b view.Batch) error
}

// Log is the journal as the tracker uses it.
type Log interface {
	journal.Appender
	NewReader(from int64) (journal.Reader, error)
	// Bounds are the offset of the oldest record that is kept, and the offset
	// that the next record will have.
	Bounds() (oldest, next int64)
}

// Config is what a tracker needs and how it behaves.
type Config struct {
	Rules
	CommitEvery time.Duration // the longest that a complete view waits to be committed
	CommitViews int           // the most views of one commit; when as many wait, it is made earlier

	// MaxOpenViews is how many views may be open, of all environments together;
	// 0 is any number. Above it those that were heard of the longest ago end
	// early, of the environments that have the most.
	MaxOpenViews int

	// MaxAge is how long a view may go on, in journal time; 0 is any time. After
	// it the view is final, and what its player goes on to tell is another one.
	MaxAge time.Duration

	Log   Log
	Store Store

	// Snapshots returns those that the store has been given last of each
	// partition; nil: it keeps none. SnapshotEvery is how many records there are
	// from one of a partition to that of the next one; 0: none are taken.
	Snapshots     func(context.Context) ([]view.Snapshot, error)
	SnapshotEvery int64

	Live Live // is told what viewers are doing; nil: nobody is

	Decode     Decode
	Clock      func() time.Time
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Validate checks the settings.
func (c *Config) Validate() error {
	switch {
	case c.CommitViews < 1:
		return fmt.Errorf("views of a commit are %d: want at least 1", c.CommitViews)
	case c.MaxOpenViews < 0:
		return fmt.Errorf("max-open-views is %d: want 0 or more", c.MaxOpenViews)
	case c.MaxAge != 0 && c.MaxAge < c.FinalAfter:
		return fmt.Errorf("view-max-age is %s: want 0, or at least view-final-after, %s", c.MaxAge, c.FinalAfter)
	}
	return c.Rules.Validate()
}

// Tracker is the owner of all partitions of one journal.
type Tracker struct {
	cfg     Config
	metrics *metrics
	told    time.Time // when a record was last logged that was left out
	due     time.Time // when waiting views and due snapshots have to be committed; zero when there are none
	telling telling

	snapshots snapshots

	// Only the follower of the journal changes these, and others may look at
	// them between two records. Looking at a view can change what its machine
	// remembers, though never what it says: nobody looks without the lock.
	mu   sync.Mutex
	fold *Fold

	crowded  chan struct{} // tells that it is time to look whether too many views are open
	caughtUp chan struct{} // closed when the records of before the start are folded and committed
	health   health
	now      atomic.Int64 // journal time of the last record
	idle     atomic.Int64 // since when no record has come, though it waits for one, in ms since 1970; 0: it does something else
	read     atomic.Int64 // records below have been folded
	needed   atomic.Int64 // records below are not needed again
	running  atomic.Int64 // views that silence would make complete
	waiting  atomic.Int64 // views that silence would make final

	stop  context.CancelFunc
	parts sync.WaitGroup
	ended chan struct{} // closed when the tracker no longer follows the journal
	err   atomic.Pointer[error]
}

// New makes a tracker that does nothing yet.
func New(cfg Config) (*Tracker, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	fold := NewFold(cfg.Rules, cfg.Decode)
	fold.open.crowd.most = cfg.MaxOpenViews
	t := &Tracker{
		cfg:      cfg,
		metrics:  newMetrics(cfg.Registerer),
		fold:     fold,
		crowded:  make(chan struct{}, 1),
		caughtUp: make(chan struct{}),
		ended:    make(chan struct{}),
	}
	if cfg.Snapshots != nil {
		t.snapshots = snapshots{every: cfg.SnapshotEvery, most: mostSnapshots}
	}
	t.registerHealth(cfg.Registerer)
	return t, nil
}

// Start reads the store's progress and begins to follow the journal. It fails if
// the store is ahead of the journal.
func (t *Tracker) Start(ctx context.Context) error {
	next, err := t.begin(ctx)
	if err != nil {
		return err
	}
	r, err := t.cfg.Log.NewReader(t.fold.read)
	if err != nil {
		return fmt.Errorf("read journal from record %d: %w", t.fold.read, err)
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	t.stop = stop
	t.parts.Go(func() {
		defer close(t.ended)
		if err := t.follow(run, r, next); err != nil {
			t.err.Store(&err)
			t.cfg.Logger.Error("tracker stopped: views are no longer updated", "err", err)
		}
	})
	t.parts.Go(func() { t.tick(run) })
	t.parts.Go(func() { t.endEarly(run) })
	return nil
}

// begin takes up where the store stands, and returns where the journal ends.
func (t *Tracker) begin(ctx context.Context) (next int64, err error) {
	p, err := t.cfg.Store.Progress(ctx)
	if err != nil {
		return 0, fmt.Errorf("read progress: %w", err)
	}
	oldest, next := t.cfg.Log.Bounds()
	if p.Read > next {
		return 0, fmt.Errorf("the store has read the journal up to record %d, but the journal ends at %d: "+
			"they do not belong together, or the journal has lost its end; restore its files, or move all of them away: "+
			"stored views stay, those that were in progress are lost, and the journal goes on from record %d", p.Read, next, p.Read)
	}
	from := p.Resume
	if from < oldest { // the store is new or from a backup, or files of the journal were removed
		t.cfg.Logger.Error("the journal does not go back to where the store needs it: views of before are missing or incomplete",
			"needed", from, "oldest", oldest)
		from = oldest
	}
	if t.cfg.Snapshots != nil {
		from = t.recall(ctx, p, oldest)
	}
	if err := t.fold.Begin(p, from, next); err != nil {
		t.cfg.Logger.Error("what is read again is decided by the settings of now", "err", err)
	}
	t.needed.Store(p.Resume) // also with snapshots: the next start may not be able to use them
	t.read.Store(from)
	return next, nil
}

// Stop commits what waits and ends. It may be called twice.
func (t *Tracker) Stop(ctx context.Context) error {
	if t.stop == nil {
		return nil
	}
	t.stop()
	done := make(chan struct{})
	go func() { t.parts.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop tracker: %w", ctx.Err())
	}
}

// CaughtUp is closed once all records that were in the journal at the start
// are in the store.
func (t *Tracker) CaughtUp() <-chan struct{} { return t.caughtUp }

// Needed is the offset below which no record will be read again, even after
// a restart: the journal may delete those.
func (t *Tracker) Needed() int64 { return t.needed.Load() }

// Done is closed when the tracker no longer follows the journal: after Stop, or
// after the error that Err returns.
func (t *Tracker) Done() <-chan struct{} { return t.ended }

// Err is the error that ended the tracker, or nil while it runs.
func (t *Tracker) Err() error {
	if p := t.err.Load(); p != nil {
		return *p
	}
	return nil
}
