package api

import (
	"context"
	"math"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/incident"
	"playhead/internal/meta"
)

// IncidentSeries tells what was measured around incidents.
type IncidentSeries interface {
	// Series is what was measured from before an incident began until after it ended,
	// or until now. Near are the incidents of about the same time. Too many at the same
	// time are fault.Busy.
	Series(ctx context.Context, of meta.Incident, near []meta.Incident, now time.Time) (incident.Series, error)
}

// noIncidentSeries are those of a server without a past.
type noIncidentSeries struct{}

func (noIncidentSeries) Series(_ context.Context, of meta.Incident, _ []meta.Incident, now time.Time) (incident.Series, error) {
	return incident.Series{From: of.StartedAt, To: now}, nil
}

// incidentSeriesRow is what was measured around an incident, with what it was compared.
type incidentSeriesRow struct {
	Title          string          `json:"title" doc:"what was measured, for people"`
	Unit           string          `json:"unit" enum:"%,ms,bit/s,viewers" doc:"of values and threshold; percent are from 0 to 100"`
	Threshold      float64         `json:"threshold" doc:"the value that it had to reach, or to cross"`
	Direction      string          `json:"direction" enum:"above,below" doc:"the side of the threshold that is wrong"`
	SampleSizeUnit string          `json:"sample_size_unit" enum:"views,viewers" doc:"views of an anomaly, mean concurrent viewers of a rule"`
	Points         []incidentPoint `json:"points" doc:"what was measured, the earliest first"`
}

// incidentPoint is what was measured at once.
type incidentPoint struct {
	From       string   `json:"from" format:"date-time" doc:"the beginning of what was measured: the end of the first view, or a minute before the moment"`
	To         string   `json:"to" format:"date-time" doc:"its end: the end of the last view, or the moment"`
	Value      *float64 `json:"value" doc:"what was measured; null where it is not known"`
	SampleSize int64    `json:"sample_size" doc:"how many views or viewers were looked at"`
	Counts     bool     `json:"counts" doc:"whether it says anything: of a rule, that more viewers than it wants at least were watching; of an anomaly, that so many views could be judged"`
}

// incidentSeriesRoute is the route of what an incident measured.
var incidentSeriesRoute = route{
	method: "GET", pattern: "/data/v1/incidents/{id}/timeseries", name: "get-incident-timeseries",
	doc: "What was measured against the threshold, from some time before the incident began until some time after it ended, or until now: of an anomaly the shares of the views that its detector looked at together, " +
		"of a rule its metric over the minute up to each moment. At most some 600 moments or 200 buckets of views, at equal distances.",
	permission: meta.DataRead,
	path:       []param{incidentID},
	data:       incidentSeriesRow{},
	answer:     (*server).getIncidentSeries,
}

func (s *server) getIncidentSeries(c *call) (any, error) {
	i, err := s.Records.Incident(c, c.environment.ID, c.id)
	if err != nil {
		return nil, err
	}
	near, err := s.Records.IncidentsNear(c, c.environment.ID, i.StartedAt, maxNear)
	if err != nil {
		return nil, err
	}
	series, err := s.Around.Series(c, i, near, c.query.Now)
	if err != nil {
		return nil, err
	}
	frame := [2]int64{series.From.Unix(), series.To.Unix()}
	return envelope{Data: newIncidentSeriesRow(i, series), Total: rows(1), Timeframe: frame}, nil
}

func newIncidentSeriesRow(i meta.Incident, s incident.Series) incidentSeriesRow {
	row := incidentSeriesRow{
		Title: "Playback failures", Unit: "%", Threshold: incident.Rounded(i.Threshold), Direction: meta.Above,
		SampleSizeUnit: i.SampleSizeUnit, Points: make([]incidentPoint, len(s.Points)),
	}
	if i.Rule != nil {
		row.Direction = i.Rule.Direction
		if m, ok := catalog.LookupRealtimeMetric(i.Rule.Metric); ok {
			row.Title, row.Unit = m.Title, thresholdUnits[m.Type]
		}
	}
	for n, p := range s.Points {
		row.Points[n] = incidentPoint{From: incident.Instant(p.From), To: incident.Instant(p.To), SampleSize: p.Sample, Counts: p.Counts}
		if !math.IsNaN(p.Value) {
			value := incident.Rounded(p.Value)
			row.Points[n].Value = &value
		}
	}
	return row
}

// thresholdUnits are the units of thresholds.
var thresholdUnits = map[catalog.Type]string{
	catalog.Percentage: "%", catalog.Milliseconds: "ms", catalog.Mbps: "bit/s", catalog.Number: "viewers",
}
