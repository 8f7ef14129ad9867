package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"playhead/internal/app"
)

type importCommand struct {
	Files  []string `arg:"" help:"Files of views, in the order of their age: daily CSV files, messages of a stream in JSON or protobuf, NDJSON or Parquet; with gzip or not."`
	EnvKey string   `help:"Key of the environment that gets the views." placeholder:"KEY" required:""`
	DryRun bool     `help:"Read everything and say what would be done, but change nothing."`
	Report string   `help:"File that gets the whole report, in JSON." placeholder:"FILE" type:"path"`

	app.Config `embed:"" group:"Settings of the server:"`
}

// Run imports the views and says what became of them. It fails if a file could not be read to its end.
func (c *importCommand) Run(ctx context.Context, s streams) error {
	began := time.Now()
	last := began
	r, err := app.RunImport(ctx, c.Config, s.err, app.Import{
		EnvKey: c.EnvKey, Files: c.Files, DryRun: c.DryRun,
		Progress: func(r *app.ImportReport) {
			if time.Since(last) > 5*time.Second {
				last = time.Now()
				fmt.Fprintf(s.err, "%d views read, %d stored\n", r.Rows, r.Imported)
			}
		},
	})
	if err != nil {
		return err
	}
	if c.Report != "" {
		if err := writeReport(c.Report, r); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	if err := writeImported(s.out, r, time.Since(began)); err != nil {
		return err
	}
	if broken := r.Broken(); len(broken) > 0 {
		var errs []error
		for _, f := range broken {
			errs = append(errs, fmt.Errorf("%s: %s", f.Name, f.Error))
		}
		return errors.Join(errs...)
	}
	return nil
}

func writeReport(path string, r *app.ImportReport) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o600)
}

// writeImported writes the report for people.
func writeImported(w io.Writer, r *app.ImportReport, took time.Duration) error {
	stored := "stored"
	if r.DryRun {
		stored = "would be stored"
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(n int64, what string, always bool) {
		if n > 0 || always {
			fmt.Fprintf(t, "%d\t %s\n", n, what)
		}
	}
	row(r.Rows, fmt.Sprintf("views read, of %d files, in %s", len(r.Files), took.Round(100*time.Millisecond)), true)
	row(r.Imported, stored, true)
	row(r.Replaced, "of them in the place of an older state", false)
	row(r.Same, "there already, the same", true)
	row(r.Kept, "there already, made of beacons: left as they are", false)
	row(r.Repeated, "of which a later row has a newer state", false)
	for _, reason := range slices.Sorted(maps.Keys(r.Rejected)) {
		row(r.Rejected[reason], "rejected: "+reason, true)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, list := range []struct {
		head string
		of   map[string]int64
	}{
		{"COLUMN THAT IS NOT IMPORTED\tROWS WITH A VALUE", r.Unmapped},
		{"COLUMN\tVALUES THAT COULD NOT BE READ", r.Unread},
	} {
		if len(list.of) == 0 {
			continue
		}
		fmt.Fprintln(w)
		err := table(w, list.head, func(row func(...any)) {
			for _, name := range slices.Sorted(maps.Keys(list.of)) {
				row(name, list.of[name])
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}
