package incident

import (
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/meta"
)

// evaluatorMetrics are the figures of the evaluation for operators.
type evaluatorMetrics struct {
	views       prometheus.Counter
	leftOut     *prometheus.CounterVec // views, by reason
	errors      *prometheus.CounterVec // by what failed
	transitions *prometheus.CounterVec // by kind and event
	open        *prometheus.GaugeVec   // by kind
	position    prometheus.Gauge
	stepSeconds prometheus.Histogram
}

// The kinds of incidents.
const (
	kindAnomaly   = "anomaly"
	kindThreshold = "threshold"
)

func kindOf(i *meta.Incident) string {
	if i.Rule != nil {
		return kindThreshold
	}
	return kindAnomaly
}

func newEvaluatorMetrics(reg prometheus.Registerer, lag func() float64) *evaluatorMetrics {
	const prefix = "playhead_incident_"
	vec := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + name, Help: help}, labels)
	}
	m := &evaluatorMetrics{
		views:       prometheus.NewCounter(prometheus.CounterOpts{Name: prefix + "evaluated_views_total", Help: "Complete views that were looked at for anomalies, those of the past at a first start included."}),
		leftOut:     vec("left_out_views_total", "Complete views that were not looked at: their environment is not known (environment), or they cannot be because of a bug (bug).", "reason"),
		errors:      vec("errors_total", "What failed and is tried again: a step of the evaluation (step), the moments of rules (rules), the search for causes (causes), or the count of views that began (begun).", "part"),
		transitions: vec("transitions_total", "Incidents that opened, closed or expired, those of the past left out.", "kind", "event"),
		open:        prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: prefix + "open_incidents", Help: "Incidents that are open."}, []string{"kind"}),
		position:    prometheus.NewGauge(prometheus.GaugeOpts{Name: prefix + "evaluated_offset", Help: "Offset of the journal up to which complete views have been looked at."}),
		stepSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: prefix + "step_seconds", Help: "Time that a step of the evaluation took which looked at views or changed something.", Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
		}),
	}
	for _, kind := range []string{kindAnomaly, kindThreshold} {
		m.open.WithLabelValues(kind)
	}
	waiting := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: prefix + "lag_seconds", Help: "For how long stored views have been waiting to be looked at."}, lag)
	reg.MustRegister(m.views, m.leftOut, m.errors, m.transitions, m.open, m.position, m.stepSeconds, waiting)
	return m
}

// count counts what has become durable.
func (m *evaluatorMetrics) count(list []meta.Transition) {
	for i := range list {
		if t := &list[i]; t.Event != "" && !t.Quiet {
			m.transitions.WithLabelValues(kindOf(&t.Incident), string(t.Event)).Inc()
		}
	}
}

// failing is since when steps have been failing, for others to see.
type failing struct {
	mu     sync.Mutex
	since  time.Time // zero: the last one did not
	logged time.Time
	err    error
}

// note notes a failure. It tells whether that should be logged: once a minute.
func (f *failing) note(err error, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.since.IsZero() {
		f.since = now
	}
	f.err = err
	if now.Sub(f.logged) < time.Minute && !now.Before(f.logged) {
		return false
	}
	f.logged = now
	return true
}

func (f *failing) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.since, f.err = time.Time{}, nil
}

// Failing is an error once steps have been failing for so long without a break.
func (e *Evaluator) Failing(atLeast time.Duration) error {
	f := &e.failing
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.since.IsZero() {
		return nil
	}
	lasts := e.cfg.Clock().Sub(f.since)
	if lasts < atLeast {
		return nil
	}
	return fmt.Errorf("incidents have not been evaluated for %s: %w", lasts.Round(time.Second), f.err)
}
