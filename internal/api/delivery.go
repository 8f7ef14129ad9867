package api

import (
	"context"
	"strconv"
	"time"

	"playhead/internal/fault"
	"playhead/internal/incident"
	"playhead/internal/meta"
	"playhead/internal/openapi"
	"playhead/internal/query"
)

// Deliveries gives access to what has been sent to a channel, and has more sent.
type Deliveries interface {
	Deliveries(ctx context.Context, environmentID, channelID string, p meta.DeliveryPage) (meta.DeliveryList, error)
	Delivery(ctx context.Context, environmentID, channelID string, id int64) (meta.Delivery, error)
	// IncidentDeliveries is what has been sent about an incident, or is to be.
	IncidentDeliveries(ctx context.Context, environmentID, incidentID string) ([]meta.Delivery, error)
	// Redeliver has a notification sent again.
	Redeliver(ctx context.Context, environmentID, channelID string, id int64) (meta.Notification, error)
	// TestChannel has an example sent.
	TestChannel(ctx context.Context, environmentID, channelID string) (meta.Notification, error)
}

// deliveryRoutes are the routes of what is sent to channels.
var deliveryRoutes = []route{
	{
		method: "POST", pattern: "/data/v1/notification-channels/{id}/test", name: "test-notification-channel",
		doc:        "Send an example to a channel at once, even if it is not enabled. The answer is the delivery that has been queued; ask for it to see what became of it.",
		permission: meta.SystemWrite,
		path:       []param{channelID},
		data:       deliveryRow{},
		created:    true,
		answer:     (*server).testChannel,
	},
	{
		method: "GET", pattern: "/data/v1/notification-channels/{id}/deliveries", name: "list-notification-deliveries",
		doc:        "What has been sent to a channel, or is to be sent, the latest first.",
		permission: meta.SystemRead,
		path:       []param{channelID},
		params:     []param{limit, page},
		data:       []deliveryRow{},
		answer:     (*server).listDeliveries,
	},
	{
		method: "GET", pattern: "/data/v1/notification-channels/{id}/deliveries/{delivery}", name: "get-notification-delivery",
		doc:        "One delivery.",
		permission: meta.SystemRead,
		path:       []param{channelID, deliveryID},
		data:       deliveryRow{},
		answer:     (*server).getDelivery,
	},
	{
		method: "POST", pattern: "/data/v1/notification-channels/{id}/deliveries/{delivery}/redeliver", name: "redeliver-notification",
		doc:        "Send a delivery again, whatever became of it. It has the same id, by which receivers know that they have had it.",
		permission: meta.SystemWrite,
		path:       []param{channelID, deliveryID},
		data:       deliveryRow{},
		answer:     (*server).redeliver,
	},
}

// incidentDeliveriesRoute is the route of what is told of an incident. As other
// deliveries it needs a permission of the system.
var incidentDeliveriesRoute = route{
	method: "GET", pattern: "/data/v1/incidents/{id}/deliveries", name: "list-incident-deliveries",
	doc:        "What has been sent about an incident to all channels, or is to be sent, the latest first. Attempts are kept for 30 days.",
	permission: meta.SystemRead,
	path:       []param{incidentID},
	data:       []incidentDeliveryRow{},
	answer:     (*server).listIncidentDeliveries,
}

var deliveryID = inPath("delivery", "the delivery", "17").of(&openapi.Schema{Type: openapi.Types{"integer"}, Format: "int64"})

// deliveryRow is a notification of one event for a channel.
type deliveryRow struct {
	ID          int64        `json:"id" doc:"the number of the notification; also in what is sent"`
	Event       string       `json:"event" enum:"opened,closed,expired,test" doc:"what is told"`
	IncidentID  *string      `json:"incident_id" doc:"the incident; null of a test"`
	State       string       `json:"state" enum:"queued,delivered,failed" doc:"queued: to be sent, or sent again; delivered: the receiver has said that it has it; failed: given up"`
	QueuedAt    string       `json:"queued_at" format:"date-time" doc:"when it was to be sent"`
	AttemptedAt *string      `json:"attempted_at" format:"date-time" doc:"when that was tried last"`
	NextAttempt *string      `json:"next_attempt_at" format:"date-time" doc:"when it is tried next; null once it is delivered or has failed"`
	Attempts    int64        `json:"attempts" doc:"how often it was tried since it was queued"`
	Log         []attemptRow `json:"log" doc:"what became of it each time, the latest first"`
}

