package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"playhead/internal/app"
	"playhead/internal/simulate"
)

type simulateCommand struct {
	URL      string      `help:"Address of the beacon endpoint." placeholder:"URL"`
	EnvKey   string      `help:"Key of the environment." placeholder:"KEY" required:""`
	Viewers  count       `help:"Viewers at the same time." default:"10"`
	Duration span        `help:"How long they go on watching." default:"1m"`
	History  count       `help:"Views of the last 20 hours to tell first." default:"0"`
	Retry    span        `help:"Send what was not acknowledged again after about so long, until it is; 0s is what the SDKs do: they wait longer and longer, and some give up." default:"0s"`
	Seed     uint64      `help:"The same seed plays the same viewers." default:"1"`
	People   int         `help:"How many different people there are; 0 is 20,000." default:"0"`
	Fault    []faultFlag `help:"Something that goes wrong for some viewers, like cdn=skyhop:fail=0.6@10m+20m; may be repeated." placeholder:"FAULT" sep:"none"`
	Truth    string      `help:"File that gets lines of JSON with the true figures of each view." placeholder:"FILE"`

	Backfill span      `help:"Instead of sending beacons: write as long a past into the data folder of a server that does not run." placeholder:"30d"`
	Views    count     `help:"Of how many views the past is." default:"10k"`
	Until    time.Time `help:"When the past ends; the same again replaces what it wrote. Left out, it is the last full hour." placeholder:"2026-01-31T12:00:00Z"`

	app.Config `embed:"" group:"With --backfill, the settings of the server:"`
}

// Run plays the viewers until their time is over or a signal comes, or writes
// the past.
func (c *simulateCommand) Run(ctx context.Context, s streams) (err error) {
	if (c.URL == "") == (c.Backfill == 0) {
		return errors.New("want either --url, where to send beacons, or --backfill, how long a past to write")
	}
	var truth io.Writer
	if c.Truth != "" {
		f, err := os.Create(c.Truth)
		if err != nil {
			return fmt.Errorf("truth: %w", err)
		}
		defer func() {
			if cerr := f.Close(); err == nil {
				err = cerr
			}
		}()
		truth = f
	}
	world := simulate.World{Seed: c.Seed, People: c.People, Faults: faults(c.Fault)}
	if c.Backfill != 0 {
		return c.backfill(ctx, s, world, truth)
	}
	played, err := simulate.Run(ctx, simulate.Config{
		URL: c.URL, EnvKey: c.EnvKey, Viewers: int(c.Viewers), Time: time.Duration(c.Duration), History: int(c.History), Past: historyPast,
		World: world, Retry: time.Duration(c.Retry), Truth: truth, Client: viewersClient(), Clock: time.Now,
	})
	if err != nil {
		return err
	}
	return report(s.out, played)
}

// report says what became of the beacons. That none was acknowledged is an error.
func report(w io.Writer, p simulate.Played) error {
	if p.Beacons == 0 && p.Failed > 0 {
		return fmt.Errorf("none of %d beacons was acknowledged: %w", p.Failed, p.Failure)
	}
	fmt.Fprintf(w, "%d beacons are acknowledged, with all of %d views\n", p.Beacons, p.Views)
	if p.Failed > 0 {
		fmt.Fprintf(w, "%d beacons were not, and sent again if the SDK does so; the last: %v\n", p.Failed, p.Failure)
	}
	if p.Lost > 0 {
		fmt.Fprintf(w, "%d views are incomplete\n", p.Lost)
	}
	return nil
}

// backfill writes the past.
func (c *simulateCommand) backfill(ctx context.Context, s streams, world simulate.World, truth io.Writer) error {
	until := c.Until
	if until.IsZero() {
		until = time.Now().Truncate(time.Hour)
	}
	past := simulate.Past{
		EnvKey: c.EnvKey, World: world, Views: int(c.Views), From: until.Add(-time.Duration(c.Backfill)), Until: until,
	}
	if err := past.Validate(); err != nil {
		return err
	}
	var told []simulate.Truth
	if truth != nil {
		past.Truth = func(v simulate.Truth) { told = append(told, v) }
	}
	began := time.Now()
	fmt.Fprintf(s.out, "%d views until %s (to write the same again: --until %[2]s)\n", past.Views, until.UTC().Format(time.RFC3339))
	done, err := app.RunBackfill(ctx, c.Config, s.err, app.Backfill{Past: past, Progress: progress(s.out, past.Views)})
	if err != nil {
		return err
	}
	if truth != nil {
		if err := simulate.WriteTruth(truth, told, past.From, past.Until); err != nil {
			return err
		}
	}
	took := time.Since(began)
	fmt.Fprintf(s.out, "%d views of %d beacons are stored, after %s: %.0f views/s\n",
		done.Views, done.Beacons, took.Round(100*time.Millisecond), float64(done.Views)/took.Seconds())
	return nil
}

// progress tells how many of the views are stored, in tenths.
func progress(w io.Writer, all int) func(views int) {
	told := 0
	return func(views int) {
		if tenths := 10 * views / max(all, 1); tenths > told {
			told = tenths
			fmt.Fprintf(w, "%3d %%\n", 10*tenths)
		}
	}
}

// historyPast is how far back told views reach: as far as a server believes.
const historyPast = 20 * time.Hour

// viewersClient is shared by all viewers of this process.
func viewersClient() *http.Client {
	return &http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: 1000, IdleConnTimeout: time.Minute},
	}
}
