package meta

import (
	"context"
	"database/sql"
	"fmt"

	"playhead/internal/fault"
)

// The severities of errors.
const (
	Fatal   = "fatal"   // the error ended playback
	Warning = "warning" // playback went on
)

// ErrorCategory is what an operator says about all errors with one code. It
// overrides what the player says: only a fatal error that is no business
// exception is a playback failure.
type ErrorCategory struct {
	Code              string // as players send it in player_error_code: 1 to 128 printable characters
	Severity          string // Fatal or Warning
	BusinessException bool   // the error is meant to be, such as a subscription that has ended
}

// maxErrorCategories is how many categories an environment may have.
const maxErrorCategories = 1000

// ErrorCategories are the categories of an environment, ascending by code. The
// ingest path reads them: they are shared and not to be changed.
func (s *Store) ErrorCategories(environmentID string) []ErrorCategory {
	return s.current.Load().categories[environmentID]
}

// SetErrorCategory makes the category of a code, or replaces it. A malformed
// member is a fault.Invalid error that names it, as is one category too many.
func (s *Store) SetErrorCategory(ctx context.Context, environmentID string, c ErrorCategory) error {
	if !printable(c.Code, 128) {
		return fault.Badf("code", "%s must have 1 to 128 printable characters", fault.Quote(c.Code))
	}
	if c.Severity != Fatal && c.Severity != Warning {
		return fault.Badf("severity", "%s is not one of %s, %s", fault.Quote(c.Severity), Fatal, Warning)
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO error_categories (environment_id, code, severity, business_exception) VALUES ($1, $2, $3, $4)
			ON CONFLICT (environment_id, code) DO UPDATE SET severity = excluded.severity, business_exception = excluded.business_exception`,
			environmentID, c.Code, c.Severity, c.BusinessException)
		if err != nil {
			return fmt.Errorf("set error category: %w", err)
		}
		return atMost(ctx, tx, maxErrorCategories, "error categories", `SELECT COUNT(*) FROM error_categories WHERE environment_id = $1`, environmentID)
	})
}

// RemoveErrorCategory leaves the code to what players say of it. A code without
// a category is a fault.NotFound.
func (s *Store) RemoveErrorCategory(ctx context.Context, environmentID, code string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		return changeOne(ctx, tx, fault.New(fault.NotFound, "the error code %s has no category", fault.Quote(code)),
			`DELETE FROM error_categories WHERE environment_id = $1 AND code = $2`, environmentID, code)
	})
}

func (s *snapshot) readErrorCategories(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT environment_id, code, severity, business_exception FROM error_categories ORDER BY environment_id, code`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var environment string
		var c ErrorCategory
		if err := rows.Scan(&environment, &c.Code, &c.Severity, &c.BusinessException); err != nil {
			return err
		}
		s.categories[environment] = append(s.categories[environment], c)
	}
	return rows.Err()
}
