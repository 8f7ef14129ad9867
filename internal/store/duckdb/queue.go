package duckdb

import (
	"context"
	"sync/atomic"

	"playhead/internal/fault"
)

// maxWaiting bounds the readers that wait for a connection.
const maxWaiting = 100

// queue lets as many readers in as there are connections for them, so that the
// writer never waits for one: commits must not be late because of queries. It
// refuses those that would wait behind many others, which would wait in vain.
type queue struct {
	places  chan struct{} // has one for each reader that is in
	waiting atomic.Int64
}

func newQueue(places int) *queue { return &queue{places: make(chan struct{}, places)} }

// enter waits for a place. After it, the caller calls leave. The error is
// [fault.Busy], or that of ctx.
func (q *queue) enter(ctx context.Context) error {
	select {
	case q.places <- struct{}{}:
		return nil
	default:
	}
	defer q.waiting.Add(-1)
	if q.waiting.Add(1) > maxWaiting {
		return fault.New(fault.Busy, "many queries wait for an answer: try again later")
	}
	select {
	case q.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (q *queue) leave() { <-q.places }
