package meta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"playhead/internal/fault"
)

const (
	// maxExportStreams is how many streams an environment may have.
	maxExportStreams = 10
	// maxAllExportStreams is how many there may be of all environments together: each
	// has a batch in memory.
	maxAllExportStreams = 100
)

// ExportStreams are the streams of an environment in the order of their creation.
// They are shared and not to be changed.
func (s *Store) ExportStreams(environmentID string) []ExportStream {
	return s.current.Load().exportStreams[environmentID]
}

// AllExportStreams are the streams of all environments.
func (s *Store) AllExportStreams() (all []ExportStream) {
	now := s.current.Load()
	for i := range now.environments {
		all = append(all, now.exportStreams[now.environments[i].ID]...)
	}
	return all
}

// ExportStream finds a stream; an unknown id is a fault.NotFound. It is shared and
// not to be changed.
func (s *Store) ExportStream(environmentID, id string) (ExportStream, error) {
	for _, e := range s.ExportStreams(environmentID) {
		if e.ID == id {
			return e, nil
		}
	}
	return ExportStream{}, noExportStream(id)
}

func noExportStream(id string) error {
	return fault.New(fault.NotFound, "there is no export stream %s", fault.Quote(id))
}

// CreateExportStream keeps a stream, gives it an id and, if it is one by HTTP, a secret.
// It begins at a record of the journal, and with the samples of the time of its
// creation. What is malformed is a fault.Invalid error
// that names it, as is a stream too many.
func (s *Store) CreateExportStream(ctx context.Context, e ExportStream, record int64) (ExportStream, error) {
	if err := e.Check(); err != nil {
		return ExportStream{}, err
	}
	e.ID, e.CreatedAt, e.Secrets, e.RotatedUntil = newUUID(), s.now(), nil, time.Time{}
	e.UpdatedAt = e.CreatedAt
	if e.Kind == StreamHTTP {
		e.Secrets = []string{newChannelSecret()}
	}
	err := s.write(ctx, func(tx *sql.Tx) error {
		secret, before := twoSecrets(e.Secrets)
		_, err := tx.ExecContext(ctx, `INSERT INTO export_streams
			(id, environment_id, name, content, format, kind, target, topic, tls, mechanism, username, password, enabled, secret, secret_before, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)`,
			e.ID, e.EnvironmentID, e.Name, e.Content, e.Format, e.Kind, e.Target, e.Topic, e.TLS, e.Mechanism, e.Username, e.Password, e.Enabled,
			secret, before, e.CreatedAt.UnixMilli())
		if err != nil {
			return fmt.Errorf("insert export stream: %w", err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO export_positions (stream_id, record, view_id, sampled_to, delivered, failures, error)
			VALUES ($1, $2, '', $3, 0, 0, '')`, e.ID, record, e.CreatedAt.Truncate(SampleWindow).UnixMilli())
		if err != nil {
			return fmt.Errorf("insert position of export stream: %w", err)
		}
		if err := atMost(ctx, tx, maxExportStreams, "export streams", `SELECT COUNT(*) FROM export_streams WHERE environment_id = $1`, e.EnvironmentID); err != nil {
			return err
		}
		return atMost(ctx, tx, maxAllExportStreams, "export streams of all environments", `SELECT COUNT(*) FROM export_streams`)
	})
	if err != nil {
		return ExportStream{}, err
	}
	return e, nil
}

// ChangeExportStream changes a stream: edit gets it as it is and returns an error if it
// must not become what it would be. What it sends, how and by what stays, and its
// secrets. An unknown id is a fault.NotFound.
func (s *Store) ChangeExportStream(ctx context.Context, environmentID, id string, edit func(*ExportStream) error) (ExportStream, error) {
	return s.changeExportStream(ctx, environmentID, id, func(e *ExportStream) error {
		before := *e
		e.Secrets = slices.Clone(before.Secrets)
		if err := edit(e); err != nil {
			return err
		}
		for _, m := range []struct{ name, is, was string }{
			{"content", e.Content, before.Content}, {"format", e.Format, before.Format}, {"kind", e.Kind, before.Kind},
		} {
			if m.is != m.was {
				return fault.Badf(m.name, "it stays what it is, %s: make another stream instead", m.was)
			}
		}
		e.Secrets, e.RotatedUntil = before.Secrets, before.RotatedUntil
		return e.Check()
	})
}

// RotateExportSecret gives a stream by HTTP a new secret. The one before signs too for
// 24 hours; one before that no more. Other kinds have none: a fault.Conflict. An unknown
// id is a fault.NotFound.
func (s *Store) RotateExportSecret(ctx context.Context, environmentID, id string) (ExportStream, error) {
	return s.changeExportStream(ctx, environmentID, id, func(e *ExportStream) error {
		if e.Kind != StreamHTTP {
			return fault.New(fault.Conflict, "a stream of kind %s has no secret that signs", e.Kind)
		}
		e.Secrets = append([]string{newChannelSecret()}, e.Secrets[:min(1, len(e.Secrets))]...)
		e.RotatedUntil = s.now().Add(signsOn)
		return nil
	})
}

// changeExportStream changes a stream in one transaction.
func (s *Store) changeExportStream(ctx context.Context, environmentID, id string, change func(*ExportStream) error) (ExportStream, error) {
	var e ExportStream
	err := s.write(ctx, func(tx *sql.Tx) error {
		before, err := scanExportStream(tx.QueryRowContext(ctx, `SELECT `+exportStreamColumns+` FROM export_streams WHERE environment_id = $1 AND id = $2`, environmentID, id).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			return noExportStream(id)
		}
		if err != nil {
			return fmt.Errorf("look for export stream: %w", err)
		}
		e = before
		if err := change(&e); err != nil {
			return err
		}
		e.ID, e.EnvironmentID, e.CreatedAt, e.UpdatedAt = before.ID, before.EnvironmentID, before.CreatedAt, before.UpdatedAt
		if reflect.DeepEqual(e, before) {
			return errSame
		}
		e.UpdatedAt = s.now()
		secret, secretBefore := twoSecrets(e.Secrets)
		return changeOne(ctx, tx, noExportStream(id), `UPDATE export_streams SET name = $1, target = $2, topic = $3, tls = $4, mechanism = $5, username = $6, password = $7,
			enabled = $8, secret = $9, secret_before = $10, rotated_until = $11, updated_at = $12 WHERE environment_id = $13 AND id = $14`,
			e.Name, e.Target, e.Topic, e.TLS, e.Mechanism, e.Username, e.Password, e.Enabled, secret, secretBefore, nullable(e.RotatedUntil), e.UpdatedAt.UnixMilli(),
			environmentID, id)
	})
	if err != nil && !errors.Is(err, errSame) {
		return ExportStream{}, err
	}
	return e, nil
}

// RemoveExportStream removes a stream and how far it has come. An unknown id is a
// fault.NotFound.
func (s *Store) RemoveExportStream(ctx context.Context, environmentID, id string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM export_positions WHERE stream_id IN (SELECT id FROM export_streams WHERE environment_id = $1 AND id = $2)`, environmentID, id)
		if err != nil {
			return fmt.Errorf("remove position of export stream: %w", err)
		}
		return changeOne(ctx, tx, noExportStream(id), `DELETE FROM export_streams WHERE environment_id = $1 AND id = $2`, environmentID, id)
	})
}

const exportStreamColumns = `id, environment_id, name, content, format, kind, target, topic, tls, mechanism, username, password, enabled,
	secret, secret_before, rotated_until, created_at, updated_at`

func scanExportStream(scan func(...any) error) (e ExportStream, err error) {
	var secret, before string
	var rotated sql.NullInt64
	var created, updated int64
	err = scan(&e.ID, &e.EnvironmentID, &e.Name, &e.Content, &e.Format, &e.Kind, &e.Target, &e.Topic, &e.TLS, &e.Mechanism, &e.Username, &e.Password, &e.Enabled,
		&secret, &before, &rotated, &created, &updated)
	e.Secrets = stored(secret, before)
	e.RotatedUntil, e.CreatedAt, e.UpdatedAt = timeOf(rotated), time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
	return e, err
}

func (s *snapshot) readExportStreams(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT `+exportStreamColumns+` FROM export_streams ORDER BY created_at, id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		e, err := scanExportStream(rows.Scan)
		if err != nil {
			return err
		}
		s.exportStreams[e.EnvironmentID] = append(s.exportStreams[e.EnvironmentID], e)
	}
	return rows.Err()
}
