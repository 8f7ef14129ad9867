package segment

import "fmt"

// At returns an offset from which a reader meets every record of a time and
// after, in ms since 1970, and not many of before: the beginning of the segment
// in which the time is.
func (l *Log) At(time int64) (int64, error) {
	l.trim.Lock() // what is looked at stays
	defer l.trim.Unlock()
	l.mu.Lock()
	segments, next := l.segments, l.next
	l.mu.Unlock()
	if len(segments) == 0 {
		return next, nil
	}
	first, last := 0, len(segments)-1 // the one looked for is among these
	for first < last {
		middle := (first + last + 1) / 2
		src, err := openSource(segments[middle])
		if err != nil {
			return 0, fmt.Errorf("find a time in the journal: %w", err)
		}
		before := src.head.time // of the record before the segment
		src.close()
		if before < time {
			first = middle
		} else {
			last = middle - 1
		}
	}
	return segments[first].first, nil
}
