package app

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"playhead/e2e/harness"
	"playhead/internal/simulate"
)

// flaky is a network and a proxy on which little can be relied: requests do not
// arrive, are refused, or arrive without an answer.
type flaky struct {
	mu     sync.Mutex
	random *rand.Rand
	broken int // requests that the client took for failed
}

// RoundTrip implements http.RoundTripper.
func (f *flaky) RoundTrip(req *http.Request) (*http.Response, error) {
	f.mu.Lock()
	luck := f.random.Float64()
	if luck < 0.4 {
		f.broken++
	}
	f.mu.Unlock()
	if luck < 0.1 {
		return nil, errors.New("the connection broke")
	}
	if luck < 0.25 {
		return &http.Response{StatusCode: http.StatusServiceUnavailable, Body: io.NopCloser(&bytes.Buffer{}), Request: req}, nil
	}
	answer, err := http.DefaultTransport.RoundTrip(req)
	if err == nil && luck < 0.4 {
		answer.Body.Close()
		return nil, errors.New("the answer got lost")
	}
	return answer, err
}

// TestDelivery plays viewers of all SDKs against the whole server over a bad
// network, until what they say is acknowledged. The server then knows of each
// what is true, whatever came twice, late or in another order, and whatever
// clocks the viewers have.
func TestDelivery(t *testing.T) {
	t.Parallel()
	c := startServerThatKnows(t, simulate.Networks())
	network := &flaky{random: rand.New(rand.NewPCG(5, 5))}
	var told bytes.Buffer
	_, err := simulate.Run(t.Context(), simulate.Config{
		URL: c.app.Ingest(), EnvKey: "key", Viewers: 150, Time: 12 * time.Second, World: simulate.World{Seed: 8}, Retry: 20 * time.Millisecond,
		Truth: &told, Client: &http.Client{Transport: network}, Clock: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	truth := readTruth(t, &told)
	if len(truth) < 100 || network.broken < 50 {
		t.Fatalf("%d views and %d failures are too few to show anything", len(truth), network.broken)
	}
	allFolded(t, c.app)
	for _, row := range c.list(t, len(truth)) {
		o := get[map[string]any](t, c, "video-views/"+row.ID, nil)
		v, ok := truth[o["view_id"].(string)]
		if !ok {
			t.Fatalf("nobody played view %v", o["view_id"])
		}
		checkFigures(t, o, v)
	}
}

// allFolded waits until everything that was told is in views, and no view is in
// progress any more: one that was complete too early, on a slow machine, goes on.
func allFolded(t *testing.T, a *App) {
	t.Helper()
	harness.Eventually(t, 30*time.Second, func() error {
		families, err := a.registry.Gather()
		if err != nil {
			return err
		}
		for _, f := range families {
			switch name := f.GetName(); name {
			case "playhead_tracker_running_views", "playhead_tracker_behind_records":
				if n := f.Metric[0].GetGauge().GetValue(); n != 0 {
					return fmt.Errorf("%s is %v, want 0", name, n)
				}
			}
		}
		return nil
	})
}
