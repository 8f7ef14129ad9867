package api

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"playhead/internal/query"
)

const minute = 60_000 // in ms

// hub is a selection that is streamed. Its clients have no goroutine that
// computes for them: the first one to ask for a tick does, and
// the others wait for it.
type hub struct {
	name    string // that no other hub has, nor had
	of      *selection
	streams *streams
	clients int           // guarded by streams.mu
	left    time.Time     // when the last one went, likewise
	turn    chan struct{} // has room for one: who computes

	mu     sync.Mutex
	first  int64 // the first tick that was computed, in ms since 1970; 0: none yet
	newest int64 // the last one
	whole  int64 // the last one with which the whole half an hour was
	failed error // of the attempt at the tick after newest
	tried  int64 // which tick that was
	points history
	starts history
	groups []byte // of the newest tick, in JSON; nil: not asked for
}

const (
	// reviseFor is how far back of each tick numbers are computed again, in ms.
	reviseFor = 30_000
	// refreshEvery is after how long all of the last half an hour is, in ms: some
	// players tell later than others, such as those that were offline.
	refreshEvery = minute
)

func newHub(of *selection, s *streams) *hub {
	return &hub{name: requestID()[:8], of: of, streams: s, turn: make(chan struct{}, 1)}
}

// catchUp computes what there is to tell at a tick, unless that has been done.
func (h *hub) catchUp(ctx context.Context, tick int64) error {
	select {
	case h.turn <- struct{}{}:
		defer func() { <-h.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	h.mu.Lock()
	newest, whole, tried, failed := h.newest, h.whole, h.tried, h.failed
	h.mu.Unlock()
	switch {
	case tick <= newest:
		return nil
	case tick == tried && failed != nil:
		return failed
	}
	oldest, from := tick-streamSpan, tick-reviseFor
	if newest == 0 || tick-whole >= refreshEvery || tick-newest > reviseFor {
		from = oldest
	}
	now, err := h.compute(ctx, from, tick)
	if err != nil && ctx.Err() != nil {
		return errors.Join(ctx.Err(), err) // another client may have the time
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tried, h.failed = tick, err
	if err != nil {
		return err
	}
	h.points = h.points.merge(now.points, tick, max(oldest, now.gone))
	h.starts = h.starts.merge(now.starts, tick, max(oldestMinute(tick), now.gone))
	h.groups, h.newest = now.groups, tick
	if from == oldest {
		h.whole = tick
	}
	if h.first == 0 {
		h.first = tick
	}
	return nil
}

// compute waits for its turn among the hubs.
func (h *hub) compute(ctx context.Context, from, to int64) (news, error) {
	select {
	case h.streams.turn <- struct{}{}:
		defer func() { <-h.streams.turn }()
	case <-ctx.Done():
		return news{}, ctx.Err()
	}
	return h.streams.compute(ctx, h.of, from, to)
}

// id is what a client sends back of the event of a tick. It names the hub too:
// what others have told is not what is to be added to.
func (h *hub) id(tick int64) string { return strconv.FormatInt(tick/1000, 10) + "." + h.name }

// tickOf is the tick of the event with an id; 0 if this hub has not told it.
func (h *hub) tickOf(id string) int64 {
	seconds, name, _ := strings.Cut(id, ".")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || name != h.name {
		return 0
	}
	return n * 1000
}

// since is what a client has to be told that was told of a tick before: a
// snapshot if that is 0.
func (h *hub) since(last int64) message {
	h.mu.Lock()
	defer h.mu.Unlock()
	if last == h.newest {
		return message{}
	}
	m := message{name: "tick", tick: h.newest, id: h.id(h.newest)}
	if last < h.first {
		m.name, last = "snapshot", 0
	}
	m.add(`{"timeseries":[`)
	m.list(h.points.since(last))
	m.add(`],"histogram_timeseries":[`)
	m.list(h.starts.since(last))
	m.add(`]`)
	if h.groups != nil {
		m.add(`,"breakdown":`)
		m.parts = append(m.parts, h.groups)
	}
	m.add(`,"settled_through":"` + instant(float64(h.newest-query.SettledAfter)) + `"}`)
	return m
}
