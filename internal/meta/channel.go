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

// Notification is one event of an incident for one channel. There is at most one
// of each, and it is made in the transaction that makes the event.
type Notification struct {
	ID            int64
	EnvironmentID string
	ChannelID     string
	IncidentID    string // "" of a test
	Event         Event
	Incident      Incident // as it was at the event
	State         string   // Queued, Delivered or Failed
	Attempts      int
	QueuedAt      time.Time
	AttemptedAt   time.Time // the last attempt; zero: none yet
	NextAttempt   time.Time // zero once it is delivered or has failed
}

// The states of a notification.
const (
	Queued    = "queued"    // to be sent, or sent again
	Delivered = "delivered" // the receiver has said that it has it
	Failed    = "failed"    // given up after all attempts
)

// Attempt is one try to deliver a notification, for the log of deliveries.
type Attempt struct {
	NotificationID int64
	At             time.Time
	Took           time.Duration
	Status         int    // of HTTP or SMTP; 0: there was no answer
	Error          string // "" after success; without secrets
}
