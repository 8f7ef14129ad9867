package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"playhead/internal/catalog"
	"playhead/internal/fault"
	"playhead/internal/query"
	"playhead/internal/sqlgen"
	"playhead/internal/view"
)

// Aggregate implements [query.Engine].
func (s *Store) Aggregate(ctx context.Context, p *query.Plan) (*query.Result, error) {
	if heavy(p) {
		done, err := s.turn(ctx)
		if err != nil {
			return nil, err
		}
		defer done()
	}
	var result *query.Result
	err := s.use("aggregate", func(db *database) (err error) {
		result, err = db.aggregate(ctx, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("aggregate views: %w", err)
	}
	return result, nil
}

// heavyValues is how many values a plan may have that does not have to wait for
// its turn. Plans with more are comparisons, which take seconds on a large file.
const heavyValues = 8

func heavy(p *query.Plan) bool { return len(p.Values) > heavyValues }

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

func (db *database) aggregate(ctx context.Context, p *query.Plan) (*query.Result, error) {
	st := sqlgen.Aggregate(sqlgen.DuckDB{}, p)
	rows, err := db.pool.QueryContext(ctx, st.Text, st.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	result := &query.Result{}
	counted := p.Limit > 0 || p.Offset > 0
	groups, values := make([]any, len(p.GroupBy)), make([]sql.NullFloat64, len(p.Values))
	for rows.Next() {
		row := query.Row{}
		var dst []any
		if p.Buckets != nil {
			dst = append(dst, &row.Bucket)
		}
		for i := range groups {
			dst = append(dst, &groups[i])
		}
		for i := range values {
			dst = append(dst, &values[i])
		}
		if p.Impact != nil {
			dst = append(dst, &row.Rank)
		}
		if counted {
			dst = append(dst, &result.Total)
		}
		if err := rows.Scan(dst...); err != nil {
			return nil, err
		}
		for i, d := range p.GroupBy {
			row.Groups = append(row.Groups, written(d, groups[i]))
		}
		for _, v := range values {
			row.Values = append(row.Values, orNaN(v))
		}
		result.Rows = append(result.Rows, row)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	switch {
	case !counted:
		result.Total = len(result.Rows)
	case len(result.Rows) == 0 && p.Offset > 0:
		st := sqlgen.Total(sqlgen.DuckDB{}, p)
		return result, db.pool.QueryRowContext(ctx, st.Text, st.Args...).Scan(&result.Total)
	}
	return result, nil
}

// orNaN is a nullable number as package query has it.
func orNaN(v sql.NullFloat64) float64 {
	if !v.Valid {
		return math.NaN()
	}
	return v.Float64
}

// written is the value of a group as package query writes it out.
func written(d *catalog.Dimension, field any) string {
	if text, ok := field.(string); ok {
		return text
	}
	return query.FormatNumber(d.Column(), number(field))
}

// number is a field that is not a text; NaN is null.
func number(field any) float64 {
	switch f := field.(type) {
	case nil:
		return math.NaN()
	case bool:
		if f {
			return 1
		}
		return 0
	case int64:
		return float64(f)
	case float64:
		return f
	}
	panic(fmt.Sprintf("BUG: duckdb: unexpected field %T", field))
}

// List implements [query.Engine]. Columns that are only shown are not set.
func (s *Store) List(ctx context.Context, p *query.ListPlan) (*query.ListResult, error) {
	result := &query.ListResult{}
	err := s.use("list", func(db *database) (err error) {
		st := sqlgen.List(sqlgen.DuckDB{}, p)
		if result.Views, err = db.views(ctx, p.Columns, st.Text, st.Args...); err != nil {
			return err
		}
		st = sqlgen.ListTotal(sqlgen.DuckDB{}, p)
		return db.pool.QueryRowContext(ctx, st.Text, st.Args...).Scan(&result.Total)
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
	err := s.use("view", func(db *database) (err error) {
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
	text := "SELECT id"
	for _, c := range db.layout {
		text += ", " + c.Name
	}
	vs, err := db.views(ctx, db.layout, text+" FROM views WHERE id = ?::UUID", id.String())
	if err != nil || len(vs) == 0 {
		return nil, err
	}
	return vs[0], nil
}

// views reads rows of the id and the stored ones among columns.
func (db *database) views(ctx context.Context, columns []*catalog.Column, text string, args ...any) ([]*view.View, error) {
	rows, err := db.pool.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns = slices.DeleteFunc(slices.Clone(columns), func(c *catalog.Column) bool { return !sqlgen.Stored(c) })
	var id duckdb.UUID
	fields, dst := make([]any, len(columns)), []any{&id}
	for i := range fields {
		dst = append(dst, &fields[i])
	}
	var list []*view.View
	for rows.Next() {
		if err := rows.Scan(dst...); err != nil {
			return nil, err
		}
		v := view.New(view.ID(id))
		for i, c := range columns {
			if text, ok := fields[i].(string); ok {
				v.SetText(c, text)
			} else {
				v.SetNumber(c, number(fields[i]))
			}
		}
		list = append(list, v)
	}
	return list, rows.Err()
}
