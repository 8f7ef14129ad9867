package crash

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"playhead/e2e/harness"
	"playhead/internal/catalog"
	"playhead/internal/simulate"
	"playhead/internal/view"
)

// simulated is a view of a simulated viewer, of whom everything is known.
type simulated simulate.Truth

// check implements [expectation].
func (s simulated) check(v *view.View) error {
	startup := -1.0
	if s.StartupTime != nil {
		startup = float64(*s.StartupTime)
	}
	if got := v.Text(catalog.MustColumn("video_title")); got != s.VideoTitle {
		return fmt.Errorf("title %q; want %q", got, s.VideoTitle)
	}
	return figures(v, "simulated view "+s.ViewID, map[string]float64{
		"watch_time": float64(s.WatchTime), "playing_time": float64(s.PlayingTime), "video_startup_time": startup,
		"rebuffer_count": float64(s.RebufferCount), "rebuffer_duration": float64(s.RebufferTime),
		"playback_failure": number(s.Failure), "view_dropped": number(s.Dropped),
	})
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// simulateViewers plays viewers in real time, and beside them some who tell of
// the past as fast as they can, until the context ends. It writes into the
// ledger what was told whole and acknowledged.
func simulateViewers(ctx context.Context, l *ledger, viewers int, seed uint64) error {
	errs := make(chan error, 1)
	go func() { errs <- tell(ctx, l, simulate.Config{Viewers: viewers, World: simulate.World{Seed: seed}}) }()
	const handful = 10 // at a time, so that beacons come all the time
	for n := uint64(1); ctx.Err() == nil; n++ {
		err := tell(ctx, l, simulate.Config{History: handful, Past: time.Hour, World: simulate.World{Seed: seed + n<<32}})
		if err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-time.After(200 * time.Millisecond): // the pace of the load
		case <-ctx.Done():
		}
	}
	return <-errs
}

// tell plays viewers and notes what is true of them.
func tell(ctx context.Context, l *ledger, cfg simulate.Config) error {
	var truth bytes.Buffer
	cfg.URL, cfg.EnvKey, cfg.Client, cfg.Clock = "http://server/", harness.EnvKey, &http.Client{Transport: l}, time.Now
	cfg.Truth, cfg.Retry = &truth, 50*time.Millisecond
	_, err := simulate.Run(ctx, cfg)
	views, readErr := simulate.ReadTruth(&truth)
	for _, v := range views {
		l.promise(v.ViewID, simulated(v))
	}
	return errors.Join(err, readErr)
}
