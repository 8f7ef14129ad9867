package api

import (
	"context"
	"errors"
	"net/http"
	"os"
	"time"

	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/query"
)

// A stream is an answer that goes on: server-sent events, one after each tick.
// All streams of the same selection share a [hub], which computes once a tick
// and remembers what was told. A stream itself remembers the id of its last
// event alone: what it has to tell next is what the hub learned after that. So
// a client that reads slowly, or comes again, misses nothing and costs nothing.

const (
	// streamSpan is how far back the first event of a stream goes, in ms.
	streamSpan = 1_795_000
	// streamRetry is how long a client waits before it comes again, in ms.
	streamRetry = 2000
	// streamPatience is how long a client may take for an event, or a comment.
	streamPatience = 15 * time.Second
	// maxStreamGroups is how many rows the breakdown of an event has.
	maxStreamGroups = 100
)

const eventStream = "text/event-stream"

// streamRoutes are the routes of streams.
var streamRoutes = []route{
	{
		method: "GET", pattern: "/data/v1/monitoring/stream", name: "stream-monitoring",
		doc: "The same numbers as those of timeseries, pushed as server-sent events; an operation of our own. " +
			"The first event, `snapshot`, has the last half an hour; then `tick` comes every five seconds, with the new point and all that were revised. " +
			"The chapter on streams tells how to read them.",
		permission: meta.DataRead,
		params:     []param{realtimeFilters.like("country:US"), realtimeBy.of(realtimeDimensionWords(false)).says("break the newest tick down by its values; by default there is no breakdown")},
		events:     streamEvent{},
		answer:     (*server).stream,
	},
}

// streamEvent is what an event tells. It is written by [hub.since], in parts.
type streamEvent struct {
	Timeseries []streamPoint     `json:"timeseries" doc:"of a snapshot every tick of the last half an hour, of others the ticks that are new or not as told before, the oldest first: a client replaces by date"`
	Histogram  []histogramMinute `json:"histogram_timeseries" doc:"likewise by minutes, as the histogram of video-startup-time has them"`
	Breakdown  []streamGroup     `json:"breakdown,omitempty" doc:"the newest tick by the values of the dimension, those with the most viewers first, at most 100; only with the parameter dimension"`
	Settled    string            `json:"settled_through" format:"date-time" doc:"the newest tick that does not change any more when all players tell every ten seconds what they do"`
}

// streamPoint is a tick.
type streamPoint struct {
	Date       string     `json:"date" format:"date-time" doc:"the tick"`
	Concurrent int64      `json:"concurrent_viewers" doc:"viewers who are watching, or have just failed"`
	StartingUp int64      `json:"starting_up_viewers" doc:"of them those who wait for the first frame"`
	Attempts   int64      `json:"start_attempts" doc:"viewers who were waiting for the first frame at any time of the five seconds: of them are exits and failures before it"`
	Values     tickValues `json:"values" doc:"all metrics that have a timeseries, by their id"`
}

// streamGroup is the viewers with one value of a dimension.
type streamGroup struct {
	Value      *string    `json:"value" doc:"of the dimension; null where it is not known"`
	Display    string     `json:"display_value,omitempty" doc:"what people call the value; left out where it is not known"`
	Concurrent int64      `json:"concurrent_viewers" doc:"viewers who are watching, or have just failed"`
	StartingUp int64      `json:"starting_up_viewers" doc:"of them those who wait for the first frame"`
	Attempts   int64      `json:"start_attempts" doc:"viewers who were waiting for the first frame at any time of the five seconds: of them are exits and failures before it"`
	Values     tickValues `json:"values" doc:"all metrics that have a breakdown, by their id"`
}

// stream is the answer to one client.
type stream struct {
	hub   *hub
	last  int64 // the tick that the client was told of before, in ms since 1970; 0: none
	first message
	leave func() // gives its place back
}

// stream begins one: the client is told of what goes wrong before the first
// event with a status.
func (s *server) stream(c *call) (any, error) {
	of, err := selectStream(c.query)
	if err != nil {
		return nil, err
	}
	h, leave, err := s.streams.join(of)
	if err != nil {
		return nil, err
	}
	last := h.tickOf(c.lastEvent)
	first, err := s.next(c, h, last)
	if err != nil {
		leave()
		return nil, err
	}
	return &stream{hub: h, last: last, first: first, leave: leave}, nil
}

// next is what a client has not been told yet that was told of the tick last
// before. It takes no longer than any other request.
func (s *server) next(ctx context.Context, h *hub, last int64) (message, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	err := h.catchUp(ctx, query.NewestTick(query.Known(s.Realtime, s.Clock())))
	if errors.Is(err, context.DeadlineExceeded) {
		return message{}, fault.New(fault.Busy, "no numbers within %s", s.Timeout)
	}
	return h.since(last), err
}

// Why streams end.
const (
	endedByClient = "client" // it has gone
	endedSlow     = "slow"   // it does not read
	endedByToken  = "token"  // its token is not valid any more
	endedByServer = "server" // which stops
	endedFailed   = "failed" // no numbers could be computed: the client is told when it comes again
)

// follow writes a stream until it ends.
func (s *server) follow(w http.ResponseWriter, r *http.Request, rt *route, id string, f *stream) {
	defer f.leave()
	h := w.Header()
	h.Set("Content-Type", eventStream)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would collect events
	h.Set("X-Request-Id", id)
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	out := &eventWriter{w: w, control: http.NewResponseController(w), clock: s.Clock}
	s.streams.ended.WithLabelValues(s.tell(r, rt, id, out, f)).Inc()
}

// tell writes events and returns why there are no more.
func (s *server) tell(r *http.Request, rt *route, id string, out *eventWriter, f *stream) string {
	next, last := f.first, f.last
	f.first = message{}
	if err := out.begin(); err != nil {
		return whyGone(err)
	}
	for {
		if err := out.write(next); err != nil {
			return whyGone(err)
		}
		last = max(last, next.tick)
		next = message{} // what was told is not held while there is nothing to do
		wait := time.NewTimer(untilTick(s.Clock()))
		select {
		case <-wait.C:
		case <-r.Context().Done():
			wait.Stop()
			return endedByClient
		case <-s.Ending:
			wait.Stop()
			return endedByServer
		}
		token, err := s.authenticate(r)
		if err != nil || rt.permit(token) != nil {
			return endedByToken
		}
		if next, err = s.next(r.Context(), f.hub, last); err != nil {
			if r.Context().Err() != nil {
				return endedByClient
			}
			if fault.CodeOf(err) == fault.Internal {
				s.Logger.Error("cannot go on with a stream", "err", err, "request_id", id)
			}
			return endedFailed
		}
	}
}

// whyGone tells a client that reads too slowly from one that has gone.
func whyGone(err error) string {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return endedSlow
	}
	return endedByClient
}

// untilTick is the time until there is a newer tick to tell of.
func untilTick(now time.Time) time.Duration {
	next := time.UnixMilli(query.NewestTick(now) + query.TickEvery + query.TickLag)
	return next.Sub(now)
}
