package api

import (
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// observer counts and times requests for operators.
type observer struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newObserver(to prometheus.Registerer) (*observer, error) {
	o := &observer{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "playhead_api_requests_total", Help: "API requests by route and status.",
		}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "playhead_api_request_seconds", Help: "Time to answer API requests.",
			Buckets: []float64{.005, .02, .05, .1, .3, 1, 3, 10, 60},
		}, []string{"route"}),
	}
	if to == nil {
		return o, nil
	}
	for _, c := range []prometheus.Collector{o.requests, o.seconds} {
		if err := to.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics of the API: %w", err)
		}
	}
	return o, nil
}

func (o *observer) observe(route string, status int, took time.Duration) {
	o.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	o.seconds.WithLabelValues(route).Observe(took.Seconds())
}
