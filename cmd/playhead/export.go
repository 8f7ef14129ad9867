package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"playhead/internal/app"
)

type exportCommand struct {
	URL          string   `help:"Address of the server's API." default:"http://127.0.0.1:8080" placeholder:"URL"`
	Token        string   `help:"Token with the permission data:read, of the environment that is exported." required:"" placeholder:"ID:SECRET"`
	Timeframe    []string `env:"-" help:"Views that ended in it: N:unit such as 7:days, or, given twice, two times in seconds since 1970; the last 24 hours by default." sep:"none" placeholder:"TIME"`
	Filter       []string `env:"-" help:"dimension:value, as the API's filters[]; may be repeated." sep:"none" placeholder:"FILTER"`
	MetricFilter []string `env:"-" help:"metric>=number, as the API's metric_filters[]; may be repeated." sep:"none" placeholder:"FILTER"`
	Format       string   `env:"-" help:"csv, ndjson or parquet; by default what the name of the file says, or csv." placeholder:"FORMAT"`
	Gzip         bool     `env:"-" help:"Pack CSV and NDJSON; by default if the name of the file ends in .gz."`
	Version      int      `env:"-" help:"Version of the columns, 2 to 17." default:"17"`
	File         string   `arg:"" help:"New file, for its owner alone; - is the standard output."`
}

// Run has the server export views. The exit status is 0 once the file is whole,
// 2 if the server refuses what is asked for, and 1 after any other failure.
func (c *exportCommand) Run(ctx context.Context, s streams) error {
	r := app.ExportRequest{URL: c.URL, Token: c.Token, Query: c.query(), File: c.File}
	name := c.File
	if c.File == "-" {
		r.File, r.To, name = "", s.out, "standard output"
	}
	done := func() {}
	if f, ok := s.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		r.Progress, done = exportBar(s.err)
	}
	e, err := app.FetchExport(ctx, r)
	done()
	if errors.Is(err, app.ErrRefused) {
		fmt.Fprintf(s.err, "playhead: %v\n", err)
		return status(2)
	}
	if err != nil {
		return err
	}
	views := ""
	if e.Views >= 0 {
		views = fmt.Sprintf("%d views, ", e.Views)
	}
	report := s.out
	if c.File == "-" {
		report = s.err
	}
	_, err = fmt.Fprintf(report, "%s: %s%d bytes\n", name, views, e.Bytes)
	return err
}

// query is the parameters that the server is asked with.
func (c *exportCommand) query() url.Values {
	name, packed := strings.CutSuffix(c.File, ".gz")
	format := c.Format
	for _, f := range []string{"csv", "ndjson", "parquet"} {
		if format == "" && strings.HasSuffix(name, "."+f) {
			format = f
		}
	}
	if format == "" {
		format = "csv"
	}
	q := url.Values{"format": {format}, "version": {strconv.Itoa(c.Version)}}
	if c.Gzip || packed {
		q.Set("compression", "gzip")
	}
	for name, values := range map[string][]string{"timeframe[]": c.Timeframe, "filters[]": c.Filter, "metric_filters[]": c.MetricFilter} {
		if len(values) > 0 {
			q[name] = values
		}
	}
	return q
}

// exportBar makes a bar on a terminal: of views, or, where those cannot be
// counted, of bytes without an end.
func exportBar(w io.Writer) (show func(views, of, bytes int64), done func()) {
	var bar *progressbar.ProgressBar
	show = func(views, of, bytes int64) {
		end, n, says := of, views, ""
		if views < 0 {
			end, n, says = -1, bytes, fmt.Sprintf("%d views", of)
		}
		if bar == nil {
			bar = progressbar.NewOptions64(end,
				progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(says), progressbar.OptionThrottle(100*time.Millisecond),
				progressbar.OptionShowBytes(views < 0), progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("views"),
				progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(), progressbar.OptionUseANSICodes(true))
		}
		// More may come than were counted; an error is that of the terminal.
		if end >= 0 {
			n = min(n, end-1)
		}
		_ = bar.Set64(max(0, n))
	}
	return show, func() {
		if bar != nil {
			_ = bar.Clear()
		}
	}
}
