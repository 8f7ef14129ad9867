package simulate

import "slices"

// queue is what an SDK has to send: events in JSON, each after a comma.
type queue struct {
	data   []byte
	events []queued
}

// queued is where an event of the queue ends, and of which telling it is.
type queued struct {
	end int32 // in data
	of  uint8 // index in sender.tellings
}

func (q *queue) len() int { return len(q.events) }

// add appends what write appends, as an event.
func (q *queue) add(of int, write func(dst []byte) []byte) {
	q.data = write(append(q.data, ','))
	q.events = append(q.events, queued{end: int32(len(q.data)), of: uint8(of)})
}

// first are the first n events, with commas between them.
func (q *queue) first(n int) []byte {
	if n == 0 {
		return nil
	}
	return q.data[1:q.events[n-1].end]
}

// drop takes the first n events away.
func (q *queue) drop(n int) {
	if n == q.len() {
		q.data, q.events = q.data[:0], q.events[:0]
		return
	}
	cut := q.events[n-1].end
	q.data = slices.Delete(q.data, 0, int(cut))
	q.events = slices.Delete(q.events, 0, n)
	for i := range q.events {
		q.events[i].end -= cut
	}
}

// take moves the first n events into a queue of their own.
func (q *queue) take(n int) queue {
	cut := q.events[n-1].end
	taken := queue{data: slices.Clone(q.data[:cut]), events: slices.Clone(q.events[:n])}
	q.drop(n)
	return taken
}

// putBack puts the events of another queue before those of this one.
func (q *queue) putBack(other queue) {
	shift := int32(len(other.data))
	for _, e := range q.events {
		other.events = append(other.events, queued{end: e.end + shift, of: e.of})
	}
	other.data = append(other.data, q.data...)
	*q = other
}
