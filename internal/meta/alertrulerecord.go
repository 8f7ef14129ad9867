package meta

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"time"
	"unicode/utf8"

	"playhead/internal/fault"
)

// Bounds of rules.
const (
	maxAlertRules     = 100  // of an environment
	maxRuleFilters    = 20   // of a rule
	maxRuleValues     = 100  // of a filter
	maxRuleValue      = 1024 // bytes of a value
	maxRuleInterval   = 60   // minutes
	maxRuleMinViewers = 1_000_000_000
	maxRuleMetric     = 128 // bytes of the name of a metric or dimension
)

// errSame ends a change after which nothing is different.
var errSame = errors.New("nothing is different")

// AlertRules are the rules of an environment in the order of their creation. They
// are shared and not to be changed.
func (s *Store) AlertRules(environmentID string) []AlertRule {
	return s.current.Load().alertRules[environmentID]
}

// AlertRule finds a rule; an unknown id is a fault.NotFound. It is shared and not
// to be changed.
func (s *Store) AlertRule(environmentID, id string) (AlertRule, error) {
	for _, r := range s.AlertRules(environmentID) {
		if r.ID == id {
			return r, nil
		}
	}
	return AlertRule{}, noAlertRule(id)
}

func noAlertRule(id string) error {
	return fault.New(fault.NotFound, "there is no alert rule %s", fault.Quote(id))
}

