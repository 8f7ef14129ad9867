package meta

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// maxExportDays is how many days of an environment there may be files of.
const maxExportDays = 5000

// forgotten is how many views a day has that was forgotten: no store has as many.
const forgotten = -1

// Forgotten reports whether the day is to be issued again whatever the store has.
func (d *ExportDay) Forgotten() bool { return d.Views == forgotten }

// ExportDays are what was issued of all environments, the newest day first. They are
// read from the file.
func (s *Store) ExportDays(ctx context.Context) ([]ExportDay, error) {
	return s.exportDays(ctx, ` ORDER BY day DESC, environment_id`)
}

// ExportDaysOf are what was issued of an environment, the newest day first.
func (s *Store) ExportDaysOf(ctx context.Context, environmentID string) ([]ExportDay, error) {
	return s.exportDays(ctx, ` WHERE environment_id = $1 ORDER BY day DESC`, environmentID)
}

func (s *Store) exportDays(ctx context.Context, which string, args ...any) (list []ExportDay, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT environment_id, day, issue, version, made_at, views, changed, files FROM export_days`+which, args...)
	if err != nil {
		return nil, fmt.Errorf("list days of exports: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var d ExportDay
		var made int64
		var files string
		if err := rows.Scan(&d.EnvironmentID, &d.Day, &d.Issue, &d.Version, &made, &d.Views, &d.Changed, &files); err != nil {
			return nil, fmt.Errorf("list days of exports: %w", err)
		}
		if err := json.Unmarshal([]byte(files), &d.Files); err != nil {
			return nil, fmt.Errorf("files of the exports of %s: %w", d.Day, err)
		}
		d.MadeAt = time.UnixMilli(made).UTC()
		list = append(list, d)
	}
	return list, rows.Err()
}

// PutExportDay keeps what was issued of a day, in place of what was issued before.
func (s *Store) PutExportDay(ctx context.Context, d ExportDay) error {
	files, err := json.Marshal(d.Files)
	if err != nil {
		return fmt.Errorf("files of the exports of %s: %w", d.Day, err)
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO export_days (environment_id, day, issue, version, made_at, views, changed, files)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (environment_id, day) DO UPDATE SET issue = excluded.issue,
			version = excluded.version, made_at = excluded.made_at, views = excluded.views, changed = excluded.changed, files = excluded.files`,
			d.EnvironmentID, d.Day, d.Issue, d.Version, d.MadeAt.UnixMilli(), d.Views, d.Changed, string(files))
		if err != nil {
			return fmt.Errorf("keep day of exports: %w", err)
		}
		return atMost(ctx, tx, maxExportDays, "days of exports", `SELECT COUNT(*) FROM export_days WHERE environment_id = $1`, d.EnvironmentID)
	})
}

// RemoveExportDay forgets that anything was issued of a day, if it was.
func (s *Store) RemoveExportDay(ctx context.Context, environmentID, day string) error {
	return s.changeExportDays(ctx, `DELETE FROM export_days WHERE environment_id = $1 AND day = $2`, environmentID, day)
}

// ForgetExportDays has the days issued again that have a moment of a time, both ends
// included: views were stored that the journal does not know of. What was issued of
// them stays until then.
func (s *Store) ForgetExportDays(ctx context.Context, environmentID string, from, to time.Time) error {
	return s.changeExportDays(ctx, `UPDATE export_days SET views = $1 WHERE environment_id = $2 AND day >= $3 AND day <= $4`,
		forgotten, environmentID, from.UTC().Format(time.DateOnly), to.UTC().Format(time.DateOnly))
}

func (s *Store) changeExportDays(ctx context.Context, statement string, args ...any) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, statement, args...); err != nil {
			return fmt.Errorf("change days of exports: %w", err)
		}
		return nil
	})
}
