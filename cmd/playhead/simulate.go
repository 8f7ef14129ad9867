package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"playhead/internal/simulate"
)

type simulateCommand struct {
	URL      string        `help:"Address of the beacon endpoint." placeholder:"URL" required:""`
	EnvKey   string        `help:"Key of the environment." placeholder:"KEY" required:""`
	Viewers  int           `help:"Viewers at the same time." default:"10"`
	Duration time.Duration `help:"How long they go on watching." default:"1m"`
	History  int           `help:"Views of the past to tell first." default:"0"`
	Seed     uint64        `help:"The same seed plays the same viewers." default:"1"`
	Truth    string        `help:"File that gets a line of JSON with the true figures of each view." placeholder:"FILE"`
}

// Run plays the viewers until their time is over or a signal comes.
func (c *simulateCommand) Run(ctx context.Context) (err error) {
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
	return simulate.Run(ctx, simulate.Config{
		URL: c.URL, EnvKey: c.EnvKey, Viewers: c.Viewers, Time: c.Duration, History: c.History, Past: historyPast,
		Seed: c.Seed, Truth: truth, Client: viewersClient(), Clock: time.Now,
	})
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
