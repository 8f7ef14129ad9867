package api

import (
	"context"
	"fmt"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/fault"
)

const (
	// maxStreams is how many streams are open at once, unless a setting says so.
	maxStreams = 1000
	// maxSelections is how many different selections these have. Each is computed
	// every five seconds, and takes about 200 KB.
	maxSelections = 400
	// maxOfStreams is which part of both an environment may take: one of so many.
	maxOfStreams = 4
)

// streams are all that are open.
type streams struct {
	most    int // at once
	compute compute
	turn    chan struct{} // has room for one: streams never take more than one processor
	ended   *prometheus.CounterVec
	refused *prometheus.CounterVec

	mu            sync.Mutex
	open          int
	byEnvironment map[string]*openStreams
	hubs          map[string]*hub // by selection
}

// openStreams are those of an environment.
type openStreams struct{ streams, selections int }

// compute finds the rows of a selection from a tick to another one, in ms since 1970.
type compute func(ctx context.Context, of *selection, from, to int64) (news, error)

// news are what there is to tell of some ticks.
type news struct {
	points []told
	starts []told
	gone   int64  // what is before is not known any more, in ms since 1970; 0: all is
	groups []byte // of the last tick, in JSON; nil: not asked for
}

func newStreams(most int, c compute, to prometheus.Registerer) (*streams, error) {
	s := &streams{most: most, compute: c, turn: make(chan struct{}, 1), byEnvironment: map[string]*openStreams{}, hubs: map[string]*hub{}}
	s.ended = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "playhead_api_streams_ended_total", Help: "Real-time streams that ended, by why: the client went, or did not read (slow), its token is not valid any more, the server stops, or no numbers could be computed (failed).",
	}, []string{"reason"})
	s.refused = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "playhead_api_streams_refused_total", Help: "Real-time streams that were refused, by what there are too many of.",
	}, []string{"reason"})
	if to == nil {
		return s, nil
	}
	for _, c := range []prometheus.Collector{
		s.ended, s.refused,
		s.gauge("playhead_api_streams", "Real-time streams that are open.", func() int { return s.open }),
		s.gauge("playhead_api_stream_selections", "Different selections that are streamed.", func() int { return len(s.hubs) }),
	} {
		if err := to.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics of streams: %w", err)
		}
	}
	return s, nil
}

// gauge is a figure that is read under the lock.
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
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.room(of.ticks.Environment, s.hubs[key] == nil); err != nil {
		return nil, nil, err
	}
	own := s.byEnvironment[of.ticks.Environment]
	if own == nil {
		own = &openStreams{}
		s.byEnvironment[of.ticks.Environment] = own
	}
	h = s.hubs[key]
	if h == nil {
		h = newHub(of, s)
		s.hubs[key] = h
		own.selections++
	}
	s.open++
	own.streams++
	h.clients++
	return h, sync.OnceFunc(func() { s.leave(key, h) }), nil
}

// room refuses a stream for which there is none. The caller holds mu.
func (s *streams) room(environment string, newSelection bool) error {
	refuse := func(reason string, code fault.Code, format string, most int) error {
		s.refused.WithLabelValues(reason).Inc()
		return fault.New(code, format, most)
	}
	var own openStreams
	if known := s.byEnvironment[environment]; known != nil {
		own = *known
	}
	switch each, different := max(1, s.most/maxOfStreams), maxSelections/maxOfStreams; {
	case s.open >= s.most:
		return refuse("server", fault.Busy, "%d streams are open, as many as may be: come again later", s.most)
	case own.streams >= each:
		return refuse("environment", fault.Limited, "%d streams of this environment are open, as many as may be: close one, or come again later", each)
	case newSelection && len(s.hubs) >= maxSelections:
		return refuse("selections", fault.Busy, "%d different selections are streamed, as many as may be: ask for one of them, or come again later", maxSelections)
	case newSelection && own.selections >= different:
		return refuse("environment_selections", fault.Limited, "%d different selections of this environment are streamed, as many as may be: ask for one of them, close one, or come again later", different)
	}
	return nil
}

// leave gives a place back. The hub of the last one to go is forgotten.
func (s *streams) leave(key string, h *hub) {
	s.mu.Lock()
	defer s.mu.Unlock()
	environment := h.of.ticks.Environment
	own := s.byEnvironment[environment]
	s.open--
	own.streams--
	if h.clients--; h.clients == 0 {
		delete(s.hubs, key)
		own.selections--
	}
	if own.streams == 0 {
		delete(s.byEnvironment, environment)
	}
}
