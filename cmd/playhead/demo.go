package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
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

type demoCommand struct {
	app.Config
	Viewers int    `help:"Simulated viewers at the same time." default:"20"`
	History int    `help:"Views of the last 20 hours to begin with." default:"2000"`
	Seed    uint64 `help:"The same seed plays the same viewers." default:"1"`
	Keep    bool   `help:"Keep the data folder; otherwise the demo uses one that is removed at the end."`
}

// Run serves with simulated viewers until a signal comes.
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
	a, err := app.New(c.Config, s.err)
	if err != nil {
		return err
	}
	return serve(ctx, a, func(ctx context.Context) {
		fmt.Fprint(s.out, welcome(a.API(), a.Ingest(), c.History))
		err := simulate.Run(ctx, simulate.Config{
			URL: a.Ingest(), EnvKey: demoKey, Viewers: c.Viewers, History: c.History, Past: historyPast,
			Seed: c.Seed, Client: viewersClient(), Clock: time.Now,
		})
		if err != nil && ctx.Err() == nil {
			fmt.Fprintf(s.err, "playhead: simulated viewers: %v\n", err)
		}
	})
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

func welcome(api, ingest string, history int) string {
	curl := fmt.Sprintf("curl -sg -u %s:%s '%s", demoToken, demoSecret, api)
	return fmt.Sprintf(`
Playhead's demo is running: %[6]d views of the last 20 hours are being told, and viewers are watching.

  the API     %[1]s        token %[2]s, secret %[3]s
  beacons     %[7]s        environment key %[4]s
  reference   %[1]s/reference

Ask it:

  %[5]s/data/v1/video-views?limit=3'
  %[5]s/data/v1/metrics/video_startup_time/overall?measurement=95th'
  %[5]s/data/v1/metrics/rebuffer_percentage/breakdown?group_by=cdn'
  %[5]s/data/v1/metrics/views/timeseries?timeframe[]=24:hours'
  %[5]s/data/v1/metrics/comparison?dimension=browser&value=Safari'
  %[5]s/data/v1/metrics/video_startup_time/insights?limit=5'

Press Ctrl-C to end it.

`, api, demoToken, demoSecret, demoKey, curl, history, ingest)
}
