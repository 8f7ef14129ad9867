// Package meta keeps the control-plane records: environments, the tokens that
// read their data, the sessions of browsers that stand for them, and what people
// write about the data.
//
// Records live in an SQLite file that several processes may use at once: the
// server, and commands such as `playhead token create` beside it. Each change
// raises a counter in the same transaction. Readers never touch the file: they
// read a [snapshot] in memory, which is replaced at once after a change made
// here and within a second after a change made by another process. Annotations
// alone are read from the file, because there can be many.
//
// The SQL is the common ground of SQLite and PostgreSQL, so that several nodes
// can share the records one day.
package meta

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/prometheus/client_golang/prometheus"
	_ "modernc.org/sqlite" // the driver called "sqlite"

	"playhead/internal/fault"
)

// The organization that owns every environment. A self-hosted server has one.
const (
	OrganizationID   = "self-hosted"
	OrganizationName = "Self-hosted"
)

// refreshEvery is how often the change counter is looked at. Half of the
// second that is promised, so that a slow read does not break the promise.
const refreshEvery = 500 * time.Millisecond

// Config is what a Store needs. All members but Registerer are required.
type Config struct {
	Path       string           // of the SQLite file; made if it does not exist
	Clock      func() time.Time // for the times of records and the expiry of tokens
	Logger     *slog.Logger
	Registerer prometheus.Registerer // nil: metrics are not shown
}

// Store gives access to the records. All methods are safe for concurrent use.
type Store struct {
	db       *sql.DB
	clock    func() time.Time
	log      *slog.Logger
	failures prometheus.Counter
	dropped  *prometheus.CounterVec // by reason

	current   atomic.Pointer[snapshot]
	reloading sync.Mutex // so that an older snapshot never replaces a newer one
	noting    sync.Mutex // the use of a session: one request does

	every       time.Duration // refreshEvery, less in tests
	start, stop sync.Once
	cancel      context.CancelFunc
	ctx         context.Context
	refreshing  sync.WaitGroup
	closeErr    error
}

//go:embed migrations/*.sql
var migrations embed.FS

// Open opens the file, brings its tables up to date and reads the records, so
// that they can be used without Start by a command that soon ends. The store
// must be stopped in either case.
func Open(ctx context.Context, c Config) (*Store, error) {
	db, err := openFile(c.Path)
	if err != nil {
		return nil, fmt.Errorf("open control-plane records %s: %w", c.Path, err)
	}
	s := &Store{db: db, clock: c.Clock, log: c.Logger, every: refreshEvery, dropped: newDropped(), failures: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "playhead_meta_refresh_failures_total",
		Help: "Times that the control-plane records could not be read again; the last ones read stay in use.",
	})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open control-plane records %s%s: %w", c.Path, advice(err), err), db.Close())
	}
	if c.Registerer != nil {
		if err := errors.Join(c.Registerer.Register(s.failures), c.Registerer.Register(s.dropped)); err != nil {
			return nil, errors.Join(fmt.Errorf("register metrics of control-plane records: %w", err), db.Close())
		}
	}
	return s, nil
}

// advice says what to do about a damaged file. SQLite's text is all that tells it.
func advice(err error) string {
	if text := err.Error(); strings.Contains(text, "not a database") || strings.Contains(text, "malformed") {
		return ", which is damaged (restore a copy: environments in a new file have other ids, and the stored views are not theirs)"
	}
	return ""
}

// openFile opens an SQLite file that only its owner may read: hashes of
// secrets are in it.
func openFile(path string) (*sql.DB, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	options := url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(1)", "synchronous(FULL)"},
		"_txlock": {"immediate"}, // a transaction that reads before it writes must not fail as busy
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+options.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(6) // one for the refresh, one for a change, one for the evaluation of incidents, one for notifications, two for lists
	return db, nil
}

// prepare runs the migrations and reads the first snapshot.
func (s *Store) prepare(ctx context.Context) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, s.db, dir)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	// Another process at its first start may make the same tables in between.
	// Then nothing is left to do for the next attempt.
	for range 3 {
		if _, err = provider.Up(ctx); err == nil {
			return s.reload(ctx)
		}
	}
	return fmt.Errorf("migrate: %w", err)
}

// Start begins to follow the changes of other processes.
func (s *Store) Start() {
	s.start.Do(func() { s.refreshing.Go(s.follow) })
}

// Stop ends the refresh and closes the file. It may be called twice.
func (s *Store) Stop(context.Context) error {
	s.stop.Do(func() {
		s.start.Do(func() {}) // a later Start does nothing
		s.cancel()
		s.refreshing.Wait()
		s.closeErr = s.db.Close()
	})
	return s.closeErr
}

// follow reads the records again whenever the change counter has moved.
func (s *Store) follow() {
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	healthy := true
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		err := s.refresh(s.ctx)
		switch {
		case s.ctx.Err() != nil:
			return
		case err != nil:
			s.failures.Inc()
			if healthy { // once, not twice a second
				s.log.Error("cannot read control-plane records; the last ones read stay in use", "err", err)
			}
		case !healthy:
			s.log.Info("control-plane records can be read again")
		}
		healthy = err == nil
	}
}

// refresh reloads the snapshot if the change counter has moved.
func (s *Store) refresh(ctx context.Context) error {
	var counter int64
	if err := s.db.QueryRowContext(ctx, `SELECT counter FROM changes`).Scan(&counter); err != nil {
		return fmt.Errorf("read change counter: %w", err)
	}
	if counter == s.current.Load().counter {
		return nil
	}
	return s.reload(ctx)
}

// reload reads all records and makes them the current snapshot.
func (s *Store) reload(ctx context.Context) error {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	next, err := readSnapshot(ctx, s.db)
	if err != nil {
		return err
	}
	s.current.Store(next)
	return nil
}

// write runs a change of what is in the snapshot in one transaction, and shows it
// to the readers of this process before it returns.
func (s *Store) write(ctx context.Context, change func(tx *sql.Tx) error) error {
	err := s.transact(ctx, func(tx *sql.Tx) error {
		if err := change(tx); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE changes SET counter = counter + 1`); err != nil {
			return fmt.Errorf("raise change counter: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.reload(ctx)
}

// transact runs a change of what is read from the file alone in one transaction.
func (s *Store) transact(ctx context.Context, change func(tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin change of control-plane records: %w", err)
	}
	defer tx.Rollback() // does nothing after Commit
	if err := change(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit change of control-plane records: %w", err)
	}
	return nil
}

// exists reports whether a query has a row.
func exists(ctx context.Context, tx *sql.Tx, query string, args ...any) (found bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (`+query+`)`, args...).Scan(&found)
	return found, err
}

// atMost refuses a change after which a count would be over its bound. It comes
// after the change, so that replacing a record is never one too many.
func atMost(ctx context.Context, tx *sql.Tx, most int, what, query string, args ...any) error {
	var n int
	if err := tx.QueryRowContext(ctx, query, args...).Scan(&n); err != nil {
		return fmt.Errorf("count %s: %w", what, err)
	}
	if n > most {
		return fault.New(fault.Invalid, "there are %d %s already, which is the most: delete some first", most, what)
	}
	return nil
}

// changeOne runs a statement that has to change one row; missing is the error
// when there is none.
func changeOne(ctx context.Context, tx *sql.Tx, missing error, statement string, args ...any) error {
	result, err := tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return fmt.Errorf("change record: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, missing)
	}
	return nil
}
