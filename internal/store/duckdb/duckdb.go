// Package duckdb keeps views in a DuckDB file and answers plans from it.
//
// The file has four tables. views is wide: the id of a view, and one column
// for each stored column of the catalogue; metrics are computed from it.
// timelines holds the whole of each view, events included, as a compressed
// document, which is how one view is read. progress holds how far the journal
// has been read; snapshots holds the open views of each partition, as they were
// not long before, for a quick start. All change together in one transaction ([Store.Commit]),
// so a view is in the file if and only if the progress says so.
//
// There is no primary key and no index: ids begin with the time at which they
// were made, so the least and the greatest id of each block of rows lead to a
// view. One goroutine writes at a time; readers are never blocked by it.
//
// A full disk makes DuckDB refuse everything until the file is opened anew;
// the store does that by itself ([Store.use]), and refuses to write at all
// while less than a floor is free.
package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/klauspost/compress/zstd"

	"playhead/internal/freespace"
)

// Config is where the views are kept and what that may cost.
type Config struct {
	Path           string        // the file; its folder must exist. Temporary files go beside it
	MemoryLimit    int64         // bytes; 0: four fifths of the machine's, as DuckDB has it. Some quantiles take more
	Threads        int           // of all queries together; 0: as many as the machine has cores, if there is enough memory for them
	FreeSpaceFloor int64         // bytes; below it nothing is written; in any case there must be room to merge the log
	LogBytes       int64         // at which the log is merged into the file; 0: 64 MB. A restart after a crash takes about 1 s for 10 MB of it
	ExactViews     int64         // quantiles over more views than this are read from buckets; 0: a million
	TimelinesFrom  int64         // views that were first heard of before, in ms since 1970, are stored without their events
	HeavyWait      time.Duration // how long a heavy query waits until another one has ended; 0: 30 s, half of what clients wait for an answer
}

// Validate returns an error that names the setting that is wrong.
func (c Config) Validate() error {
	switch {
	case c.Path == "":
		return errors.New("path of the views: want a file")
	case strings.ContainsAny(c.Path, "?%#"):
		return fmt.Errorf("path of the views %q: want one without the characters ? %% #", c.Path)
	case c.MemoryLimit < 0, c.Threads < 0, c.ExactViews < 0, c.FreeSpaceFloor < 0, c.LogBytes < 0, c.HeavyWait < 0:
		return errors.New("limits of the views' store: want none below 0")
	}
	return nil
}

// Store is a DuckDB file with views. Its methods may be called concurrently.
type Store struct {
	cfg     Config
	heavy   chan struct{} // has room for one: the heavy query that runs
	readers *queue
	encoder *zstd.Encoder
	decoder *zstd.Decoder
	fail    func(step string) error // in tests: makes a step of an operation fail

	together int64 // watchesTogether, in tests less

	writing chan struct{} // has room for one: the one that changes the file
	changes atomic.Int64  // grows when a change begins and when it ends: odd while one is made

	mu     sync.RWMutex // held for reading by those that use db, for writing by those that replace it
	db     *database    // nil when opening it anew did not succeed yet
	closed bool
}

// database is the file while it is open.
type database struct {
	pool *sql.DB

	// file reads what DuckDB has written. It is closed after the pool and not
	// earlier: on Unix, a process that closes any handle of a file gives up all
	// its locks on it, and DuckDB's lock keeps other processes out.
	file *os.File
}

// close closes the file.
func (db *database) close() error {
	err := db.pool.Close()
	if db.file != nil {
		err = errors.Join(err, db.file.Close())
	}
	return err
}

// connections is how many connections are open at most: four readers and the
// writer.
const connections = 5

// threadMemory is the memory that DuckDB wants of each thread, in bytes. With less, a
// scan of documents by two threads ends for lack of memory where one does not.
const threadMemory = 125 << 20

// threads is how many threads queries have: as many as there are cores, if each has
// the memory that it takes. A limit of 0 is none.
func threads(cores int, limit int64) int {
	if limit == 0 {
		return cores
	}
	return max(1, int(min(int64(cores), limit/threadMemory)))
}

// Open opens the file, or makes it. Columns of the catalogue that its table
// does not have yet are added. The caller must close the store.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	path, err := filepath.Abs(cfg.Path)
	if err != nil {
		return nil, fmt.Errorf("path of the views: %w", err)
	}
	cfg.Path = path
	if cfg.Threads == 0 {
		cfg.Threads = threads(runtime.NumCPU(), cfg.MemoryLimit)
	}
	if cfg.LogBytes == 0 {
		cfg.LogBytes = 64 << 20
	}
	if cfg.ExactViews == 0 {
		cfg.ExactViews = 1_000_000
	}
	if cfg.HeavyWait == 0 {
		cfg.HeavyWait = 30 * time.Second
	}
	s := &Store{cfg: cfg, heavy: make(chan struct{}, 1), writing: make(chan struct{}, 1), readers: newQueue(connections - 1), together: watchesTogether, fail: func(string) error { return nil }}
	// The fastest level: the better ones cost twice the time for 4 % of the size.
	if s.encoder, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1)); err != nil {
		return nil, fmt.Errorf("make compressor: %w", err)
	}
	if s.decoder, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0)); err != nil {
		return nil, fmt.Errorf("make decompressor: %w", err)
	}
	if s.db, err = cfg.open(ctx); err != nil {
		s.decoder.Close()
		return nil, err
	}
	return s, nil
}

