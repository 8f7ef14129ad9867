package meta

import (
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
)

func TestAlertRules(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	clock := &fakeClock{t: noon}
	s := open(t, path, clock)
	server := open(t, path, clock)
	server.Start()
	e, other := createEnvironment(t, s, "shop", "k").ID, createEnvironment(t, s, "news", "n").ID
	a := createRule(t, s, e)
	clock.advance(time.Millisecond)
	b := createRule(t, s, e)
	c := createRule(t, s, other)
	want := AlertRule{
		ID: a.ID, EnvironmentID: e, Version: 1, Name: "many failures", Enabled: true, Metric: "playback-failure-percentage", Direction: Above,
		Threshold: 5, Interval: 2 * time.Minute, MinViewers: 10, Severity: SeverityAlert, CreatedAt: noon, UpdatedAt: noon,
		Filters: []RuleFilter{{Dimension: "country", Values: []string{"US", ""}}, {Dimension: "cdn", Values: []string{"x"}, Exclude: true}},
	}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	await(t, "the rules in the other process", func() bool { return cmp.Equal([]AlertRule{a, b}, server.AlertRules(e)) })
	if got, err := s.AlertRule(e, b.ID); err != nil || !cmp.Equal(b, got) {
		t.Errorf("by id: %v (-want +got):\n%s", err, cmp.Diff(b, got))
	}

	clock.advance(time.Hour)
	got, err := s.ChangeAlertRule(t.Context(), e, a.ID, func(r *AlertRule) error {
		r.Name, r.Filters, r.ID, r.Version, r.EnvironmentID, r.CreatedAt = "renamed", nil, "mine", 77, other, time.Time{}
		return nil
	})
	want.Name, want.Filters, want.Version, want.UpdatedAt = "renamed", []RuleFilter{}, 2, clock.now()
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("changed: %v (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff([]AlertRule{want, b}, s.AlertRules(e)); diff != "" {
		t.Errorf("after the change (-want +got):\n%s", diff)
	}
	refused := errors.New("no")
	if _, err := s.ChangeAlertRule(t.Context(), e, a.ID, func(r *AlertRule) error { r.Name = "x"; return refused }); !errors.Is(err, refused) {
		t.Errorf("a change that is refused: %v", err)
	}
	if _, err := s.ChangeAlertRule(t.Context(), e, a.ID, func(r *AlertRule) error { r.Interval = 0; return nil }); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a change that is malformed: %v", err)
	}
	if diff := cmp.Diff([]AlertRule{want, b}, s.AlertRules(e)); diff != "" {
		t.Errorf("after the changes that were refused (-want +got):\n%s", diff)
	}

	keep := func(*AlertRule) error { return nil }
	_, err1 := s.ChangeAlertRule(t.Context(), e, c.ID, keep)
	_, err2 := s.AlertRule(e, c.ID)
	for _, err := range []error{err1, err2, s.RemoveAlertRule(t.Context(), e, c.ID), s.RemoveAlertRule(t.Context(), e, "")} {
		if fault.CodeOf(err) != fault.NotFound {
			t.Errorf("the rule of another environment: %v, want not found", err)
		}
	}
	if err := s.RemoveAlertRule(t.Context(), e, a.ID); err != nil {
		t.Fatal(err)
	}
	await(t, "the removal in the other process", func() bool { return cmp.Equal([]AlertRule{b}, server.AlertRules(e)) })
	if diff := cmp.Diff([]AlertRule{c}, open(t, path, clock).AlertRules(other)); diff != "" {
		t.Errorf("after a restart, of the other environment (-want +got):\n%s", diff)
	}
}

