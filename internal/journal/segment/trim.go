package segment

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Retention says which records may be deleted. A segment is deleted when all
// its records are consumed, and it is old or the log is too large. The last
// segment always stays, as it holds the place of the log.
type Retention struct {
	Needed    int64 // records from this offset on are kept in any case
	OlderThan int64 // ms since 1970: segments whose records are all earlier go; 0: none
	MaxBytes  int64 // the oldest segments go while all together are larger; 0: any size
}

// Trim deletes the oldest segments that a retention allows to, and returns how
// many, and how many bytes the log is larger than it should be all the same.
// Readers that are in one of them read it to its end. It may be called while
// everything else goes on.
func (l *Log) Trim(r Retention) (deleted int, over int64, err error) {
	l.trim.Lock()
	defer l.trim.Unlock()
	defer func() { over = l.over(r); l.metrics.over.Set(float64(over)) }()
	for {
		oldest, err := l.expired(r)
		if oldest == nil || err != nil {
			return deleted, 0, err
		}
		if err := os.Remove(oldest.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return deleted, 0, fmt.Errorf("delete journal segment: %w", err)
		}
		// Names vanish in order also if the power fails: a gap would look like
		// the loss of records.
		if err := l.cfg.disk.syncDir(l.cfg.Dir); err != nil {
			return deleted, 0, fmt.Errorf("sync journal directory: %w", err)
		}
		l.mu.Lock()
		l.segments = l.segments[1:]
		l.mu.Unlock()
		deleted++
	}
}

// expired returns the oldest segment if it is to be deleted, or nil.
func (l *Log) expired(r Retention) (*segment, error) {
	l.mu.Lock()
	if len(l.segments) < 2 || l.segments[0].end > min(r.Needed, l.held) {
		l.mu.Unlock()
		return nil, nil
	}
	oldest, second := l.segments[0], l.segments[1]
	l.mu.Unlock()
	if l.over(r) > 0 {
		return oldest, nil
	}
	src, err := openSource(second) // its header tells the time of the last record of the one before
	if err != nil {
		return nil, fmt.Errorf("find the age of %s: %w", oldest.path, err)
	}
	defer src.close()
	if src.head.time < r.OlderThan {
		return oldest, nil
	}
	return nil, nil
}

// over is how many bytes the log is larger than a retention wants it to be.
func (l *Log) over(r Retention) int64 {
	if r.MaxBytes == 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(0, l.bytes()-r.MaxBytes)
}
