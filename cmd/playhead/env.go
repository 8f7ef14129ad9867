package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"playhead/internal/app"
	"playhead/internal/meta"
)

type envCommand struct {
	List   envListCommand   `cmd:"" help:"List environments."`
	Create envCreateCommand `cmd:"" help:"Create an environment and print its key."`
}

type envListCommand struct {
	recordsFlags
}

// Run prints a line for each environment.
func (c *envListCommand) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(records *meta.Store) error {
		return table(s.out, "ID\tNAME\tTYPE\tKEY\tCREATED", func(row func(...any)) {
			for _, e := range records.Environments() {
				row(e.ID, e.Name, e.Type, e.IngestKey, e.CreatedAt.Format(time.RFC3339))
			}
		})
	})
}

type envCreateCommand struct {
	recordsFlags
	Name string `arg:"" help:"Name of the environment."`
	Type string `help:"${enum}." enum:"production,staging,development" default:"production"`
	Key  string `help:"Key that players send. Random when left out."`
}

// Run creates the environment.
func (c *envCreateCommand) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(records *meta.Store) error {
		e, err := records.CreateEnvironment(ctx, meta.NewEnvironment{Name: c.Name, Type: c.Type, IngestKey: c.Key})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "environment %s (%s) created; players send the key %s\n", e.Name, e.ID, e.IngestKey)
		return err
	})
}

// recordsFlags are of the commands that change the records of a server, which
// may be running: it sees the change within a second.
type recordsFlags struct {
	DataDir string `help:"Data folder of the server." default:"data" type:"path"`
}

func (f recordsFlags) with(ctx context.Context, s streams, do func(*meta.Store) error) (err error) {
	path := filepath.Join(f.DataDir, app.RecordsFile)
	if err := os.MkdirAll(f.DataDir, 0o700); err != nil {
		return fmt.Errorf("data-dir: %w", err)
	}
	records, err := meta.Open(ctx, meta.Config{Path: path, Clock: time.Now, Logger: slog.New(slog.NewTextHandler(s.err, nil))})
	if err != nil {
		return err
	}
	defer func() {
		if serr := records.Stop(ctx); err == nil {
			err = serr
		}
	}()
	return do(records)
}

// table prints rows in aligned columns under a head.
func table(w io.Writer, head string, rows func(row func(...any))) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, head)
	rows(func(cells ...any) {
		texts := make([]string, len(cells))
		for i, c := range cells {
			texts[i] = fmt.Sprint(c)
		}
		fmt.Fprintln(t, strings.Join(texts, "\t"))
	})
	return t.Flush()
}
