package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"playhead/internal/app"
	"playhead/internal/simulate"
)

// The credentials of the demo, so that its commands can be copied as they are.
const (
	demoKey    = "demo"
	demoToken  = "demo"
	demoSecret = "playhead-demo-secret"
)

// demoFault is what goes wrong now and then, for there to be something to see.
var demoFault = simulate.Fault{Whom: simulate.Whom{{Dimension: "cdn", Value: "skyhop"}}, Fail: 0.4, Stall: 6}

type demoCommand struct {
	app.Config
	Viewers  count  `help:"Simulated viewers at the same time." default:"30"`
	Backfill span   `help:"How long a past the demo begins with." default:"30d"`
	Views    count  `help:"Of how many views the past is." default:"50k"`
	Seed     uint64 `help:"The same seed plays the same viewers." default:"1"`
	Keep     bool   `help:"Keep the data folder; otherwise the demo uses one that is removed at the end."`
}

// Run writes the past, and then serves with simulated viewers until a signal
// comes.
func (c *demoCommand) Run(ctx context.Context, s streams) error {
	if !c.Keep {
		dir, err := os.MkdirTemp("", "playhead-demo-")
		if err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		defer os.RemoveAll(dir)
		c.DataDir = dir
	}
	c.BootstrapEnvKey, c.BootstrapToken = demoKey, demoToken+":"+demoSecret
	// Simulated viewers tell their addresses by X-Forwarded-For.
	c.TrustedProxy = append(c.TrustedProxy, netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"))
	c.useDemoDatabases()
	if err := c.makePast(ctx, s); err != nil {
		if ctx.Err() != nil {
			return nil // interrupted before there was anything to serve
		}
		return err
	}
	a, err := app.New(c.Config, s.err)
	if err != nil {
		return err
	}
	return serve(ctx, a, func(ctx context.Context) {
		fmt.Fprint(s.out, c.welcome(a))
		_, err := simulate.Run(ctx, simulate.Config{
			URL: a.Ingest(), EnvKey: demoKey, Viewers: int(c.Viewers), World: simulate.World{
				Seed: c.Seed, Faults: everySoOften(demoFault, 10*time.Minute, 5*time.Minute, 15*time.Minute, 24*time.Hour),
			},
			Client: viewersClient(), Clock: time.Now,
		})
		if err != nil && ctx.Err() == nil {
			fmt.Fprintf(s.err, "playhead: simulated viewers: %v\n", err)
		}
	})
}

// makePast writes the past that the demo begins with, unless a demo before this
// one has done so in the folder that it keeps.
func (c *demoCommand) makePast(ctx context.Context, s streams) error {
	if c.Backfill == 0 || c.Views == 0 {
		return nil
	}
	const period, lasts, ago = 85 * time.Hour, 3 * time.Hour, 12 * time.Hour // of what fails; ago: when the last time began, before now
	now, all := time.Now(), time.Duration(c.Backfill)
	past := simulate.Past{
		EnvKey: demoKey, From: now.Add(-all), Until: now, Views: int(c.Views),
		World: simulate.World{Seed: c.Seed, Faults: everySoOften(demoFault, max(0, all-ago)%period, lasts, period, all)},
	}
	fmt.Fprintf(s.out, "\nPlayhead's demo: making up %d views of the last %.0f days. This takes half a minute, on a busy machine longer.\n",
		c.Views, all.Hours()/24)
	done, err := app.RunBackfill(ctx, c.Config, s.err, app.Backfill{Past: past, Progress: progress(s.out, past.Views)})
	if errors.Is(err, app.ErrHasViews) {
		fmt.Fprintln(s.out, "The folder has views already: they stay, and there are no new ones of the past.")
		return nil
	}
	if err == nil {
		fmt.Fprintf(s.out, "%d views are stored, after %.1f s.\n", done.Views, time.Since(now).Seconds())
	}
	return err
}

// useDemoDatabases takes the databases that `make run` fetches beside the
// binary, unless settings name others. Without them, places are not known.
func (c *demoCommand) useDemoDatabases() {
	binary, err := os.Executable()
	if err != nil {
		return
	}
	for _, db := range []struct {
		setting *string
		file    string
	}{{&c.GeoCountry, "country.mmdb"}, {&c.GeoASN, "asn.mmdb"}} {
		path := filepath.Join(filepath.Dir(binary), "geo", db.file)
		if _, err := os.Stat(path); err == nil && *db.setting == "" {
			*db.setting = path
		}
	}
}

// welcome says what there is, and what to ask.
func (c *demoCommand) welcome(a *app.App) string {
	api := a.API()
	var b strings.Builder
	fmt.Fprintf(&b, `
It is running: %[1]d viewers are watching. The content network skyhop had hours of failures in the past, the last
of them half a day ago; from now on it fails for five minutes of every fifteen.

  dashboard   %[7]s    sign in with the token %[3]s, secret %[4]s
  the API     %[2]s        with the same token
  beacons     %[5]s        environment key %[6]s
  reference   %[2]s/reference

`, int(c.Viewers), api, demoToken, demoSecret, a.Ingest(), demoKey, a.Dashboard())
	if c.GeoCountry == "" {
		fmt.Fprint(&b, "Countries are not known: with npm, `make run` fetches what tells them; or set --geo-country.\n\n")
	}
	for _, ask := range demoQuestions {
		fmt.Fprintf(&b, "  # %s\n  curl -sg -u %s:%s '%s/data/v1/%s'\n", ask.question, demoToken, demoSecret, api, ask.address)
	}
	b.WriteString("\nPress Ctrl-C to end it.\n\n")
	return b.String()
}

// demoQuestions are what to ask the demo.
var demoQuestions = []struct{ question, address string }{
	{"which views ended last?", "video-views?limit=3"},
	{"who is watching now?", "video-views?limit=3&in_progress=true"},
	{"how many are watching, by network?", "monitoring/metrics/current-concurrent-viewers/breakdown?dimension=cdn"},
	{"and from now on, every five seconds?", "monitoring/stream?filters[]=cdn:skyhop"},
	{"which network failed in the last 24 hours?", "metrics/playback_failure_percentage/breakdown?group_by=cdn"},
	{"when did it?", "metrics/playback_failure_percentage/timeseries?filters[]=cdn:skyhop&group_by=hour"},
	{"how long does it take until the video starts, for all but the slowest 5 %?", "metrics/video_startup_time/overall?measurement=95th"},
	{"what makes it start late?", "metrics/video_startup_time/insights?limit=5"},
	{"where do people wait for more video?", "metrics/rebuffer_percentage/breakdown?group_by=country&timeframe[]=30:days"},
	{"how many views were there each day?", "metrics/views/timeseries?timeframe[]=30:days&group_by=day"},
	{"how is it with Safari?", "metrics/comparison?dimension=browser&value=Safari"},
}
