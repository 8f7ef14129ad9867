// Package journal is the contract of the durable log of accepted beacons.
//
// A record is appended before its beacon is acknowledged, and read by the
// tracker that folds views. The log knows nothing of what a record holds. Its
// contract is what Kafka's protocol offers too: append, durable on return;
// read in order from an offset; a partition number on each record. Package
// journal/segment implements it on files of one disk.
package journal

import (
	"context"
	"errors"
)

// Record is one entry of the log.
type Record struct {
	Offset    int64  // given by the log: ascending, without gaps, from 0
	Time      int64  // ms since 1970, given by the log: never descending
	Partition uint16 // hash of the view id; below [Partitions]
	Data      []byte // empty for a tick: a record that only tells the time
}

// Partitions is the number of partitions. It never changes: it is the largest
// number of trackers that could ever share the work.
const Partitions = 64

// ErrFull is returned by Append when nothing was written because the log
// cannot take more for now: its queue is at its limit, or the disk is full or
// below its free-space floor. The caller should try again later.
var ErrFull = errors.New("journal cannot take more for now")

// ErrUnavailable is returned by Append when writing failed and it is not known
// whether the records are durable. The caller should send them again.
var ErrUnavailable = errors.New("journal write failed")

// ErrTooLarge is returned by Append when the records can never be written,
// because they are too large for the log. Trying again is of no use.
var ErrTooLarge = errors.New("journal records are too large")

// ErrGone is returned by a Reader when the log no longer holds the record that
// comes next: it has been deleted. Trying again is of no use.
var ErrGone = errors.New("journal does not hold that record any more")

// Appender takes records. It is safe for concurrent use.
type Appender interface {
	// Append returns once the records are durable. Either all of them are, in
	// this order, or an error is returned. Only Partition, Time (as a proposal:
	// a time before the last record's is raised to it) and Data are read, and
	// Data is not kept. If ctx ends first, or the log is stopped, the error is
	// ErrUnavailable.
	Append(ctx context.Context, records ...Record) error
}

// Reader reads the log from one offset on. It is used by one goroutine.
type Reader interface {
	// Next returns the next record, waiting until there is one or ctx ends.
	// Data is valid until the next call. After any other error than that of ctx
	// the reader is of no more use; unless it is ErrGone, another one may be.
	Next(ctx context.Context) (Record, error)
	// Buffered reports whether Next would return without waiting.
	Buffered() bool
	Close() error
}
