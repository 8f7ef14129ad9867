// Package webhook tells programs of incidents: JSON, posted to a URL and signed,
// so that the receiver knows where it comes from.
package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"playhead/internal/fault"
	"playhead/internal/incident"
	"playhead/internal/meta"
	"playhead/internal/outbound"
)

// DeliveryHeader has the id that is in the body: the same whenever the same is sent.
const DeliveryHeader = "Playhead-Delivery"

// Body is what is sent, in the shape of the webhooks of the compatible API. It is
// the same at each attempt, byte by byte.
type Body struct {
	Type        string          `json:"type"` // incident.opened, incident.closed, incident.expired or incident.test
	ID          string          `json:"id"`
	CreatedAt   string          `json:"created_at"`
	Object      Object          `json:"object"`
	Environment Environment     `json:"environment"`
	Data        incident.Object `json:"data"`
	Link        *string         `json:"link"`     // where there is more; null is not known
	Attempts    []struct{}      `json:"attempts"` // always empty: the log of deliveries has them
}

// Object is what the event is about.
type Object struct {
	Type string `json:"type"` // "incident"
	ID   string `json:"id"`
}

// Environment is whose viewers it is about.
type Environment struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Sender sends to webhooks.
type Sender struct {
	client *outbound.Client
	clock  func() time.Time
}

// New makes a Sender.
func New(client *outbound.Client, clock func() time.Time) *Sender { return &Sender{client, clock} }

// Check implements incident.Sender.
func (s *Sender) Check(c meta.Channel) error {
	if err := s.client.Check(c.Target); err != nil {
		return &fault.Error{Code: fault.Invalid, Param: "target", Message: err.Error()}
	}
	return nil
}

// Send implements incident.Sender. Any status of 2xx is success. Only 410 (Gone)
// says that nothing will be taken any more.
func (s *Sender) Send(ctx context.Context, c meta.Channel, m incident.Message) (int, error) {
	body, err := json.Marshal(newBody(m))
	if err != nil {
		return 0, fmt.Errorf("write body: %w", err)
	}
	now := s.clock()
	signature := outbound.Sign(secrets(c, now), now, body)
	if signature == "" {
		return 0, &incident.Failure{Err: errors.New("the channel has no secret to sign with: rotate it"), Permanent: true}
	}
	answer, err := s.client.Post(ctx, c.Target, http.Header{
		"Content-Type": {"application/json"}, outbound.SignatureHeader: {signature}, DeliveryHeader: {m.ID},
	}, body)
	switch {
	case err != nil:
		return 0, err
	case answer.Status/100 == 2:
		return answer.Status, nil
	case answer.Status/100 == 3:
		err = fmt.Errorf("the receiver answers %d: redirects are not followed", answer.Status)
	default:
		err = fmt.Errorf("the receiver answers %d %s: want 2xx", answer.Status, http.StatusText(answer.Status))
	}
	return answer.Status, &incident.Failure{Err: err, Permanent: answer.Status == http.StatusGone, RetryAfter: answer.RetryAfter}
}

func newBody(m incident.Message) Body {
	b := Body{
		Type: "incident." + string(m.Event), ID: m.ID, CreatedAt: m.At.UTC().Format("2006-01-02T15:04:05.000000Z"),
		Object: Object{"incident", m.Incident.ID}, Environment: Environment{m.EnvironmentID, m.Environment},
		Data: incident.NewObject(m.Incident, nil, m.At), Attempts: []struct{}{},
	}
	if m.Link != "" {
		b.Link = &m.Link
	}
	return b
}

// secrets are those that sign now: for some time after a rotation also the one
// before it.
func secrets(c meta.Channel, now time.Time) []string {
	if len(c.Secrets) > 1 && !now.Before(c.RotatedUntil) {
		return c.Secrets[:1]
	}
	return c.Secrets
}
