package meta

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
)

func TestIncidents(t *testing.T) {
	s, _ := openNew(t)
	e, other := createEnvironment(t, s, "shop", "k").ID, createEnvironment(t, s, "news", "n").ID
	keep := func(environment, id, severity string, start time.Duration, affected int64, value float64) {
		i := anomaly(environment, id, id, noon.Add(start))
		i.Severity, i.AffectedViews, i.MeasuredValue, i.Key = severity, affected, value, "key "+id[:1]
		transitions := []Transition{{Incident: i, Event: Opened}}
		switch id[5] {
		case 'c':
			transitions = append(transitions, Transition{Incident: ended(i, IncidentClosed, noon.Add(start+time.Hour)), Event: Closed})
		case 'x':
			transitions = append(transitions, Transition{Incident: ended(i, IncidentExpired, noon.Add(start+time.Hour)), Event: Expired})
		}
		evaluate(t, s, Evaluation{Transitions: transitions})
	}
	keep(e, "a1000o", SeverityAlert, 2*time.Hour, 30, 9)
	keep(e, "b2000c", SeverityWarning, 1*time.Hour, 200, 10)
	keep(e, "b1000c", SeverityAlert, 1*time.Hour, 30, 2)
	keep(e, "c1000x", SeverityAlert, 3*time.Hour, 5, 100)
	keep(other, "d1000c", SeverityAlert, 0, 1, 1)

	for _, tt := range []struct {
		page  IncidentPage
		want  []string
		total int
	}{
		{IncidentPage{Limit: 9}, []string{"b1000c", "b2000c", "a1000o", "c1000x"}, 4},
		{IncidentPage{Descending: true, Limit: 9}, []string{"c1000x", "a1000o", "b1000c", "b2000c"}, 4},
		{IncidentPage{Descending: true, Limit: 2, Offset: 1}, []string{"a1000o", "b1000c"}, 4},
		{IncidentPage{Descending: true, Limit: 2, Offset: 4}, nil, 4},
		{IncidentPage{OrderBy: IncidentsByImpact, Limit: 9}, []string{"c1000x", "a1000o", "b1000c", "b2000c"}, 4}, // of 30 each: the latest first
		{IncidentPage{OrderBy: IncidentsByImpact, Descending: true, Limit: 9}, []string{"b2000c", "a1000o", "b1000c", "c1000x"}, 4},
		{IncidentPage{OrderBy: IncidentsByValue, Limit: 9}, []string{"b1000c", "a1000o", "b2000c", "c1000x"}, 4},
		{IncidentPage{OrderBy: IncidentsByKey, Limit: 9}, []string{"a1000o", "b1000c", "b2000c", "c1000x"}, 4}, // of the same start: by id
		{IncidentPage{OrderBy: IncidentsByKey, Descending: true, Limit: 9}, []string{"c1000x", "b1000c", "b2000c", "a1000o"}, 4},
		{IncidentPage{Status: IncidentOpen, Limit: 9}, []string{"a1000o"}, 1},
		{IncidentPage{Status: IncidentClosed, Severity: SeverityAlert, Limit: 9}, []string{"b1000c"}, 1},
		{IncidentPage{Status: IncidentExpired, Severity: SeverityWarning, Limit: 9}, nil, 0},
		{IncidentPage{Severity: SeverityAlert, Limit: 1}, []string{"b1000c"}, 3},
	} {
		l, err := s.Incidents(t.Context(), e, tt.page)
		if err != nil || l.Total != tt.total || !cmp.Equal(tt.want, ids(l.Incidents)) {
			t.Errorf("%+v: %v of %d, %v, want %v of %d", tt.page, ids(l.Incidents), l.Total, err, tt.want, tt.total)
		}
	}
	if _, err := s.Incidents(t.Context(), e, IncidentPage{OrderBy: "id; --", Limit: 1}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("an unknown order: %v, want a refusal", err)
	}
	for _, id := range []string{"d1000c", "A1000o", ""} {
		if _, err := s.Incident(t.Context(), e, id); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("incident %q: %v, want not found", id, err)
		}
	}
	near, err := s.IncidentsNear(t.Context(), e, noon.Add(100*time.Minute), 3)
	if want := []string{"a1000o", "b1000c", "b2000c"}; err != nil || !cmp.Equal(want, ids(near)) { // 20 min, 40 min twice, 80 min
		t.Errorf("near: %v, %v, want %v", ids(near), err, want)
	}
}

func ids(list []Incident) (ids []string) {
	for _, i := range list {
		ids = append(ids, i.ID)
	}
	return ids
}

// TestStoredIncident reads an incident as it has been stored since there are any,
// and checks that it is still written so.
func TestStoredIncident(t *testing.T) {
	document, err := os.ReadFile("testdata/incident.json")
	if err != nil {
		t.Fatal(err)
	}
	onClose, began, told := 0.1, time.Date(2021, 1, 5, 11, 31, 4, 0, time.UTC), time.Date(2021, 1, 5, 11, 31, 8, 5e6, time.UTC)
	want := Incident{
		ID: "4u13td", EnvironmentID: "shop", Status: IncidentClosed, Severity: SeverityAlert, Measurement: "playback-failure-percentage", Key: "5312",
		Rule: &AlertRule{
			ID: "1f0c", EnvironmentID: "shop", Version: 3, Name: "failures", Enabled: true, Metric: "playback-failure-percentage", Direction: Above,
			Threshold: 5, Interval: 2 * time.Minute, MinViewers: 10, Filters: []RuleFilter{{Dimension: "cdn", Values: []string{"x", ""}, Exclude: true}}, Severity: SeverityAlert,
			CreatedAt: noon, UpdatedAt: noon.Add(time.Hour),
		},
		Threshold: 5, MeasuredValue: 5.9, MeasuredValueOnClose: &onClose, CurrentValue: 0.2, PeakValue: 6.1, SampleSize: 1000, SampleSizeUnit: "views",
		AffectedViews: 71, AffectedViewsOnOpen: 59, Breakdowns: []Breakdown{{Name: "error_type_id", Value: "697070"}}, Description: "*broken* < &", ErrorDescription: "oh no",
		Causes: []Cause{{
			Breakdowns: []Breakdown{{Name: "cdn", Value: "x"}}, Share: 0.92, Views: 100, Affected: 9, Rate: 0.09, Expected: 0.001, PValue: 1e-9, ViewIDs: []string{"a"},
		}},
		StartedAt: time.Date(2021, 1, 5, 9, 4, 46, 0, time.UTC), OpenedAt: time.Date(2021, 1, 5, 9, 52, 14, 1e6, time.UTC), ResolvedAt: &began, ClosedAt: &told,
	}
	got, err := decodeIncident(document)
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("%v (-want +got):\n%s", err, cmp.Diff(want, got))
	}
	zone := time.FixedZone("there", 3600)
	here := want.StartedAt.In(zone)
	want.StartedAt = here // what is stored is in UTC
	written, err := want.encode()
	if err != nil {
		t.Fatal(err)
	}
	var a, b any
	if err := json.Unmarshal(document, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(written, &b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
}
