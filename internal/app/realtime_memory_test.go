package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"playhead/e2e/harness"
)

// TestRealtimeMemory begins more views, each of a title of its own, than there is
// memory for. The server says so in its log and figures, takes all beacons, and
// goes on to answer.
func TestRealtimeMemory(t *testing.T) {
	const beacons, views = 10, 500
	cfg := testConfig(t)
	cfg.RealtimeMemory, cfg.LogLevel = minRealtimeMemory, "warn"
	var log logText
	a := startLogging(t, cfg, &log)
	awaitReady(t, a)
	for b := range beacons {
		var events []map[string]any
		for v := range views {
			id := fmt.Sprint("view ", b, " ", v)
			for n, name := range []string{"viewstart", "play"} {
				events = append(events, map[string]any{"ake": "key", "xid": id, "vtt": "title of " + id, "xsqno": n + 1, "uti": time.Now().UnixMilli(), "e": name})
			}
		}
		body, err := json.Marshal(map[string]any{"events": events})
		if err != nil {
			t.Fatal(err)
		}
		if status, err := harness.Post(a.Ingest(), harness.Request{Body: body}); err != nil || status != http.StatusOK {
			t.Fatalf("beacon: status %d, %v", status, err)
		}
	}
	awaitFigure(t, a, "playhead_tracker_open_views", beacons*views, beacons*views)
	awaitFigure(t, a, "playhead_live_refused_views_total", 1, beacons*views)
	if text := log.String(); !strings.Contains(text, "memory for real-time numbers is full") {
		t.Errorf("the log does not tell: %s", text)
	}
	if bytes, err := outside(a).Metric("playhead_live_bytes"); err != nil || bytes > minRealtimeMemory {
		t.Errorf("real-time numbers take %v bytes, %v; want at most %d", bytes, err, minRealtimeMemory)
	}
	path, query := "/data/v1/monitoring/metrics/current-concurrent-viewers/timeseries", url.Values{}
	if status, body, err := outside(a).Ask(path, query); err != nil || status != http.StatusOK {
		t.Errorf("%s: status %d, %v: %s", path, status, err, body)
	}
}
