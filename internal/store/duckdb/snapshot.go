package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"playhead/internal/view"
)

// Snapshots returns the snapshots of open views that the store was given with
// the batches that it holds, the last one of each partition. An error tells of
// those that cannot be read; the others are returned all the same.
func (s *Store) Snapshots(ctx context.Context) (list []view.Snapshot, err error) {
	var damaged error
	err = s.read(ctx, "snapshots", func(db *database) error {
		rows, err := db.pool.QueryContext(ctx, `SELECT "partition", "read", format, doc FROM snapshots ORDER BY "partition"`)
		if err != nil {
			return err
		}
		defer rows.Close()
		list, damaged = nil, nil
		for rows.Next() {
			var one view.Snapshot
			var doc []byte
			if err := rows.Scan(&one.Partition, &one.Read, &one.Format, &doc); err != nil {
				return err
			}
			if one.Data, err = s.decoder.DecodeAll(doc, nil); err != nil {
				damaged = errors.Join(damaged, fmt.Errorf("partition %d: %w", one.Partition, err))
				continue
			}
			list = append(list, one)
		}
		return rows.Err()
	})
	if err = errors.Join(err, damaged); err != nil {
		err = fmt.Errorf("read snapshots: %w", err)
	}
	return list, err
}

// writeSnapshots has snapshots, of which docs are the compressed data, take the
// place of the earlier ones, in the transaction of the connection.
func writeSnapshots(ctx context.Context, c *sql.Conn, list []view.Snapshot, docs [][]byte) error {
	for i := range list {
		if _, err := c.ExecContext(ctx, `DELETE FROM snapshots WHERE "partition" = ?`, list[i].Partition); err != nil {
			return fmt.Errorf("delete from snapshots: %w", err)
		}
	}
	return fill(c, "snapshots", []string{"partition", "read", "format", "doc"}, len(list), func(i int) []driver.Value {
		one := &list[i]
		return []driver.Value{int32(one.Partition), one.Read, one.Format, docs[i]}
	})
}