// Close merges the log into the file, if there is room for that, and closes it.
// It waits for running operations to end, and may be called twice.
func (s *Store) Close() error {
	defer s.alone()()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.decoder.Close()
	if s.db == nil {
		return nil
	}
	var err error
	if s.checkSpace() == nil { // the next start reads the log otherwise
		_, err = s.db.pool.ExecContext(context.Background(), "CHECKPOINT")
	}
	err = errors.Join(err, s.db.close())
	s.db = nil
	if err != nil {
		return fmt.Errorf("close views: %w", err)
	}
	return nil
}

// open opens the file and brings its tables up to date.
func (c Config) open(ctx context.Context) (_ *database, err error) {
	connector, err := duckdb.NewConnector(c.dsn(), nil)
	if err != nil {
		return nil, fmt.Errorf("open views: %w", c.explain(err))
	}
	db := &database{pool: sql.OpenDB(connector)}
	db.pool.SetMaxOpenConns(connections)
	db.pool.SetMaxIdleConns(connections)
	if err := c.confine(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("open views: %w", c.explain(err)), db.close())
	}
	if err := db.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open views: %w", c.explain(err)), db.close())
	}
	if db.file, err = os.Open(c.Path); err != nil {
		return nil, errors.Join(fmt.Errorf("open views: %w", c.explain(err)), db.close())
	}
	return db, nil
}

// confine takes from the engine what it does not need: from here on it reads
// and writes nothing but its file and its temporary files, and fetches nothing
// from the network. The order matters, which is why it is not done in the DSN.
// Nor does it merge the log when it ends: [Store.Close] does, if there is room.
func (c Config) confine(ctx context.Context, db *database) error {
	folder := "'" + strings.ReplaceAll(c.Path+".tmp", "'", "''") + "'"
	spill, err := c.spill()
	if err != nil {
		return err
	}
	for _, statement := range []string{
		"PRAGMA disable_checkpoint_on_shutdown",
		"SET GLOBAL temp_directory = " + folder,
		fmt.Sprintf("SET GLOBAL max_temp_directory_size = '%dB'", spill),
		"SET GLOBAL enable_external_access = false",
		"SET GLOBAL lock_configuration = true",
	} {
		if _, err := db.pool.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// spill is how many bytes queries may write that do not fit into memory: half of
// what is free above the floor now. The rest is for what comes in.
func (c Config) spill() (int64, error) {
	free, err := freespace.Of(filepath.Dir(c.Path))
	if err != nil {
		return 0, fmt.Errorf("ask for free space: %w", err)
	}
	return max(0, free-c.FreeSpaceFloor) / 2, nil
}

// dsn is the file and the settings of DuckDB that hold for all connections.
func (c Config) dsn() string {
	q := url.Values{}
	q.Set("storage_compatibility_version", "latest")
	q.Set("threads", strconv.Itoa(c.Threads))
	q.Set("checkpoint_threshold", strconv.FormatInt(c.LogBytes, 10)+"B")
	q.Set("preserve_insertion_order", "false")
	// What a query no longer needs goes back to the system at once: by default the
	// allocator keeps up to 128 MB of it for each thread, beside the limit of memory.
	q.Set("allocator_flush_threshold", "1MB")
	q.Set("allocator_background_threads", "true")
	q.Set("autoinstall_known_extensions", "false")
	q.Set("autoload_known_extensions", "false")
	if c.MemoryLimit > 0 {
		q.Set("memory_limit", strconv.FormatInt(c.MemoryLimit, 10)+"B")
	}
	return c.Path + "?" + q.Encode()
}

// explain says what to do about a file that cannot be opened or read.
func (c Config) explain(err error) error {
	advice := ""
	switch text := err.Error(); {
	case strings.Contains(text, "configuration has been locked"): // by confine
		advice = " is open in this process already"
	case strings.Contains(text, "lock on file"):
		advice = " is in use by another process: stop that one first"
	case damaged(err):
		advice = " is damaged or was not made by this server: move it away, together with the file beside it that ends in .wal; " +
			"then restore a backup, or start without it: what the journal still holds is computed again"
	}
	return fmt.Errorf("file %s%s: %w", c.Path, advice, err)
}

// damaged recognises the errors that say that a file is not as it was written.
// DuckDB checks each block that it reads, so that nothing wrong is answered.
func damaged(err error) bool {
	text := err.Error()
	if strings.Contains(text, "Serialization Error") {
		return true
	}
	for _, words := range []string{"not a valid DuckDB", "checksum", "orrupt", "Could not read enough bytes"} {
		if strings.Contains(text, "IO Error") && strings.Contains(text, words) {
			return true
		}
	}
	return false
}
