package meta

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/fault"
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

// ended is an incident that has ended, which was told a second later.
func ended(i Incident, status string, at time.Time) Incident {
	value, told := 0.5, at.Add(time.Second)
	i.Status, i.MeasuredValueOnClose, i.CurrentValue, i.ResolvedAt, i.ClosedAt = status, &value, value, &at, &told
	return i
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

// told is the whole of what an evaluation has left behind.
type told struct {
	Position int64
	States   []DetectorState
	Rules    []RuleState
	Open     []Incident
	Due      []string // event, incident and subscription of the channel
}

// look reads everything with a process of its own.
func look(t *testing.T, path string, clock *fakeClock, environmentID string) (w told) {
	t.Helper()
	s := open(t, path, clock)
	var err error
	if w.Position, _, err = s.EvaluatedTo(t.Context()); err != nil {
		t.Fatal(err)
	}
	for d, err := range s.DetectorStates(t.Context(), environmentID) {
		if err != nil {
			t.Fatal(err)
		}
		w.States = append(w.States, d)
	}
	if w.Rules, err = s.RuleStates(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w.Open, err = s.OpenIncidents(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Due = due(t, s, clock.now())
	return w
}

// due are event, incident and subscription of the channel of all that is due.
func due(t *testing.T, s *Store, at time.Time) (list []string) {
	t.Helper()
	found, err := s.DueNotifications(t.Context(), at, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range found {
		c, err := s.Channel(n.EnvironmentID, n.ChannelID)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprintf("%s %s to %s", n.Event, n.IncidentID, c.Subscription))
	}
	return list
}

func wantTold(t *testing.T, when string, want, got told) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

// TestEvaluate goes from nothing to incidents that have ended, and looks at all
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
	createChannel(t, s, createEnvironment(t, s, "other", "o").ID, All) // is told of nothing
	if _, known, err := s.EvaluatedTo(t.Context()); known || err != nil {
		t.Errorf("a position before any: %v, %v", known, err)
	}
	rule := createRule(t, s, e)
	began := noon.Add(-time.Hour)
	a, b := anomaly(e, "aaaaaa", "A", began), ruled(rule, "bbbbbb", began)
	want := told{
		Position: 42,
		States:   []DetectorState{{EnvironmentID: e, Data: []byte{0, 1}}, {EnvironmentID: e, Scope: "A \x00 title", Data: []byte("a")}, {EnvironmentID: e, Scope: "B", Data: []byte("b")}},
		Rules:    []RuleState{{RuleID: rule.ID, Version: 1, Data: []byte("r")}},
		Open:     []Incident{a, b},
		Due:      []string{"opened aaaaaa to anomaly", "opened aaaaaa to all", "opened bbbbbb to threshold", "opened bbbbbb to all"},
	}
	evaluate(t, s, Evaluation{
		Position: &want.Position, States: append([]DetectorState{{EnvironmentID: "x", Data: []byte("of another")}}, want.States...), RuleStates: want.Rules,
		Transitions: []Transition{{Incident: a, Event: Opened}, {Incident: b, Event: Opened}},
	})
	wantTold(t, "opened", want, look(t, path, clock, e))

	// Figures change: nobody is told. A state is forgotten, the position stays.
	a.AffectedViews, a.PeakValue, a.CurrentValue = 12, 14, 13
	evaluate(t, s, Evaluation{States: []DetectorState{{EnvironmentID: e, Scope: "B"}}, Transitions: []Transition{{Incident: a}}})
	want.States, want.Open = want.States[:2], []Incident{a, b}
	wantTold(t, "changed", want, look(t, path, clock, e))

	// One closes: the channels are told once they know of the opening.
	a = ended(a, IncidentClosed, noon)
	evaluate(t, s, Evaluation{Position: new(int64(43)), Transitions: []Transition{{Incident: a, Event: Closed}}})
	want.Position, want.Open = 43, []Incident{b}
	wantTold(t, "closed", want, look(t, path, clock, e))
	for _, n := range dueNotifications(t, s, clock.now()) {
		if err := s.Attempted(t.Context(), Attempt{NotificationID: n.ID, At: clock.now(), Status: 200}, Delivered, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if want := map[string]Incident{"aaaaaa": anomaly(e, "aaaaaa", "A", began), "bbbbbb": b}[n.IncidentID]; !cmp.Equal(want, n.Incident) {
			t.Errorf("what is told of the opening (-want +got):\n%s", cmp.Diff(want, n.Incident))
		}
	}
	want.Due = []string{"closed aaaaaa to anomaly", "closed aaaaaa to all"}
	wantTold(t, "delivered", want, look(t, path, clock, e))
	if got, err := s.Incident(t.Context(), e, "aaaaaa"); err != nil || !cmp.Equal(a, got) {
		t.Errorf("the closed incident: %v (-want +got):\n%s", err, cmp.Diff(a, got))
	}

	// An incident of the past, with its end: it is there, and nobody is told.
	c := anomaly(e, "cccccc", "C", began)
	evaluate(t, s, Evaluation{Transitions: []Transition{
		{Incident: c, Event: Opened, Quiet: true}, {Incident: ended(c, IncidentExpired, noon), Event: Expired, Quiet: true},
	}})
	wantTold(t, "of the past", want, look(t, path, clock, e))
	if got, err := s.Incident(t.Context(), e, "cccccc"); err != nil || got.Status != IncidentExpired {
		t.Errorf("the incident of the past: %+v, %v", got, err)
	}
}

func dueNotifications(t *testing.T, s *Store, at time.Time) []Notification {
	t.Helper()
	list, err := s.DueNotifications(t.Context(), at, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// droppedFor is how often something was dropped for a reason, as the metric has it.
func droppedFor(t *testing.T, s *Store, reason string) float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(s.dropped)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range families[0].GetMetric() {
		if m.GetLabel()[0].GetValue() == reason {
			return m.GetCounter().GetValue()
		}
	}
	t.Fatalf("the metric has no reason %s", reason)
	return 0
}

// TestEvaluateTwice: what has been done already is not done again.
func TestEvaluateTwice(t *testing.T) {
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	createChannel(t, s, e, All)
	a := anomaly(e, "aaaaaa", "A", noon)
	step := Evaluation{Transitions: []Transition{{Incident: a, Event: Opened}, {Incident: ended(a, IncidentClosed, noon.Add(time.Hour)), Event: Closed}}}
	for range 2 {
		evaluate(t, s, step)
	}
	got, err := s.NotificationsOf(t.Context(), []string{"aaaaaa"})
	if err != nil || len(got["aaaaaa"]) != 2 {
		t.Errorf("%d notifications, %v, want 2", len(got["aaaaaa"]), err)
	}
	if i, err := s.Incident(t.Context(), e, "aaaaaa"); err != nil || i.Status != IncidentClosed {
		t.Errorf("the incident is %s, %v: want it closed still", i.Status, err)
	}
	if n := droppedFor(t, s, incidentNotOpen); n != 1 {
		t.Errorf("%v transitions were counted as reopening, want 1", n)
	}
	if got := due(t, s, clock.now()); len(got) != 1 {
		t.Errorf("due: %v, want the opening alone", got)
	}
}

// TestEvaluateAllOrNothing: of a step that cannot be kept nothing is.
func TestEvaluateAllOrNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	clock := &fakeClock{t: noon}
	s := open(t, path, clock)
	e, f := createEnvironment(t, s, "shop", "k").ID, createEnvironment(t, s, "news", "n").ID
	createChannel(t, s, e, All)
	first := anomaly(e, "aaaaaa", "A", noon)
	evaluate(t, s, Evaluation{Position: new(int64(7)), Transitions: []Transition{{Incident: first, Event: Opened}}})
	want := look(t, path, clock, e)
	edit := func(change func(*Incident)) Incident {
		i := anomaly(e, "cccccc", "C", noon)
		change(&i)
		return i
	}
	value := math.NaN()
	for _, tt := range []struct {
		name     string
		incident Incident
		code     fault.Code
		says     string
	}{
		{"no number", edit(func(i *Incident) { i.CurrentValue = math.NaN() }), fault.Invalid, "current_value"},
		{"no threshold", edit(func(i *Incident) { i.Threshold = math.Inf(1) }), fault.Invalid, "threshold"},
		{"no measure", edit(func(i *Incident) { i.MeasuredValue = math.Inf(-1) }), fault.Invalid, "measured_value:"},
		{"no peak", edit(func(i *Incident) { i.PeakValue = math.NaN() }), fault.Invalid, "peak_value"},
		{"no end value", edit(func(i *Incident) { i.MeasuredValueOnClose = &value }), fault.Invalid, "measured_value_on_close"},
		{"no share", edit(func(i *Incident) { i.Causes[0].Share = math.NaN() }), fault.Invalid, "causes"},
		{"status", edit(func(i *Incident) { i.Status = "ajar" }), fault.Invalid, "open, closed, expired"},
		{"severity", edit(func(i *Incident) { i.Severity = "" }), fault.Invalid, "warning, alert"},
		{"open with an end", edit(func(i *Incident) { i.ResolvedAt = &noon }), fault.Invalid, "resolved_at"},
		{"closed without an end", edit(func(i *Incident) { i.Status, i.ClosedAt = IncidentClosed, &noon }), fault.Invalid, "resolved_at"},
		{"closed and not told", edit(func(i *Incident) { i.Status, i.ResolvedAt = IncidentExpired, &noon }), fault.Invalid, "resolved_at"},
		{"no id", edit(func(i *Incident) { i.ID = "" }), fault.Invalid, "id"},
		{"no key", edit(func(i *Incident) { i.Key = "" }), fault.Invalid, "id"},
		{"no environment", edit(func(i *Incident) { i.EnvironmentID = "" }), fault.Invalid, "id"},
		{"id of another title", anomaly(e, "aaaaaa", "B", noon), fault.Conflict, `"aaaaaa"`},
		{"id of another environment", anomaly(f, "aaaaaa", "A", noon), fault.Conflict, `"aaaaaa"`},
		{"id of an earlier time", anomaly(e, "aaaaaa", "A", noon.Add(time.Hour)), fault.Conflict, `"aaaaaa"`},
	} {
		err := s.Evaluate(t.Context(), Evaluation{
			Position: new(int64(8)), States: []DetectorState{{EnvironmentID: e, Data: []byte("new")}},
			Transitions: []Transition{{Incident: anomaly(e, "bbbbbb", "B", noon), Event: Opened}, {Incident: tt.incident, Event: Opened}},
		})
		if fault.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, want %s saying %q", tt.name, err, tt.code, tt.says)
		}
		wantTold(t, tt.name, want, look(t, path, clock, e))
	}
}

// TestSupersede: one incident about the same is open at most. The older one ends
// where the other begins, with what was measured last.
func TestSupersede(t *testing.T) {
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	createChannel(t, s, e, All)
	first, second := anomaly(e, "aaaaaa", "A", noon), anomaly(e, "bbbbbb", "A", noon.Add(time.Hour))
	first.CurrentValue = 11
	evaluate(t, s, Evaluation{Transitions: []Transition{{Incident: first, Event: Opened}, {Incident: anomaly(e, "cccccc", "C", noon), Event: Opened}}})
	evaluate(t, s, Evaluation{Transitions: []Transition{{Incident: second, Event: Opened}}})
	value, resolved, closed := 11.0, noon.Add(time.Hour), noon.Add(time.Hour+time.Minute)
	want := first
	want.Status, want.MeasuredValueOnClose, want.ResolvedAt, want.ClosedAt = IncidentClosed, &value, &resolved, &closed
	if got, err := s.Incident(t.Context(), e, "aaaaaa"); err != nil || !cmp.Equal(want, got) {
		t.Errorf("%v (-want +got):\n%s", err, cmp.Diff(want, got))
	}
	if diff := cmp.Diff([]string{"opened aaaaaa to all", "opened cccccc to all", "opened bbbbbb to all"}, due(t, s, clock.now())); diff != "" {
		t.Errorf("due (-want +got):\n%s", diff)
	}
	if open, err := s.OpenIncidents(t.Context()); err != nil || len(open) != 2 {
		t.Errorf("%d open, %v, want 2", len(open), err)
	}
	if n := droppedFor(t, s, incidentSuperseded); n != 1 {
		t.Errorf("%v incidents were counted as superseded, want 1", n)
	}
}

func TestIncidentID(t *testing.T) {
	seen, digits := map[string]bool{}, map[rune]int{}
	for range 10_000 {
		id := NewIncidentID()
		if len(id) != 6 || strings.Trim(id, "0123456789abcdefghijklmnopqrstuvwxyz") != "" {
			t.Fatalf("id %q", id)
		}
		seen[id] = true
		for _, d := range id {
			digits[d]++
		}
	}
	// 10,000 of 36⁶ ids: 0.02 are expected to come twice.
	if len(seen) < 9990 {
		t.Errorf("%d different ones of 10,000", len(seen))
	}
	// Each of 36 digits comes 1,667 times, give or take 40: seven times that is enough.
	for _, d := range "0123456789abcdefghijklmnopqrstuvwxyz" {
		if n := digits[d]; n < 1387 || n > 1947 {
			t.Errorf("%q comes %d times, want about 1667", d, n)
		}
	}
}

// TestIncidentKey compares with `printf … | sha256sum`.
func TestIncidentKey(t *testing.T) {
	title, errorType := Breakdown{Name: "video_title", Value: `A "b|c"`}, Breakdown{Name: "error_type_id", Value: "7"}
	const want = "edf12d4d4697e93c0b8c9643d448ba2376a4a8e5b504587eeaa3290379a43e86" // printf 'shop|error_rate|error_type_id="7"|video_title="A \\"b|c\\""'
	for _, about := range [][]Breakdown{{title, errorType}, {errorType, title}} {
		if got := IncidentKey("shop", "error_rate", about); got != want {
			t.Errorf("key %s, want %s", got, want)
		}
	}
	const rule = "891e9f440ae406e4d5544e5c4711e5f357dab7ab232540bd0db8ab1a5aae074c" // printf 'shop|rebuffering-percentage|1f0c'
	if got := IncidentKey("shop", "rebuffering-percentage", nil, "1f0c"); got != rule {
		t.Errorf("key of a rule %s, want %s", got, rule)
	}
}
