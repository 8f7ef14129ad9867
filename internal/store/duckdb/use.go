package duckdb

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"playhead/internal/fault"
	"playhead/internal/freespace"
)

// errClosed is what operations return after Close.
var errClosed = errors.New("the store is closed")

// read runs an operation that changes nothing, when it is its turn, and runs it
// again if it was the first to meet a file that refuses everything.
//
// When the disk runs full while the log is merged, queries can find no views at
// all, for some milliseconds before DuckDB refuses everything. So where room is
// scarce, what was found while the file was changed is looked for again while
// it is not.
func (s *Store) read(ctx context.Context, step string, operation func(*database) error) error {
	if err := s.readers.enter(ctx); err != nil {
		return err
	}
	defer s.readers.leave()
	began := s.changes.Load()
	err := s.use(step, operation)
	changed := began%2 == 1 || s.changes.Load() != began
	if err == nil && changed && s.isScarce() {
		select {
		case s.writing <- struct{}{}:
			defer func() { <-s.writing }()
		case <-ctx.Done():
			return ctx.Err()
		}
		err = s.use(step, operation)
	}
	if invalidated(err) {
		err = s.use(step, operation)
	}
	if outOfMemory(err) {
		err = &fault.Error{
			Code:    fault.Busy,
			Message: "this takes more memory than queries may use: ask for less, ask again later, or have the setting memory-limit raised",
			Err:     err,
		}
	}
	return err
}

// alone waits until nobody else changes the file. The caller calls done when it
// has changed it.
func (s *Store) alone() (done func()) {
	s.writing <- struct{}{}
	s.changes.Add(1)
	return func() {
		s.changes.Add(1)
		<-s.writing
	}
}

// use runs an operation on the open file. If the operation meets an error after
// which DuckDB would refuse everything else, reads too, the file is closed and
// opened anew: this operation fails, the next one works. Committed views are
// never lost by that.
func (s *Store) use(step string, operation func(*database) error) error {
	s.mu.RLock()
	db, closed := s.db, s.closed
	if closed {
		s.mu.RUnlock()
		return errClosed
	}
	if db == nil { // it could not be opened anew, perhaps because the disk was still full
		s.mu.RUnlock()
		if err := s.reopen(nil); err != nil {
			return err
		}
		return s.use(step, operation)
	}
	err := s.fail(step)
	if err == nil {
		err = operation(db)
	}
	s.mu.RUnlock()
	switch {
	case invalidated(err):
		err = errors.Join(err, s.reopen(db))
	case err != nil && damaged(err):
		err = s.cfg.explain(err)
	}
	return err
}

// reopen replaces the open file broken, unless another operation has done so.
func (s *Store) reopen(broken *database) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.db != broken {
		return nil
	}
	if broken != nil {
		s.db = nil
		// Whatever it says, the instance is unusable, and the log is on the disk.
		_ = broken.close()
	}
	db, err := s.cfg.open(context.Background())
	if err != nil {
		return fmt.Errorf("open anew: %w", err)
	}
	s.db = db
	return nil
}

// invalidated recognises the errors after which the instance is unusable.
func invalidated(err error) bool {
	if err == nil {
		return false
	}
	var e *duckdb.Error
	if errors.As(err, &e) && e.Type == duckdb.ErrorTypeFatal {
		return true
	}
	return strings.Contains(err.Error(), "database has been invalidated")
}

// outOfMemory recognises what queries meet at the limit of memory, and of what
// they may write to the disk instead.
func outOfMemory(err error) bool {
	e, ok := errors.AsType[*duckdb.Error](err)
	return ok && e.Type == duckdb.ErrorTypeOutOfMemory
}

// checkSpace returns ErrDiskLow when less is free than the floor, or than a
// merge of the log into the file may take: a merge that fails half way is what
// makes DuckDB refuse everything (see [Store.read]).
func (s *Store) checkSpace() error {
	floor := s.floor()
	free, err := freespace.Of(filepath.Dir(s.cfg.Path))
	if err != nil {
		return fmt.Errorf("ask for free space: %w", err)
	}
	if free < floor {
		return fmt.Errorf("%w: %d MB of the %d MB that must stay free", ErrDiskLow, free/1e6, floor/1e6)
	}
	return nil
}

// floor is how many bytes are free at least when something is written.
func (s *Store) floor() int64 { return max(s.cfg.FreeSpaceFloor, 2*s.cfg.LogBytes+mergeBytes) }

// isScarce reports whether so little is free that others could fill the disk
// while a change is made.
func (s *Store) isScarce() bool {
	free, err := freespace.Of(filepath.Dir(s.cfg.Path))
	return err != nil || free < 4*s.floor()
}

// mergeBytes is what a merge of the log takes beyond the log: blocks that are
// partly filled, and those of rows that are written anew with their neighbours.
const mergeBytes = 16 << 20
