package incident

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"playhead/internal/meta"
)

// Message is what a channel is told.
type Message struct {
	// ID is the same whenever the same notification is sent: at each attempt, after
	// a crash, and when people have it sent again. Receivers know by it what they
	// have already.
	ID string

	Event         meta.Event
	At            time.Time // when it happened
	Incident      meta.Incident
	EnvironmentID string
	Environment   string // its name
	Link          string // where there is more to be seen; "" is not known

	// OpenedID is the ID of the message to the same channel that told of the
	// opening, so that what follows can be put below it; "" of a test.
	OpenedID string
}

// NewMessage makes the message of a notification, for an environment of this
// name. The base is the URL that people reach the server by; "" is not known. The
// message depends on nothing else: whenever it is made, it is the same.
func NewMessage(n meta.Notification, environment, base string) Message {
	m := Message{
		ID: messageID(n, n.Event), OpenedID: messageID(n, meta.Opened), Event: n.Event, At: happened(n), Incident: n.Incident,
		EnvironmentID: n.EnvironmentID, Environment: environment,
	}
	if n.Event == meta.Tested {
		m.OpenedID, m.Incident = "", example(n)
		return m
	}
	if base != "" {
		m.Link = strings.TrimSuffix(base, "/") + "/data/v1/incidents/" + n.Incident.ID
	}
	return m
}

// messageID is the id of a message about an event of a notification's incident:
// a UUID (version 8, of RFC 9562) made of what the notification is about, so that
// it needs no place to be kept. There is one notification of an event of an
// incident for a channel, and any number of tests.
func messageID(n meta.Notification, event meta.Event) string {
	about := []string{n.ChannelID, n.IncidentID, string(event)}
	if event == meta.Tested {
		about[1] = strconv.FormatInt(n.ID, 10)
	}
	sum := sha256.Sum256([]byte(strings.Join(about, "\x00")))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	text := hex.EncodeToString(sum[:16])
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}

// happened is when the event was.
func happened(n meta.Notification) time.Time {
	switch {
	case n.Event == meta.Tested:
		return n.QueuedAt
	case n.Event == meta.Opened || n.Incident.ClosedAt == nil:
		return n.Incident.OpenedAt
	default:
		return *n.Incident.ClosedAt
	}
}

// example is the incident of a test.
func example(n meta.Notification) meta.Incident {
	at := n.QueuedAt
	return meta.Incident{
		ID: "test" + strconv.FormatInt(n.ID, 10), EnvironmentID: n.EnvironmentID, Status: meta.IncidentOpen, Severity: meta.SeverityWarning,
		Measurement: Measurement, Key: strings.Repeat("0", 64),
		Threshold: 5, MeasuredValue: 5.9, CurrentValue: 5.9, PeakValue: 5.9,
		SampleSize: 1000, SampleSizeUnit: "views", AffectedViews: 59, AffectedViewsOnOpen: 59,
		Description: "This is a *test* of a notification channel: nothing is wrong, and the figures are made up.",
		StartedAt:   at.Add(-time.Minute), OpenedAt: at,
	}
}
