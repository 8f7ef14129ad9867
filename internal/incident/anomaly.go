package incident

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"playhead/internal/meta"
)

// anomaly is an open incident of a detector.
type anomaly struct {
	Kind     int64         `json:"kind"`  // type of the error, or allTypes
	Fresh    bool          `json:"fresh"` // it opened in the bucket that is being filled
	Incident meta.Incident `json:"incident"`

	told bool // as it is
}

// affect counts a view.
func (a *anomaly) affect() {
	a.Incident.AffectedViews++
	a.told = false
}

// begin opens an incident about a type.
func (d *Detector) begin(s *scope, kind int64) {
	b, k := &s.bucket, s.failures(kind)
	a := &anomaly{Kind: kind, Fresh: true, Incident: meta.Incident{
		ID: d.newID(), EnvironmentID: d.environment, Status: meta.IncidentOpen, Severity: meta.SeverityWarning, Measurement: Measurement,
		Threshold: min(100, Percent(d.need(s, kind, s.size), s.size)), SampleSizeUnit: "views", AffectedViews: k, StartedAt: instantOf(b.First),
	}}
	i := &a.Incident
	if kind != allTypes {
		i.ErrorDescription = b.Failed[kind].describe(kind)
		i.Breakdowns = append(i.Breakdowns, meta.Breakdown{Name: "error_type_id", Value: strconv.FormatInt(kind, 10)})
	}
	if s.title != "" {
		i.Breakdowns = append(i.Breakdowns, meta.Breakdown{Name: "video_title", Value: s.title})
	}
	a.measure(k, b)
	const twice = 2
	if s.title == "" || i.MeasuredValue >= twice*i.Threshold {
		i.Severity = meta.SeverityAlert
	}
	i.Key = meta.IncidentKey(d.environment, Measurement, i.Breakdowns)
	s.open = append(s.open, a)
	b.Odd = true
	a.told = true
	d.changes = append(d.changes, Change{meta.Opened, a.copied()})
}

// measure takes the share of a bucket in. As long as the bucket in which the
// incident opened is not through, the figures of the opening are those of it.
func (a *anomaly) measure(k int64, b *bucket) {
	i, value := &a.Incident, Percent(k, b.Views)
	i.CurrentValue, i.PeakValue = value, max(i.PeakValue, value)
	if a.Fresh {
		i.MeasuredValue, i.PeakValue = value, value
		i.SampleSize, i.AffectedViewsOnOpen = b.Views, k
		i.OpenedAt = instantOf(b.Last)
		i.Description = describe(i)
	}
	a.told = false
}

// describe is what people are told of an incident, apart from its causes.
func describe(i *meta.Incident) string {
	what := "Overall error-rate"
	for _, b := range i.Breakdowns {
		if b.Name == "video_title" {
			what = fmt.Sprintf("Error-rate of *%s*", shown(b.Value))
		}
	}
	why := "due to errors of several types"
	if i.ErrorDescription != "" {
		why = fmt.Sprintf("due to an error of *%s*", shown(i.ErrorDescription))
	}
	return fmt.Sprintf("%s is significantly high (%s%%) %s", what, strconv.FormatFloat(Rounded(i.MeasuredValue), 'f', -1, 64), why)
}

// describe is the text of an error: its message, or what else there is of it.
func (f *failed) describe(kind int64) string {
	switch {
	case f.Message != "":
		return f.Message
	case f.Code != "":
		return "Error code " + f.Code
	}
	return fmt.Sprintf("Error Type ID %d", kind)
}

// end closes an incident after the bucket that is below its threshold.
func (d *Detector) end(s *scope, a *anomaly) {
	value := a.Incident.CurrentValue
	a.Incident.MeasuredValueOnClose = &value
	d.over(s, a, meta.Closed, meta.IncidentClosed)
}

// expire gives the open incidents of a scope up.
func (d *Detector) expire(s *scope) {
	for _, a := range slices.Clone(s.open) {
		d.over(s, a, meta.Expired, meta.IncidentExpired)
	}
}

// over takes an incident from a scope. It ended with the last view.
func (d *Detector) over(s *scope, a *anomaly, event meta.Event, status string) {
	ended, told := instantOf(s.last), instantOf(max(d.now, d.clock))
	a.Incident.Status, a.Incident.ResolvedAt, a.Incident.ClosedAt = status, &ended, &told
	s.open = slices.DeleteFunc(s.open, func(other *anomaly) bool { return other == a })
	if s == d.whole && len(s.open) == 0 {
		d.calm = d.now
	}
	d.mark(s)
	d.changes = append(d.changes, Change{event, a.copied()})
}

// report adds the incidents of a scope of which only figures have changed.
func (d *Detector) report(s *scope) {
	for _, a := range s.open {
		if !a.told {
			a.told = true
			d.changes = append(d.changes, Change{"", a.copied()})
		}
	}
}

// copied is the incident as it is now.
func (a *anomaly) copied() meta.Incident {
	i := a.Incident
	i.Breakdowns = slices.Clone(i.Breakdowns)
	return i
}

// instantOf is a time in whole seconds, as the times of incidents are.
func instantOf(ms int64) time.Time { return time.UnixMilli(ms).UTC().Truncate(time.Second) }
