package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/sqlgen"
	"playhead/internal/store/sqltable"
)

// bucketed are the columns of which the table of views has the bucket too.
var bucketed = slices.DeleteFunc(slices.Clone(sqltable.Layout), func(c *catalog.Column) bool { return c.Buckets() == nil })

// tables makes the tables of a new file.
func tables() string {
	list := "id UUID NOT NULL"
	for _, c := range columns() {
		list += ", " + c.definition
	}
	return "CREATE TABLE IF NOT EXISTS views (" + list + ");" + `
		CREATE TABLE IF NOT EXISTS timelines (id UUID NOT NULL, doc BLOB NOT NULL);
		CREATE TABLE IF NOT EXISTS snapshots ("partition" INTEGER NOT NULL, "read" BIGINT NOT NULL, format BIGINT NOT NULL, doc BLOB NOT NULL);
		CREATE TABLE IF NOT EXISTS progress (shard INTEGER NOT NULL, "read" BIGINT NOT NULL, "resume" BIGINT NOT NULL);
		ALTER TABLE progress ADD COLUMN IF NOT EXISTS rules VARCHAR DEFAULT '';
		INSERT INTO progress SELECT 0, 0, 0, '' WHERE NOT EXISTS (FROM progress WHERE shard = 0);`
}

// definition defines a column of the table of views. Its default is that it is
// not known.
func definition(c *catalog.Column) string {
	s := c.Name + " " + columnType(c)
	if c.IsText() {
		s += " DEFAULT ''"
	}
	return s
}

// columnType is the SQL type of a column, as package sqlgen expects it.
func columnType(c *catalog.Column) string {
	switch c.Kind {
	case catalog.Text, catalog.List:
		return "VARCHAR"
	case catalog.Bool:
		return "BOOLEAN"
	case catalog.Float:
		return "DOUBLE"
	default:
		return "BIGINT"
	}
}

// stored is a column of the table of views.
type stored struct{ name, definition, typ string }

// columns are the columns of the table of views after the id: those of the
// catalogue, then the buckets of some of them.
func columns() []stored {
	var list []stored
	for _, c := range sqltable.Layout {
		list = append(list, stored{c.Name, definition(c), columnType(c)})
	}
	for _, c := range bucketed {
		name := sqlgen.BucketColumn(c)
		list = append(list, stored{name, name + " USMALLINT", "USMALLINT"})
	}
	return list
}

// prepare makes what the file lacks, in one transaction. Columns are never
// dropped: an older version of the server may have to read the file again.
func (db *database) prepare(ctx context.Context) error {
	tx, err := db.pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to undo
	if _, err := tx.ExecContext(ctx, tables()); err != nil {
		return fmt.Errorf("make tables: %w", err)
	}
	have, err := existing(ctx, tx)
	if err != nil {
		return fmt.Errorf("read columns: %w", err)
	}
	if have["id"] != "UUID" {
		return fmt.Errorf("table views was not made by this server: it has no id of type UUID")
	}
	for _, c := range columns() {
		switch have[c.name] {
		case c.typ:
			continue
		case "":
		default:
			return fmt.Errorf("column %s of table views is a %s: want %s", c.name, have[c.name], c.typ)
		}
		if _, err := tx.ExecContext(ctx, "ALTER TABLE views ADD COLUMN "+c.definition); err != nil {
			return fmt.Errorf("add column %s: %w", c.name, err)
		}
	}
	if err := fillBuckets(ctx, tx, have); err != nil {
		return fmt.Errorf("fill buckets: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit tables: %w", err)
	}
	return nil
}

// existing are the types of the columns that the table of views has, by name.
func existing(ctx context.Context, tx *sql.Tx) (map[string]string, error) {
	rows, err := tx.QueryContext(ctx, "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'views'")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	have := map[string]string{}
	for rows.Next() {
		var name, typ string
		if err := rows.Scan(&name, &typ); err != nil {
			return nil, err
		}
		have[name] = typ
	}
	return have, rows.Err()
}

// fillBuckets computes the buckets of views that were written by a version of
// the server that did not store them: all in one statement, which takes about a
// minute for some million views.
func fillBuckets(ctx context.Context, tx *sql.Tx, had map[string]string) error {
	var changes []string
	for _, c := range bucketed {
		if name := sqlgen.BucketColumn(c); had[name] == "" {
			changes = append(changes, name+" = "+sqlgen.BucketOf(c))
		}
	}
	if len(changes) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, "UPDATE views SET "+strings.Join(changes, ", "))
	return err
}
