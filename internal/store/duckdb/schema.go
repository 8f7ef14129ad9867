package duckdb

import (
	"context"
	"fmt"

	"playhead/internal/catalog"
	"playhead/internal/sqlgen"
)

// tables makes the tables of a new file.
func tables() string {
	columns := "id UUID NOT NULL"
	for _, c := range catalog.Columns {
		if sqlgen.Stored(c) {
			columns += ", " + definition(c)
		}
	}
	return "CREATE TABLE IF NOT EXISTS views (" + columns + ");" + `
		CREATE TABLE IF NOT EXISTS timelines (id UUID NOT NULL, doc BLOB NOT NULL);
		CREATE TABLE IF NOT EXISTS progress (shard INTEGER NOT NULL, "read" BIGINT NOT NULL, "resume" BIGINT NOT NULL);
		INSERT INTO progress SELECT 0, 0, 0 WHERE NOT EXISTS (FROM progress WHERE shard = 0);`
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

// prepare makes what the file lacks, in one transaction, and notes the layout
// of the table of views. Columns are never dropped: an older version of the
// server may have to read the file again.
func (db *database) prepare(ctx context.Context) error {
	tx, err := db.pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to undo
	if _, err := tx.ExecContext(ctx, tables()); err != nil {
		return fmt.Errorf("make tables: %w", err)
	}
	have := map[string]string{} // types by column
	rows, err := tx.QueryContext(ctx, "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'views'")
	if err != nil {
		return fmt.Errorf("read columns: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, typ string
		if err := rows.Scan(&name, &typ); err != nil {
			return fmt.Errorf("read columns: %w", err)
		}
		have[name] = typ
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read columns: %w", err)
	}
	if have["id"] != "UUID" {
		return fmt.Errorf("table views was not made by this server: it has no id of type UUID")
	}
	for _, c := range catalog.Columns {
		if !sqlgen.Stored(c) {
			continue
		}
		db.layout = append(db.layout, c)
		switch have[c.Name] {
		case columnType(c):
			continue
		case "":
		default:
			return fmt.Errorf("column %s of table views is a %s: want %s", c.Name, have[c.Name], columnType(c))
		}
		if _, err := tx.ExecContext(ctx, "ALTER TABLE views ADD COLUMN "+definition(c)); err != nil {
			return fmt.Errorf("add column %s: %w", c.Name, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit tables: %w", err)
	}
	return nil
}