// TestEditedRule: an edit closes the open incident, tells of it, and lets nothing
// in that was evaluated before it.
func TestEditedRule(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(s *Store, r AlertRule) error
		same bool // nothing changes
	}{
		{"renamed", func(s *Store, r AlertRule) error {
			_, err := s.ChangeAlertRule(t.Context(), r.EnvironmentID, r.ID, func(r *AlertRule) error { r.Name = "x"; return nil })
			return err
		}, false},
		{"one more value", func(s *Store, r AlertRule) error {
			_, err := s.ChangeAlertRule(t.Context(), r.EnvironmentID, r.ID, func(r *AlertRule) error {
				r.Filters[0].Values = append(r.Filters[0].Values, "DE")
				return nil
			})
			return err
		}, false},
		{"disabled", func(s *Store, r AlertRule) error {
			_, err := s.ChangeAlertRule(t.Context(), r.EnvironmentID, r.ID, func(r *AlertRule) error { r.Enabled = false; return nil })
			return err
		}, false},
		{"removed", func(s *Store, r AlertRule) error { return s.RemoveAlertRule(t.Context(), r.EnvironmentID, r.ID) }, false},
		{"sent as it is", func(s *Store, r AlertRule) error {
			_, err := s.ChangeAlertRule(t.Context(), r.EnvironmentID, r.ID, func(r *AlertRule) error { r.Name = strings.Clone(r.Name); return nil })
			return err
		}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, clock := openNew(t)
			e := createEnvironment(t, s, "shop", "k").ID
			createChannel(t, s, e, Thresholds)
			r := createRule(t, s, e)
			unlike := createRule(t, s, e)
			opened, bystander, earlier := ruled(r, "aaaaaa", noon), ruled(unlike, "bbbbbb", noon), ruled(r, "cccccc", noon.Add(-time.Hour))
			evaluate(t, s, Evaluation{
				RuleStates: []RuleState{{RuleID: r.ID, Version: 1, Data: []byte("r")}, {RuleID: unlike.ID, Version: 1, Data: []byte("u")}},
				Transitions: []Transition{
					{Incident: earlier, Event: Opened, Quiet: true},
					{Incident: ended(earlier, IncidentClosed, noon.Add(-time.Minute)), Event: Closed, Quiet: true},
					{Incident: opened, Event: Opened, Quiet: true},
					{Incident: bystander, Event: Opened, Quiet: true},
				},
			})
			clock.advance(time.Hour)
			if err := tt.edit(s, r); err != nil {
				t.Fatal(err)
			}
			// What was evaluated meanwhile comes too late.
			late := opened
			late.PeakValue = 90
			evaluate(t, s, Evaluation{
				RuleStates:  []RuleState{{RuleID: r.ID, Version: 1, Data: []byte("late")}},
				Transitions: []Transition{{Incident: late}, {Incident: ruled(r, "dddddd", noon), Event: Opened}},
			})
			value, at := opened.CurrentValue, noon.Add(time.Hour)
			want := opened
			want.Status, want.MeasuredValueOnClose, want.ResolvedAt, want.ClosedAt = IncidentClosed, &value, &at, &at
			wantOpen, wantDue, wantStates := []string{"bbbbbb"}, []string{"closed aaaaaa to threshold"}, 1
			if tt.same {
				want, wantOpen, wantDue, wantStates = late, []string{"bbbbbb", "dddddd"}, []string{"closed aaaaaa to threshold", "opened dddddd to threshold"}, 2
				want.Status, want.MeasuredValueOnClose = IncidentClosed, &value // by that which opens about the same
				until, told := late.StartedAt, late.OpenedAt
				want.ResolvedAt, want.ClosedAt = &until, &told
			}
			got, err := s.Incident(t.Context(), e, "aaaaaa")
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("the incident: %v (-want +got):\n%s", err, diff)
			}
			open, err := s.OpenIncidents(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(wantOpen, ids(open)); diff != "" {
				t.Errorf("open (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(wantDue, due(t, s, clock.now())); diff != "" {
				t.Errorf("due (-want +got):\n%s", diff)
			}
			if states, err := s.RuleStates(t.Context()); err != nil || len(states) != wantStates {
				t.Errorf("states of rules: %+v, %v, want %d", states, err, wantStates)
			}
		})
	}
}

