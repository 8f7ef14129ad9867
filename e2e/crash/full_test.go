package crash

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"playhead/e2e/harness"
)

// atOnce is how long an answer may take on a busy machine that is to come at once.
const atOnce = time.Second

// TestFullDisk fills the disk under load, once to the last byte and once to the
// floor that the server keeps free. While it is full, beacons are refused at
// once and queries are answered; when there is room again, everything goes on
// by itself.
func TestFullDisk(t *testing.T) {
	for name, k := range map[string]struct {
		floor  string  // of the free space
		leave  int64   // bytes that stay free at first
		failed float64 // commits of views that must have failed before it is freed
	}{
		"to the last byte": {"0", 0, 3},
		"to the floor":     {"41943040", 30 << 20, 0}, // views are stored down to half of it
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onDisk(t, "64m", func(t *testing.T, disk string) {
				c := newCampaign(t, disk, append(settings, "--free-space-floor", k.floor)...)
				c.start()
				end := c.load()
				c.stored(50)
				free := fill(t, disk, k.leave)
				c.refuses()
				c.fails(k.failed)
				c.refuses()
				free()
				c.accepts()
				end()
				c.settle()
				c.server.Stop(t)
				c.complete()
			})
		})
	}
}

// TestStartOnFullDisk kills a server on a full disk and starts it again there,
// and then stops that one and starts it again.
func TestStartOnFullDisk(t *testing.T) {
	t.Parallel()
	onDisk(t, "64m", func(t *testing.T, disk string) {
		c := newCampaign(t, disk, settings...)
		c.start()
		end := c.load()
		c.stored(50)
		free := fill(t, disk, 0)
		c.refuses()
		for _, end := range []func(){c.server.Kill, func() { c.server.Stop(t) }} {
			end()
			c.server = harness.Begin(t, harness.Data(disk, settings...)...)
			if err := c.server.Listening(); err != nil {
				t.Fatal(err)
			}
			c.ledger.server.Store(&c.server.Ingest)
			c.refuses()
			c.fails(3)
		}
		free()
		if err := c.server.Ready(); err != nil {
			t.Fatal(err)
		}
		c.accepts()
		end()
		c.settle()
		c.server.Stop(t)
		c.complete()
	})
}

// stored waits until at least n views were acknowledged, and are in the store.
func (c *campaign) stored(n int) {
	c.Helper()
	harness.Eventually(c, 30*time.Second, func() error {
		committed, err := c.server.Metric("playhead_tracker_views_committed_total")
		if err == nil && committed < float64(n) {
			err = fmt.Errorf("%v views are committed; want %d", committed, n)
		}
		return err
	})
}

// refuses waits until beacons are refused, and checks that they are refused at
// once, and that the server answers everything else.
func (c *campaign) refuses() {
	c.Helper()
	harness.Eventually(c, 10*time.Second, func() error {
		status, took, err := c.send()
		if err == nil && status != http.StatusServiceUnavailable {
			err = fmt.Errorf("status %d after %v; want 503", status, took)
		}
		return err
	})
	for range 20 {
		status, took, err := c.send()
		if err != nil || status != http.StatusServiceUnavailable && status != http.StatusOK { // a small one may still fit
			c.Errorf("a beacon on a full disk: status %d, error %v; want 503", status, err)
		}
		if took > atOnce {
			c.Errorf("a beacon on a full disk: refused after %v; want less than %v", took, atOnce)
		}
		if list, err := harness.Get[[]row](c.server, "/data/v1/video-views", url.Values{"timeframe[]": {"3:hours"}}); err != nil || len(list.Data) == 0 {
			c.Errorf("a list on a full disk: %d views, error %v", len(list.Data), err)
		}
		if _, err := harness.Get[any](c.server, "/data/v1/metrics/views/overall", nil); err != nil {
			c.Errorf("a metric on a full disk: %v", err)
		}
	}
}

// fails waits until at least n commits of views have failed.
func (c *campaign) fails(n float64) {
	c.Helper()
	harness.Eventually(c, 15*time.Second, func() error {
		failed, err := c.server.Metric("playhead_tracker_commit_errors_total")
		if err == nil && failed < n {
			err = fmt.Errorf("%v commits have failed; want %v", failed, n)
		}
		return err
	})
}

// accepts waits until beacons are acknowledged again.
func (c *campaign) accepts() {
	c.Helper()
	harness.Eventually(c, 15*time.Second, func() error {
		status, _, err := c.send()
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("status %d; want 200", status)
		}
		return err
	})
}

// send sends a beacon once.
func (c *campaign) send() (status int, took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(c.Context(), 10*time.Second)
	defer cancel()
	body := fmt.Sprintf(`{"events":[{"e":"hb","ake":%q,"xid":"probe","xsqno":1}]}`, harness.EnvKey)
	began := time.Now()
	status, err = c.post(ctx, body)
	return status, time.Since(began), err
}

func (c *campaign) post(ctx context.Context, body string) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.server.Ingest+"/", strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}
