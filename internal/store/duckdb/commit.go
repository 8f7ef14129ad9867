package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"playhead/internal/catalog"
	"playhead/internal/sqlgen"
	"playhead/internal/store/sqltable"
	"playhead/internal/view"
)

// ErrDiskLow is returned by [Store.Commit] when less space is left than the
// floor, or than it takes to merge the log into the file. Nothing was written; the same batch may be tried again later.
var ErrDiskLow = errors.New("too little space is left on the disk of the views")

// Progress returns what the last commit stored; zero before the first.
func (s *Store) Progress(ctx context.Context) (view.Progress, error) {
	var p view.Progress
	err := s.read(ctx, "progress", func(db *database) (err error) {
		p, err = db.progress(ctx)
		return err
	})
	if err != nil {
		return view.Progress{}, fmt.Errorf("read progress: %w", err)
	}
	return p, nil
}

func (db *database) progress(ctx context.Context) (p view.Progress, err error) {
	err = db.pool.QueryRowContext(ctx, `SELECT "read", "resume", rules FROM progress WHERE shard = 0`).Scan(&p.Read, &p.Resume, &p.Rules)
	return p, err
}

// Commit makes a batch durable: its views take the place of those named by
// Replaced, and its progress that of the last batch, all or nothing. After an
// error it is not known which: ask for the [Store.Progress]. To commit a batch
// again that may have been committed before, let Replaced name all its views.
func (s *Store) Commit(ctx context.Context, b view.Batch) error {
	docs, err := s.documents(b.Views)
	if err != nil {
		return err
	}
	snapshots := make([][]byte, len(b.Snapshots))
	for i := range snapshots {
		snapshots[i] = s.encoder.EncodeAll(b.Snapshots[i].Data, nil)
	}
	defer s.alone()()
	if err := s.checkSpace(); err != nil {
		return err
	}
	err = s.use("commit", func(db *database) error {
		return db.transact(ctx, func(c *sql.Conn) error { return s.write(ctx, db, c, b, docs, snapshots) })
	})
	if err != nil {
		return fmt.Errorf("commit %d views: %w", len(b.Views), err)
	}
	return nil
}

// A document is a view with its events as it is stored.
type document struct {
	id   view.ID
	data []byte
}

// documents are the compressed documents of those views that get one.
func (s *Store) documents(views []*view.View) ([]document, error) {
	docs := make([]document, 0, len(views))
	var plain, all []byte
	for _, v := range views {
		if v.ID.Time() < s.cfg.TimelinesFrom {
			continue
		}
		var err error
		if plain, err = view.AppendDocument(plain[:0], v); err != nil {
			return nil, fmt.Errorf("encode view %s: %w", v.ID, err)
		}
		start := len(all)
		all = s.encoder.EncodeAll(plain, all)
		docs = append(docs, document{v.ID, all[start:]})
	}
	return docs, nil
}

// write writes a batch inside a transaction.
func (s *Store) write(ctx context.Context, db *database, c *sql.Conn, b view.Batch, docs []document, snapshots [][]byte) error {
	for ids := range slices.Chunk(b.Replaced, 1000) {
		for _, table := range []string{"views", "timelines"} {
			text, args := deletion(table, ids)
			if _, err := c.ExecContext(ctx, text, args...); err != nil {
				return fmt.Errorf("delete from %s: %w", table, err)
			}
		}
	}
	if err := s.fail("deleted"); err != nil {
		return err
	}
	used := usedBy(b.Views)
	names := []string{"id"}
	for _, c := range used {
		names = append(names, c.Name)
		if c.Buckets() != nil {
			names = append(names, sqlgen.BucketColumn(c))
		}
	}
	row := make([]driver.Value, 0, len(names))
	err := fill(c, "views", names, len(b.Views), func(i int) []driver.Value {
		row = appendFields(row[:0], b.Views[i], used)
		return row
	})
	if err != nil {
		return err
	}
	err = fill(c, "timelines", []string{"id", "doc"}, len(docs), func(i int) []driver.Value {
		return []driver.Value{duckdb.UUID(docs[i].id), docs[i].data}
	})
	if err != nil {
		return err
	}
	if err := writeSnapshots(ctx, c, b.Snapshots, snapshots); err != nil {
		return err
	}
	if err := s.fail("appended"); err != nil {
		return err
	}
	p := b.Progress
	const update = `UPDATE progress SET "read" = ?, "resume" = ?, rules = ? WHERE shard = 0`
	if _, err := c.ExecContext(ctx, update, p.Read, p.Resume, p.Rules); err != nil {
		return fmt.Errorf("store progress: %w", err)
	}
	return s.fail("written")
}

