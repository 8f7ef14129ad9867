package live

import "github.com/prometheus/client_golang/prometheus"

type counter = prometheus.Counter

// metrics are the store's figures for operators.
type metrics struct {
	bytes, paged, blocked, oldest prometheus.Gauge
	droppedAge, droppedMemory     counter // views
	refused, clamped              counter
}

func newMetrics(reg prometheus.Registerer) *metrics {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: "playhead_live_" + name, Help: help})
	}
	count := func(name, help string) counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "playhead_live_" + name, Help: help})
	}
	views := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "playhead_live_views", Help: "Views that real-time numbers are made of, by where they are: in pages, where they change, or in blocks.",
	}, []string{"in"})
	dropped := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "playhead_live_dropped_views_total", Help: "Views that left the history of real-time numbers, by reason: age, or the limit of memory.",
	}, []string{"reason"})
	m := &metrics{
		bytes:         gauge("bytes", "Memory that real-time numbers take."),
		paged:         views.WithLabelValues("pages"),
		blocked:       views.WithLabelValues("blocks"),
		oldest:        gauge("whole_since_seconds", "Time from which on the history of real-time numbers is whole in all environments, in seconds since 1970."),
		droppedAge:    dropped.WithLabelValues("age"),
		droppedMemory: dropped.WithLabelValues("memory"),
		refused:       count("refused_views_total", "Changes of views that real-time numbers leave out, as their memory is full."),
		clamped:       count("clamped_views_total", "Changes of views that make no sense, as times that go back or are days off: they were made to."),
	}
	reg.MustRegister(m.bytes, views, m.oldest, dropped, m.refused, m.clamped)
	return m
}

// report shows how much there is.
func (s *Store) report() {
	paged, blocked, since := 0, 0, max(s.lost.Load(), s.now.Load()-Keep, 0)
	s.environments.Range(func(_, value any) bool {
		e := value.(*environment)
		paged, blocked, since = paged+e.paged, blocked+e.blocked, max(since, e.lost.Load())
		return true
	})
	s.metrics.bytes.Set(float64(s.used + s.cache.size()))
	s.metrics.paged.Set(float64(paged))
	s.metrics.blocked.Set(float64(blocked))
	s.metrics.oldest.Set(float64(since) / 1000)
}
