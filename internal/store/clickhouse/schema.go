package clickhouse

import (
	"context"
	"fmt"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/store/sqltable"
)

// tables lists the statements that make the tables on a server.
func (c Config) tables() []string {
	columns := []string{"id FixedString(16)", "made Int64", "version Int64", "doc String CODEC(ZSTD)"}
	for _, col := range sqltable.Layout {
		columns = append(columns, col.Name+" "+columnType(col))
	}
	// An id is bytes and not a UUID, which would sort by its second half. Times
	// are in ms. view_end follows made closely: the index tells the blocks of a
	// timeframe.
	columns = append(columns, "INDEX ends view_end TYPE minmax")
	views := "(" + strings.Join(columns, ", ") + ") ENGINE = ReplacingMergeTree(version)" +
		" PARTITION BY toYYYYMM(fromUnixTimestamp64Milli(made)) ORDER BY (environment_id, made, id)"
	const progress = `(shard Int64, "read" Int64, "resume" Int64, rules String) ENGINE = ReplacingMergeTree ORDER BY shard`
	if c.Cluster == "" {
		return []string{"CREATE TABLE IF NOT EXISTS views " + views, "CREATE TABLE IF NOT EXISTS progress " + progress}
	}
	distributed := func(table, by string) string {
		return fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s AS %[1]s_part ENGINE = Distributed('%[2]s', currentDatabase(), %[1]s_part, %[3]s)", table, c.Cluster, by)
	}
	return []string{
		"CREATE TABLE IF NOT EXISTS views_part " + views, distributed("views", "cityHash64(id)"),
		"CREATE TABLE IF NOT EXISTS progress_part " + progress, distributed("progress", "shard"),
	}
}

// columnType is the SQL type of a column, as package sqlgen expects it.
func columnType(c *catalog.Column) string {
	switch c.Kind {
	case catalog.Text, catalog.List:
		return "LowCardinality(String)"
	case catalog.Bool:
		return "Nullable(Bool)"
	case catalog.Float:
		return "Nullable(Float64)"
	default:
		return "Nullable(Int64)"
	}
}

// prepare makes the database and the tables on a server.
func (c Config) prepare(ctx context.Context, server string) error {
	first := c.connect([]string{server}, "default")
	defer first.Close()
	if _, err := first.ExecContext(ctx, fmt.Sprintf("CREATE DATABASE IF NOT EXISTS %q", c.Database)); err != nil {
		return fmt.Errorf("make database: %w", err)
	}
	db := c.connect([]string{server}, c.Database)
	defer db.Close()
	for _, statement := range c.tables() {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("make tables: %w", err)
		}
	}
	return nil
}
