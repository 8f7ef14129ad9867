package incident

import (
	"math"
	"slices"
	"time"

	"playhead/internal/meta"
)

// open opens an incident that the turn is about.
func (w *Watcher) open(m Moment) {
	w.Open = &meta.Incident{
		ID: w.newID(), EnvironmentID: w.rule.EnvironmentID, Status: meta.IncidentOpen, Severity: w.rule.Severity,
		Measurement: w.rule.Metric, Key: meta.IncidentKey(w.rule.EnvironmentID, w.rule.Metric, nil, w.rule.ID),
		Threshold: w.rule.Threshold, MeasuredValue: m.Value, CurrentValue: m.Value, PeakValue: w.Turn.Peak,
		SampleSize: int64(math.Round(m.Viewers)), SampleSizeUnit: "viewers",
		AffectedViews: w.Turn.Affected, AffectedViewsOnOpen: w.Turn.Affected,
		Breakdowns: w.breakdowns(), Description: describeRule(&w.rule, m),
		StartedAt: timeOf(w.Turn.Since), OpenedAt: timeOf(m.Tick),
	}
	w.tell(meta.Opened, m.Tick)
}

// close closes the open incident. If the clock has been set back meanwhile, it ended
// as it began.
func (w *Watcher) close(m Moment) {
	value := m.Value
	w.Open.MeasuredValueOnClose = &value
	w.end(meta.Closed, meta.IncidentClosed, w.Turn.Since, m.Tick)
}

// expire ends an incident for which no moment has counted for very long.
func (w *Watcher) expire(tick int64) {
	if w.Open == nil || tick-w.Counted < goneAfter {
		return
	}
	w.end(meta.Expired, meta.IncidentExpired, tick, tick)
}

func (w *Watcher) end(event meta.Event, status string, resolved, closed int64) {
	i := w.Open
	i.Status = status
	i.ResolvedAt, i.ClosedAt = notBefore(i.StartedAt, resolved), notBefore(i.OpenedAt, closed)
	w.tell(event, closed)
	w.Open, w.Told = nil, figures{}
}

func notBefore(first time.Time, ms int64) *time.Time {
	at := timeOf(ms)
	if at.Before(first) {
		at = first
	}
	return &at
}

func timeOf(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// goOn tells of the figures of the open incident now and then, if they have
// changed.
func (w *Watcher) goOn(tick int64) {
	if w.Open == nil || tick-w.Told.Tick < figuresEvery {
		return
	}
	if now := w.figures(w.Told.Tick); now != w.Told {
		w.tell("", tick)
	}
}

func (w *Watcher) figures(tick int64) figures {
	return figures{tick, w.Open.CurrentValue, w.Open.PeakValue, w.Open.AffectedViews}
}

// tell notes a change of the open incident.
func (w *Watcher) tell(event meta.Event, tick int64) {
	w.Told = w.figures(tick)
	i := *w.Open
	rule := w.rule
	i.Rule = &rule
	i.Breakdowns = slices.Clone(i.Breakdowns)
	w.changes = append(w.changes, Change{Event: event, Incident: i})
}

// breakdowns are the values that all viewers of the rule have.
func (w *Watcher) breakdowns() []meta.Breakdown {
	var list []meta.Breakdown
	for _, f := range w.rule.Filters {
		if !f.Exclude && len(f.Values) == 1 {
			list = append(list, meta.Breakdown{Name: f.Dimension, Value: f.Values[0]})
		}
	}
	return list
}
