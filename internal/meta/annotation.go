package meta

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"playhead/internal/fault"
)

// Annotation is a note about a moment, such as a release or an outage.
type Annotation struct {
	ID            string    // a UUID
	Date          time.Time // of whole seconds
	Note          string    // 1 to 10,000 characters
	SubPropertyID string    // the customer's own name of a part of the environment; "" for none
}

// AnnotationChange is what becomes different; nil members stay as they are.
type AnnotationChange struct {
	Date          *time.Time
	Note          *string
	SubPropertyID *string
}

// AnnotationPage asks for some annotations of an environment.
type AnnotationPage struct {
	From, To   time.Time // From ≤ date < To; To zero: all
	Descending bool      // the latest date first
	Limit      int       // annotations to return
	Offset     int       // annotations to leave out before
}

// AnnotationList is the answer to a page.
type AnnotationList struct {
	Annotations []Annotation // those of the same date by their ids
	Total       int          // on all pages
	First, Last time.Time    // the earliest and the latest date on all pages; zero without any
}

// maxAnnotations is how many annotations an environment may have.
const maxAnnotations = 100_000

// lastDate is the end of the dates that annotations can have: the start of 2262,
// as for timeframes.
var lastDate = time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC)

// CreateAnnotation keeps an annotation and gives it an id. A malformed member is
// a fault.Invalid error that names it, as is one annotation too many.
func (s *Store) CreateAnnotation(ctx context.Context, environmentID string, a Annotation) (Annotation, error) {
	if err := (AnnotationChange{&a.Date, &a.Note, &a.SubPropertyID}).check(); err != nil {
		return Annotation{}, err
	}
	a.ID, a.Date = newUUID(), a.Date.UTC().Truncate(time.Second)
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO annotations (id, environment_id, date, note, sub_property_id) VALUES ($1, $2, $3, $4, $5)`,
			a.ID, environmentID, a.Date.UnixMilli(), a.Note, a.SubPropertyID)
		if err != nil {
			return fmt.Errorf("insert annotation: %w", err)
		}
		return atMost(ctx, tx, maxAnnotations, "annotations", `SELECT COUNT(*) FROM annotations WHERE environment_id = $1`, environmentID)
	})
	return a, err
}

// ChangeAnnotation changes an annotation and returns all of it. An unknown id is
// a fault.NotFound, a malformed member a fault.Invalid error that names it.
func (s *Store) ChangeAnnotation(ctx context.Context, environmentID, id string, c AnnotationChange) (Annotation, error) {
	if err := c.check(); err != nil {
		return Annotation{}, err
	}
	var date *int64
	if c.Date != nil {
		ms := c.Date.Truncate(time.Second).UnixMilli()
		date = &ms
	}
	var a Annotation
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		a, err = oneAnnotation(id, tx.QueryRowContext(ctx, `UPDATE annotations
			SET date = COALESCE($1, date), note = COALESCE($2, note), sub_property_id = COALESCE($3, sub_property_id)
			WHERE environment_id = $4 AND id = $5 RETURNING id, date, note, sub_property_id`,
			date, c.Note, c.SubPropertyID, environmentID, id))
		return err
	})
	return a, err
}

// RemoveAnnotation removes an annotation; an unknown id is a fault.NotFound.
func (s *Store) RemoveAnnotation(ctx context.Context, environmentID, id string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		return changeOne(ctx, tx, noAnnotation(id), `DELETE FROM annotations WHERE environment_id = $1 AND id = $2`, environmentID, id)
	})
}

// Annotation finds an annotation; an unknown id is a fault.NotFound.
func (s *Store) Annotation(ctx context.Context, environmentID, id string) (Annotation, error) {
	return oneAnnotation(id, s.db.QueryRowContext(ctx, `SELECT id, date, note, sub_property_id FROM annotations
		WHERE environment_id = $1 AND id = $2`, environmentID, id))
}

// Annotations lists annotations by their dates. They are read from the file:
// there can be more of them than the memory should hold.
func (s *Store) Annotations(ctx context.Context, environmentID string, p AnnotationPage) (AnnotationList, error) {
	var l AnnotationList
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return l, fmt.Errorf("begin reading annotations: %w", err)
	}
	defer tx.Rollback() // nothing was written
	to := p.To
	if to.IsZero() {
		to = lastDate
	}
	const scope = ` FROM annotations WHERE environment_id = $1 AND date >= $2 AND date < $3`
	from, until := p.From.UnixMilli(), to.UnixMilli()
	var first, last sql.NullInt64
	row := tx.QueryRowContext(ctx, `SELECT COUNT(*), MIN(date), MAX(date)`+scope, environmentID, from, until)
	if err := row.Scan(&l.Total, &first, &last); err != nil {
		return l, fmt.Errorf("count annotations: %w", err)
	}
	l.First, l.Last = timeOf(first), timeOf(last)
	order := ` ORDER BY date, id`
	if p.Descending {
		order = ` ORDER BY date DESC, id DESC`
	}
	rows, err := tx.QueryContext(ctx, `SELECT id, date, note, sub_property_id`+scope+order+` LIMIT $4 OFFSET $5`,
		environmentID, from, until, p.Limit, p.Offset)
	if err != nil {
		return l, fmt.Errorf("list annotations: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		a, err := scanAnnotation(rows.Scan)
		if err != nil {
			return l, fmt.Errorf("list annotations: %w", err)
		}
		l.Annotations = append(l.Annotations, a)
	}
	return l, rows.Err()
}

func oneAnnotation(id string, row *sql.Row) (Annotation, error) {
	a, err := scanAnnotation(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return a, noAnnotation(id)
	}
	if err != nil {
		return a, fmt.Errorf("read annotation: %w", err)
	}
	return a, nil
}

func scanAnnotation(scan func(...any) error) (a Annotation, err error) {
	var date int64
	err = scan(&a.ID, &date, &a.Note, &a.SubPropertyID)
	a.Date = time.UnixMilli(date).UTC()
	return a, err
}

func noAnnotation(id string) error {
	return fault.New(fault.NotFound, "there is no annotation %s", fault.Quote(id))
}

// check refuses malformed members.
func (c AnnotationChange) check() error {
	if c.Note != nil {
		if err := checkNote("note", *c.Note); err != nil {
			return err
		}
	}
	if c.Date != nil && (c.Date.Unix() <= 0 || !c.Date.Before(lastDate)) {
		return fault.Badf("date", "want seconds since 1970, from 1 to %d, have %d", lastDate.Unix()-1, c.Date.Unix())
	}
	if c.SubPropertyID != nil && *c.SubPropertyID != "" && !printable(*c.SubPropertyID, 255) {
		return fault.Badf("sub_property_id", "%s must have at most 255 printable characters", fault.Quote(*c.SubPropertyID))
	}
	return nil
}

// newUUID is a random UUID, of version 4.
func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
