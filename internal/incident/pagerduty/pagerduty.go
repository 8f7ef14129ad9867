// Package pagerduty tells PagerDuty of incidents by its Events API v2: what opens
// triggers an alert, what closes or expires resolves it.
package pagerduty

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"playhead/internal/incident"
	"playhead/internal/meta"
	"playhead/internal/outbound"
)

// DefaultURL takes events of accounts that are not in the region of the EU.
const DefaultURL = "https://events.pagerduty.com/v2/enqueue"

// mostSummary is what is taken of a summary, in characters.
const mostSummary = 1024

// Sender sends events.
type Sender struct {
	client *outbound.Client
	url    string
	source string
}

// New makes a Sender. The source says which server it is that events come from:
// the URL that people reach it by, or anything else that they know it by.
func New(client *outbound.Client, url, source string) *Sender { return &Sender{client, url, source} }

// Check implements incident.Sender: whether a key is valid is only known to
// PagerDuty.
func (s *Sender) Check(meta.Channel) error { return nil }

// Send implements incident.Sender. A test triggers an alert and resolves it.
func (s *Sender) Send(ctx context.Context, c meta.Channel, m incident.Message) (int, error) {
	for _, action := range actions(m.Event) {
		if status, err := s.send(ctx, s.newEvent(c, m, action)); err != nil {
			return status, err
		}
	}
	return http.StatusAccepted, nil
}

func actions(e meta.Event) []string {
	switch e {
	case meta.Opened:
		return []string{"trigger"}
	case meta.Tested:
		return []string{"trigger", "resolve"}
	default:
		return []string{"resolve"}
	}
}

func (s *Sender) send(ctx context.Context, e event) (int, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return 0, fmt.Errorf("write event: %w", err)
	}
	answer, err := s.client.Post(ctx, s.url, http.Header{"Content-Type": {"application/json"}}, body)
	if err != nil {
		return 0, err
	}
	if answer.Status/100 == 2 {
		return answer.Status, nil
	}
	return answer.Status, &incident.Failure{
		Err:        fmt.Errorf("PagerDuty answers %d%s", answer.Status, strings.ReplaceAll(complaint(answer.Body), e.RoutingKey, "…")),
		Permanent:  answer.Status == http.StatusBadRequest,
		RetryAfter: answer.RetryAfter,
	}
}

// complaint is what PagerDuty says is wrong with an event.
func complaint(body []byte) string {
	var said struct {
		Message string   `json:"message"`
		Errors  []string `json:"errors"`
	}
	if json.Unmarshal(body, &said) != nil || said.Message == "" {
		return ""
	}
	return ": " + strings.Join(append([]string{said.Message}, said.Errors...), ": ")
}

// event is a request, see https://developer.pagerduty.com/docs/events-api-v2-overview.
type event struct {
	RoutingKey  string   `json:"routing_key"`
	EventAction string   `json:"event_action"`
	DedupKey    string   `json:"dedup_key"`
	Client      string   `json:"client,omitempty"`
	ClientURL   string   `json:"client_url,omitempty"`
	Links       []link   `json:"links,omitempty"`
	Payload     *payload `json:"payload,omitempty"` // of a trigger
}

type link struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

type payload struct {
	Summary       string            `json:"summary"`
	Source        string            `json:"source"`
	Severity      string            `json:"severity"`
	Timestamp     string            `json:"timestamp"`
	Component     string            `json:"component"`
	Group         string            `json:"group"`
	Class         string            `json:"class"`
	CustomDetails map[string]string `json:"custom_details"`
}

// severities of alerts by those of incidents.
var severities = map[string]string{meta.SeverityAlert: "critical", meta.SeverityWarning: "warning"}

func (s *Sender) newEvent(c meta.Channel, m incident.Message, action string) event {
	e := event{RoutingKey: c.Target, EventAction: action, DedupKey: m.Incident.ID}
	if action != "trigger" {
		return e
	}
	e.Client = "Playhead"
	if m.Link != "" {
		e.ClientURL, e.Links = m.Link, []link{{m.Link, "Incident " + m.Incident.ID}}
	}
	details := map[string]string{"Delivery": m.ID}
	for _, f := range m.Facts() {
		name := f.Name
		for n := 2; details[name] != ""; n++ {
			name = fmt.Sprintf("%s %d", f.Name, n)
		}
		details[name] = strings.ReplaceAll(f.Text, "*", "")
	}
	e.Payload = &payload{
		Summary: m.Title(mostSummary), Source: s.source, Severity: severities[m.Incident.Severity], Timestamp: m.Incident.StartedAt.UTC().Format(time.RFC3339Nano),
		Component: "playback", Group: m.Environment, Class: m.Incident.Measurement, CustomDetails: details,
	}
	if m.Event == meta.Tested {
		e.Payload.Severity = "info"
	}
	return e
}
