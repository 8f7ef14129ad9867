package api

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/fault"
)

const (
	// maxStreams is how many streams are open at once, unless a setting says so.
	maxStreams = 1000
	// maxSelections is how many different selections these have. Each is computed
	// every five seconds, and takes about 200 KB.
	maxSelections = 400
	// lingerFor is how long a selection is remembered that nobody streams any more:
	// a client that was cut off comes again soon.
	lingerFor = time.Minute
	// maxOfStreams is which part of both an environment may take: one of so many.
	maxOfStreams = 4
)

// streams are all that are open.
type streams struct {
	most    int // at once
	compute compute
	clock   func() time.Time
	turn    chan struct{} // has room for one: streams never take more than one processor
	ended   *prometheus.CounterVec
	refused *prometheus.CounterVec

	mu            sync.Mutex
	open          openStreams
	byEnvironment map[string]*openStreams
	hubs          map[string]*hub // by selection; those without clients too, for a while
}

// openStreams counts those of all or of one environment, and their selections.
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

func newStreams(most int, c compute, clock func() time.Time, to prometheus.Registerer) (*streams, error) {
	s := &streams{most: most, compute: c, clock: clock, turn: make(chan struct{}, 1), byEnvironment: map[string]*openStreams{}, hubs: map[string]*hub{}}
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
		s.gauge("playhead_api_streams", "Real-time streams that are open.", func() int { return s.open.streams }),
		s.gauge("playhead_api_stream_selections", "Different selections that are streamed.", func() int { return s.open.selections }),
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
	s.forget()
	h = s.hubs[key]
	if err := s.room(of.ticks.Environment, h == nil || h.clients == 0); err != nil {
		return nil, nil, err
	}
	if h == nil {
		h = newHub(of, s)
		s.hubs[key] = h
	}
	s.count(h, 1)
	return h, sync.OnceFunc(func() { s.leave(h) }), nil
}

// leave gives a place back.
func (s *streams) leave(h *hub) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count(h, -1)
	h.left = s.clock()
}

// count counts clients of a hub that come or go. The caller holds mu.
func (s *streams) count(h *hub, clients int) {
	environment := h.of.ticks.Environment
	own := s.byEnvironment[environment]
	if own == nil {
		own = &openStreams{}
		s.byEnvironment[environment] = own
	}
	before := h.clients
	h.clients += clients
	for _, o := range []*openStreams{&s.open, own} {
		o.streams += clients
		if before == 0 || h.clients == 0 {
			o.selections += clients
		}
	}
	if own.streams == 0 {
		delete(s.byEnvironment, environment)
	}
}

// forget drops the hubs that nobody has come back to, and more if there are too
// many. The caller holds mu.
func (s *streams) forget() {
	now := s.clock()
	for key, h := range s.hubs {
		if h.clients == 0 && (now.Sub(h.left) >= lingerFor || len(s.hubs) >= maxSelections) {
			delete(s.hubs, key)
		}
	}
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
	case s.open.streams >= s.most:
		return refuse("server", fault.Busy, "%d streams are open, as many as may be: come again later", s.most)
	case own.streams >= each:
		return refuse("environment", fault.Limited, "%d streams of this environment are open, as many as may be: close one, or come again later", each)
	case newSelection && s.open.selections >= maxSelections:
		return refuse("selections", fault.Busy, "%d different selections are streamed, as many as may be: ask for one of them, or come again later", maxSelections)
	case newSelection && own.selections >= different:
		return refuse("environment_selections", fault.Limited, "%d different selections of this environment are streamed, as many as may be: ask for one of them, close one, or come again later", different)
	}
	return nil
}
