package segment

import (
	"context"
	"fmt"
	"time"

	"playhead/internal/journal"
)

// batch is the records of one group commit.
type batch struct {
	raw   []byte // encoded records
	count int64
	first int64         // time of the first record, ms since 1970
	last  int64         // time of the last
	done  chan struct{} // closed when err is set
	err   error
}

// Append implements [journal.Appender]. Records are too large if they are over
// 16 MiB together, or over the bound of the queue. If ctx ends while they wait
// for the disk, they may still be written.
func (l *Log) Append(ctx context.Context, records ...journal.Record) error {
	if len(records) == 0 {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("append to journal: %w: %w", journal.ErrUnavailable, err)
	}
	b, err := l.enqueue(records)
	if err != nil {
		return fmt.Errorf("append to journal: %w", err)
	}
	select {
	case <-b.done:
		if b.err != nil {
			return fmt.Errorf("append to journal: %w", b.err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("append to journal: %w: %w", journal.ErrUnavailable, ctx.Err())
	}
}

// enqueue puts records into a batch that waits for the committer.
func (l *Log) enqueue(records []journal.Record) (*batch, error) {
	var size int64
	for _, r := range records {
		if r.Partition >= journal.Partitions {
			return nil, fmt.Errorf("partition %d is not below %d", r.Partition, journal.Partitions)
		}
		size += int64(len(r.Data)) + maxRecordHead
	}
	if limit := min(maxRaw, l.cfg.QueueBytes); size > limit {
		l.metrics.refused.WithLabelValues("size").Inc()
		return nil, fmt.Errorf("%w: %d bytes are over the limit of %d", journal.ErrTooLarge, size, limit)
	}
	if err := l.floor.check(size); err != nil {
		l.metrics.refused.WithLabelValues("free_space").Inc()
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopping {
		l.metrics.refused.WithLabelValues("stopped").Inc()
		return nil, fmt.Errorf("%w: %w", journal.ErrUnavailable, ErrStopped)
	}
	if waits := l.writing(); waits >= l.cfg.StuckAfter {
		l.metrics.refused.WithLabelValues("stuck").Inc()
		return nil, fmt.Errorf("%w: the disk has not answered for %s", journal.ErrFull, waits.Round(time.Second))
	}
	if l.queued+size > l.cfg.QueueBytes {
		l.metrics.refused.WithLabelValues("queue").Inc()
		return nil, fmt.Errorf("%w: %d bytes wait for the disk", journal.ErrFull, l.queued)
	}
	b := l.batchFor(size)
	before := len(b.raw)
	for _, r := range records {
		t := max(r.Time, l.proposed)
		if b.count == 0 {
			b.first, b.last = t, t
		}
		b.raw = appendRecord(b.raw, r.Partition, t-b.last, r.Data)
		b.count++
		b.last, l.proposed = t, t
	}
	l.queued += int64(len(b.raw) - before)
	return b, nil
}

// batchFor returns the batch that takes size more bytes: the last one in the
// queue, or a new one. The caller holds mu.
func (l *Log) batchFor(size int64) *batch {
	if n := len(l.queue); n > 0 {
		if b := l.queue[n-1]; int64(len(b.raw))+size <= l.cfg.BatchBytes {
			return b
		}
	}
	b := &batch{done: make(chan struct{})}
	if n := len(l.spare); n > 0 {
		b.raw, l.spare = l.spare[n-1][:0], l.spare[:n-1]
	}
	l.queue = append(l.queue, b)
	l.arrived.Signal()
	return b
}

// take waits for a batch and returns it. It returns nil when the log is
// stopping and nothing is left.
func (l *Log) take() *batch {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.queue) == 0 {
		if l.stopping {
			return nil
		}
		l.arrived.Wait()
	}
	b := l.queue[0]
	l.queue[0] = nil
	l.queue = l.queue[1:]
	l.began = l.cfg.Clock()
	return b
}

// Writing is how long the disk has been busy with the group commit that it has
// not finished; 0 when there is none.
func (l *Log) Writing() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.writing()
}

// writing is Writing for callers that hold mu.
func (l *Log) writing() time.Duration {
	if l.began.IsZero() {
		return 0
	}
	return l.cfg.Clock().Sub(l.began)
}

// finish answers the callers of a batch.
func (l *Log) finish(b *batch, err error) {
	l.mu.Lock()
	l.began = time.Time{}
	l.queued -= int64(len(b.raw))
	if len(l.spare) < spares && int64(cap(b.raw)) <= 2*l.cfg.BatchBytes { // do not keep the room of a giant
		l.spare = append(l.spare, b.raw)
	}
	l.mu.Unlock()
	b.raw, b.err = nil, err
	close(b.done)
}
