package api

import (
	"context"
	"time"

	"playhead/internal/fault"
	"playhead/internal/incident"
	"playhead/internal/meta"
	"playhead/internal/openapi"
)

// AlertRules gives access to the rules that open incidents. Unknown ids are
// fault.NotFound errors.
type AlertRules interface {
	AlertRules(environmentID string) []meta.AlertRule
	AlertRule(environmentID, id string) (meta.AlertRule, error)
	CreateAlertRule(ctx context.Context, r meta.AlertRule) (meta.AlertRule, error)
	// ChangeAlertRule keeps what a function makes of a rule, unless that fails.
	ChangeAlertRule(ctx context.Context, environmentID, id string, change func(*meta.AlertRule) error) (meta.AlertRule, error)
	RemoveAlertRule(ctx context.Context, environmentID, id string) error
}

// alertRuleRoutes are the routes of rules. They are ours: the compatible service
// has rules in its dashboard alone.
var alertRuleRoutes = []route{
	{
		method: "GET", pattern: "/data/v1/alert-rules", name: "list-alert-rules",
		doc:        "The rules that open incidents by real-time metrics, in the order of their creation.",
		permission: meta.DataRead,
		params:     []param{limit, page},
		data:       []incident.AlertRule{},
		answer:     (*server).listAlertRules,
	},
	{
		method: "POST", pattern: "/data/v1/alert-rules", name: "create-alert-rule",
		doc: "Have an incident open when a real-time metric is beyond a threshold all through an interval, and close when it is back all through it. " +
			"Without rules there are incidents, too: those of failures that stand out.",
		permission: meta.DataWrite,
		body:       func() any { return new(newAlertRule) },
		data:       incident.AlertRule{},
		created:    true,
		answer:     (*server).createAlertRule,
	},
	{
		method: "GET", pattern: "/data/v1/alert-rules/{id}", name: "get-alert-rule",
		doc:        "One rule.",
		permission: meta.DataRead,
		path:       []param{alertRuleID},
		data:       incident.AlertRule{},
		answer:     (*server).getAlertRule,
	},
	{
		method: "PATCH", pattern: "/data/v1/alert-rules/{id}", name: "update-alert-rule",
		doc:        "Edit a rule. Members that are not sent, or null, stay as they are. Its open incident closes, and keeps the rule as it was.",
		permission: meta.DataWrite,
		path:       []param{alertRuleID},
		body:       func() any { return new(alertRuleChange) },
		data:       incident.AlertRule{},
		answer:     (*server).changeAlertRule,
	},
	{
		method: "DELETE", pattern: "/data/v1/alert-rules/{id}", name: "delete-alert-rule",
		doc:        "Remove a rule. Its open incident closes.",
		permission: meta.DataWrite,
		path:       []param{alertRuleID},
		answer:     (*server).deleteAlertRule,
	},
	{
		method: "POST", pattern: "/data/v1/alert-rules/backtest", name: "backtest-alert-rule",
		doc: "How often a rule would have opened an incident in the last days, by the views that are stored. " +
			"Nothing is kept, and nobody is notified. It takes up to half a minute; only one runs at a time.",
		permission: meta.DataRead,
		body:       func() any { return new(backtestBody) },
		data:       backtestRow{},
		answer:     (*server).backtestAlertRule,
	},
}

var alertRuleID = inPath("id", "the rule, by the id that it was made with", "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e").
	of(&openapi.Schema{Type: openapi.Types{"string"}, Format: "uuid"})

// newAlertRule is a rule to make.
type newAlertRule struct {
	Name            string   `json:"name" doc:"what people call it: 1 to 64 printable characters" example:"\"Too many failures\""`
	Metric          string   `json:"metric" doc:"a real-time metric, such as playback-failure-percentage" example:"\"playback-failure-percentage\""`
	Threshold       float64  `json:"threshold" doc:"percent from 0 to 100, or what the metric is measured in: ms, bits per second, viewers" example:"5"`
	Direction       string   `json:"direction,omitempty" enum:"above,below" doc:"the side of the threshold that is wrong; above by default"`
	IntervalMinutes *int64   `json:"interval_minutes,omitempty" doc:"how long the metric has to be beyond the threshold until an incident opens, and back until it closes: 1 to 60; 5 by default"`
	MinimumViewers  int64    `json:"minimum_viewers,omitempty" doc:"concurrent viewers that must be exceeded for an incident to open or close; any number by default"`
	Filters         []string `json:"filters,omitempty" doc:"the viewers that it is about: dimension:value, or !dimension:value for all others; all of them by default"`
	Severity        string   `json:"severity,omitempty" enum:"warning,alert" doc:"of its incidents; alert by default"`
	Enabled         *bool    `json:"enabled,omitempty" doc:"whether it is evaluated; true by default"`
}

