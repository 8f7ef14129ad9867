package meta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"playhead/internal/fault"
)

// Evaluate makes a step of the evaluation durable, all of it in one transaction:
// how far it has come, what the detectors and rules remember, the incidents, and
// a notification of each event for each channel that is to be told.
//
// A transition is left out, and counted, if its rule has been edited or deleted
// meanwhile, or if it would open an incident again. An incident that opens while
// another about the same is open closes that one. An id that another
// incident has is a fault.Conflict, numbers that are none a fault.Invalid error.
func (s *Store) Evaluate(ctx context.Context, e Evaluation) error {
	var b *book
	err := s.transact(ctx, func(tx *sql.Tx) error {
		b = s.openBook(ctx, tx)
		if e.Position != nil {
			if _, err := tx.ExecContext(ctx, `UPDATE evaluation SET position = $1`, *e.Position); err != nil {
				return fmt.Errorf("keep position of the evaluation: %w", err)
			}
		}
		if err := b.putDetectorStates(e.States); err != nil {
			return err
		}
		for _, r := range e.RuleStates {
			if err := b.putRuleState(r); err != nil {
				return err
			}
		}
		for _, t := range e.Transitions {
			if err := b.transition(t); err != nil {
				return err
			}
		}
		return b.close()
	})
	if err == nil {
		s.countDropped(b.dropped)
	}
	return err
}

// book is a transaction that changes incidents: what it has read already, and what
// is to be written or counted at its end.
type book struct {
	ctx     context.Context // it lives as long as the transaction does
	tx      *sql.Tx
	now     time.Time
	dropped drops

	versions map[string]int64 // of rules; 0: there is no such rule
	last     int64            // number of the last notification; 0: not read yet
	numbered bool             // it has been raised
}

func (s *Store) openBook(ctx context.Context, tx *sql.Tx) *book {
	return &book{ctx: ctx, tx: tx, now: s.now(), dropped: drops{}, versions: map[string]int64{}}
}

// close writes what a book has kept until now.
func (b *book) close() error {
	if !b.numbered {
		return nil
	}
	if _, err := b.tx.ExecContext(b.ctx, `UPDATE evaluation SET last_notification = $1`, b.last); err != nil {
		return fmt.Errorf("keep the number of the last notification: %w", err)
	}
	return nil
}

// putDetectorStates writes states, which can be thousands.
func (b *book) putDetectorStates(states []DetectorState) (err error) {
	if len(states) == 0 {
		return nil
	}
	put, err := b.tx.PrepareContext(b.ctx, `INSERT INTO detector_states (environment_id, scope, data) VALUES ($1, $2, $3)
		ON CONFLICT (environment_id, scope) DO UPDATE SET data = excluded.data`)
	if err != nil {
		return fmt.Errorf("keep state of a detector: %w", err)
	}
	defer put.Close()
	for _, d := range states {
		if d.Data == nil {
			_, err = b.tx.ExecContext(b.ctx, `DELETE FROM detector_states WHERE environment_id = $1 AND scope = $2`, d.EnvironmentID, d.Scope)
		} else {
			_, err = put.ExecContext(b.ctx, d.EnvironmentID, d.Scope, d.Data)
		}
		if err != nil {
			return fmt.Errorf("keep state of a detector: %w", err)
		}
	}
	return nil
}

// putRuleState writes the state of a rule, unless it is of another version.
func (b *book) putRuleState(r RuleState) error {
	version, err := b.version(r.RuleID)
	if err != nil || version != r.Version {
		return err
	}
	if r.Data == nil {
		return b.forgetRuleState(r.RuleID)
	}
	_, err = b.tx.ExecContext(b.ctx, `INSERT INTO rule_states (rule_id, data) VALUES ($1, $2)
		ON CONFLICT (rule_id) DO UPDATE SET data = excluded.data`, r.RuleID, r.Data)
	if err != nil {
		return fmt.Errorf("keep state of a rule: %w", err)
	}
	return nil
}

func (b *book) forgetRuleState(ruleID string) error {
	if _, err := b.tx.ExecContext(b.ctx, `DELETE FROM rule_states WHERE rule_id = $1`, ruleID); err != nil {
		return fmt.Errorf("forget state of a rule: %w", err)
	}
	return nil
}

// version is that of a rule as it is now; 0: there is no such rule.
func (b *book) version(ruleID string) (int64, error) {
	v, known := b.versions[ruleID]
	if known {
		return v, nil
	}
	err := b.tx.QueryRowContext(b.ctx, `SELECT version FROM alert_rules WHERE id = $1`, ruleID).Scan(&v)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("look for the version of a rule: %w", err)
	}
	b.versions[ruleID] = v
	return v, nil
}

