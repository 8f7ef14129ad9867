package meta

import "time"

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

// Delivery is a notification with the log of its attempts.
type Delivery struct {
	Notification
	Log []Attempt // the latest first
}

// DeliveryPage asks for some deliveries of a channel.
type DeliveryPage struct {
	Limit, Offset int
}

// DeliveryList is the answer to a page.
type DeliveryList struct {
	Deliveries []Delivery // the latest first
	Total      int        // on all pages
}
