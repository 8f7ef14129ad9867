package segment

import (
	"fmt"
	"os"
	"sync"
	"time"

	"playhead/internal/freespace"
	"playhead/internal/journal"
)

// disk is what the log does to the disk that can fail while it runs. Tests put
// faults here.
type disk struct {
	open    func(path string, flag int) (file, error)
	rename  func(from, to string) error
	syncDir func(dir string) error
	free    func(dir string) (int64, error) // bytes that an unprivileged process may still use
}

// file is a segment file as its writer sees it.
type file interface {
	WriteAt(p []byte, at int64) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

var realDisk = &disk{
	open:    func(path string, flag int) (file, error) { return os.OpenFile(path, flag, 0o600) },
	rename:  os.Rename,
	syncDir: syncDir,
	free:    freespace.Of,
}

// The pace at which free space is looked at.
const (
	floorEvery      = time.Second
	floorEveryBytes = 16 << 20
)

// floor refuses appends while the disk has less free space than a limit.
type floor struct {
	dir   string
	bytes int64 // the limit; 0 is none
	free  func(dir string) (int64, error)
	now   func() time.Time

	mu      sync.Mutex
	looked  time.Time // when free space was looked at
	since   int64     // bytes accepted since then
	current int64     // free space then
}

// probe looks at free space, so that a platform which cannot tell it fails at
// start and not when the disk is full.
func (f *floor) probe() error {
	if f.bytes == 0 {
		return nil
	}
	free, err := f.free(f.dir)
	if err != nil {
		return fmt.Errorf("look at free space of %s: %w", f.dir, err)
	}
	f.looked, f.current, f.since = f.now(), free, 0
	return nil
}

// check returns [journal.ErrFull] if the disk is below the floor. Otherwise it
// takes note that size more bytes are on their way.
func (f *floor) check(size int64) error {
	if f.bytes == 0 {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.since+size > floorEveryBytes || f.now().Sub(f.looked) >= floorEvery {
		if err := f.probe(); err != nil {
			return fmt.Errorf("%w: %w", journal.ErrFull, err)
		}
	}
	if f.current < f.bytes {
		return fmt.Errorf("%w: the disk has %d bytes free, below the floor of %d", journal.ErrFull, f.current, f.bytes)
	}
	f.since += size
	return nil
}
