package segment

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Kept returns the bytes of all segment files, and the time of the oldest record;
// that is zero while there is none.
func (l *Log) Kept() (size int64, oldest time.Time, err error) {
	l.trim.Lock() // what is looked at stays
	defer l.trim.Unlock()
	l.mu.Lock()
	size = l.bytes()
	if len(l.segments) == 0 || l.oldest() == l.next {
		l.mu.Unlock()
		return size, time.Time{}, nil
	}
	first := l.segments[0]
	l.mu.Unlock()
	src, err := openSource(first)
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("find the oldest record of the journal: %w", err)
	}
	defer src.close()
	head, err := src.peek()
	switch {
	case errors.Is(err, io.EOF):
		return size, time.Time{}, nil
	case err != nil:
		return 0, time.Time{}, fmt.Errorf("find the oldest record of the journal: %w", err)
	}
	return size, time.UnixMilli(head.time).UTC(), nil
}
