package meta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// maxExportError is how many bytes of an error are kept of a stream.
const maxExportError = 1024

// ExportPosition is how far a stream has come. It is read from the file; an unknown
// id is a fault.NotFound.
func (s *Store) ExportPosition(ctx context.Context, streamID string) (ExportPosition, error) {
	p, err := scanExportPosition(s.db.QueryRowContext(ctx, `SELECT `+exportPositionColumns+` FROM export_positions WHERE stream_id = $1`, streamID).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return ExportPosition{}, noExportStream(streamID)
	}
	if err != nil {
		return ExportPosition{}, fmt.Errorf("read position of export stream: %w", err)
	}
	return p, nil
}

// PutExportPosition makes durable how far a stream has come, and what became of the
// last attempt. That of a stream that is removed is a fault.NotFound.
func (s *Store) PutExportPosition(ctx context.Context, streamID string, p ExportPosition) error {
	if len(p.Error) > maxExportError {
		p.Error = strings.ToValidUTF8(p.Error[:maxExportError], "")
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		return changeOne(ctx, tx, noExportStream(streamID), `UPDATE export_positions SET record = $1, view_id = $2, sampled_to = $3,
			delivered = $4, delivered_at = $5, failures = $6, failed_at = $7, error = $8 WHERE stream_id = $9`,
			p.Record, p.ViewID, p.SampledTo, p.Delivered, nullable(p.DeliveredAt), p.Failures, nullable(p.FailedAt), p.Error, streamID)
	})
}

// BoundExportPositions has no stream be further than a record of the journal: where
// the store stands. Only after records of a later time than the views were restored, some
// are; what those send again has other numbers now. It returns how many were.
func (s *Store) BoundExportPositions(ctx context.Context, record int64) (bounded int64, err error) {
	err = s.transact(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE export_positions SET record = $1, view_id = ''
			WHERE record > $1 OR record = $1 AND view_id <> ''`, record)
		if err != nil {
			return fmt.Errorf("bound positions of export streams: %w", err)
		}
		bounded, err = result.RowsAffected()
		return err
	})
	return bounded, err
}

const exportPositionColumns = `record, view_id, sampled_to, delivered, delivered_at, failures, failed_at, error`

func scanExportPosition(scan func(...any) error) (p ExportPosition, err error) {
	var delivered, failed sql.NullInt64
	err = scan(&p.Record, &p.ViewID, &p.SampledTo, &p.Delivered, &delivered, &p.Failures, &failed, &p.Error)
	p.DeliveredAt, p.FailedAt = timeOf(delivered), timeOf(failed)
	return p, err
}
