package stream

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/meta"
)

// metrics are figures for operators.
type metrics struct {
	messages *prometheus.CounterVec // taken, by content and kind
	attempts *prometheus.CounterVec // by kind and outcome
	seconds  *prometheus.HistogramVec
	dropped  *prometheus.CounterVec // by reason
	errors   *prometheus.CounterVec // by what failed
}

func newMetrics() *metrics {
	return &metrics{
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "playhead_export_stream_messages_total", Help: "Messages of streams of exports that receivers have taken; one that was sent again counts again.",
		}, []string{"content", "kind"}),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "playhead_export_stream_attempts_total", Help: "Attempts to have a receiver take a batch of a stream of exports: taken, or failed and tried again.",
		}, []string{"kind", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "playhead_export_stream_attempt_seconds", Help: "Time that such an attempt took.", Buckets: prometheus.ExponentialBuckets(0.01, 2, 13),
		}, []string{"kind"}),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "playhead_export_stream_dropped_total",
			Help: "What streams of exports leave out: the events of a view that is more than the receiver takes (events_too_large), a message that is even without them (too_large), and windows of samples that are not known any more (windows_gone).",
		}, []string{"reason"}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "playhead_export_stream_errors_total", Help: "Times that what a stream of exports is to send could not be read, by its content, or its position not be written down; it is tried again.",
		}, []string{"what"}),
	}
}

func (m *metrics) register(r prometheus.Registerer, lags func() map[string]time.Duration) error {
	for _, c := range []prometheus.Collector{m.messages, m.attempts, m.seconds, m.dropped, m.errors, lagGauges(lags)} {
		if err := r.Register(c); err != nil {
			return err
		}
	}
	return nil
}

// attempted counts an attempt.
func (m *metrics) attempted(of meta.ExportStream, messages int, took time.Duration, err error) {
	outcome := "taken"
	if err != nil {
		outcome = "failed"
	} else {
		m.messages.WithLabelValues(of.Content, of.Kind).Add(float64(messages))
	}
	m.attempts.WithLabelValues(of.Kind, outcome).Inc()
	m.seconds.WithLabelValues(of.Kind).Observe(took.Seconds())
}

// lagGauges shows how far behind the streams are that run, when it is asked.
type lagGauges func() map[string]time.Duration

var lagSeconds = prometheus.NewDesc("playhead_export_stream_lag_seconds",
	"For how long what a stream of exports has not sent yet has been there to be sent, by the id of the stream; 0: nothing is.", []string{"stream"}, nil)

// Describe implements [prometheus.Collector].
func (lagGauges) Describe(to chan<- *prometheus.Desc) { to <- lagSeconds }

// Collect implements [prometheus.Collector].
func (g lagGauges) Collect(to chan<- prometheus.Metric) {
	for id, lag := range g() {
		to <- prometheus.MustNewConstMetric(lagSeconds, prometheus.GaugeValue, lag.Seconds(), id)
	}
}
