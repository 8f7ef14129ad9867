package incident

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/catalog"
	"playhead/internal/meta"
	"playhead/internal/query"
	"playhead/internal/view"
)

// keeper is records in memory. Its steps can fail, before or after they are durable.
type keeper struct {
	position   int64
	positioned bool
	states     map[string]map[string][]byte // by environment and scope
	rules      map[string]meta.RuleState
	incidents  map[string]meta.Incident
	told       []told // what people were told, in order
	steps      int

	fails     func(meta.Evaluation) error // nil: nothing fails
	failsLate bool                        // after the step is durable
	unread    error                       // nothing can be read
}

// told is one event that people were notified of.
type told struct {
	Event    meta.Event
	Incident meta.Incident
}

func newKeeper() *keeper {
	return &keeper{states: map[string]map[string][]byte{}, rules: map[string]meta.RuleState{}, incidents: map[string]meta.Incident{}}
}

var errDisk = errors.New("the disk takes nothing")

func (k *keeper) Evaluate(_ context.Context, e meta.Evaluation) error {
	var err error
	if k.fails != nil {
		err = k.fails(e)
	}
	if err != nil && !k.failsLate {
		return err
	}
	k.steps++
	if e.Position != nil {
		k.position, k.positioned = *e.Position, true
	}
	for _, s := range e.States {
		if k.states[s.EnvironmentID] == nil {
			k.states[s.EnvironmentID] = map[string][]byte{}
		}
		if k.states[s.EnvironmentID][s.Scope] = s.Data; s.Data == nil {
			delete(k.states[s.EnvironmentID], s.Scope)
		}
	}
	for _, r := range e.RuleStates {
		k.rules[r.RuleID] = r
	}
	for _, t := range e.Transitions {
		k.incidents[t.Incident.ID] = t.Incident
		if t.Event != "" && !t.Quiet {
			k.told = append(k.told, told{t.Event, t.Incident})
		}
	}
	return err
}

func (k *keeper) EvaluatedTo(context.Context) (int64, bool, error) {
	return k.position, k.positioned, k.unread
}

func (k *keeper) DetectorStates(_ context.Context, environment string) iter.Seq2[meta.DetectorState, error] {
	return func(yield func(meta.DetectorState, error) bool) {
		for _, scope := range slices.Sorted(maps.Keys(k.states[environment])) {
			if !yield(meta.DetectorState{EnvironmentID: environment, Scope: scope, Data: k.states[environment][scope]}, k.unread) {
				return
			}
		}
	}
}

func (k *keeper) RuleStates(context.Context) ([]meta.RuleState, error) {
	return slices.Collect(maps.Values(k.rules)), k.unread
}

func (k *keeper) OpenIncidents(context.Context) (open []meta.Incident, err error) {
	for _, i := range k.incidents {
		if i.Status == meta.IncidentOpen {
			open = append(open, i)
		}
	}
	return open, k.unread
}

// shelf is stored views. What is read can end with an error after some views.
type shelf struct {
	views []*view.View // in the order of their records, or without any
	fails func() bool  // at the next view
}

func (s *shelf) Completed(_ context.Context, _ []*catalog.Column, from, before int64) iter.Seq2[*view.View, error] {
	return s.those(func(v *view.View) bool {
		record, ok := v.Number(completeColumn)
		return ok && int64(record) >= from && int64(record) < before
	})
}

func (s *shelf) Ended(_ context.Context, _ []*catalog.Column, environment string, from, before, record int64) iter.Seq2[*view.View, error] {
	return s.those(func(v *view.View) bool {
		complete, ok := v.Number(completeColumn)
		at := whole(v, endColumn)
		return v.Text(environmentColumn) == environment && at >= from && at < before && (!ok || int64(complete) < record)
	})
}

func (s *shelf) those(wanted func(*view.View) bool) iter.Seq2[*view.View, error] {
	return func(yield func(*view.View, error) bool) {
		for _, v := range s.views {
			if s.fails != nil && s.fails() {
				yield(nil, errDisk)
				return
			}
			if wanted(v) && !yield(v, nil) {
				return
			}
		}
	}
}

// complete adds a view that was complete by a record; by none if that is negative.
func (s *shelf) complete(environment, title string, record int64, failure int64) *view.View {
	n := len(s.views) + 1
	v := view.New(view.ID{8: byte(n >> 16), 9: byte(n >> 8), 10: byte(n)})
	v.SetText(environmentColumn, environment)
	v.SetText(titleColumn, title)
	v.SetNumber(endColumn, float64(noon.UnixMilli()+int64(n)))
	if record >= 0 {
		v.SetNumber(completeColumn, float64(record))
	}
	if failure != 0 {
		v.SetNumber(failureColumn, float64(failure))
	}
	s.views = append(s.views, v)
	return v
}

// noon is a time.
var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// clerk is a detector that writes down which views it takes. A title has an incident
// from its first failure on to its next view without one.
type clerk struct {
	environment string
	newID       func() string
	seen        []string                  // titles and numbers of views
	open        map[string]*meta.Incident // by title
	advanced    int64
	changes     []Change
	dirty       bool
}

// clerkState is what a clerk remembers.
type clerkState struct {
	Seen     []string
	Open     map[string]*meta.Incident
	Advanced int64
}

