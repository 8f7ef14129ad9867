package meta

import "time"

// The kinds of channels.
const (
	Webhook   = "webhook"
	Slack     = "slack"
	Email     = "email"
	PagerDuty = "pagerduty"
)

// The incidents that a channel is told of.
const (
	Anomalies  = "anomaly"
	Thresholds = "threshold"
	All        = "all"
)

// Channel is where people are notified of incidents.
type Channel struct {
	ID            string // a UUID
	EnvironmentID string
	Name          string
	Kind          string // Webhook, Slack, Email or PagerDuty
	Enabled       bool
	Subscription  string // Anomalies, Thresholds or All

	// Target is the URL of a webhook, the secret URL of a Slack webhook, addresses of
	// e-mail separated by commas, or the secret integration key of PagerDuty.
	Target string

	// Secrets sign what is sent to a webhook, the newest first: after a rotation the
	// one before signs too, until RotatedUntil. They are kept as they are: nothing
	// can be signed with a hash.
	Secrets      []string
	RotatedUntil time.Time

	CreatedAt, UpdatedAt time.Time
}
