package clickhouse

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"playhead/internal/fault"
	"playhead/internal/query"
	"playhead/internal/sqlgen"
	"playhead/internal/store/sqltable"
	"playhead/internal/view"
)

// Aggregate implements [query.Engine].
func (s *Store) Aggregate(ctx context.Context, p *query.Plan) (*query.Result, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	result, err := sqltable.Aggregate(ctx, s.pool, sqlgen.ClickHouse{}, p)
	if err != nil {
		return nil, fmt.Errorf("aggregate views: %w", err)
	}
	return result, nil
}

// List implements [query.Engine]. Columns that are only shown are not set.
func (s *Store) List(ctx context.Context, p *query.ListPlan) (*query.ListResult, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	result, err := sqltable.List(ctx, s.pool, sqlgen.ClickHouse{}, p)
	if err != nil {
		return nil, fmt.Errorf("list views: %w", err)
	}
	return result, nil
}

// View implements [query.Engine].
func (s *Store) View(ctx context.Context, environment string, id view.ID) (*view.View, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	const text = "SELECT doc FROM views WHERE environment_id = ? AND made = ? AND id = unhex(?)"
	var doc []byte
	err := s.pool.QueryRowContext(ctx, text, environment, id.Time(), hex.EncodeToString(id[:])).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no view %s", id)
	}
	if err != nil {
		return nil, fmt.Errorf("read view %s: %w", id, err)
	}
	return view.DecodeDocument(doc)
}
