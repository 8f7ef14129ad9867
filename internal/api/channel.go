package api

import (
	"context"
	"strings"

	"playhead/internal/fault"
	"playhead/internal/incident"
	"playhead/internal/meta"
	"playhead/internal/openapi"
)

// Channels gives access to where people are notified of incidents. Unknown ids
// are fault.NotFound errors.
type Channels interface {
	Channels(environmentID string) []meta.Channel
	Channel(environmentID, id string) (meta.Channel, error)
	CreateChannel(ctx context.Context, c meta.Channel) (meta.Channel, error)
	// ChangeChannel keeps what a function makes of a channel, unless that fails.
	ChangeChannel(ctx context.Context, environmentID, id string, change func(*meta.Channel) error) (meta.Channel, error)
	RemoveChannel(ctx context.Context, environmentID, id string) error
	// RotateSecret gives a webhook a new secret; the old one signs for another while, too.
	RotateSecret(ctx context.Context, environmentID, id string) (meta.Channel, error)
	Deliveries
}

// Notifier is what sends something to channels.
type Notifier interface {
	// Check refuses a channel that this server cannot send anything to.
	Check(c meta.Channel) error
	// Wake tells that there is something to send.
	Wake()
}

// noNotifier sends nothing.
type noNotifier struct{}

func (noNotifier) Check(meta.Channel) error { return nil }
func (noNotifier) Wake()                    {}

// channelRoutes are the routes of channels. They are ours: the compatible service
// has them in its dashboard alone. As they have the server send something
// somewhere, they need the permissions of the system.
var channelRoutes = []route{
	{
		method: "GET", pattern: "/data/v1/notification-channels", name: "list-notification-channels",
		doc:        "Where people are notified of incidents, in the order of their creation.",
		permission: meta.SystemRead,
		params:     []param{limit, page},
		data:       []channelRow{},
		answer:     (*server).listChannels,
	},
	{
		method: "POST", pattern: "/data/v1/notification-channels", name: "create-notification-channel",
		doc: "Have people notified when incidents open, close and expire: by a webhook, Slack, e-mail or PagerDuty. " +
			"The secret that a webhook is signed with is shown this once.",
		permission: meta.SystemWrite,
		body:       func() any { return new(newChannel) },
		data:       channelWithSecret{},
		created:    true,
		answer:     (*server).createChannel,
	},
	{
		method: "GET", pattern: "/data/v1/notification-channels/{id}", name: "get-notification-channel",
		doc:        "One channel.",
		permission: meta.SystemRead,
		path:       []param{channelID},
		data:       channelRow{},
		answer:     (*server).getChannel,
	},
	{
		method: "PATCH", pattern: "/data/v1/notification-channels/{id}", name: "update-notification-channel",
		doc:        "Change a channel. Members that are not sent, or null, stay as they are.",
		permission: meta.SystemWrite,
		path:       []param{channelID},
		body:       func() any { return new(channelChange) },
		data:       channelRow{},
		answer:     (*server).changeChannel,
	},
	{
		method: "DELETE", pattern: "/data/v1/notification-channels/{id}", name: "delete-notification-channel",
		doc:        "Remove a channel. What waits to be sent to it is not sent any more.",
		permission: meta.SystemWrite,
		path:       []param{channelID},
		answer:     (*server).deleteChannel,
	},
	{
		method: "POST", pattern: "/data/v1/notification-channels/{id}/rotate-secret", name: "rotate-notification-channel-secret",
		doc:        "Sign a webhook with a new secret, which is shown this once. Until rotated_until there is a signature of the old one beside the new one.",
		permission: meta.SystemWrite,
		path:       []param{channelID},
		data:       channelWithSecret{},
		unique:     true,
		answer:     (*server).rotateSecret,
	},
}

var channelID = inPath("id", "the channel, by the id that it was made with", "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e").
	of(&openapi.Schema{Type: openapi.Types{"string"}, Format: "uuid"})

// channelRow is where people are notified.
type channelRow struct {
	ID           string  `json:"id" format:"uuid" doc:"a UUID"`
	Name         string  `json:"name" doc:"what people call it"`
	Kind         string  `json:"kind" enum:"webhook,slack,email,pagerduty" doc:"how it is notified"`
	Enabled      bool    `json:"enabled" doc:"whether it is notified"`
	Subscription string  `json:"subscription" enum:"anomaly,threshold,all" doc:"of which incidents: those that need no rule, those of rules, or all"`
	Target       string  `json:"target" doc:"the URL of a webhook, or addresses of e-mail separated by commas. What is secret is left out: most of the URL of Slack and of the key of PagerDuty, and the password and the query of the URL of a webhook"`
	RotatedUntil *string `json:"rotated_until" format:"date-time" doc:"until when the secret of a webhook before this one signs, too"`
	CreatedAt    string  `json:"created_at" format:"date-time" doc:"when it was made"`
	UpdatedAt    string  `json:"updated_at" format:"date-time" doc:"when it was changed last"`
}

