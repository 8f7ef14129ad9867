package segment

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sort"

	"playhead/internal/journal"
)

// RangeError reports an offset that the log does not hold: its records were
// deleted, or it is past the end, as when the files of the log were lost.
type RangeError struct {
	Offset int64 // what was asked for
	Oldest int64 // the oldest record that is kept
	Next   int64 // the offset after the last durable record
}

// Error implements error.
func (e *RangeError) Error() string {
	return fmt.Sprintf("journal does not hold offset %d: it goes from %d to before %d", e.Offset, e.Oldest, e.Next)
}

// Unwrap makes it [journal.ErrGone] if the records were deleted.
func (e *RangeError) Unwrap() error {
	if e.Offset < e.Oldest {
		return journal.ErrGone
	}
	return nil
}

// reader is a [journal.Reader]. It holds one frame in memory.
type reader struct {
	log     *Log
	next    int64    // offset of the record that Next returns next
	segment *segment // of src
	src     *source  // nil until the first record is there
	frame   frame
}

// NewReader returns a reader of the durable records from an offset on, which
// may be the offset of the record that comes next. It returns a [*RangeError]
// for any other offset that the log does not hold. The reader's Next returns a
// [*RangeError] if the records were deleted before it came to them, a
// [*CorruptError] if a file is damaged, and [ErrStopped] when all records of a
// stopped log are read.
func (l *Log) NewReader(from int64) (journal.Reader, error) {
	if oldest, next := l.Bounds(); from < oldest || from > next {
		return nil, &RangeError{Offset: from, Oldest: oldest, Next: next}
	}
	return &reader{log: l, next: from}, nil
}

// Next implements [journal.Reader].
func (r *reader) Next(ctx context.Context) (journal.Record, error) {
	for {
		if !r.frame.more() {
			if err := r.load(ctx); err != nil {
				return journal.Record{}, err
			}
		}
		rec := r.frame.record()
		if rec.Offset == r.next { // not when the frame begins before what was asked for
			r.next++
			return rec, nil
		}
	}
}

// Buffered implements [journal.Reader].
func (r *reader) Buffered() bool {
	if r.frame.more() {
		return true
	}
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	return r.next < r.log.next
}

// Close implements [journal.Reader].
func (r *reader) Close() error {
	if r.src == nil {
		return nil
	}
	src := r.src
	r.src, r.segment, r.frame = nil, nil, frame{}
	return src.close()
}

// load waits for the frame that holds the next record, and opens it.
func (r *reader) load(ctx context.Context) error {
	if err := r.log.wait(ctx, r.next); err != nil {
		return err
	}
	s, end, err := r.log.holder(r.segment, r.next)
	if err != nil {
		return err
	}
	err = r.read(s, end)
	if c := (*CorruptError)(nil); errors.As(err, &c) {
		c.Remedy = fmt.Sprintf("restore the file from a copy, or move it and all segments before it away to give up the records before %d", end)
	}
	return err
}

// read opens the frame that holds the next record, in a segment whose durable
// records end before an offset.
func (r *reader) read(s *segment, end int64) error {
	if err := r.enter(s); err != nil {
		return err
	}
	for {
		h, err := r.src.peek()
		if errors.Is(err, io.EOF) {
			return r.src.corrupt(fmt.Sprintf("the file ends before offset %d", r.next))
		}
		if err != nil {
			return err
		}
		if h.first > r.next || h.end() > end {
			return r.src.corrupt(fmt.Sprintf("offsets %d to %d stand where %d was expected", h.first, h.end()-1, r.next))
		}
		if h.end() > r.next {
			return r.open(h)
		}
		r.src.skip(h) // it ends before the offset at which the reader begins
	}
}

// open reads one frame, and goes to the one after it.
func (r *reader) open(h frameHead) error {
	payload, err := r.src.payload(h)
	if err != nil {
		return err
	}
	if err := r.frame.open(h, payload); err != nil {
		return r.src.corrupt(err.Error())
	}
	r.src.skip(h)
	return nil
}

// enter opens a segment, unless it is open already.
func (r *reader) enter(s *segment) error {
	if s == r.segment {
		return nil
	}
	if err := r.Close(); err != nil {
		return fmt.Errorf("close journal segment: %w", err)
	}
	src, err := openSource(s)
	if errors.Is(err, fs.ErrNotExist) { // Trim was faster
		return r.outOfRange()
	}
	if err != nil {
		return err
	}
	r.src, r.segment = src, s
	return nil
}

func (r *reader) outOfRange() error {
	oldest, next := r.log.Bounds()
	return &RangeError{Offset: r.next, Oldest: oldest, Next: next}
}

// wait waits until the record of an offset is durable.
func (l *Log) wait(ctx context.Context, offset int64) error {
	for {
		l.mu.Lock()
		if offset < l.next {
			l.mu.Unlock()
			return nil
		}
		if l.stopped {
			l.mu.Unlock()
			return ErrStopped
		}
		if l.changed == nil {
			l.changed = make(chan struct{})
		}
		changed := l.changed
		l.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// holder returns the segment that holds an offset below the next one, and the
// offset at which its durable records end. It is current, if that does: a
// reader finishes a segment that was deleted under it.
func (l *Log) holder(current *segment, offset int64) (*segment, int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if current != nil && offset < current.end {
		return current, current.end, nil
	}
	i := sort.Search(len(l.segments), func(i int) bool { return l.segments[i].first > offset }) - 1
	if i < 0 {
		return nil, 0, &RangeError{Offset: offset, Oldest: l.oldest(), Next: l.next}
	}
	return l.segments[i], l.segments[i].end, nil
}
