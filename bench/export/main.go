// Command export measures what the export of a day of very many views takes: how
// many views a second, and how much memory the server has at the most, by format, on
// demand and as daily files; and beside it DuckDB's own COPY of the same table.
// docs/performance.md tells how to read what it prints.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"time"
)

// bench is the settings of a run.
type bench struct {
	binary, dir string
	views       int
	templates   int
	memory      int64
	heap        string
	only        *regexp.Regexp

	copied copied // of the process that runs COPY
}

func main() {
	b := &bench{}
	flag.StringVar(&b.binary, "binary", "bin/playhead", "the server")
	flag.StringVar(&b.dir, "dir", "bin/bench-export", "folder of the data; views are made if they are not there")
	flag.IntVar(&b.views, "views", 1_000_000, "views of the day")
	flag.IntVar(&b.templates, "templates", 5000, "simulated views that all are made of")
	flag.Int64Var(&b.memory, "memory", 64<<20, "limit of the engine's memory, in bytes (--memory-limit)")
	flag.StringVar(&b.heap, "heap", "60MiB", "limit of Go's memory (GOMEMLIMIT); off: none")
	pattern := flag.String("only", "", "measure only what this regular expression matches: csv, ndjson, parquet, daily, copy")
	flag.StringVar(&b.copied.from, "copy-from", "", "run COPY alone, of this file of views (the benchmark calls itself)")
	flag.StringVar(&b.copied.to, "copy-to", "", "the file that COPY writes")
	flag.StringVar(&b.copied.options, "copy-options", "", "what COPY is told")
	flag.StringVar(&b.copied.limit, "copy-memory", "", "limit of COPY's memory, as DuckDB writes it")
	flag.StringVar(&b.copied.order, "copy-order", "", "ORDER BY of COPY")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	var err error
	if b.only, err = regexp.Compile(*pattern); err == nil {
		err = b.run(ctx)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "export:", err)
		os.Exit(1)
	}
}

// file is the file of views.
func (b *bench) file() string { return filepath.Join(b.dir, "views.duckdb") }

func (b *bench) run(ctx context.Context) error {
	if b.copied.from != "" {
		return b.copied.run(ctx)
	}
	d, err := b.generate(ctx)
	if err != nil {
		return err
	}
	if err := os.Setenv("GOMEMLIMIT", b.heap); err != nil { // for the processes that are started
		return err
	}
	fmt.Printf("%d views of %s, %d MB with their events; engine limited to %d MB, Go to %s\n", b.views, d.from.Format(time.DateOnly), d.size>>20, b.memory>>20, b.heap)
	fmt.Printf("%-44s %9s %8s %8s %8s %10s\n", "", "views/s", "s", "CPU s", "file MB", "peak MB")
	for _, part := range []struct {
		name    string
		measure func(context.Context, day) error
	}{
		{"parquet", b.demanded("parquet", "none")},
		{"csv", b.demanded("csv", "gzip")},
		{"ndjson", b.demanded("ndjson", "gzip")},
		{"daily", b.daily},
		{"copy", b.copies},
	} {
		if !b.only.MatchString(part.name) {
			continue
		}
		if err := part.measure(ctx, d); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", part.name, err))
		}
	}
	return nil
}

// print prints a line of the table.
func (b *bench) print(name string, took, cpu time.Duration, size, peak int64) {
	fmt.Printf("%-44s %9.0f %8.1f %8.1f %8d %10d\n", name, float64(b.views)/took.Seconds(), took.Seconds(), cpu.Seconds(), size>>20, peak>>20)
}
