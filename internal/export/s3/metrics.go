package s3

import "github.com/prometheus/client_golang/prometheus"

// Outcomes of requests, and of parts.
const (
	taken       = "taken"
	refused     = "refused"     // 4xx: also the answer to what is not there
	unavailable = "unavailable" // 5xx
	unreachable = "unreachable" // no answer

	partSent  = "sent"
	partThere = "there"
)

func outcome(status int) string {
	switch {
	case status >= 500:
		return unavailable
	case status >= 400:
		return refused
	}
	return taken
}

// metrics are figures for operators.
type metrics struct {
	requests *prometheus.CounterVec // by outcome
	retries  prometheus.Counter
	parts    *prometheus.CounterVec // sent, or there before
	bytes    prometheus.Counter
	aborted  prometheus.Counter
}

func newMetrics() *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "playhead_export_s3_" + name, Help: help})
	}
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "playhead_export_s3_requests_total", Help: "Requests to the object storage: taken, refused (also what is asked for and not there), unavailable (5xx), or unreachable.",
		}, []string{"outcome"}),
		parts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "playhead_export_s3_parts_total", Help: "Parts of files that were sent to the object storage, or were there from an earlier try.",
		}, []string{"outcome"}),
		retries: counter("retries_total", "Requests to the object storage that were made again."),
		bytes:   counter("sent_bytes_total", "Bytes of files that the object storage took."),
		aborted: counter("aborted_uploads_total", "Unfinished uploads that were ended, as their files are gone or others have taken their place."),
	}
	for _, o := range []string{taken, refused, unavailable, unreachable} {
		m.requests.WithLabelValues(o)
	}
	for _, o := range []string{partSent, partThere} {
		m.parts.WithLabelValues(o)
	}
	return m
}

func (m *metrics) register(r prometheus.Registerer) error {
	for _, c := range []prometheus.Collector{m.requests, m.retries, m.parts, m.bytes, m.aborted} {
		if err := r.Register(c); err != nil {
			return err
		}
	}
	return nil
}
