package duckdb

import (
	"context"
	"fmt"
	"slices"

	"playhead/internal/store/sqltable"
	"playhead/internal/view"
)

// Stored finds those of some views that are there, as they are stored.
func (s *Store) Stored(ctx context.Context, ids []view.ID) (map[view.ID]view.Stored, error) {
	found := make(map[view.ID]view.Stored, len(ids))
	for some := range slices.Chunk(ids, 1000) {
		err := s.read(ctx, "stored", func(db *database) error { return s.stored(ctx, db, some, found) })
		if err != nil {
			return nil, fmt.Errorf("read %d views: %w", len(some), err)
		}
	}
	return found, nil
}

func (s *Store) stored(ctx context.Context, db *database, ids []view.ID, found map[view.ID]view.Stored) error {
	where, args := among(ids)
	list, err := rows(ctx, db.pool, where, args...)
	if err != nil {
		return err
	}
	for _, v := range list {
		found[v.ID] = view.Stored{Row: v}
	}
	return each(ctx, db.pool, "SELECT id, doc FROM timelines"+where, args, func(scan func(...any) error) error {
		var id, packed []byte
		if err := scan(&id, &packed); err != nil {
			return err
		}
		v, ok := found[view.ID(id)]
		if !ok {
			return nil // a timeline without a view is not shown either
		}
		if v.Document, err = s.decoder.DecodeAll(packed, nil); err != nil {
			return fmt.Errorf("decompress view %s: %w", view.ID(id), err)
		}
		found[view.ID(id)] = v
		return nil
	})
}

// IDs lists the views whose ids were made from a time on and before another, in
// ms since 1970.
func (s *Store) IDs(ctx context.Context, from, to int64) ([]view.ID, error) {
	var ids []view.ID
	err := s.read(ctx, "ids", func(db *database) error {
		ids = nil
		args := []any{firstID(from).String(), firstID(to).String()}
		return each(ctx, db.pool, "SELECT id FROM views WHERE id >= ?::UUID AND id < ?::UUID", args, func(scan func(...any) error) error {
			var id []byte
			if err := scan(&id); err != nil {
				return err
			}
			ids = append(ids, view.ID(id))
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list ids of views: %w", err)
	}
	return ids, nil
}

// each calls f for each row of a query, to scan it.
func each(ctx context.Context, db sqltable.Querier, text string, args []any, f func(scan func(...any) error) error) error {
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Count is how many views there are.
func (s *Store) Count(ctx context.Context) (n int64, err error) {
	err = s.read(ctx, "count", func(db *database) error {
		return db.pool.QueryRowContext(ctx, "SELECT count(*) FROM views").Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("count views: %w", err)
	}
	return n, nil
}