func (c *clerk) Restore(s meta.DetectorState) error {
	if s.Scope != "" || s.EnvironmentID != c.environment {
		return fmt.Errorf("state of %q in %s, want that of %s", s.Scope, s.EnvironmentID, c.environment)
	}
	var was clerkState
	err := json.Unmarshal(s.Data, &was)
	c.seen, c.open, c.advanced = was.Seen, was.Open, was.Advanced
	return err
}

func (c *clerk) Advance(now int64) {
	if now > c.advanced {
		c.advanced, c.dirty = now, true
	}
}

func (c *clerk) Add(s Sample) {
	if s.Title == "poison" {
		panic("cannot take that")
	}
	c.seen = append(c.seen, fmt.Sprint(s.Title, s.At-noon.UnixMilli()))
	c.dirty = true
	i := c.open[s.Title]
	switch at := time.UnixMilli(s.At).UTC(); {
	case i == nil && s.Failure != 0:
		i = &meta.Incident{ID: c.newID(), EnvironmentID: c.environment, Status: meta.IncidentOpen, Key: s.Title, Description: s.Title + " fails", AffectedViews: 1, StartedAt: at, OpenedAt: at}
		c.open[s.Title] = i
		c.changes = append(c.changes, Change{meta.Opened, *i})
	case i != nil && s.Failure != 0:
		i.AffectedViews++
		c.changes = append(c.changes, Change{"", *i})
	case i != nil:
		i.Status, i.ResolvedAt, i.ClosedAt = meta.IncidentClosed, &at, &at
		delete(c.open, s.Title)
		c.changes = append(c.changes, Change{meta.Closed, *i})
	}
}

func (c *clerk) Take() ([]Change, []meta.DetectorState) {
	changes, dirty := c.changes, c.dirty
	c.changes, c.dirty = nil, false
	if !dirty {
		return changes, nil
	}
	data, err := json.Marshal(clerkState{c.seen, c.open, c.advanced})
	if err != nil {
		panic(err)
	}
	return changes, []meta.DetectorState{{EnvironmentID: c.environment, Data: data}}
}

// seenBy is what the clerk of an environment has durably seen.
func (k *keeper) seenBy(t *testing.T, environment string) []string {
	t.Helper()
	data := k.states[environment][""]
	if data == nil {
		return nil
	}
	var s clerkState
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	return s.Seen
}

// nobody is real-time numbers without viewers.
type nobody struct{}

func (nobody) Ticks(_ context.Context, p *query.TickPlan) (*query.Ticks, error) {
	return &query.Ticks{From: p.From, Groups: []query.TickGroup{{Ticks: make([]query.Tick, p.Count())}}}, nil
}

func (nobody) Startups(context.Context, *query.TickPlan) ([]query.Startup, error) { return nil, nil }

// bench is what the evaluators of a test share: what a crash does not take.
type bench struct {
	records *keeper
	views   shelf
	rules   map[string][]meta.AlertRule
	numbers query.Realtime
	causes  Causes
	names   []string // of environments
	now     time.Time
	ids     int
	notices int  // how often it was said that people are to be notified
	real    bool // with real detectors
}

func newBench(environments ...string) *bench {
	return &bench{records: newKeeper(), rules: map[string][]meta.AlertRule{}, numbers: nobody{}, names: environments, now: noon.Add(time.Minute)}
}

// start makes an evaluator, as a process does at its start, over a store that has so
// much of the journal.
func (b *bench) start(t *testing.T, stored int64) *Evaluator {
	t.Helper()
	e, err := NewEvaluator(EvaluatorConfig{
		Records: b.records, Views: &b.views, Numbers: b.numbers, Causes: b.causes,
		Environments: func() []string { return b.names },
		Rules:        func(environment string) []meta.AlertRule { return b.rules[environment] },
		Known:        func(now time.Time) (time.Time, bool) { return now, true },
		Told:         func() { b.notices++ },
		NewID:        func() string { b.ids++; return fmt.Sprintf("%06d", b.ids) },
		Clock:        func() time.Time { return b.now },
		Logger:       slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if !b.real {
		e.newDetector = func(environment string) detector {
			return &clerk{environment: environment, newID: e.cfg.NewID, open: map[string]*meta.Incident{}}
		}
	}
	if err := e.Resume(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	return e
}

// all steps until no views are left. After a failed step it does what the evaluator
// does between steps.
func (b *bench) all(t *testing.T, e *Evaluator) {
	t.Helper()
	var err error
	for range 1000 {
		var more bool
		if more, err = e.step(t.Context()); err != nil {
			e.fail(err)
			continue
		}
		if !more {
			return
		}
	}
	t.Fatalf("there is no end of it: %v", err)
}

// figure is what Prometheus is shown; of those with labels, that with a value of one.
func figure(t *testing.T, e *Evaluator, name, label string) float64 {
	t.Helper()
	families, err := e.cfg.Registerer.(*prometheus.Registry).Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			found := label == ""
			for _, l := range m.GetLabel() {
				found = found || l.GetValue() == label
			}
			if found {
				return m.GetGauge().GetValue() + m.GetCounter().GetValue() // it is one of them
			}
		}
	}
	t.Fatalf("there is no figure %s of %q", name, label)
	return 0
}
