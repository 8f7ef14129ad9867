// Package segment is the journal on files of one disk.
//
// The log is a row of segment files, named after the offset of their first
// record. A file is a header and then frames; a frame holds the records of one
// group commit, compressed and checksummed. One goroutine, the committer,
// writes a frame and syncs the file while callers of Append fill the next
// batch; a caller is answered when the sync that covers it is done. There is
// always at most one frame that is written and not yet synced, and it is the
// last one: recovery and the handling of faults rest on that.
//
// # Faults
//
// Disk full: the file is cut back to the last good byte and synced before
// anything else is written, the batch fails with [journal.ErrFull], and the
// next batch simply tries again, so the log recovers by itself.
//
// Failed sync: the kernel may have thrown the written pages away and may report
// success if asked again, so the file is never written to again. It is cut back
// if that is possible, the next segment is created, and the batch fails with
// [journal.ErrUnavailable]. The new segment is named after the last acknowledged
// offset plus one, that is, the offset the failed batch had. A segment ends,
// for readers and for recovery, where the name of the next one says, so that
// bytes of the failed batch which could not be cut off are never read. If the
// process dies before the next segment exists, recovery may find the failed
// batch whole and keep it: its callers were told that its fate is not known.
//
// Crash: only the last segment is scanned at the next start. A damaged frame
// with nothing valid after it is the torn end of the crash, and is cut off. A
// valid frame after a damaged one cannot come from a crash, as the damaged one
// had been synced before: that is bit rot, and Open refuses to start. Damage to
// the very last frame looks the same from both causes and is cut off, which the
// counter of cut bytes shows.
//
// A frame header is checksummed together with a random number from the header
// of its file, so that bytes which a player sends can never pass for a frame.
package segment

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/journal"
)

// Defaults of [Config]. Batch, queue and segment size were measured on one
// disk: larger batches gain nothing, and several logs on a disk are slower than
// one, because they share out the group commit.
const (
	defaultSegmentBytes = 64 << 20
	defaultBatchBytes   = 256 << 10
	defaultQueueBytes   = 16 << 20
	defaultStuckAfter   = 3 * time.Second
)

// spares is how many buffers of batches are kept: for the one that is written
// and the one that fills meanwhile.
const spares = 2

// ErrStopped is returned by a reader that has read everything of a stopped log.
var ErrStopped = errors.New("journal is stopped")

// Config is what a log needs to know. Sizes are in bytes, and zero is the
// default.
type Config struct {
	Dir string // directory of the segment files; created if it is not there

	// First is the offset of the first record of an empty log. It lets a log
	// whose files were lost go on where its readers stand.
	First int64

	SegmentBytes int64 // size at which the next segment is begun (64 MiB)
	BatchBytes   int64 // cap on one group commit before compression (256 KiB); a larger Append is a batch of its own
	QueueBytes   int64 // cap on what waits for the disk (16 MiB); above it Append returns [journal.ErrFull]

	// FreeSpaceFloor is the free space of the disk below which Append returns
	// [journal.ErrFull], so that the stores on the same disk can still work.
	// Zero is no floor. It is looked at once a second and every 16 MiB.
	FreeSpaceFloor int64

	// StuckAfter is how long the disk may take for one group commit before
	// Append returns [journal.ErrFull] at once (3 s), so that callers are told
	// to come again and do not gather behind a disk that does not answer.
	StuckAfter time.Duration

	Clock      func() time.Time      // clock for durations and for the pace of free-space checks; required
	Registerer prometheus.Registerer // where metrics playhead_journal_* go; nil for nowhere

	disk *disk // faults in tests; nil for the real one
}

// withDefaults returns c with every zero replaced by its default.
func (c Config) withDefaults() Config {
	if c.SegmentBytes == 0 {
		c.SegmentBytes = defaultSegmentBytes
	}
	if c.BatchBytes == 0 {
		c.BatchBytes = defaultBatchBytes
	}
	if c.QueueBytes == 0 {
		c.QueueBytes = defaultQueueBytes
	}
	if c.StuckAfter == 0 {
		c.StuckAfter = defaultStuckAfter
	}
	if c.disk == nil {
		c.disk = realDisk
	}
	return c
}

// Validate reports the first setting that cannot work.
func (c Config) Validate() error {
	c = c.withDefaults()
	switch {
	case c.Dir == "":
		return errors.New("journal directory is not set")
	case c.Clock == nil:
		return errors.New("journal clock is not set")
	case c.First < 0:
		return errors.New("first offset of the journal must not be negative")
	case c.SegmentBytes < 0 || c.BatchBytes < 0 || c.FreeSpaceFloor < 0:
		return errors.New("journal sizes must not be negative")
	case c.StuckAfter < 0:
		return errors.New("time after which the journal is stuck must not be negative")
	case c.BatchBytes > maxRaw:
		return fmt.Errorf("journal batch of %d bytes is over the limit of %d", c.BatchBytes, int64(maxRaw))
	case c.QueueBytes < c.BatchBytes:
		return fmt.Errorf("journal queue of %d bytes is below the batch of %d", c.QueueBytes, c.BatchBytes)
	}
	return nil
}

