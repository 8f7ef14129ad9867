package meta

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"playhead/internal/fault"
)

// TestRecordsAreTheModel does at random what the evaluation, people and the worker
// of notifications do, restarts in between, and compares all that can be read with
// a plain model in memory after each step.
func TestRecordsAreTheModel(t *testing.T) {
	folder := t.TempDir()
	template := filepath.Join(folder, "template")
	clock := &fakeClock{t: noon}
	s := open(t, filepath.Join(folder, "first"), clock)
	e := createEnvironment(t, s, "shop", "k").ID
	if err := s.CopyTo(t.Context(), template); err != nil {
		t.Fatal(err)
	}
	empty, err := os.ReadFile(template)
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	rapid.Check(t, func(rt *rapid.T) {
		files++
		w := &world{
			t: rt, path: filepath.Join(folder, fmt.Sprint(files)), clock: &fakeClock{t: noon},
			model: &model{environment: e, now: noon, states: map[string]string{}, ruleStates: map[string]string{}},
		}
		if err := os.WriteFile(w.path, empty, 0o600); err != nil {
			rt.Fatal(err)
		}
		w.open()
		defer w.close()
		rt.Repeat(map[string]func(*rapid.T){
			"evaluate":  w.evaluate,
			"rule":      w.changeRules,
			"channel":   w.changeChannels,
			"notify":    w.notify,
			"redeliver": w.redeliver,
			"refused":   w.refused,
			"restart":   func(*rapid.T) { w.close(); w.open() },
			"":          func(*rapid.T) { w.compare() },
		})
	})
}

// world is a store and its model.
type world struct {
	*model
	t     *rapid.T
	path  string
	clock *fakeClock
	s     *Store
	made  int // incidents
}

func (w *world) open() {
	s, err := Open(w.t.Context(), Config{Path: w.path, Clock: w.clock.now, Logger: slog.New(slog.DiscardHandler)})
	w.check(err)
	// What a power cut would leave behind is not looked at here, nor waited for.
	s.db.SetMaxOpenConns(1)
	_, err = s.db.ExecContext(w.t.Context(), `PRAGMA synchronous = OFF`)
	w.check(err)
	w.s = s
}

func (w *world) close() { w.check(w.s.Stop(w.t.Context())) }

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// pass lets time go on, so that nothing happens at the same time as what was before.
func (w *world) pass(d time.Duration) {
	w.clock.advance(d)
	w.now = w.clock.now()
}

