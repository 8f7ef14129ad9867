package meta

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

const (
	// keepIncidents is how long incidents are kept after they have ended, with their
	// notifications.
	keepIncidents = 400 * 24 * time.Hour
	// maxIncidents is how many incidents of an environment are kept after they have
	// ended.
	maxIncidents = 10_000
	// keepDeliveries is how long it is kept what was sent and how the attempts went.
	keepDeliveries = 30 * 24 * time.Hour
	// maxForgotten is how many incidents one transaction removes, so that it does not
	// hold up others.
	maxForgotten = 500
)

// Forget removes what need not be kept any longer: incidents that ended 400 days
// ago, or of which an environment has too many, and the log of deliveries of 30
// days ago. What is queued stays. It is called once in a while.
func (s *Store) Forget(ctx context.Context) error {
	now := s.now()
	err := s.transact(ctx, func(tx *sql.Tx) error {
		old := now.Add(-keepDeliveries).UnixMilli()
		for _, statement := range []string{
			`DELETE FROM attempts WHERE at < $1`,
			`UPDATE notifications SET document = '' WHERE queued_at < $1 AND state <> 'queued' AND document <> ''`,
			`DELETE FROM notifications WHERE queued_at < $1 AND state <> 'queued' AND incident_id IS NULL
				AND NOT EXISTS (SELECT 1 FROM attempts WHERE notification_id = notifications.id)`,
		} {
			if _, err := tx.ExecContext(ctx, statement, old); err != nil {
				return fmt.Errorf("forget old deliveries: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for more := true; more; {
		if more, err = s.forgetIncidents(ctx, now); err != nil {
			return err
		}
	}
	return nil
}

// forgetIncidents removes some incidents, and reports whether there are more.
func (s *Store) forgetIncidents(ctx context.Context, now time.Time) (more bool, err error) {
	var full int64
	err = s.transact(ctx, func(tx *sql.Tx) error {
		doomed, err := doomedIncidents(ctx, tx, now)
		if err != nil {
			return fmt.Errorf("look for old incidents: %w", err)
		}
		more = len(doomed) == maxForgotten
		for _, d := range doomed {
			if d.full {
				full++
			}
			for _, statement := range []string{
				`DELETE FROM attempts WHERE notification_id IN (SELECT id FROM notifications WHERE incident_id = $1)`,
				`DELETE FROM notifications WHERE incident_id = $1`,
				`DELETE FROM incidents WHERE id = $1`,
			} {
				if _, err := tx.ExecContext(ctx, statement, d.id); err != nil {
					return fmt.Errorf("forget old incidents: %w", err)
				}
			}
		}
		return nil
	})
	if err == nil {
		s.countDropped(drops{incidentsFull: full})
	}
	return more, err
}

// doomed is an incident to be removed.
type doomed struct {
	id   string
	full bool // because there are too many
}

func doomedIncidents(ctx context.Context, tx *sql.Tx, now time.Time) (list []doomed, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, closed_at >= $1 FROM (
		SELECT id, closed_at, ROW_NUMBER() OVER (PARTITION BY environment_id ORDER BY closed_at DESC, id) AS place
		FROM incidents WHERE status <> 'open') ended
		WHERE closed_at < $1 OR place > $2 ORDER BY closed_at, id LIMIT $3`,
		now.Add(-keepIncidents).UnixMilli(), maxIncidents, maxForgotten)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var d doomed
		if err := rows.Scan(&d.id, &d.full); err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, rows.Err()
}
