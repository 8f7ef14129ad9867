package meta

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// anomaly is an incident that has just opened.
func anomaly(environmentID, id, title string, at time.Time) Incident {
	breakdowns := []Breakdown{{Name: "video_title", Value: title}, {Name: "error_type_id", Value: "7"}}
	return Incident{
		ID: id, EnvironmentID: environmentID, Status: IncidentOpen, Severity: SeverityAlert, Measurement: "error_rate",
		Key: IncidentKey(environmentID, "error_rate", breakdowns), Threshold: 8, MeasuredValue: 12.5, CurrentValue: 12.5, PeakValue: 12.5,
		SampleSize: 100, SampleSizeUnit: "views", AffectedViews: 9, AffectedViewsOnOpen: 9, Breakdowns: breakdowns,
		Description: "*12.5 %* of the views fail", ErrorDescription: "no key", StartedAt: at, OpenedAt: at.Add(time.Minute),
		Causes: []Cause{{
			Breakdowns: []Breakdown{{Name: "cdn", Value: "x"}, {Name: "asn", Value: "64500"}}, Share: 0.92, Views: 100, Affected: 9,
			Rate: 0.09, Expected: 0.001, PValue: 1e-9, ViewIDs: []string{"a", "b"},
		}},
	}
}

// ruled is an incident of a rule that has just opened.
func ruled(r AlertRule, id string, at time.Time) Incident {
	return Incident{
		ID: id, EnvironmentID: r.EnvironmentID, Status: IncidentOpen, Severity: r.Severity, Measurement: r.Metric,
		Key: IncidentKey(r.EnvironmentID, r.Metric, nil, r.ID), Rule: &r, Threshold: r.Threshold, MeasuredValue: 7, CurrentValue: 6, PeakValue: 9,
		SampleSize: 40, SampleSizeUnit: "viewers", StartedAt: at, OpenedAt: at.Add(r.Interval),
	}
}

func createRule(t *testing.T, s *Store, environmentID string) AlertRule {
	t.Helper()
	r, err := s.CreateAlertRule(t.Context(), AlertRule{
		EnvironmentID: environmentID, Name: "many failures", Enabled: true, Metric: "playback-failure-percentage", Direction: Above,
		Threshold: 5, Interval: 2 * time.Minute, MinViewers: 10, Severity: SeverityAlert,
		Filters: []RuleFilter{{Dimension: "country", Values: []string{"US", ""}}, {Dimension: "cdn", Values: []string{"x"}, Exclude: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func createChannel(t *testing.T, s *Store, environmentID, subscription string) Channel {
	t.Helper()
	c, err := s.CreateChannel(t.Context(), Channel{
		EnvironmentID: environmentID, Name: "hook of " + subscription, Kind: Webhook, Enabled: true, Subscription: subscription, Target: "https://example.com/hook",
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func evaluate(t *testing.T, s *Store, e Evaluation) {
	t.Helper()
	if err := s.Evaluate(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

// queued are event, channel and incident of all that is due, in order.
func queued(t *testing.T, s *Store, at time.Time) (list []string) {
	t.Helper()
	due, err := s.DueNotifications(t.Context(), at, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range due {
		c, err := s.Channel(n.EnvironmentID, n.ChannelID)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, string(n.Event)+" "+n.IncidentID+" to "+c.Subscription)
	}
	return list
}

// TestEvaluate goes from nothing to an incident that has ended, and looks at all
// of it with another process after each step.
func TestEvaluate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	clock := &fakeClock{t: noon}
	s := open(t, path, clock)
	e := createEnvironment(t, s, "shop", "k").ID
	for _, subscription := range Subscriptions {
		createChannel(t, s, e, subscription)
		clock.advance(time.Millisecond)
	}
	if _, known, err := s.EvaluatedTo(t.Context()); known || err != nil {
		t.Errorf("a position before any: %v, %v", known, err)
	}
	rule := createRule(t, s, e)
	states := []DetectorState{{EnvironmentID: e, Data: []byte{0, 1}}, {EnvironmentID: e, Scope: "A \x00 title", Data: []byte("a")}, {EnvironmentID: e, Scope: "B", Data: []byte("b")}}
	began := noon.Add(-time.Hour)
	first, second := anomaly(e, "aaaaaa", "A", began), ruled(rule, "bbbbbb", began)
	evaluate(t, s, Evaluation{
		Position: new(int64(42)), States: states, RuleStates: []RuleState{{RuleID: rule.ID, Version: 1, Data: []byte("r")}},
		Transitions: []Transition{{Incident: first, Event: Opened}, {Incident: second, Event: Opened}},
	})
	check := func(when string, wantPosition int64, wantStates []DetectorState, wantRules []RuleState, wantOpen []Incident, wantQueued []string) {
		t.Helper()
		other := open(t, path, clock)
		if at, known, err := other.EvaluatedTo(t.Context()); err != nil || !known || at != wantPosition {
			t.Errorf("%s: position %d, %v, %v, want %d", when, at, known, err, wantPosition)
		}
		var gotStates []DetectorState
		for d, err := range other.DetectorStates(t.Context(), e) {
			if err != nil {
				t.Fatal(err)
			}
			gotStates = append(gotStates, d)
		}
		gotRules, err := other.RuleStates(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		gotOpen, err := other.OpenIncidents(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, diff := range []string{cmp.Diff(wantStates, gotStates), cmp.Diff(wantRules, gotRules), cmp.Diff(wantOpen, gotOpen), cmp.Diff(wantQueued, queued(t, other, clock.now()))} {
			if diff != "" {
				t.Errorf("%s (-want +got):\n%s", when, diff)
			}
		}
	}
	check("opened", 42, states, []RuleState{{RuleID: rule.ID, Version: 1, Data: []byte("r")}}, []Incident{first, second}, []string{
		"opened aaaaaa to anomaly", "opened aaaaaa to all", "opened bbbbbb to threshold", "opened bbbbbb to all",
	})

	// Figures change; nobody is told. A state is forgotten, the position stays.
	first.AffectedViews, first.PeakValue = 12, 14
	evaluate(t, s, Evaluation{States: []DetectorState{{EnvironmentID: e, Scope: "B"}}, Transitions: []Transition{{Incident: first}}})
	check("changed", 42, states[:2], []RuleState{{RuleID: rule.ID, Version: 1, Data: []byte("r")}}, []Incident{first, second}, []string{
		"opened aaaaaa to anomaly", "opened aaaaaa to all", "opened bbbbbb to threshold", "opened bbbbbb to all",
	})
}
