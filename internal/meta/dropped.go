package meta

import "github.com/prometheus/client_golang/prometheus"

// The reasons for which something of the evaluation is not kept or not sent.
const (
	ruleChanged        = "rule_changed"        // a transition of a rule that was edited or deleted meanwhile
	incidentNotOpen    = "incident_not_open"   // a transition that would open an incident again
	incidentSuperseded = "incident_superseded" // an open incident in whose place another opened
	incidentsFull      = "incidents_full"      // an incident that ended, of an environment with too many
	channelDisabled    = "channel_disabled"    // a notification for a channel that was disabled
	channelRemoved     = "channel_removed"     // a notification for a channel that was removed
	queueFull          = "queue_full"          // a notification for a channel with too many queued ones
)

func newDropped() *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "playhead_records_dropped_total",
		Help: "Transitions of incidents, incidents and notifications that were given up, by reason.",
	}, []string{"reason"})
	for _, reason := range []string{ruleChanged, incidentNotOpen, incidentSuperseded, incidentsFull, channelDisabled, channelRemoved, queueFull} {
		v.WithLabelValues(reason)
	}
	return v
}

// drops counts what a transaction drops, until it is committed.
type drops map[string]int64

// countDropped shows what was dropped in the metrics.
func (s *Store) countDropped(d drops) {
	for reason, n := range d {
		s.dropped.WithLabelValues(reason).Add(float64(n))
	}
}
