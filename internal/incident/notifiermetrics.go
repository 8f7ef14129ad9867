package incident

import (
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/meta"
)

// notifierMetrics are the notifier's figures for operators.
type notifierMetrics struct {
	attempts *prometheus.CounterVec // by kind of channel, and outcome
	seconds  prometheus.Histogram
	running  prometheus.Gauge
	late     prometheus.Gauge
	errors   prometheus.Counter
}

func newNotifierMetrics() *notifierMetrics {
	return &notifierMetrics{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "playhead_notification_attempts_total",
			Help: "Attempts to deliver notifications: delivered, to be tried again (queued), or given up (failed).",
		}, []string{"kind", "outcome"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "playhead_notification_attempt_seconds", Help: "Time that an attempt to deliver a notification took.",
			Buckets: prometheus.ExponentialBuckets(0.01, 2, 12),
		}),
		running: prometheus.NewGauge(prometheus.GaugeOpts{Name: "playhead_notification_running_attempts", Help: "Attempts to deliver notifications that run."}),
		late: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "playhead_notification_late_seconds", Help: "How long ago the attempt was due that is waiting for the longest; 0: none waits.",
		}),
		errors: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "playhead_notification_outbox_errors_total", Help: "Times that the notifications to be sent could not be read, or an attempt not be written down; it is tried again.",
		}),
	}
}

func (m *notifierMetrics) register(r prometheus.Registerer) error {
	for _, c := range []prometheus.Collector{m.attempts, m.seconds, m.running, m.late, m.errors} {
		if err := r.Register(c); err != nil {
			return err
		}
	}
	return nil
}

// count counts an attempt.
func (m *notifierMetrics) count(kind, state string, took time.Duration) {
	if kind == "" {
		kind = "removed"
	}
	m.attempts.WithLabelValues(kind, state).Inc()
	m.seconds.Observe(took.Seconds())
}

// see looks at what is due.
func (m *notifierMetrics) see(due []meta.Notification, now time.Time) {
	var late time.Duration
	for _, d := range due {
		late = max(late, now.Sub(d.NextAttempt))
	}
	m.late.Set(late.Seconds())
}

// scrubbed is the text of an error as it may be kept and shown: without what is
// secret of the channel, and not long. Senders make no such errors; what
// receivers and libraries say is not theirs alone.
func scrubbed(text string, c meta.Channel) string {
	secrets := append([]string{}, c.Secrets...)
	if c.Kind != meta.Email {
		secrets = append(secrets, c.Target)
		if u, err := url.Parse(c.Target); err == nil {
			password, _ := u.User.Password()
			secrets = append(secrets, u.RequestURI(), u.EscapedPath(), u.RawQuery, password)
		}
	}
	for _, secret := range secrets {
		if len(secret) > 1 { // "/" is no secret
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	return shortened(line(text), mostError)
}