func TestInvalidAlertRules(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing is concurrent here: make unit plays it")
	}
	s, _ := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	good := createRule(t, s, e)
	for _, tt := range []struct {
		name   string
		says   string // the parameter
		change func(*AlertRule)
	}{
		{"no name", "name", func(r *AlertRule) { r.Name = "" }},
		{"no metric", "metric", func(r *AlertRule) { r.Metric = "" }},
		{"long metric", "metric", func(r *AlertRule) { r.Metric = strings.Repeat("m", 129) }},
		{"direction", "direction", func(r *AlertRule) { r.Direction = "up" }},
		{"negative threshold", "threshold", func(r *AlertRule) { r.Threshold = -1 }},
		{"no threshold", "threshold", func(r *AlertRule) { r.Threshold = math.NaN() }},
		{"endless threshold", "threshold", func(r *AlertRule) { r.Threshold = math.Inf(1) }},
		{"half a minute", "interval", func(r *AlertRule) { r.Interval = 30 * time.Second }},
		{"a minute and a half", "interval", func(r *AlertRule) { r.Interval = 90 * time.Second }},
		{"61 minutes", "interval", func(r *AlertRule) { r.Interval = 61 * time.Minute }},
		{"negative audience", "min_viewers", func(r *AlertRule) { r.MinViewers = -1 }},
		{"audience", "min_viewers", func(r *AlertRule) { r.MinViewers = 1_000_000_001 }},
		{"severity", "severity", func(r *AlertRule) { r.Severity = "page" }},
		{"21 filters", "filters", func(r *AlertRule) { r.Filters = make([]RuleFilter, 21) }},
		{"no dimension", "filters", func(r *AlertRule) { r.Filters[0].Dimension = "" }},
		{"long dimension", "filters", func(r *AlertRule) { r.Filters[1].Dimension = strings.Repeat("d", 129) }},
		{"no value", "filters", func(r *AlertRule) { r.Filters[1].Values = nil }},
		{"101 values", "filters", func(r *AlertRule) { r.Filters[1].Values = make([]string, 101) }},
		{"long value", "filters", func(r *AlertRule) { r.Filters[1].Values[0] = strings.Repeat("v", 1025) }},
		{"no text", "filters", func(r *AlertRule) { r.Filters[1].Values[0] = "\xff" }},
	} {
		bad := good.clone()
		tt.change(&bad)
		_, err := s.CreateAlertRule(t.Context(), bad)
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != fault.Invalid || f.Param != tt.says {
			t.Errorf("%s: got %v, want a fault of %s", tt.name, err, tt.says)
		}
	}
	edge := good.clone()
	edge.Interval, edge.MinViewers, edge.Threshold = time.Hour, 1_000_000_000, 0
	edge.Filters[0].Values = make([]string, 100)
	for len(edge.Filters) < 20 {
		edge.Filters = append(edge.Filters, RuleFilter{Dimension: strings.Repeat("d", 128), Values: []string{strings.Repeat("v", 1024)}})
	}
	for range 99 {
		if _, err := s.CreateAlertRule(t.Context(), edge); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.CreateAlertRule(t.Context(), good); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "100 alert rules") {
		t.Errorf("one more than 100: %v", err)
	}
	if n := len(s.AlertRules(e)); n != 100 {
		t.Errorf("%d rules, want 100", n)
	}
}

// TestEditedRuleEarly: an incident never ends before it began, or is over before it
// was told, although the clock has gone back since.
func TestEditedRuleEarly(t *testing.T) {
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	r := createRule(t, s, e)
	evaluate(t, s, Evaluation{Transitions: []Transition{{Incident: ruled(r, "aaaaaa", noon), Event: Opened}}}) // opened two minutes later
	clock.advance(-time.Hour)
	if err := s.RemoveAlertRule(t.Context(), e, r.ID); err != nil {
		t.Fatal(err)
	}
	got, err := s.Incident(t.Context(), e, "aaaaaa")
	if err != nil || got.Status != IncidentClosed || !got.ResolvedAt.Equal(noon) || !got.ClosedAt.Equal(noon.Add(2*time.Minute)) {
		t.Errorf("it is %s, ended at %v, told at %v, %v", got.Status, got.ResolvedAt, got.ClosedAt, err)
	}
}