// usedBy are the columns that any of the views has a value in. The others are
// left to their defaults: every value costs a call into the engine, and views of
// one kind of player leave half of the columns empty.
func usedBy(views []*view.View) []*catalog.Column {
	return slices.DeleteFunc(slices.Clone(sqltable.Layout), func(c *catalog.Column) bool {
		return !slices.ContainsFunc(views, func(v *view.View) bool {
			if c.IsText() {
				return v.Text(c) != ""
			}
			_, ok := v.Number(c)
			return ok
		})
	})
}

// appendFields appends the fields of a view to a row: its id, and columns, each
// with its bucket if it has buckets.
func appendFields(row []driver.Value, v *view.View, columns []*catalog.Column) []driver.Value {
	row = append(row, duckdb.UUID(v.ID))
	for _, c := range columns {
		row = append(row, sqltable.Field(v, c))
		if c.Buckets() == nil {
			continue
		}
		var bucket driver.Value // null
		if n, ok := v.Number(c); ok {
			if b, ok := c.Buckets().Of(n); ok {
				bucket = b
			}
		}
		row = append(row, bucket)
	}
	return row
}

// deletion renders the deletion of rows by id.
func deletion(table string, ids []view.ID) (string, []any) {
	where, args := among(ids)
	return "DELETE FROM " + table + where, args
}

// among renders a condition that ids meet. The bounds let the engine pass over
// the blocks that hold other times.
func among(ids []view.ID) (where string, args []any) {
	args = []any{slices.MinFunc(ids, compareIDs).String(), slices.MaxFunc(ids, compareIDs).String()}
	for _, id := range ids {
		args = append(args, id.String())
	}
	marks := strings.TrimSuffix(strings.Repeat("?::UUID, ", len(ids)), ", ")
	return " WHERE id >= ?::UUID AND id <= ?::UUID AND id IN (" + marks + ")", args
}

func compareIDs(a, b view.ID) int { return slices.Compare(a[:], b[:]) }

// fill appends n rows to a table, in the transaction of the connection.
func fill(c *sql.Conn, table string, columns []string, n int, row func(i int) []driver.Value) error {
	err := c.Raw(func(conn any) error {
		a, err := duckdb.NewAppenderWithColumns(conn.(driver.Conn), "", "", table, columns)
		if err != nil {
			return err
		}
		for i := range n {
			if err := a.AppendRow(row(i)...); err != nil {
				return errors.Join(err, a.Clear(), a.Close())
			}
		}
		return a.Close()
	})
	if err != nil {
		return fmt.Errorf("append to %s: %w", table, err)
	}
	return nil
}

// transact runs f in a transaction on a connection of its own.
func (db *database) transact(ctx context.Context, f func(*sql.Conn) error) error {
	c, err := db.pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer c.Close()
	if _, err := c.ExecContext(ctx, "BEGIN TRANSACTION"); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	err = f(c)
	if err == nil {
		_, err = c.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		rollback(c)
	}
	return err
}

// rollback ends the transaction of a connection, or else the connection: what
// is left of a transaction must not meet the next one. A failed COMMIT leaves
// none, a cancelled one that had not begun does.
func rollback(c *sql.Conn) {
	if _, err := c.ExecContext(context.Background(), "ROLLBACK"); err != nil {
		_ = c.Raw(func(any) error { return driver.ErrBadConn }) // the pool drops it
	}
}