// transition writes what has become of an incident, and queues notifications.
func (b *book) transition(t Transition) error {
	if rule := t.Incident.Rule; rule != nil {
		version, err := b.version(rule.ID)
		if err != nil {
			return err
		}
		if version != rule.Version {
			b.dropped[ruleChanged]++
			return nil
		}
	}
	before, err := storedIncident(b.ctx, b.tx, t.Incident.ID)
	if err != nil {
		return err
	}
	open := t.Incident.Status == IncidentOpen
	switch {
	case before == nil && open:
		if err := b.supersede(t.Incident, t.Quiet); err != nil {
			return err
		}
	case before == nil:
	case !before.is(t.Incident), t.Event == Opened && !before.StartedAt.Equal(t.Incident.StartedAt):
		return fault.New(fault.Conflict, "another incident has the id %s", fault.Quote(before.ID))
	case open && before.Status != IncidentOpen:
		b.dropped[incidentNotOpen]++
		return nil
	}
	if err := putIncident(b.ctx, b.tx, t.Incident); err != nil {
		return err
	}
	if t.Event == "" || t.Quiet {
		return nil
	}
	return b.announce(t.Incident, t.Event)
}

// is reports whether two incidents with the same id can be one at different times.
func (i *Incident) is(other Incident) bool {
	return i.EnvironmentID == other.EnvironmentID && i.Key == other.Key && i.ruleID() == other.ruleID()
}

// supersede closes the open incident in whose place another opens. That there is
// one means that an evaluation has forgotten it: better than not to go on. Who was told
// of its beginning is told of its end, or a pager would go on for ever.
func (b *book) supersede(by Incident, quiet bool) error {
	old, err := readIncidents(b.ctx, b.tx, `SELECT document FROM incidents
		WHERE environment_id = $1 AND incident_key = $2 AND rule_id = $3 AND status = 'open'`, by.EnvironmentID, by.Key, by.ruleID())
	if err != nil {
		return err
	}
	for _, i := range old {
		b.dropped[incidentSuperseded]++
		i = i.closed(by.StartedAt, by.OpenedAt)
		if err := putIncident(b.ctx, b.tx, i); err != nil {
			return err
		}
		if quiet {
			continue
		}
		if err := b.announce(i, Closed); err != nil {
			return err
		}
	}
	return nil
}

// closed is the incident once it has ended with what was measured last. It never
// ends before it began.
func (i Incident) closed(resolved, told time.Time) Incident {
	resolved = latest(resolved, i.StartedAt)
	told = latest(told, resolved, i.OpenedAt)
	value := i.CurrentValue
	i.Status, i.MeasuredValueOnClose, i.ResolvedAt, i.ClosedAt = IncidentClosed, &value, &resolved, &told
	return i
}

func latest(t time.Time, others ...time.Time) time.Time {
	for _, o := range others {
		if o.After(t) {
			t = o
		}
	}
	return t
}

// EvaluatedTo is the position that was kept last; false: there is none yet.
func (s *Store) EvaluatedTo(ctx context.Context) (int64, bool, error) {
	var position sql.NullInt64
	if err := s.db.QueryRowContext(ctx, `SELECT position FROM evaluation`).Scan(&position); err != nil {
		return 0, false, fmt.Errorf("read position of the evaluation: %w", err)
	}
	return position.Int64, position.Valid, nil
}

// DetectorStates are the states of an environment's detectors, that of the
// environment as a whole first, then by title.
func (s *Store) DetectorStates(ctx context.Context, environmentID string) iter.Seq2[DetectorState, error] {
	return func(yield func(DetectorState, error) bool) {
		rows, err := s.db.QueryContext(ctx, `SELECT scope, data FROM detector_states WHERE environment_id = $1 ORDER BY scope`, environmentID)
		if err != nil {
			yield(DetectorState{}, fmt.Errorf("read states of detectors: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			d := DetectorState{EnvironmentID: environmentID}
			if err := rows.Scan(&d.Scope, &d.Data); err != nil {
				yield(DetectorState{}, fmt.Errorf("read states of detectors: %w", err))
				return
			}
			if !yield(d, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(DetectorState{}, fmt.Errorf("read states of detectors: %w", err))
		}
	}
}

// RuleStates are the states of all rules as they are now. Those that have been
// edited since they were evaluated have none.
func (s *Store) RuleStates(ctx context.Context) (list []RuleState, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT s.rule_id, r.version, s.data FROM rule_states s JOIN alert_rules r ON r.id = s.rule_id ORDER BY s.rule_id`)
	if err != nil {
		return nil, fmt.Errorf("read states of rules: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r RuleState
		if err := rows.Scan(&r.RuleID, &r.Version, &r.Data); err != nil {
			return nil, fmt.Errorf("read states of rules: %w", err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}
