package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/fault"
	"playhead/internal/query"
	"playhead/internal/sqlgen"
	"playhead/internal/store/sqltable"
	"playhead/internal/view"
)

// Aggregate implements [query.Engine].
func (s *Store) Aggregate(ctx context.Context, p *query.Plan) (*query.Result, error) {
	var chosen choice
	err := s.read(ctx, "choose", func(db *database) (err error) {
		chosen, err = s.choose(ctx, db, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("choose how to aggregate views: %w", err)
	}
	if chosen.heavy {
		done, err := s.turn(ctx)
		if err != nil {
			return nil, err
		}
		defer done()
	}
	var result *query.Result
	err = s.read(ctx, "aggregate", func(db *database) (err error) {
		result, err = chosen.run(ctx, db)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("aggregate views: %w", err)
	}
	return result, nil
}

// turn waits until a heavy query may run. The caller calls done after it.
func (s *Store) turn(ctx context.Context) (done func(), err error) {
	done = func() { <-s.heavy }
	select {
	case s.heavy <- struct{}{}:
		return done, nil
	default:
	}
	timer := time.NewTimer(s.cfg.HeavyWait)
	defer timer.Stop()
	select {
	case s.heavy <- struct{}{}:
		return done, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
		return nil, fault.New(fault.Busy, "other large queries are running: try again later")
	}
}

// List implements [query.Engine]. Columns that are only shown are not set. The
// views and their total are of the same moment: who reads page after page sees
// by the total that nothing came in between.
func (s *Store) List(ctx context.Context, p *query.ListPlan) (*query.ListResult, error) {
	var result *query.ListResult
	err := s.read(ctx, "list", func(db *database) (err error) {
		tx, err := db.pool.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // it has changed nothing
		result, err = sqltable.List(ctx, tx, sqlgen.DuckDB{}, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list views: %w", err)
	}
	return result, nil
}

// View implements [query.Engine]. A view whose timeline has been deleted has no
// events and only its stored columns.
func (s *Store) View(ctx context.Context, environment string, id view.ID) (*view.View, error) {
	var v *view.View
	err := s.read(ctx, "view", func(db *database) (err error) {
		v, err = s.timeline(ctx, db, id)
		if err == nil && v == nil {
			v, err = db.row(ctx, id)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read view %s: %w", id, err)
	}
	if v == nil || v.Text(environmentID) != environment {
		return nil, fault.New(fault.NotFound, "there is no view %s", id)
	}
	return v, nil
}

var environmentID = catalog.MustColumn("environment_id")

// timeline reads a whole view, or nil if there is none.
func (s *Store) timeline(ctx context.Context, db *database, id view.ID) (*view.View, error) {
	var packed []byte
	err := db.pool.QueryRowContext(ctx, "SELECT doc FROM timelines WHERE id = ?::UUID", id.String()).Scan(&packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	doc, err := s.decoder.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("decompress: %w", err)
	}
	return view.DecodeDocument(doc)
}

// row reads the stored columns of a view, or nil if there is none.
func (db *database) row(ctx context.Context, id view.ID) (*view.View, error) {
	vs, err := rows(ctx, db.pool, " WHERE id = ?::UUID", id.String())
	if err != nil || len(vs) == 0 {
		return nil, err
	}
	return vs[0], nil
}

// rows reads the stored columns of some views.
func rows(ctx context.Context, db sqltable.Querier, where string, args ...any) ([]*view.View, error) {
	text := "SELECT id"
	for _, c := range sqltable.Layout {
		text += ", " + c.Name
	}
	return sqltable.Views(ctx, db, sqltable.Layout, text+" FROM views"+where, args...)
}

// Read runs f with the open file, for statements that are no plans, as
// benchmarks and diagnoses have them. f must change nothing.
func (s *Store) Read(ctx context.Context, f func(db *sql.DB) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.read(ctx, "read", func(db *database) error { return f(db.pool) })
}