// alertRuleChange is what becomes different.
type alertRuleChange struct {
	Name            *string   `json:"name,omitempty" doc:"what people call it: 1 to 64 printable characters"`
	Metric          *string   `json:"metric,omitempty" doc:"a real-time metric"`
	Threshold       *float64  `json:"threshold,omitempty" doc:"percent from 0 to 100, or what the metric is measured in"`
	Direction       *string   `json:"direction,omitempty" enum:"above,below" doc:"the side of the threshold that is wrong"`
	IntervalMinutes *int64    `json:"interval_minutes,omitempty" doc:"1 to 60"`
	MinimumViewers  *int64    `json:"minimum_viewers,omitempty" doc:"concurrent viewers that must be exceeded; 0: any number"`
	Filters         *[]string `json:"filters,omitempty" doc:"all filters of the rule; empty for all viewers"`
	Severity        *string   `json:"severity,omitempty" enum:"warning,alert" doc:"of its incidents"`
	Enabled         *bool     `json:"enabled,omitempty" doc:"whether it is evaluated"`
}

// rule is the rule with what it has by default.
func (b *newAlertRule) rule(environmentID string) (meta.AlertRule, error) {
	r := meta.AlertRule{
		EnvironmentID: environmentID, Name: b.Name, Enabled: true, Metric: b.Metric, Threshold: b.Threshold,
		Direction: meta.Above, Interval: 5 * time.Minute, MinViewers: b.MinimumViewers, Severity: meta.SeverityAlert,
	}
	c := alertRuleChange{Filters: &b.Filters, Enabled: b.Enabled, IntervalMinutes: b.IntervalMinutes}
	if b.Direction != "" {
		c.Direction = &b.Direction
	}
	if b.Severity != "" {
		c.Severity = &b.Severity
	}
	err := c.apply(&r)
	return r, err
}

// apply makes the change and checks what comes of it.
func (c *alertRuleChange) apply(to *meta.AlertRule) error {
	replace(&to.Name, c.Name)
	replace(&to.Metric, c.Metric)
	replace(&to.Threshold, c.Threshold)
	replace(&to.Direction, c.Direction)
	replace(&to.MinViewers, c.MinimumViewers)
	replace(&to.Severity, c.Severity)
	replace(&to.Enabled, c.Enabled)
	if n := c.IntervalMinutes; n != nil {
		if *n < 1 || *n > 60 {
			return fault.Badf("interval_minutes", "want a whole number from 1 to 60, have %d", *n)
		}
		to.Interval = time.Duration(*n) * time.Minute
	}
	if c.Filters != nil {
		filters, err := incident.ReadFilters(*c.Filters)
		if err != nil {
			return err
		}
		to.Filters = filters
	}
	return incident.CheckRule(*to)
}

// replace sets a value if there is another.
func replace[T any](value, by *T) {
	if by != nil {
		*value = *by
	}
}

func (s *server) listAlertRules(c *call) (any, error) {
	return listRecords(c, s.Records.AlertRules(c.environment.ID), incident.NewAlertRule)
}

func (s *server) createAlertRule(c *call) (any, error) {
	r, err := c.body.(*newAlertRule).rule(c.environment.ID)
	if err != nil {
		return nil, err
	}
	r, err = s.Records.CreateAlertRule(c, r)
	return oneRecord(c, incident.NewAlertRule(r)), err
}

func (s *server) getAlertRule(c *call) (any, error) {
	r, err := s.Records.AlertRule(c.environment.ID, c.id)
	return oneRecord(c, incident.NewAlertRule(r)), err
}

func (s *server) changeAlertRule(c *call) (any, error) {
	r, err := s.Records.ChangeAlertRule(c, c.environment.ID, c.id, c.body.(*alertRuleChange).apply)
	return oneRecord(c, incident.NewAlertRule(r)), err
}

func (s *server) deleteAlertRule(c *call) (any, error) {
	return nil, s.Records.RemoveAlertRule(c, c.environment.ID, c.id)
}
