package incident

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/incident/recorded"
	"playhead/internal/meta"
)

func clock(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02T15:04:05.999999", text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// ownMembers are those that the recorded objects do not have.
var ownMembers = []string{"opened_at", "closed_at", "current_value", "peak_value", "causes", "rule"}

// TestRecordedIncidents: of the facts of the three recorded incidents come their
// objects, with all members, spelled as they are there.
func TestRecordedIncidents(t *testing.T) {
	var want []map[string]any
	unmarshal(t, recorded.Objects, &want)
	incidents, notifications := recorded.Incidents(), recorded.Notifications()
	for i, n := range incidents {
		var got map[string]any
		unmarshal(t, marshal(t, NewObject(n, notifications, clock(t, "2026-05-04T12:00:00"))), &got)
		for _, own := range ownMembers {
			if _, there := got[own]; !there {
				t.Errorf("%s: has no %s", n.ID, own)
			}
			delete(got, own)
		}
		if diff := cmp.Diff(want[i], got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", n.ID, diff)
		}
	}
}

// TestObjectOfOpenRule: an incident that is open, of a rule, with causes.
func TestObjectOfOpenRule(t *testing.T) {
	began := clock(t, "2026-05-04T11:30:00")
	i := meta.Incident{
		ID: "abc123", Status: meta.IncidentOpen, Severity: meta.SeverityWarning, Measurement: "current-rebuffering-percentage", Key: "ff",
		Rule: &meta.AlertRule{
			ID: "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e", Version: 3, Name: "Stalls", Enabled: true,
			Metric: "current-rebuffering-percentage", Direction: meta.Above, Threshold: 2.5, Interval: 5 * time.Minute, MinViewers: 100, Severity: meta.SeverityWarning,
			Filters:   []meta.RuleFilter{{Dimension: "country", Values: []string{"US", ""}}, {Dimension: "video_title", Values: []string{"a:b"}, Exclude: true}},
			CreatedAt: clock(t, "2026-05-01T10:00:00"), UpdatedAt: clock(t, "2026-05-02T10:00:00.25"),
		},
		Threshold: 2.5, MeasuredValue: 7.126, CurrentValue: 9.999, PeakValue: 12.344, SampleSize: 2690, SampleSizeUnit: "viewers",
		AffectedViews: 30, AffectedViewsOnOpen: 10, Description: "d",
		Causes: []meta.Cause{{
			Breakdowns: []meta.Breakdown{{Name: "cdn", Value: "x"}, {Name: "asn", Value: "3320"}},
			Share:      0.91666, Views: 120, Affected: 60, Rate: 0.5, Expected: 1.0 / 70, PValue: 1.23456e-9, ViewIDs: []string{"019df2b4-9c00-7000-8000-00000000000a"},
		}},
		StartedAt: began, OpenedAt: began.Add(6 * time.Minute),
	}
	// 30 views in half an hour are 60 an hour; 10 in 6 minutes are 100.
	want := `{
		"id": "abc123", "status": "open", "severity": "warning", "measurement": "current-rebuffering-percentage",
		"measured_value": 7.13, "measured_value_on_close": null, "threshold": 2.5, "sample_size": 2690, "sample_size_unit": "viewers",
		"affected_views": 30, "affected_views_per_hour": 60, "affected_views_per_hour_on_open": 100,
		"impact": "*30 views* have been affected so far at a rate of *60 per hour*",
		"description": "d", "error_description": "", "incident_key": "ff", "breakdowns": [], "notification_rules": [], "notifications": [],
		"started_at": "2026-05-04T11:30:00.000000Z", "resolved_at": null, "opened_at": "2026-05-04T11:36:00.000000Z", "closed_at": null,
		"current_value": 10, "peak_value": 12.34,
		"causes": [{
			"breakdowns": [{"name": "cdn", "value": "x"}, {"name": "asn", "value": "3320"}],
			"share": 0.9167, "views": 120, "affected": 60, "rate": 0.5, "expected": 0.0143, "p_value": 1.23e-9,
			"view_ids": ["019df2b4-9c00-7000-8000-00000000000a"]
		}],
		"rule": {
			"id": "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e", "version": 3, "name": "Stalls", "enabled": true,
			"metric": "current-rebuffering-percentage", "direction": "above", "threshold": 2.5, "interval_minutes": 5, "minimum_viewers": 100,
			"filters": ["country:US", "country:", "!video_title:a:b"], "severity": "warning",
			"created_at": "2026-05-01T10:00:00Z", "updated_at": "2026-05-02T10:00:00Z"
		}
	}`
	var wanted, got any
	unmarshal(t, []byte(want), &wanted)
	unmarshal(t, marshal(t, NewObject(i, nil, clock(t, "2026-05-04T12:00:00"))), &got)
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("object (-want +got):\n%s", diff)
	}
}

// TestReadFilters: what is written can be read, and comes back the same.
func TestReadFilters(t *testing.T) {
	words := []string{"country:US", "!cdn:a", "country:", "!cdn:b", "!country:DE", "video_title:a:b"}
	want := []meta.RuleFilter{
		{Dimension: "country", Values: []string{"US", ""}},
		{Dimension: "cdn", Values: []string{"a", "b"}, Exclude: true},
		{Dimension: "country", Values: []string{"DE"}, Exclude: true},
		{Dimension: "video_title", Values: []string{"a:b"}},
	}
	got, err := ReadFilters(words)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("filters: %v (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff([]string{"country:US", "country:", "!cdn:a", "!cdn:b", "!country:DE", "video_title:a:b"}, WriteFilters(got)); diff != "" {
		t.Errorf("written again (-want +got):\n%s", diff)
	}
	for _, word := range []string{"country", "", "!"} {
		if _, err := ReadFilters([]string{word}); err == nil {
			t.Errorf("%q is read; want an error", word)
		}
	}
	if _, err := ReadFilters(slices.Repeat([]string{"country:US"}, 101)); err == nil {
		t.Error("101 filters are read; want an error")
	}
}

// FuzzFilters: what can be read is written so that it is read as the same.
func FuzzFilters(f *testing.F) {
	f.Add("country:US", "!cdn:", "country:!a:b")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		filters, err := ReadFilters([]string{a, b, c})
		if err != nil {
			return
		}
		words := WriteFilters(filters)
		again, err := ReadFilters(words)
		if diff := cmp.Diff(filters, again); diff != "" || err != nil || len(words) != 3 {
			t.Errorf("%q %q %q are written as %q, %v (-first +again):\n%s", a, b, c, words, err, diff)
		}
	})
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// unmarshal keeps numbers as they are spelled.
func unmarshal(t testing.TB, text []byte, to any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(to); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}