// incidentDeliveryRow is a notification of an incident, with whom it is for.
type incidentDeliveryRow struct {
	ChannelID   string `json:"channel_id" format:"uuid" doc:"the channel"`
	ChannelName string `json:"channel_name" doc:"what people call it"`
	ChannelKind string `json:"channel_kind" doc:"how it is told: webhook, slack, email or pagerduty"`
	deliveryRow
}

// attemptRow is one try to deliver.
type attemptRow struct {
	At     string `json:"at" format:"date-time" doc:"when it began"`
	TookMS int64  `json:"took_ms" doc:"how long it took, in ms"`
	Status int64  `json:"status" doc:"the status of HTTP or SMTP; 0: there was no answer"`
	Error  string `json:"error" doc:"what went wrong; empty after success"`
}

func (s *server) testChannel(c *call) (any, error) {
	n, err := s.Records.TestChannel(c, c.environment.ID, c.id)
	s.Notifier.Wake()
	return oneRecord(c, newDeliveryRow(meta.Delivery{Notification: n})), err
}

func (s *server) listDeliveries(c *call) (any, error) {
	p, err := query.Records(c.query)
	if err != nil {
		return nil, err
	}
	if _, err := s.Records.Channel(c.environment.ID, c.id); err != nil {
		return nil, err
	}
	list, err := s.Records.Deliveries(c, c.environment.ID, c.id, meta.DeliveryPage{Limit: p.Limit, Offset: p.Offset})
	if err != nil {
		return nil, err
	}
	data := make([]deliveryRow, len(list.Deliveries))
	for i, d := range list.Deliveries {
		data[i] = newDeliveryRow(d)
	}
	return envelope{Data: data, Total: rows(list.Total), Timeframe: lastDay(c.query.Now)}, nil
}

func (s *server) listIncidentDeliveries(c *call) (any, error) {
	if _, err := s.Records.Incident(c, c.environment.ID, c.id); err != nil {
		return nil, err
	}
	list, err := s.Records.IncidentDeliveries(c, c.environment.ID, c.id)
	if err != nil {
		return nil, err
	}
	data := make([]incidentDeliveryRow, len(list))
	for i, d := range list {
		data[i] = incidentDeliveryRow{ChannelID: d.ChannelID, deliveryRow: newDeliveryRow(d)}
		if ch, err := s.Records.Channel(c.environment.ID, d.ChannelID); err == nil {
			data[i].ChannelName, data[i].ChannelKind = ch.Name, ch.Kind
		}
	}
	return envelope{Data: data, Total: rows(len(data)), Timeframe: lastDay(c.query.Now)}, nil
}

func (s *server) getDelivery(c *call) (any, error) {
	id, err := c.deliveryID()
	if err != nil {
		return nil, err
	}
	d, err := s.Records.Delivery(c, c.environment.ID, c.id, id)
	return oneRecord(c, newDeliveryRow(d)), err
}

func (s *server) redeliver(c *call) (any, error) {
	id, err := c.deliveryID()
	if err != nil {
		return nil, err
	}
	if _, err := s.Records.Redeliver(c, c.environment.ID, c.id, id); err != nil {
		return nil, err
	}
	s.Notifier.Wake()
	return s.getDelivery(c)
}

// deliveryID reads the number in the path.
func (c *call) deliveryID() (int64, error) {
	id, err := strconv.ParseInt(c.path("delivery"), 10, 64)
	if err != nil {
		return 0, fault.New(fault.NotFound, "there is no delivery %s", fault.Quote(c.path("delivery")))
	}
	return id, nil
}

func newDeliveryRow(d meta.Delivery) deliveryRow {
	row := deliveryRow{
		ID: d.ID, Event: string(d.Event), IncidentID: text(d.IncidentID), State: d.State, Attempts: int64(d.Attempts),
		QueuedAt: incident.Instant(d.QueuedAt), AttemptedAt: instantOrNull(d.AttemptedAt), NextAttempt: instantOrNull(d.NextAttempt),
		Log: make([]attemptRow, len(d.Log)),
	}
	for i, a := range d.Log {
		row.Log[i] = attemptRow{At: incident.Instant(a.At), TookMS: a.Took.Milliseconds(), Status: int64(a.Status), Error: a.Error}
	}
	return row
}

// instantOrNull writes a time that may be zero with its microseconds.
func instantOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := incident.Instant(t)
	return &s
}
