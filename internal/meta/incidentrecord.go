package meta

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"playhead/internal/fault"
)

// Incidents lists incidents of an environment. They are read from the file, as
// are all of them.
func (s *Store) Incidents(ctx context.Context, environmentID string, p IncidentPage) (IncidentList, error) {
	var l IncidentList
	order, known := incidentOrders[p.OrderBy]
	if !known {
		return l, fault.Badf("order_by", "incidents cannot be ordered by %s", fault.Quote(string(p.OrderBy)))
	}
	if p.Descending {
		order += ` DESC`
	}
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return l, fmt.Errorf("begin reading incidents: %w", err)
	}
	defer tx.Rollback() // nothing was written
	const scope = ` FROM incidents WHERE environment_id = $1 AND ($2 = '' OR status = $2 OR $2 = 'ended' AND status <> 'open') AND ($3 = '' OR severity = $3)`
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*)`+scope, environmentID, p.Status, p.Severity).Scan(&l.Total); err != nil {
		return l, fmt.Errorf("count incidents: %w", err)
	}
	l.Incidents, err = readIncidents(ctx, tx, `SELECT document`+scope+` ORDER BY `+order+`, started_at DESC, id LIMIT $4 OFFSET $5`,
		environmentID, p.Status, p.Severity, p.Limit, p.Offset)
	return l, err
}

// incidentOrders are the columns that incidents are ordered by.
var incidentOrders = map[IncidentOrder]string{
	IncidentsByStart: `started_at`, IncidentsByImpact: `affected_views`, IncidentsByValue: `measured_value`, IncidentsByKey: `incident_key`,
}

// Incident finds an incident; an unknown id is a fault.NotFound.
func (s *Store) Incident(ctx context.Context, environmentID, id string) (Incident, error) {
	found, err := readIncidents(ctx, s.db, `SELECT document FROM incidents WHERE environment_id = $1 AND id = $2`, environmentID, id)
	if err != nil {
		return Incident{}, err
	}
	if len(found) == 0 {
		return Incident{}, fault.New(fault.NotFound, "there is no incident %s", fault.Quote(id))
	}
	return found[0], nil
}

// OpenIncidents are the open incidents of all environments, the earlier ones
// first.
func (s *Store) OpenIncidents(ctx context.Context) ([]Incident, error) {
	return readIncidents(ctx, s.db, `SELECT document FROM incidents WHERE status = 'open' ORDER BY started_at, id`)
}

// IncidentsNear are the incidents of an environment that began nearest to a
// moment, the nearest first: those that may be related to one of then.
func (s *Store) IncidentsNear(ctx context.Context, environmentID string, at time.Time, limit int) ([]Incident, error) {
	return readIncidents(ctx, s.db, `SELECT document FROM incidents WHERE environment_id = $1 ORDER BY ABS(started_at - $2), id LIMIT $3`,
		environmentID, at.UnixMilli(), limit)
}

// querier is a database or one of its transactions.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// readIncidents reads the incidents that a query has the documents of.
func readIncidents(ctx context.Context, q querier, query string, args ...any) (list []Incident, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read incidents: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var document []byte
		if err := rows.Scan(&document); err != nil {
			return nil, fmt.Errorf("read incidents: %w", err)
		}
		i, err := decodeIncident(document)
		if err != nil {
			return nil, err
		}
		list = append(list, i)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read incidents: %w", err)
	}
	return list, nil
}

// decodeIncident reads the stored form of an incident.
func decodeIncident(document []byte) (i Incident, err error) {
	if err := json.Unmarshal(document, &i); err != nil {
		return i, fmt.Errorf("read stored incident: %w", err)
	}
	return i, nil
}

// encode writes the stored form of an incident. One that nothing can be said of
// is a fault.Invalid error that names the member.
func (i Incident) encode() ([]byte, error) {
	if err := i.check(); err != nil {
		return nil, fmt.Errorf("incident %s: %w", fault.Quote(i.ID), err)
	}
	i.StartedAt, i.OpenedAt = i.StartedAt.UTC(), i.OpenedAt.UTC()
	i.ResolvedAt, i.ClosedAt = inUTC(i.ResolvedAt), inUTC(i.ClosedAt)
	document, err := json.Marshal(i)
	if err != nil {
		return nil, fmt.Errorf("write incident %s: %w", fault.Quote(i.ID), err)
	}
	return document, nil
}

func inUTC(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	utc := t.UTC()
	return &utc
}

// check refuses what cannot be kept or looked for.
func (i Incident) check() error {
	if i.ID == "" || i.EnvironmentID == "" || i.Key == "" {
		return fault.Badf("id", "an id, an environment and a key are needed, have %s, %s, %s", fault.Quote(i.ID), fault.Quote(i.EnvironmentID), fault.Quote(i.Key))
	}
	if i.Severity != SeverityWarning && i.Severity != SeverityAlert {
		return fault.Badf("severity", "%s is not one of %s, %s", fault.Quote(i.Severity), SeverityWarning, SeverityAlert)
	}
	switch open := i.ClosedAt == nil && i.ResolvedAt == nil; i.Status {
	case IncidentOpen:
		if !open {
			return fault.Badf("resolved_at", "an open incident has no end")
		}
	case IncidentClosed, IncidentExpired:
		if i.ClosedAt == nil || i.ResolvedAt == nil {
			return fault.Badf("resolved_at", "an incident that is %s has an end, and a time when it was told", i.Status)
		}
	default:
		return fault.Badf("status", "%s is not one of %s, %s, %s", fault.Quote(i.Status), IncidentOpen, IncidentClosed, IncidentExpired)
	}
	return i.checkNumbers()
}

// checkNumbers refuses numbers that cannot be written.
func (i Incident) checkNumbers() error {
	onClose := 0.0
	if i.MeasuredValueOnClose != nil {
		onClose = *i.MeasuredValueOnClose
	}
	numbers := []struct {
		name  string
		value float64
	}{
		{"threshold", i.Threshold},
		{"measured_value", i.MeasuredValue},
		{"measured_value_on_close", onClose},
		{"current_value", i.CurrentValue},
		{"peak_value", i.PeakValue},
	}
	for _, n := range numbers {
		if math.IsNaN(n.value) || math.IsInf(n.value, 0) {
			return fault.Badf(n.name, "want a number, have %v", n.value)
		}
	}
	for _, c := range i.Causes {
		for _, v := range []float64{c.Share, c.Rate, c.Expected, c.PValue} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fault.Badf("causes", "want numbers, have %+v", c)
			}
		}
	}
	return nil
}

// storedIncident finds an incident in a transaction; nil: there is none.
func storedIncident(ctx context.Context, tx *sql.Tx, id string) (*Incident, error) {
	var document []byte
	err := tx.QueryRowContext(ctx, `SELECT document FROM incidents WHERE id = $1`, id).Scan(&document)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for incident: %w", err)
	}
	i, err := decodeIncident(document)
	return &i, err
}

// putIncident writes an incident, in the place of what it was before.
func putIncident(ctx context.Context, tx *sql.Tx, i Incident) error {
	document, err := i.encode()
	if err != nil {
		return err
	}
	var closed sql.NullInt64
	if i.ClosedAt != nil {
		closed = nullable(*i.ClosedAt)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO incidents
		(id, environment_id, incident_key, rule_id, status, severity, affected_views, measured_value, started_at, closed_at, document)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (id) DO UPDATE SET status = excluded.status, severity = excluded.severity, affected_views = excluded.affected_views,
			measured_value = excluded.measured_value, started_at = excluded.started_at, closed_at = excluded.closed_at, document = excluded.document`,
		i.ID, i.EnvironmentID, i.Key, i.ruleID(), i.Status, i.Severity, i.AffectedViews, i.MeasuredValue, i.StartedAt.UnixMilli(), closed, string(document))
	if err != nil {
		return fmt.Errorf("keep incident: %w", err)
	}
	return nil
}

// ruleID is the id of the rule of an incident, "" of an anomaly.
func (i Incident) ruleID() string {
	if i.Rule == nil {
		return ""
	}
	return i.Rule.ID
}
