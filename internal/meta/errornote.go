package meta

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"playhead/internal/fault"
)

// Bounds of notes, of errors and of annotations.
const (
	maxNote       = 10_000 // characters
	maxErrorNotes = 1000   // of an environment
)

// ErrorNotes are the notes that people wrote about the error types of an
// environment, by the id of the type. They are shared and not to be changed.
func (s *Store) ErrorNotes(environmentID string) map[int64]string {
	return s.current.Load().notes[environmentID]
}

// SetErrorNote writes the note of an error type: 1 to 10,000 characters, or ""
// to remove it. The type need not have been seen yet. An id that no type can
// have is a fault.NotFound, a malformed note or one too many a fault.Invalid.
func (s *Store) SetErrorNote(ctx context.Context, environmentID string, errorTypeID int64, note string) error {
	if errorTypeID < 1 || errorTypeID > math.MaxInt32 {
		return fault.New(fault.NotFound, "there is no error type %d", errorTypeID)
	}
	if note != "" {
		if err := checkNote("notes", note); err != nil {
			return err
		}
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM error_notes WHERE environment_id = $1 AND error_type_id = $2`, environmentID, errorTypeID)
		if err != nil {
			return fmt.Errorf("remove error note: %w", err)
		}
		if note == "" {
			return nil
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO error_notes (environment_id, error_type_id, notes) VALUES ($1, $2, $3)`, environmentID, errorTypeID, note)
		if err != nil {
			return fmt.Errorf("insert error note: %w", err)
		}
		return atMost(ctx, tx, maxErrorNotes, "notes of errors", `SELECT COUNT(*) FROM error_notes WHERE environment_id = $1`, environmentID)
	})
}

func (s *snapshot) readErrorNotes(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT environment_id, error_type_id, notes FROM error_notes`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var environment, note string
		var id int64
		if err := rows.Scan(&environment, &id, &note); err != nil {
			return err
		}
		if s.notes[environment] == nil {
			s.notes[environment] = map[int64]string{}
		}
		s.notes[environment][id] = note
	}
	return rows.Err()
}

// checkNote refuses what is no text for people: notes may have several lines.
func checkNote(param, note string) error {
	if n := utf8.RuneCountInString(note); n < 1 || n > maxNote {
		return fault.Badf(param, "want 1 to %d characters, have %d", maxNote, n)
	}
	if !utf8.ValidString(note) || strings.Contains(note, "\x00") {
		return fault.Badf(param, "want text in UTF-8 without zero bytes")
	}
	return nil
}
