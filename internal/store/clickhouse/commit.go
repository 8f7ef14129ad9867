package clickhouse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"playhead/internal/store/sqltable"
	"playhead/internal/view"
)

// Progress returns what the last commit stored; zero before the first.
func (s *Store) Progress(ctx context.Context) (view.Progress, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var p view.Progress
	err := s.pool.QueryRowContext(ctx, `SELECT "read", "resume", rules FROM progress WHERE shard = 0`).Scan(&p.Read, &p.Resume, &p.Rules)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return view.Progress{}, fmt.Errorf("read progress: %w", err)
	}
	return p, nil
}

// Commit makes a batch durable: its views take the place of those that have
// their ids, unless these are of a later record of the journal, and then its
// progress that of the last batch. After an error some of the views may be
// there: commit the batch again.
func (s *Store) Commit(ctx context.Context, b view.Batch) error {
	docs := make([]string, len(b.Views))
	for i, v := range b.Views {
		doc, err := view.EncodeDocument(v)
		if err != nil {
			return fmt.Errorf("encode view %s: %w", v.ID, err)
		}
		docs[i] = string(doc)
	}
	columns := []string{"id", "made", "version", "doc"}
	for _, c := range sqltable.Layout {
		columns = append(columns, c.Name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.insert(ctx, "views", columns, len(b.Views), func(i int) []any {
		v := b.Views[i]
		row := []any{string(v.ID[:]), v.ID.Time(), b.Progress.Read, docs[i]}
		for _, c := range sqltable.Layout {
			row = append(row, sqltable.Field(v, c))
		}
		return row
	})
	if err != nil {
		return fmt.Errorf("commit %d views: %w", len(b.Views), err)
	}
	err = s.insert(ctx, "progress", []string{"shard", `"read"`, `"resume"`, "rules"}, 1, func(int) []any {
		return []any{int64(0), b.Progress.Read, b.Progress.Resume, b.Progress.Rules}
	})
	if err != nil {
		return fmt.Errorf("commit progress: %w", err)
	}
	return nil
}

// insert sends n rows to a table, as one batch.
func (s *Store) insert(ctx context.Context, table string, columns []string, n int, row func(i int) []any) error {
	if n == 0 {
		return ctx.Err()
	}
	// What the driver calls a transaction is a batch.
	tx, err := s.pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to undo
	batch, err := tx.PrepareContext(ctx, fmt.Sprintf("INSERT INTO %s (%s)", table, strings.Join(columns, ", ")))
	if err != nil {
		return fmt.Errorf("insert into %s: %w", table, err)
	}
	defer batch.Close()
	for i := range n {
		if _, err := batch.ExecContext(ctx, row(i)...); err != nil {
			return fmt.Errorf("insert into %s: %w", table, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("insert into %s: %w", table, err)
	}
	return nil
}
