package live

import "github.com/prometheus/client_golang/prometheus"

// metrics are the store's figures for operators.
type metrics struct {
	bytes            prometheus.Gauge
	refused, clamped prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		bytes:   prometheus.NewGauge(prometheus.GaugeOpts{Name: "playhead_live_bytes", Help: "Memory that real-time numbers take."}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{Name: "playhead_live_refused_views_total", Help: "Changes of views that real-time numbers leave out, as their memory is full."}),
		clamped: prometheus.NewCounter(prometheus.CounterOpts{Name: "playhead_live_clamped_views_total", Help: "Changes of views that make no sense, as times that go back or are days off: they were made to."}),
	}
	reg.MustRegister(m.bytes, m.refused, m.clamped)
	return m
}
