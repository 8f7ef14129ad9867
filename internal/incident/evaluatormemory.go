package incident

import (
	"context"
	"fmt"
	"time"

	"playhead/internal/meta"
)

// remembered is what an evaluator remembers between two steps. It is never more than what
// is durable: after a failed step it is thrown away, and read again.
type remembered struct {
	position  int64               // views that were complete before this record have been looked at
	detectors map[string]detector // by environment
	touched   map[string]bool     // environments whose detectors have something new
	advanced  time.Time           // when detectors were told how late it is

	settled  int64                     // the tick up to which rules have been evaluated
	watchers map[string]*Watcher       // of rules, by id
	rules    map[string]meta.RuleState // of rules that have no watcher yet, by id

	open    map[string]*openIncident // by id
	learned []meta.Incident          // of the past, closed: their causes are looked for when there is time
}

// openIncident is an incident that is open, as it is durable.
type openIncident struct {
	incident meta.Incident
	own      string    // what detector or watcher say of it
	explain  time.Time // when its causes are looked for again; zero: not until it closes
}

// begin writes down where the evaluation begins if nothing says so, and if views and journal
// are from a backup that is older than the records.
func (e *Evaluator) begin(ctx context.Context) error {
	if e.begun {
		return nil
	}
	position, ok, err := e.cfg.Records.EvaluatedTo(ctx)
	if err != nil {
		return fmt.Errorf("read how far incidents have been evaluated: %w", err)
	}
	if !ok || position > e.first {
		if err := e.cfg.Records.Evaluate(ctx, meta.Evaluation{Position: &e.first}); err != nil {
			return fmt.Errorf("write down where the evaluation of incidents begins: %w", err)
		}
	}
	e.begun = true
	return nil
}

// recall reads what is durable, unless it is known.
func (e *Evaluator) recall(ctx context.Context) error {
	if e.memory != nil {
		return nil
	}
	if err := e.begin(ctx); err != nil {
		return err
	}
	m := &remembered{
		detectors: map[string]detector{}, touched: map[string]bool{},
		watchers: map[string]*Watcher{}, rules: map[string]meta.RuleState{}, open: map[string]*openIncident{},
	}
	var err error
	if m.position, _, err = e.cfg.Records.EvaluatedTo(ctx); err != nil {
		return fmt.Errorf("read how far incidents have been evaluated: %w", err)
	}
	states, err := e.cfg.Records.RuleStates(ctx)
	if err != nil {
		return fmt.Errorf("read what is known of rules: %w", err)
	}
	for _, s := range states {
		m.rules[s.RuleID] = s
	}
	open, err := e.cfg.Records.OpenIncidents(ctx)
	if err != nil {
		return fmt.Errorf("read open incidents: %w", err)
	}
	now := e.cfg.Clock()
	if m.position < e.read.Load() {
		e.behind.CompareAndSwap(0, now.UnixMilli())
	}
	for i := range open {
		o := &openIncident{incident: open[i], own: ownSentence(&open[i])}
		o.explain = nextSearch(&o.incident, now)
		m.open[open[i].ID] = o
	}
	e.memory = m
	return nil
}

// meet makes the detectors of environments that have none: with what is known of them,
// or of their past.
func (e *Evaluator) meet(ctx context.Context) error {
	for _, environment := range e.cfg.Environments() {
		if e.memory.detectors[environment] != nil {
			continue
		}
		d, known := e.newDetector(environment), false
		for state, err := range e.cfg.Records.DetectorStates(ctx, environment) {
			if err == nil {
				known, err = true, d.Restore(state)
			}
			if err != nil {
				return fmt.Errorf("read what is known of environment %s: %w", environment, err)
			}
		}
		if !known {
			if err := e.learn(ctx, environment, d); err != nil {
				return fmt.Errorf("learn the past of environment %s: %w", environment, err)
			}
		}
		e.memory.detectors[environment] = d
	}
	return nil
}

// watchers are those of the rules as they are now, in their order. Incidents
// of others have ended.
func (e *Evaluator) watchers(m *remembered) []*Watcher {
	var list []*Watcher
	now := map[string]*Watcher{}
	for _, environment := range e.cfg.Environments() {
		for _, rule := range e.cfg.Rules(environment) {
			if rule.Enabled {
				now[rule.ID] = e.watcher(m, rule)
				list = append(list, now[rule.ID])
			}
		}
	}
	m.watchers = now
	for id, o := range m.open {
		if r := o.incident.Rule; r != nil && (now[r.ID] == nil || now[r.ID].Rule().Version != r.Version) {
			delete(m.open, id)
		}
	}
	return list
}

// watcher is that of a rule: the one that there is, one that goes on from what
// is durable, or a new one.
func (e *Evaluator) watcher(m *remembered, rule meta.AlertRule) *Watcher {
	if w := m.watchers[rule.ID]; w != nil && w.Rule().Version == rule.Version {
		return w
	}
	w := NewWatcher(rule, e.cfg.NewID)
	if state, ok := m.rules[rule.ID]; ok && state.Version == rule.Version {
		if err := w.Restore(state.Data); err != nil {
			e.metrics.errors.WithLabelValues("rules").Inc()
			e.cfg.Logger.Error("a rule begins anew", "err", err)
			w = NewWatcher(rule, e.cfg.NewID)
		}
	}
	delete(m.rules, rule.ID)
	return w
}