// Log is a journal on files. It is a [journal.Appender], and safe for
// concurrent use.
type Log struct {
	cfg     Config
	metrics *metrics
	floor   floor
	lock    io.Closer // keeps other processes out of the directory

	mu       sync.Mutex
	queue    []*batch      // waiting for the committer, oldest first
	queued   int64         // bytes of queue and of the batch being written
	began    time.Time     // when the batch being written was begun; zero when none is
	arrived  *sync.Cond    // queue or stopping has changed
	stopping bool          // Append takes no more
	stopped  bool          // the committer is done
	proposed int64         // time of the last record queued, ms since 1970
	spare    [][]byte      // buffers for the next batches, at most spares
	segments []*segment    // oldest first; the last one is written to
	next     int64         // offset after the last durable record
	lastTime int64         // time of the last durable record, ms since 1970
	changed  chan struct{} // closed when next or stopped changes; nil if nobody waits
	held     int64         // records from this offset on are not deleted

	cut int64 // bytes that Open cut off

	start  sync.Once
	done   chan struct{} // closed when the committer has ended
	trim   sync.Mutex    // one Trim at a time
	active *active       // owned by the committer; nil if the next batch needs a new segment
	frame  []byte        // owned by the committer: buffer of the frame
}

// segment is one file of the log as readers see it. Its fields are guarded by
// Log.mu, but for first and path, which never change.
type segment struct {
	first int64 // offset of the first record; the file is named after it
	path  string
	end   int64 // offset after the last durable record
	size  int64 // bytes up to there
}

// Open recovers the log of a directory. It creates the directory, cuts a torn
// end off, and refuses with a [*CorruptError] when the last segment is damaged
// in a way that no crash can explain. Another process must not have the log
// open. Call Start next.
func Open(cfg Config) (*Log, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("create journal directory: %w", err)
	}
	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("lock journal directory %s: %w", cfg.Dir, err)
	}
	l := &Log{cfg: cfg, metrics: newMetrics(), lock: lock, held: math.MaxInt64, done: make(chan struct{})}
	l.floor = floor{dir: cfg.Dir, bytes: cfg.FreeSpaceFloor, free: cfg.disk.free, now: cfg.Clock}
	l.arrived = sync.NewCond(&l.mu)
	if err := l.init(); err != nil {
		l.closeFiles()
		return nil, fmt.Errorf("open journal: %w", err)
	}
	return l, nil
}

// init does the fallible parts of Open.
func (l *Log) init() error {
	if err := l.floor.probe(); err != nil {
		return err
	}
	if err := l.recover(); err != nil {
		return err
	}
	l.proposed = l.lastTime
	return l.metrics.register(l.cfg.Registerer, l)
}

// Start starts the committer. Appends made before wait for it.
func (l *Log) Start() {
	l.start.Do(func() { go l.run() })
}

// Stop refuses further appends, waits until everything that is queued is
// written, and closes the files. Readers can read on until [ErrStopped]. It may
// be called twice; an error means that ctx ended while writing still goes on.
func (l *Log) Stop(ctx context.Context) error {
	l.mu.Lock()
	l.stopping = true
	l.arrived.Signal()
	l.mu.Unlock()
	l.Start() // a log that was never started is closed by its committer too
	select {
	case <-l.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop journal: %w", ctx.Err())
	}
}

// Bounds returns the offset of the oldest record that is kept, and the offset
// after the last durable one. They are equal while the log is empty.
func (l *Log) Bounds() (oldest, next int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.oldest(), l.next
}

// Cut returns how many bytes of a torn end Open cut off: what was being written
// when the process died and was not acknowledged, unless the disk has damaged
// the last frame.
func (l *Log) Cut() int64 { return l.cut }

// oldest returns the offset of the oldest record kept. The caller holds mu.
func (l *Log) oldest() int64 {
	if len(l.segments) == 0 {
		return l.next
	}
	return l.segments[0].first
}

// bytes returns the size of the log. The caller holds mu.
func (l *Log) bytes() int64 {
	var sum int64
	for _, s := range l.segments {
		sum += s.size
	}
	return sum
}

// closeFiles gives back what Open took.
func (l *Log) closeFiles() {
	if l.active != nil {
		l.active.file.Close() // synced after each frame: nothing can be lost
		l.active = nil
	}
	l.lock.Close()
}

var _ journal.Appender = (*Log)(nil)
