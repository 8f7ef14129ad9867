package api

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/fault"
	"playhead/internal/query"
)

// maxSelections is how many different selections are streamed at the same time:
// each is computed every five seconds, and takes about 150 KB.
const maxSelections = 200

// streams are all that are open.
type streams struct {
	most    int // at once; of one environment a quarter of it
	compute compute
	turn    chan struct{} // has room for one: streams never take more than one processor
	ended   *prometheus.CounterVec
	refused *prometheus.CounterVec

	mu            sync.Mutex
	open          int
	byEnvironment map[string]int
	hubs          map[string]*hub // by selection
}

// compute finds the rows of a selection from a tick to another one, in ms since 1970.
type compute func(ctx context.Context, of *selection, from, to int64) (news, error)

// news are what there is to tell of some ticks.
type news struct {
	points []told
	starts []told
	groups []byte // of the last tick, in JSON; nil: not asked for
}

func newStreams(most int, c compute, to prometheus.Registerer) (*streams, error) {
	s := &streams{most: most, compute: c, turn: make(chan struct{}, 1), byEnvironment: map[string]int{}, hubs: map[string]*hub{}}
	s.ended = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "playhead_api_streams_ended_total", Help: "Real-time streams that ended, by why: the client went, or did not read (slow), its token is not valid any more, the server stops, or no numbers could be computed (failed).",
	}, []string{"reason"})
	s.refused = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "playhead_api_streams_refused_total", Help: "Real-time streams that were refused, by what there are too many of.",
	}, []string{"reason"})
	if to == nil {
		return s, nil
	}
	for _, c := range []prometheus.Collector{s.ended, s.refused, s.gauge("playhead_api_streams", "Real-time streams that are open.", func() int { return s.open }),
		s.gauge("playhead_api_stream_selections", "Different selections that are streamed.", func() int { return len(s.hubs) })} {
		if err := to.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics of streams: %w", err)
		}
	}
	return s, nil
}

func (s *streams) gauge(name, help string, value func() int) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
		s.mu.Lock()
		defer s.mu.Unlock()
		return float64(value())
	})
}

// join takes a place for a stream of a selection; leave gives it back.
func (s *streams) join(of *selection) (h *hub, leave func(), err error) {
	key, err := of.key()
	if err != nil {
		return nil, nil, err
	}
	environment := of.ticks.Environment
	s.mu.Lock()
	defer s.mu.Unlock()
	h = s.hubs[key]
	refuse := func(reason string, code fault.Code, format string, args ...any) (*hub, func(), error) {
		s.refused.WithLabelValues(reason).Inc()
		return nil, nil, fault.New(code, format, args...)
	}
	switch each := max(1, s.most/4); {
	case s.open >= s.most:
		return refuse("server", fault.Busy, "%d streams are open, as many as may be: come again later", s.open)
	case s.byEnvironment[environment] >= each:
		return refuse("environment", fault.Limited, "%d streams of this environment are open, as many as may be: close one, or come again later", each)
	case h == nil && len(s.hubs) >= maxSelections:
		return refuse("selections", fault.Busy, "%d different selections are streamed, as many as may be: ask for one of them, or come again later", maxSelections)
	case h == nil:
		h = newHub(of, s)
		s.hubs[key] = h
	}
	s.open++
	s.byEnvironment[environment]++
	h.clients++
	return h, sync.OnceFunc(func() { s.leave(key, h) }), nil
}

func (s *streams) leave(key string, h *hub) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if s.byEnvironment[h.of.ticks.Environment]--; s.byEnvironment[h.of.ticks.Environment] == 0 {
		delete(s.byEnvironment, h.of.ticks.Environment)
	}
	if h.clients--; h.clients == 0 {
		delete(s.hubs, key)
	}
}

const minute = 60_000 // in ms

// hub is a selection that is streamed, as long as it has clients. They have no
// goroutine that computes for them: the first one to ask for a tick does, and
// the others wait for it.
type hub struct {
	name    string // that no other hub has, nor had
	of      *selection
	streams *streams
	clients int           // guarded by streams.mu
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
	h.points = h.points.merge(now.points, tick, oldest)
	h.starts = h.starts.merge(now.starts, tick, tick-tick%minute-(query.HistogramMinutes-1)*minute)
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

// history is rows of the last half an hour, the oldest first.
type history []told

// told is a row as it was told.
type told struct {
	at    int64  // its time, in ms since 1970
	event int64  // the id of the event that told it so
	text  []byte // in JSON
}

// merge puts rows in the place of those that have been told, and forgets what
// is older than oldest. What has not changed was told before.
func (h history) merge(rows []told, event, oldest int64) history {
	merged := make(history, 0, len(h)+len(rows))
	for len(h) > 0 || len(rows) > 0 {
		switch {
		case len(rows) == 0 || len(h) > 0 && h[0].at < rows[0].at:
			merged, h = append(merged, h[0]), h[1:]
		case len(h) > 0 && h[0].at == rows[0].at && string(h[0].text) == string(rows[0].text):
			merged, h, rows = append(merged, h[0]), h[1:], rows[1:]
		default:
			if len(h) > 0 && h[0].at == rows[0].at {
				h = h[1:]
			}
			rows[0].event = event
			merged, rows = append(merged, rows[0]), rows[1:]
		}
		if merged[len(merged)-1].at < oldest {
			merged = merged[:len(merged)-1]
		}
	}
	return merged
}

// since are the rows that were told after an event.
func (h history) since(event int64) (rows [][]byte) {
	for i := range h {
		if h[i].event > event {
			rows = append(rows, h[i].text)
		}
	}
	return rows
}
