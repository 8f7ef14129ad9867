package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	"playhead/bench/load"
	"playhead/internal/catalog"
	"playhead/internal/query"
	"playhead/internal/store/duckdb"
	"playhead/internal/view"
)

// The token of the servers that package load starts.
const token = "bench:bench-secret"

// day is the day that is exported.
type day struct {
	from, to time.Time
	size     int64 // of the file of views
}

// generate makes the views, unless they are there: simulated ones in a day that is
// over for two days, and copies of these, each with ids and times of its own. Like
// those of a server, they are stored in the order of their ends, with their events.
func (b *bench) generate(ctx context.Context) (d day, err error) {
	if err := b.simulate(ctx); err != nil {
		return day{}, err
	}
	s, err := duckdb.Open(ctx, duckdb.Config{Path: b.file(), MemoryLimit: 2 << 30})
	if err != nil {
		return day{}, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var (
		environment string
		last        int64
	)
	err = s.Read(ctx, func(db *sql.DB) error {
		return db.QueryRowContext(ctx, "SELECT min(environment_id), min(view_end) FROM views").Scan(&environment, &last)
	})
	if err != nil {
		return day{}, err
	}
	d.from = time.UnixMilli(last).UTC().Truncate(24 * time.Hour)
	d.to = d.from.Add(24 * time.Hour)
	scope := query.Scope{Environment: environment, Clock: catalog.ByEnd, From: d.from.UnixMilli(), To: d.to.UnixMilli()}
	have, err := s.CountScope(ctx, scope)
	if err != nil {
		return day{}, err
	}
	if int(have) < b.views {
		if int(have) > 2*b.templates {
			return day{}, fmt.Errorf("%s has %d views, not %d: delete %s", b.file(), have, b.views, b.dir)
		}
		if err := b.multiply(ctx, s, scope, b.views-int(have)); err != nil {
			return day{}, err
		}
	}
	d.size, err = s.Size()
	return d, err
}

// simulate writes the views that others are made of.
func (b *bench) simulate(ctx context.Context) error {
	if _, err := os.Stat(b.file()); err == nil {
		return nil
	}
	until := time.Now().UTC().Truncate(24 * time.Hour).Add(-48 * time.Hour)
	cmd := exec.CommandContext(ctx, b.binary, "simulate", "--backfill", "1d", "--views", strconv.Itoa(b.templates), "--until", until.Format(time.RFC3339),
		"--data-dir", b.dir, "--env-key", load.EnvKey, "--bootstrap-env-key", load.EnvKey, "--bootstrap-token", token)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}

// multiply stores n views more than there are.
func (b *bench) multiply(ctx context.Context, s *duckdb.Store, scope query.Scope, n int) error {
	var templates []*view.View
	for row, err := range s.Export(ctx, scope) {
		if err != nil {
			return err
		}
		whole, err := s.View(ctx, scope.Environment, row.ID)
		if err != nil {
			return err
		}
		templates = append(templates, whole)
	}
	progress, err := s.Progress(ctx)
	if err != nil {
		return err
	}
	const together = 2000
	var batch []*view.View
	length := float64(scope.To - scope.From)
	for i := range n {
		v := templates[i%len(templates)]
		move(v, scope, float64(scope.From)+length*float64(i)/float64(n), i)
		if batch = append(batch, v); len(batch) < min(together, len(templates)) && i < n-1 {
			continue
		}
		if err := s.Commit(ctx, view.Batch{Views: batch, Progress: progress}); err != nil {
			return err
		}
		batch = batch[:0]
		fmt.Fprintf(os.Stderr, "\r%d of %d views made", i+1, n)
	}
	fmt.Fprintln(os.Stderr)
	return nil
}

var (
	viewStart, viewEnd = catalog.MustColumn("view_start"), catalog.MustColumn("view_end")
	sdkID              = catalog.MustColumn("view_id")
	viewers            = []*catalog.Column{catalog.MustColumn("mux_viewer_id"), catalog.MustColumn("session_id"), catalog.MustColumn("player_instance_id")}
)

// move makes another view of one, that ends at a time.
func move(v *view.View, scope query.Scope, to float64, n int) {
	end, _ := v.Number(viewEnd)
	start, _ := v.Number(viewStart)
	to = float64(int64(to))
	v.SetNumber(viewEnd, to)
	v.SetNumber(viewStart, start+to-end)
	for _, c := range append(viewers, sdkID) {
		if text := v.Text(c); len(text) > 8 {
			v.SetText(c, fmt.Sprintf("%08x%s", uint32(n)*2654435761, text[8:])) // scattered, as those of players are
		}
	}
	v.ID = view.NewID(int64(to), scope.Environment, v.Text(sdkID))
}