// CreateAlertRule keeps a rule and gives it an id. That its metric and filters make
// sense is for the caller to check; anything else that is malformed is a
// fault.Invalid error that names it, as is a rule too many.
func (s *Store) CreateAlertRule(ctx context.Context, r AlertRule) (AlertRule, error) {
	if err := r.check(); err != nil {
		return AlertRule{}, err
	}
	r = r.clone()
	r.ID, r.Version, r.CreatedAt = newUUID(), 1, s.now()
	r.UpdatedAt = r.CreatedAt
	document, err := json.Marshal(r)
	if err != nil {
		return AlertRule{}, fmt.Errorf("write alert rule: %w", err)
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO alert_rules (id, environment_id, version, created_at, document) VALUES ($1, $2, $3, $4, $5)`,
			r.ID, r.EnvironmentID, r.Version, r.CreatedAt.UnixMilli(), string(document))
		if err != nil {
			return fmt.Errorf("insert alert rule: %w", err)
		}
		return atMost(ctx, tx, maxAlertRules, "alert rules", `SELECT COUNT(*) FROM alert_rules WHERE environment_id = $1`, r.EnvironmentID)
	})
	if err != nil {
		return AlertRule{}, err
	}
	return r, nil
}

// ChangeAlertRule changes a rule: edit gets it as it is and returns an error if it
// must not become what it would be. A rule that is different afterwards has a new
// version, what was remembered of it is forgotten, and its open incident is closed
// and told of. An unknown id is a fault.NotFound.
func (s *Store) ChangeAlertRule(ctx context.Context, environmentID, id string, edit func(*AlertRule) error) (AlertRule, error) {
	var r AlertRule
	var b *book
	err := s.write(ctx, func(tx *sql.Tx) error {
		before, err := storedAlertRule(ctx, tx, environmentID, id)
		if err != nil {
			return err
		}
		r = before.clone()
		if err := edit(&r); err != nil {
			return err
		}
		r.ID, r.EnvironmentID, r.Version, r.CreatedAt, r.UpdatedAt = before.ID, before.EnvironmentID, before.Version, before.CreatedAt, before.UpdatedAt
		if err := r.check(); err != nil {
			return err
		}
		r = r.clone()
		if reflect.DeepEqual(r, before.clone()) {
			return errSame
		}
		b = s.openBook(ctx, tx)
		r.Version, r.UpdatedAt = before.Version+1, b.now
		return b.replaceRule(r)
	})
	if errors.Is(err, errSame) {
		return r, nil
	}
	if err != nil {
		return AlertRule{}, err
	}
	s.countDropped(b.dropped)
	return r, nil
}

// RemoveAlertRule removes a rule and closes its open incident, of which people are
// told. An unknown id is a fault.NotFound.
func (s *Store) RemoveAlertRule(ctx context.Context, environmentID, id string) error {
	var b *book
	err := s.write(ctx, func(tx *sql.Tx) error {
		if _, err := storedAlertRule(ctx, tx, environmentID, id); err != nil {
			return err
		}
		b = s.openBook(ctx, tx)
		if err := b.endRule(environmentID, id); err != nil {
			return err
		}
		if err := b.close(); err != nil {
			return err
		}
		return changeOne(ctx, tx, noAlertRule(id), `DELETE FROM alert_rules WHERE environment_id = $1 AND id = $2`, environmentID, id)
	})
	if err == nil {
		s.countDropped(b.dropped)
	}
	return err
}

// replaceRule writes a rule in the place of what it was before.
func (b *book) replaceRule(r AlertRule) error {
	document, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write alert rule: %w", err)
	}
	if err := b.endRule(r.EnvironmentID, r.ID); err != nil {
		return err
	}
	if err := b.close(); err != nil {
		return err
	}
	return changeOne(b.ctx, b.tx, noAlertRule(r.ID), `UPDATE alert_rules SET version = $1, document = $2 WHERE environment_id = $3 AND id = $4`,
		r.Version, string(document), r.EnvironmentID, r.ID)
}

// endRule forgets what is remembered of a rule, and closes its open incident now.
func (b *book) endRule(environmentID, id string) error {
	if err := b.forgetRuleState(id); err != nil {
		return err
	}
	open, err := readIncidents(b.ctx, b.tx, `SELECT document FROM incidents
		WHERE environment_id = $1 AND rule_id = $2 AND status = 'open' ORDER BY started_at, id`, environmentID, id)
	if err != nil {
		return err
	}
	for _, i := range open {
		i = i.closed(b.now, b.now)
		if err := putIncident(b.ctx, b.tx, i); err != nil {
			return err
		}
		if err := b.announce(i, Closed); err != nil {
			return err
		}
	}
	return nil
}

func storedAlertRule(ctx context.Context, tx *sql.Tx, environmentID, id string) (r AlertRule, err error) {
	var document []byte
	err = tx.QueryRowContext(ctx, `SELECT document FROM alert_rules WHERE environment_id = $1 AND id = $2`, environmentID, id).Scan(&document)
	if errors.Is(err, sql.ErrNoRows) {
		return r, noAlertRule(id)
	}
	if err != nil {
		return r, fmt.Errorf("look for alert rule: %w", err)
	}
	if err := json.Unmarshal(document, &r); err != nil {
		return r, fmt.Errorf("read stored alert rule: %w", err)
	}
	return r, nil
}

func (s *snapshot) readAlertRules(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT document FROM alert_rules ORDER BY created_at, id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var document []byte
		var r AlertRule
		if err := rows.Scan(&document); err != nil {
			return err
		}
		if err := json.Unmarshal(document, &r); err != nil {
			return err
		}
		s.alertRules[r.EnvironmentID] = append(s.alertRules[r.EnvironmentID], r)
	}
	return rows.Err()
}

// clone is a rule of its own, with no list that is nil.
func (r AlertRule) clone() AlertRule {
	filters := make([]RuleFilter, len(r.Filters))
	for i, f := range r.Filters {
		f.Values = append([]string{}, f.Values...)
		filters[i] = f
	}
	r.Filters = filters
	return r
}

// check refuses what no rule can be, whatever its metric.
func (r AlertRule) check() error {
	if err := checkName("name", r.Name); err != nil {
		return err
	}
	switch {
	case r.Metric == "" || len(r.Metric) > maxRuleMetric:
		return fault.Badf("metric", "want the id of a real-time metric, have %s", fault.Quote(r.Metric))
	case r.Direction != Above && r.Direction != Below:
		return fault.Badf("direction", "%s is not one of %s, %s", fault.Quote(r.Direction), Above, Below)
	case math.IsNaN(r.Threshold) || math.IsInf(r.Threshold, 0) || r.Threshold < 0:
		return fault.Badf("threshold", "want a number from 0, have %v", r.Threshold)
	case r.Interval < time.Minute || r.Interval > maxRuleInterval*time.Minute || r.Interval%time.Minute != 0:
		return fault.Badf("interval", "want 1 to %d whole minutes, have %v", maxRuleInterval, r.Interval)
	case r.MinViewers < 0 || r.MinViewers > maxRuleMinViewers:
		return fault.Badf("min_viewers", "want 0 to %d viewers, have %d", maxRuleMinViewers, r.MinViewers)
	case r.Severity != SeverityWarning && r.Severity != SeverityAlert:
		return fault.Badf("severity", "%s is not one of %s, %s", fault.Quote(r.Severity), SeverityWarning, SeverityAlert)
	case len(r.Filters) > maxRuleFilters:
		return fault.Badf("filters", "want at most %d, have %d", maxRuleFilters, len(r.Filters))
	}
	for _, f := range r.Filters {
		if err := f.check(); err != nil {
			return err
		}
	}
	return nil
}

func (f RuleFilter) check() error {
	if f.Dimension == "" || len(f.Dimension) > maxRuleMetric {
		return fault.Badf("filters", "want the name of a dimension, have %s", fault.Quote(f.Dimension))
	}
	if n := len(f.Values); n < 1 || n > maxRuleValues {
		return fault.Badf("filters", "want 1 to %d values of %s, have %d", maxRuleValues, f.Dimension, n)
	}
	if i := slices.IndexFunc(f.Values, func(v string) bool { return len(v) > maxRuleValue || !utf8.ValidString(v) }); i >= 0 {
		return fault.Badf("filters", "want values of at most %d bytes in UTF-8, have %s", maxRuleValue, fault.Quote(f.Values[i]))
	}
	return nil
}
