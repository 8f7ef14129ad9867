package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"playhead/internal/app"
	"playhead/internal/replay"
)

type replayCommand struct {
	app.Config
	From time.Time `help:"Only views of which the first beacon came then or later." placeholder:"2026-01-31T00:00:00Z"`
	To   time.Time `help:"Only views of which the first beacon came before." placeholder:"2026-02-01T00:00:00Z"`
	Diff bool      `help:"Change no view. The exit status is 0 if nothing differs, 1 if something does, and 2 after a failure."`
	JSON bool      `name:"json" help:"Write lines of JSON."`
}

// Run computes the views again and writes what differs.
func (c *replayCommand) Run(ctx context.Context, s streams) error {
	report := textReport{s.out}.change
	if c.JSON {
		report = jsonReport{json.NewEncoder(s.out)}.change
	}
	sum, err := app.Replay(ctx, c.Config, app.ReplayOptions{From: c.From, To: c.To, Diff: c.Diff, Changed: report}, s.err)
	if err == nil {
		finish := textReport{s.out}.summary
		if c.JSON {
			finish = jsonReport{json.NewEncoder(s.out)}.summary
		}
		err = finish(sum, c.Diff)
	}
	switch {
	case err != nil && c.Diff:
		fmt.Fprintf(s.err, "playhead: %v\n", err)
		return status(2)
	case err == nil && c.Diff && sum.Differs():
		return status(1)
	}
	return err
}

// jsonReport writes a line for each view, each metric and column, and the whole.
type jsonReport struct{ *json.Encoder }

func (r jsonReport) change(c *replay.Change) error {
	return r.Encode(struct {
		ID string `json:"id"`
		*replay.Change
	}{c.ID.String(), c})
}

func (r jsonReport) summary(sum *replay.Summary, _ bool) error {
	for _, t := range sum.Tallies() {
		if err := r.Encode(struct {
			*replay.Tally
			Where string `json:"largest_in"`
		}{t, t.Where.String()}); err != nil {
			return err
		}
	}
	return r.Encode(sum)
}

// textReport writes for people.
type textReport struct{ io.Writer }

func (r textReport) change(c *replay.Change) error {
	line := fmt.Sprintf("%s  %s", c.What, c.ID)
	if c.SDKID != "" {
		line += fmt.Sprintf("  (%q of environment %s)", c.SDKID, c.Environment)
	}
	fmt.Fprintln(r, line)
	t := tabwriter.NewWriter(r, 0, 0, 2, ' ', 0)
	write := func(kind string, list []replay.Difference) {
		for _, d := range list {
			fmt.Fprintf(t, "  %s %s\t%s\t→ %s\n", kind, d.Name, shown(d.Stored), shown(d.Computed))
		}
	}
	write("metric", c.Metrics)
	write("column", c.Columns)
	return t.Flush()
}

// shown is a value as people read it.
func shown(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		return strconv.Quote(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return fmt.Sprint(value)
}

func (r textReport) summary(sum *replay.Summary, diff bool) error {
	done := "stored again"
	if diff {
		done = "nothing was written"
	}
	late := ""
	if sum.Unread > 0 {
		late = ", or not final: start the server once and stop it, so that it reads the rest"
	}
	t := tabwriter.NewWriter(r, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t)
	for _, row := range []struct {
		n    int64
		what string
	}{
		{sum.Records, "records read"},
		{sum.Unreadable, "of them unreadable, whole or in part"},
		{sum.Unread, "that the server has yet to read"},
		{sum.Views, "views compared"},
		{sum.Same, "of them the same"},
		{sum.Changed, "changed (" + done + ")"},
		{sum.Missing, "missing in the store (" + done + ")"},
		{sum.OnlyStored, "only in the store (left as they are)"},
		{sum.Open, "not judged: in progress" + late},
		{sum.Part, "not judged: the journal may hold them only in part"},
		{sum.Expired, "not judged: older than view-retention"},
	} {
		fmt.Fprintf(t, "%d\t %s\n", row.n, row.what)
	}
	if err := t.Flush(); err != nil || len(sum.Tallies()) == 0 {
		return err
	}
	fmt.Fprintln(r)
	return table(r, "METRIC OR COLUMN\tVIEWS\tMEAN DISTANCE\tLARGEST\tIN", func(row func(...any)) {
		for _, t := range sum.Tallies() {
			mean, largest := "-", "-"
			if t.Numbers > 0 {
				mean, largest = fmt.Sprintf("%.6g", t.Mean), fmt.Sprintf("%.6g", t.Largest)
			}
			row(t.Name, t.Views, mean, largest, t.Where)
		}
	})
}