// drawEvaluation draws a step with some transitions.
func (w *world) drawEvaluation(t *rapid.T) Evaluation {
	var e Evaluation
	if rapid.Bool().Draw(t, "position") {
		e.Position = new(rapid.Int64Range(0, 1000).Draw(t, "at"))
	}
	for _, scope := range rapid.SliceOfN(rapid.SampledFrom([]string{"", "A", "B", "\x1fhistory"}), 0, 3).Draw(t, "scopes") {
		d := DetectorState{EnvironmentID: w.environment, Scope: scope}
		if rapid.IntRange(0, 3).Draw(t, "forget") > 0 {
			d.Data = []byte(rapid.StringN(0, 3, -1).Draw(t, "data"))
		}
		e.States = append(e.States, d)
	}
	for _, r := range w.rules {
		if rapid.Bool().Draw(t, "state of rule") {
			stale := rapid.Int64Range(0, 1).Draw(t, "stale")
			e.RuleStates = append(e.RuleStates, RuleState{RuleID: r.ID, Version: r.Version - stale, Data: []byte("s")})
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "transitions") {
		e.Transitions = append(e.Transitions, w.drawTransition(t, e.Transitions))
	}
	return e
}

// drawTransition draws what becomes of an incident that there is, or that the step
// before has opened, or of a new one.
func (w *world) drawTransition(t *rapid.T, earlier []Transition) Transition {
	quiet := rapid.IntRange(0, 4).Draw(t, "quiet") == 0
	known := slices.Clone(w.incidents)
	for _, e := range earlier {
		known = append(known, e.Incident)
	}
	if len(known) == 0 || rapid.Bool().Draw(t, "new") {
		return Transition{Incident: w.drawIncident(t), Event: Opened, Quiet: quiet}
	}
	i := rapid.SampledFrom(known).Draw(t, "incident")
	i.CurrentValue = rapid.Float64Range(0, 100).Draw(t, "value")
	switch rapid.IntRange(0, 3).Draw(t, "becomes") {
	case 0:
		return Transition{Incident: ended(i, IncidentClosed, w.now), Event: Closed, Quiet: quiet}
	case 1:
		return Transition{Incident: ended(i, IncidentExpired, w.now), Event: Expired, Quiet: quiet}
	case 2: // as somebody has it who does not know yet that it is closed
		i.Status, i.MeasuredValueOnClose, i.ResolvedAt, i.ClosedAt = IncidentOpen, nil, nil, nil
	}
	return Transition{Incident: i}
}

func (w *world) drawIncident(t *rapid.T) Incident {
	w.made++
	id := fmt.Sprintf("i%05d", w.made)
	if len(w.rules) > 0 && rapid.Bool().Draw(t, "of a rule") {
		r := rapid.SampledFrom(w.rules).Draw(t, "rule")
		if rapid.IntRange(0, 4).Draw(t, "stale") == 0 {
			r.Version--
		}
		return ruled(r, id, w.now)
	}
	return anomaly(w.environment, id, rapid.SampledFrom([]string{"A", "B", "C"}).Draw(t, "title"), w.now)
}

func (w *world) evaluate(t *rapid.T) {
	w.pass(time.Second)
	e := w.drawEvaluation(t)
	w.check(w.s.Evaluate(w.t.Context(), e))
	w.model.evaluate(e)
}

// refused is a step of which the last transition cannot be kept.
func (w *world) refused(t *rapid.T) {
	w.pass(time.Second)
	e := w.drawEvaluation(t)
	bad := w.drawIncident(t)
	bad.Rule, bad.Severity = nil, "none"
	e.Transitions = append(e.Transitions, Transition{Incident: bad, Event: Opened})
	if err := w.s.Evaluate(w.t.Context(), e); fault.CodeOf(err) != fault.Invalid {
		t.Fatalf("a step that cannot be kept: %v", err)
	}
}

func (w *world) changeRules(t *rapid.T) {
	w.pass(time.Second)
	if len(w.rules) == 0 || len(w.rules) < 3 && rapid.Bool().Draw(t, "new") {
		r, err := w.s.CreateAlertRule(w.t.Context(), AlertRule{
			EnvironmentID: w.environment, Name: "rule", Enabled: true, Metric: "rebuffering-percentage", Direction: Above, Interval: time.Minute, Severity: SeverityWarning,
		})
		w.check(err)
		w.rules = append(w.rules, r)
		return
	}
	place := rapid.IntRange(0, len(w.rules)-1).Draw(t, "rule")
	r := &w.rules[place]
	if rapid.IntRange(0, 3).Draw(t, "remove") == 0 {
		w.check(w.s.RemoveAlertRule(w.t.Context(), w.environment, r.ID))
		w.endRule(r.ID)
		w.rules = slices.Delete(w.rules, place, place+1)
		return
	}
	threshold := rapid.Float64Range(0, 2).Draw(t, "threshold")
	_, err := w.s.ChangeAlertRule(w.t.Context(), w.environment, r.ID, func(r *AlertRule) error { r.Threshold = threshold; return nil })
	w.check(err)
	if threshold != r.Threshold {
		r.Threshold, r.Version, r.UpdatedAt = threshold, r.Version+1, w.now
		w.endRule(r.ID)
	}
}

func (w *world) changeChannels(t *rapid.T) {
	w.pass(time.Second)
	if len(w.channels) == 0 || len(w.channels) < 3 && rapid.Bool().Draw(t, "new") {
		c, err := w.s.CreateChannel(w.t.Context(), Channel{
			EnvironmentID: w.environment, Name: "channel", Kind: Webhook, Enabled: rapid.Bool().Draw(t, "enabled"),
			Subscription: rapid.SampledFrom(Subscriptions).Draw(t, "subscription"), Target: "https://example.com",
		})
		w.check(err)
		w.channels = append(w.channels, c)
		return
	}
	place := rapid.IntRange(0, len(w.channels)-1).Draw(t, "channel")
	c := &w.channels[place]
	switch rapid.IntRange(0, 3).Draw(t, "what") {
	case 0:
		w.check(w.s.RemoveChannel(w.t.Context(), w.environment, c.ID))
		w.giveUp(c.ID)
		w.channels = slices.Delete(w.channels, place, place+1)
	case 1:
		changed, err := w.s.RotateSecret(w.t.Context(), w.environment, c.ID)
		w.check(err)
		c.Secrets, c.RotatedUntil, c.UpdatedAt = []string{changed.Secrets[0], c.Secrets[0]}, w.now.Add(24*time.Hour), w.now
	case 2:
		waiting := 0
		for _, n := range w.notes {
			if n.channel == c.ID && n.event == Tested && n.state == Queued {
				waiting++
			}
		}
		_, err := w.s.TestChannel(w.t.Context(), w.environment, c.ID)
		if waiting == 10 {
			if fault.CodeOf(err) != fault.Limited {
				t.Fatalf("one test more than 10: %v", err)
			}
			return
		}
		w.check(err)
		w.notes = append(w.notes, note{channel: c.ID, event: Tested, state: Queued, queued: w.now, next: w.now})
	default:
		enabled := rapid.Bool().Draw(t, "enabled")
		_, err := w.s.ChangeChannel(w.t.Context(), w.environment, c.ID, func(c *Channel) error { c.Enabled = enabled; return nil })
		w.check(err)
		if enabled == c.Enabled {
			return
		}
		c.Enabled, c.UpdatedAt = enabled, w.now
		if !enabled {
			w.giveUp(c.ID)
		}
	}
}

// notify tries what is due.
func (w *world) notify(t *rapid.T) {
	w.pass(time.Second)
	limit := rapid.IntRange(1, 5).Draw(t, "limit")
	due, err := w.s.DueNotifications(w.t.Context(), w.now, limit)
	w.check(err)
	places := w.due(limit)
	var want, got []string
	for k, place := range places {
		want = append(want, w.notes[place].String())
		if k < len(due) {
			n := due[k]
			got = append(got, note{
				channel: n.ChannelID, incident: n.IncidentID, event: n.Event, as: n.Incident,
				state: n.State, attempts: n.Attempts, log: w.notes[place].log, next: n.NextAttempt,
			}.String())
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(due) != len(places) {
		t.Fatalf("due: %d, want %d (-want +got):\n%s", len(due), len(places), diff)
	}
	for k, place := range places {
		state := rapid.SampledFrom([]string{Queued, Delivered, Failed, "later"}).Draw(t, "state")
		if state == "later" { // the worker has not come to it
			continue
		}
		next := w.now.Add(rapid.SampledFrom([]time.Duration{0, time.Second, 10 * time.Second}).Draw(t, "back-off"))
		w.check(w.s.Attempted(w.t.Context(), Attempt{NotificationID: due[k].ID, At: w.now, Status: 200}, state, next))
		w.attempted(place, state, next)
	}
}

// redeliver queues one again, or reports an attempt of one that does not wait any
// longer.
func (w *world) redeliver(t *rapid.T) {
	if len(w.notes) == 0 {
		t.Skip("nothing was sent")
	}
	w.pass(time.Second)
	place := rapid.IntRange(0, len(w.notes)-1).Draw(t, "notification")
	n := &w.notes[place]
	l, err := w.s.Deliveries(w.t.Context(), w.environment, n.channel, DeliveryPage{Limit: 1000})
	w.check(err)
	id := l.Deliveries[len(l.Deliveries)-1-w.placeInChannel(place)].ID
	if n.state != Queued && rapid.Bool().Draw(t, "late attempt") {
		state := rapid.SampledFrom([]string{Queued, Delivered, Failed}).Draw(t, "state")
		w.check(w.s.Attempted(w.t.Context(), Attempt{NotificationID: id, At: w.now}, state, w.now))
		w.attempted(place, state, w.now)
		return
	}
	_, err = w.s.Redeliver(w.t.Context(), w.environment, n.channel, id)
	c := slices.IndexFunc(w.channels, func(c Channel) bool { return c.ID == n.channel })
	switch {
	case c < 0:
		if fault.CodeOf(err) != fault.NotFound {
			t.Fatalf("of a removed channel: %v", err)
		}
	case !w.channels[c].Enabled:
		if fault.CodeOf(err) != fault.Conflict {
			t.Fatalf("of a disabled channel: %v", err)
		}
	default:
		w.check(err)
		n.state, n.attempts, n.queued, n.next = Queued, 0, w.now, w.now
	}
}

// placeInChannel is how many notifications of its channel come before one.
func (w *world) placeInChannel(place int) (before int) {
	for _, n := range w.notes[:place] {
		if n.channel == w.notes[place].channel {
			before++
		}
	}
	return before
}

// compare looks at everything.
func (w *world) compare() {
	ctx := w.t.Context()
	at, _, err := w.s.EvaluatedTo(ctx)
	w.check(err)
	states := map[string]string{}
	for d, err := range w.s.DetectorStates(ctx, w.environment) {
		w.check(err)
		states[d.Scope] = string(d.Data)
	}
	ruleStates := map[string]string{}
	list, err := w.s.RuleStates(ctx)
	w.check(err)
	for _, r := range list {
		if !w.isCurrent(r.RuleID, r.Version) {
			w.t.Fatalf("a state of rule %s, version %d, which is another now", r.RuleID, r.Version)
		}
		ruleStates[r.RuleID] = string(r.Data)
	}
	page, err := w.s.Incidents(ctx, w.environment, IncidentPage{Limit: 1000})
	w.check(err)
	slices.SortFunc(page.Incidents, func(a, b Incident) int { return strings.Compare(a.ID, b.ID) })
	wantIncidents := slices.SortedFunc(slices.Values(w.incidents), func(a, b Incident) int { return strings.Compare(a.ID, b.ID) })
	if at != w.position {
		w.t.Fatalf("position %d, want %d", at, w.position)
	}
	for _, diff := range []string{
		cmp.Diff(w.states, states), cmp.Diff(w.ruleStates, ruleStates), cmp.Diff(wantIncidents, page.Incidents),
		cmp.Diff(w.rules, append([]AlertRule{}, w.s.AlertRules(w.environment)...), cmpopts.EquateEmpty()),
		cmp.Diff(w.channels, append([]Channel{}, w.s.Channels(w.environment)...), cmpopts.EquateEmpty()),
	} {
		if diff != "" {
			w.t.Fatalf("(-want +got):\n%s", diff)
		}
	}
	w.compareNotes()
}

// compareNotes compares the log of each channel that there is or was, and the order
// of the numbers.
func (w *world) compareNotes() {
	want := map[string][]string{}
	for _, n := range w.notes {
		n.as = Incident{} // the log does not have it
		want[n.channel] = append(want[n.channel], n.String())
	}
	for channel, notes := range want {
		l, err := w.s.Deliveries(w.t.Context(), w.environment, channel, DeliveryPage{Limit: 1000})
		w.check(err)
		var got []string
		last := int64(0)
		for _, d := range slices.Backward(l.Deliveries) {
			if d.ID <= last {
				w.t.Fatalf("number %d comes after %d", d.ID, last)
			}
			last = d.ID
			got = append(got, note{
				channel: d.ChannelID, incident: d.IncidentID, event: d.Event, state: d.State, attempts: d.Attempts, log: len(d.Log), next: d.NextAttempt,
			}.String())
		}
		if diff := cmp.Diff(notes, got); diff != "" || l.Total != len(notes) {
			w.t.Fatalf("log of %s, %d in all (-want +got):\n%s", channel, l.Total, diff)
		}
	}
}
