package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the driver called "duckdb"
)

// copied is a COPY, which a process of its own runs: nothing else is in its memory.
type copied struct{ from, to, options, limit, order string }

// copies measures DuckDB's own COPY of the table of views, with as many threads and in the
// order of the file, and in that of exports. It has no column that is kept in the
// documents of views alone, nor reads those.
func (b *bench) copies(ctx context.Context, _ day) error {
	const order = "ORDER BY view_end, id"
	limit := fmt.Sprintf("%dMB", b.memory>>20)
	for _, c := range []struct {
		name string
		copied
	}{
		{"DuckDB COPY Parquet zstd", copied{options: "FORMAT parquet, COMPRESSION zstd", limit: "2GB"}},
		{"DuckDB COPY Parquet zstd, in order", copied{options: "FORMAT parquet, COMPRESSION zstd", limit: "2GB", order: order}},
		{"DuckDB COPY Parquet zstd, limit " + limit, copied{options: "FORMAT parquet, COMPRESSION zstd", limit: limit}},
		{"DuckDB COPY CSV gzip", copied{options: "FORMAT csv, COMPRESSION gzip", limit: "2GB"}},
		{"DuckDB COPY JSON gzip", copied{options: "FORMAT json, COMPRESSION gzip", limit: "2GB"}},
	} {
		c.from, c.to = b.file(), filepath.Join(b.dir, "copied")
		if err := b.copy(ctx, c.name, c.copied); err != nil {
			fmt.Printf("%-44s %v\n", c.name, err)
		}
	}
	return nil
}

// copy runs a COPY in a process and prints what it took.
func (b *bench) copy(ctx context.Context, name string, c copied) (err error) {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(c.to)) }()
	began := time.Now()
	cmd := exec.CommandContext(ctx, self, "-copy-from", c.from, "-copy-to", c.to, "-copy-options", c.options, "-copy-memory", c.limit, "-copy-order", c.order)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	took := time.Since(began)
	info, err := os.Stat(c.to)
	if err != nil {
		return err
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage) //nolint:errcheck // of all Unix systems
	b.print(name, took, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime(), info.Size(), usage.Maxrss<<10)
	return nil
}

// run is the COPY itself.
func (c *copied) run(ctx context.Context) error {
	db, err := sql.Open("duckdb", c.from+"?access_mode=read_only")
	if err != nil {
		return err
	}
	defer db.Close()
	for _, text := range []string{
		"SET memory_limit = '" + c.limit + "'",
		"SET temp_directory = '" + c.to + ".tmp'",
		fmt.Sprintf("COPY (SELECT * FROM views %s) TO '%s' (%s)", c.order, c.to, c.options),
	} {
		if _, err := db.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	return nil
}
