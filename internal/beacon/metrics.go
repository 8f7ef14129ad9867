package beacon

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/journal"
)

// A reason says why a beacon, or an event of it, was thrown away.
type reason string

const (
	unknownEnvironment reason = "unknown_environment" // no environment has its key
	malformed          reason = "malformed"           // not readable, or more events than the format allows
	empty              reason = "empty"               // no body, or no events
	tooLarge           reason = "too_large"           // more than MaxBody, perhaps only when inflated, or than the journal takes
	badGzip            reason = "bad_gzip"            // cannot be inflated
	badEncoding        reason = "bad_encoding"        // a Content-Encoding other than gzip
)

// dropped is the error of a beacon that was thrown away for good.
type dropped struct {
	reason reason
	cause  error // may be nil
}

// Error implements error.
func (d dropped) Error() string {
	if d.cause == nil {
		return string(d.reason)
	}
	return string(d.reason) + ": " + d.cause.Error()
}

// refusal is the reason of a 503, by its error.
func refusal(err error) string {
	switch {
	case errors.Is(err, errBusy):
		return "busy"
	case errors.Is(err, errIncomplete):
		return "incomplete"
	case errors.Is(err, journal.ErrFull):
		return "journal_full"
	case errors.Is(err, context.DeadlineExceeded):
		return "journal_slow"
	}
	return "journal_unavailable"
}

// metrics are the handler's figures for operators.
type metrics struct {
	accepted, events, bytes prometheus.Counter
	dropped, lost, refused  *prometheus.CounterVec
	inFlight                prometheus.Gauge
	seconds                 prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer) *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "playhead_" + name, Help: help})
	}
	byReason := func(name, help string, reasons ...string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "playhead_" + name, Help: help}, []string{"reason"})
		for _, r := range reasons {
			v.WithLabelValues(r) // so that every reason is there from the start, with 0
		}
		return v
	}
	m := &metrics{
		accepted: counter("beacons_accepted_total", "Beacons stored, whole or in part."),
		events:   counter("beacon_events_accepted_total", "Events of beacons that were stored, duplicates included."),
		bytes:    counter("beacon_bytes_total", "Bytes of the bodies of stored beacons, inflated."),
		dropped: byReason("beacons_dropped_total", "Beacons thrown away, whole or in part, though answered with 200.",
			DropReasons[:]...),
		lost: byReason("beacon_events_dropped_total", "Events thrown away from beacons that could be read.",
			string(unknownEnvironment), string(malformed)),
		refused: byReason("beacons_refused_total", "Beacons answered with 503, to come again.",
			RefusalReasons[:]...),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "playhead_beacons_in_flight", Help: "Beacons being received or stored.",
		}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "playhead_beacon_seconds", Help: "Time from the headers of a beacon to its answer.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
		}),
	}
	reg.MustRegister(m.accepted, m.events, m.bytes, m.dropped, m.lost, m.refused, m.inFlight, m.seconds)
	return m
}

// sampleEvery is how often, for each reason, a beacon that was thrown away is
// logged.
const sampleEvery = 10 * time.Second

// A sampler logs some of what is thrown away. It says nothing of the viewer
// and nothing of what the beacon held.
type sampler struct {
	logger *slog.Logger
	clock  func() time.Time

	mu   sync.Mutex
	last map[reason]time.Time
	more map[reason]int // not logged since
}

func newSampler(logger *slog.Logger, clock func() time.Time) *sampler {
	return &sampler{logger: logger, clock: clock, last: map[reason]time.Time{}, more: map[reason]int{}}
}

func (s *sampler) log(r *http.Request, d dropped) {
	now := s.clock()
	s.mu.Lock()
	last, seen := s.last[d.reason]
	if seen && now.Sub(last) < sampleEvery {
		s.more[d.reason]++
		s.mu.Unlock()
		return
	}
	more := s.more[d.reason]
	s.last[d.reason], s.more[d.reason] = now, 0
	s.mu.Unlock()
	s.logger.Warn("beacon thrown away", "reason", string(d.reason), "cause", d.cause, "more_since_last", more,
		"length", r.ContentLength, "content_type", r.Header.Get("Content-Type"), "origin", r.Header.Get("Origin"))
}
