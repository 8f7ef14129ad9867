package api

import (
	"context"
	"time"

	"playhead/internal/fault"
	"playhead/internal/incident"
	"playhead/internal/meta"
)

// Backtests tells what a rule would have done.
type Backtests interface {
	// Backtest evaluates a rule, which has been checked, over the past. A second one at
	// the same time is fault.Busy.
	Backtest(ctx context.Context, rule meta.AlertRule, from, to time.Time) (incident.Backtest, error)
}

// noBacktests are those of a server without a past.
type noBacktests struct{}

func (noBacktests) Backtest(_ context.Context, _ meta.AlertRule, _, to time.Time) (incident.Backtest, error) {
	return incident.Backtest{From: to, To: to}, nil
}

// backtestBody is a rule to try, which need not have a name, and for how long.
type backtestBody struct {
	Metric          string   `json:"metric" doc:"a real-time metric, such as playback-failure-percentage" example:"\"playback-failure-percentage\""`
	Threshold       float64  `json:"threshold" doc:"percent from 0 to 100, or what the metric is measured in: ms, bits per second, viewers" example:"5"`
	Direction       string   `json:"direction,omitempty" enum:"above,below" doc:"the side of the threshold that is wrong; above by default"`
	IntervalMinutes *int64   `json:"interval_minutes,omitempty" doc:"1 to 60; 5 by default"`
	MinimumViewers  int64    `json:"minimum_viewers,omitempty" doc:"concurrent viewers that must be exceeded; any number by default"`
	Filters         []string `json:"filters,omitempty" doc:"the viewers that it is about; all of them by default"`
	Days            *int64   `json:"days,omitempty" doc:"how many days to look back: 1 to 30; 7 by default"`
}

// backtestRow is what the rule would have done.
type backtestRow struct {
	From        string             `json:"from" format:"date-time" doc:"the begin of what was looked at: later than asked for if nothing is known of before, or it would take too long"`
	To          string             `json:"to" format:"date-time" doc:"its end"`
	Fired       int64              `json:"fired" doc:"how many incidents would have opened"`
	OpenSeconds int64              `json:"open_seconds" doc:"for how long there would have been one"`
	Incidents   []backtestIncident `json:"incidents" doc:"the last 100 of them, the latest first"`
	Moments     int64              `json:"moments" doc:"how many moments were looked at, every five seconds"`
	Known       int64              `json:"known" doc:"at how many of them the metric was known and there were enough viewers"`
	Values      backtestValues     `json:"values" doc:"the metric at these moments; null where there are none"`
}

// backtestIncident is an incident that would have opened.
type backtestIncident struct {
	StartedAt     string  `json:"started_at" format:"date-time" doc:"the first moment beyond the threshold"`
	OpenedAt      string  `json:"opened_at" format:"date-time" doc:"when it would have opened"`
	ResolvedAt    *string `json:"resolved_at" format:"date-time" doc:"the first moment back; null if it would still be open"`
	MeasuredValue float64 `json:"measured_value" doc:"the metric when it would have opened"`
	PeakValue     float64 `json:"peak_value" doc:"the worst value"`
}

// backtestValues are what the metric was.
type backtestValues struct {
	Lowest  *float64 `json:"lowest" doc:"the lowest value"`
	P5      *float64 `json:"p5" doc:"5 % of the values are below"`
	Median  *float64 `json:"median" doc:"half of the values are below"`
	P95     *float64 `json:"p95" doc:"95 % of the values are below"`
	P99     *float64 `json:"p99" doc:"99 % of the values are below"`
	Highest *float64 `json:"highest" doc:"the highest value"`
}

func (s *server) backtestAlertRule(c *call) (any, error) {
	b := c.body.(*backtestBody)
	rule := newAlertRule{
		Name: "back-test", Metric: b.Metric, Threshold: b.Threshold, Direction: b.Direction,
		IntervalMinutes: b.IntervalMinutes, MinimumViewers: b.MinimumViewers, Filters: b.Filters,
	}
	days := int64(7)
	replace(&days, b.Days)
	if days < 1 || days > incident.MaxBacktestDays {
		return nil, fault.Badf("days", "want a whole number from 1 to %d, have %d", incident.MaxBacktestDays, days)
	}
	r, err := rule.rule(c.environment.ID)
	if err != nil {
		return nil, err
	}
	to := c.query.Now
	found, err := s.Backtests.Backtest(c, r, to.Add(-time.Duration(days)*24*time.Hour), to)
	if err != nil {
		return nil, err
	}
	return oneRecord(c, newBacktestRow(found)), nil
}

func newBacktestRow(b incident.Backtest) backtestRow {
	row := backtestRow{
		From: date(b.From), To: date(b.To), Fired: int64(b.Count), OpenSeconds: int64(b.Open / time.Second),
		Incidents: make([]backtestIncident, len(b.Incidents)), Moments: b.Moments, Known: b.Known,
		Values: backtestValues{
			incident.RoundedOrNull(b.Lowest), incident.RoundedOrNull(b.P5), incident.RoundedOrNull(b.Median),
			incident.RoundedOrNull(b.P95), incident.RoundedOrNull(b.P99), incident.RoundedOrNull(b.Highest),
		},
	}
	for i, n := range b.Incidents {
		row.Incidents[i] = backtestIncident{
			StartedAt: date(n.StartedAt), OpenedAt: date(n.OpenedAt), MeasuredValue: incident.Rounded(n.MeasuredValue), PeakValue: incident.Rounded(n.PeakValue),
		}
		if n.ResolvedAt != nil {
			at := date(*n.ResolvedAt)
			row.Incidents[i].ResolvedAt = &at
		}
	}
	return row
}
