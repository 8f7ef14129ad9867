package crash

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/e2e/harness"
	"playhead/internal/simulate"
)

// TestRealtime kills a server that has views in every state: of viewers who still
// watch, complete ones that are not final, and final ones. After the start it
// answers about the half hour before the kill as it did before: at once, when all
// those views are final too, and after a stop and another start.
func TestRealtime(t *testing.T) {
	t.Parallel()
	for name, snapshots := range map[string]string{"from the journal": "0", "from snapshots": "1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const silence = "8s" // after it views are complete and final; those that tell their end are complete at once
			c := newCampaign(t, t.TempDir(), append(slices.Clone(settings),
				"--view-complete-after", silence, "--view-final-after", silence, "--snapshot-every", snapshots)...)
			c.start()
			c.past(1)
			c.open("playhead_tracker_open_views", 0, 0)
			c.past(2)
			const watching = 20
			c.watch(watching)
			c.open("playhead_tracker_running_views", watching, 1000)
			c.open("playhead_tracker_open_views", watching+1, 1000)
			until := time.Now().Add(-20 * time.Second)
			c.seen(stillWatched(watching-1), until)
			before := c.history(until)
			c.server.Kill()
			noErrors(t, c.server)
			c.start()
			c.same("after the kill", before, until)
			c.open("playhead_tracker_open_views", 0, 0)
			c.same("when all views are final", before, until)
			c.server.Stop(t)
			c.start()
			c.same("after a stop", before, until)
			c.server.Stop(t)
		})
	}
}

// past has viewers tell of the last 25 minutes, to the end of their views.
func (c *campaign) past(seed uint64) {
	c.Helper()
	const views = 150
	err := tell(c.Context(), c.ledger, simulate.Config{
		History: views, Past: 25 * time.Minute, World: simulate.World{Seed: seed},
	})
	if err != nil {
		c.Fatal(err)
	}
}

// watch has viewers tell of the last minutes who go on watching.
func (c *campaign) watch(viewers int) {
	c.Helper()
	for i := range viewers {
		since := time.Duration(i+1) * 37 * time.Second
		beacon := harness.Watching(harness.EnvKey, stillWatched(i), []string{"northlight", "skyhop"}[i%2], since, time.Now())
		if status, err := harness.Post(c.server.Ingest, beacon); err != nil || status != 200 {
			c.Fatalf("beacon: status %d, %v", status, err)
		}
	}
}

func stillWatched(i int) string { return fmt.Sprint("still watched ", i) }

// seen waits until somebody who watches a video at a time is in real-time numbers:
// so are those then whose beacons came before.
func (c *campaign) seen(title string, at time.Time) {
	c.Helper()
	harness.Eventually(c, 30*time.Second, func() error {
		rows, err := harness.Get[[]struct {
			Viewers int64 `json:"concurrent_viewers"`
		}](c.server, "/data/v1/monitoring/metrics/current-concurrent-viewers/breakdown", url.Values{
			"dimension": {"video_title"}, "filters[]": {"video_title:" + title}, "timestamp": {strconv.FormatInt(at.Unix(), 10)},
		})
		if err == nil && (len(rows.Data) != 1 || rows.Data[0].Viewers != 1) {
			err = fmt.Errorf("of %q there is %v at %s; want a viewer", title, rows.Data, at)
		}
		return err
	})
}

// open waits until a figure is between two others.
func (c *campaign) open(figure string, least, most float64) {
	c.Helper()
	harness.Eventually(c, 60*time.Second, func() error {
		n, err := c.server.Metric(figure)
		if err == nil && (n < least || n > most) {
			err = fmt.Errorf("%s is %v; want %v to %v", figure, n, least, most)
		}
		return err
	})
}

// history is what the server says about the half hour up to a moment.
func (c *campaign) history(until time.Time) harness.History {
	c.Helper()
	h, err := harness.AskHistory(c.server, until)
	if err != nil {
		c.Fatal(err)
	}
	if h.Viewers == 0 {
		c.Fatal("nobody was watching: nothing can be compared")
	}
	return h
}

// same compares what the server says with what one said before it.
func (c *campaign) same(when string, before harness.History, until time.Time) {
	c.Helper()
	if diff := cmp.Diff(before, c.history(until)); diff != "" {
		c.Errorf("%s (-before +now):\n%s", when, diff)
	}
}