// channelWithSecret is a channel with what cannot be shown again.
type channelWithSecret struct {
	channelRow
	Secret *string `json:"secret" doc:"what the webhook is signed with; null of other kinds. It cannot be shown again"`
}

// newChannel is a channel to make.
type newChannel struct {
	Name         string `json:"name" doc:"what people call it: 1 to 64 printable characters" example:"\"On call\""`
	Kind         string `json:"kind" enum:"webhook,slack,email,pagerduty" doc:"how it is notified"`
	Target       string `json:"target" doc:"the URL of a webhook, the URL that Slack has made for one, addresses of e-mail separated by commas, or the integration key of a service of PagerDuty" example:"\"https://example.com/playhead\""`
	Subscription string `json:"subscription,omitempty" enum:"anomaly,threshold,all" doc:"of which incidents: those that need no rule, those of rules, or all; all by default"`
	Enabled      *bool  `json:"enabled,omitempty" doc:"whether it is notified; true by default"`
}

// channelChange is what becomes different.
type channelChange struct {
	Name         *string `json:"name,omitempty" doc:"what people call it: 1 to 64 printable characters"`
	Target       *string `json:"target,omitempty" doc:"all of the URL, the addresses or the key"`
	Subscription *string `json:"subscription,omitempty" enum:"anomaly,threshold,all" doc:"of which incidents"`
	Enabled      *bool   `json:"enabled,omitempty" doc:"whether it is notified; what waits to be sent is not sent any more if not"`
}

func (s *server) listChannels(c *call) (any, error) {
	return listRecords(c, s.Records.Channels(c.environment.ID), newChannelRow)
}

func (s *server) createChannel(c *call) (any, error) {
	b := c.body.(*newChannel)
	n := meta.Channel{EnvironmentID: c.environment.ID, Name: b.Name, Kind: b.Kind, Enabled: true, Subscription: meta.All}
	change := channelChange{Target: &b.Target, Enabled: b.Enabled}
	if b.Subscription != "" {
		change.Subscription = &b.Subscription
	}
	if err := s.applyTo(&n, &change); err != nil {
		return nil, err
	}
	n, err := s.Records.CreateChannel(c, n)
	return oneRecord(c, newChannelWithSecret(n)), err
}

// applyTo makes the change and checks what comes of it.
func (s *server) applyTo(to *meta.Channel, b *channelChange) error {
	if b.Target != nil && strings.Contains(*b.Target, "…") {
		return fault.Badf("target", "is shortened, as in answers: send all of it, or leave it out")
	}
	replace(&to.Name, b.Name)
	replace(&to.Target, b.Target)
	replace(&to.Subscription, b.Subscription)
	replace(&to.Enabled, b.Enabled)
	if err := incident.CheckChannel(*to); err != nil {
		return err
	}
	if b.Target == nil && (b.Enabled == nil || !*b.Enabled) {
		return nil // what can be sent nowhere any more can still be disabled, and renamed
	}
	return s.Notifier.Check(*to)
}

func (s *server) getChannel(c *call) (any, error) {
	n, err := s.Records.Channel(c.environment.ID, c.id)
	return oneRecord(c, newChannelRow(n)), err
}

func (s *server) changeChannel(c *call) (any, error) {
	n, err := s.Records.ChangeChannel(c, c.environment.ID, c.id, func(n *meta.Channel) error {
		return s.applyTo(n, c.body.(*channelChange))
	})
	return oneRecord(c, newChannelRow(n)), err
}

func (s *server) deleteChannel(c *call) (any, error) {
	return nil, s.Records.RemoveChannel(c, c.environment.ID, c.id)
}

func (s *server) rotateSecret(c *call) (any, error) {
	n, err := s.Records.RotateSecret(c, c.environment.ID, c.id)
	return oneRecord(c, newChannelWithSecret(n)), err
}

func newChannelRow(c meta.Channel) channelRow {
	return channelRow{
		ID: c.ID, Name: c.Name, Kind: c.Kind, Enabled: c.Enabled, Subscription: c.Subscription, Target: incident.MaskTarget(c),
		RotatedUntil: dateOrNull(c.RotatedUntil), CreatedAt: date(c.CreatedAt), UpdatedAt: date(c.UpdatedAt),
	}
}

func newChannelWithSecret(c meta.Channel) channelWithSecret {
	row := channelWithSecret{channelRow: newChannelRow(c)}
	if len(c.Secrets) > 0 {
		row.Secret = &c.Secrets[0]
	}
	return row
}
