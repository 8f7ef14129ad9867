package stream

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"playhead/e2e/harness"
)

// sample is what is looked at of a sample in JSON.
type sample struct {
	ViewID  string `json:"view_id"`
	Records []struct {
		Start      time.Time
		DurationMS int64 `json:"duration_ms"`
		Metrics    []struct{ Type, Value string }
	}
}

// TestExports streams views and samples from the real server, in real time: a view is there
// seconds after its end, and what its viewer did in each half minute a minute after that.
func TestExports(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Setting)
	views, samples := harness.ReceiveWebhooks(t, nil), harness.ReceiveWebhooks(t, nil)
	for content, to := range map[string]*harness.Webhook{"video_views": views, "monitoring_samples": samples} {
		_, err := harness.Write[any](s, http.MethodPost, "/data/v1/exports/streams",
			map[string]any{"name": "Test", "content": content, "format": "json", "kind": "http", "target": to.URL})
		if err != nil {
			t.Fatal(err)
		}
	}
	// Of what was before the streams nothing is sampled: the viewer watches a minute, told at its end.
	const watched = time.Minute
	<-time.After(watched)
	now := time.Now()
	request := harness.Watching(harness.EnvKey, "somebody", "cdn", watched, now)
	if status, err := harness.Post(s.Ingest, request); err != nil || status != http.StatusOK {
		t.Fatalf("status %d, %v", status, err)
	}
	ended := harness.Watching(harness.EnvKey, "ended", "cdn", 10*time.Second, now)
	var body struct {
		Metadata map[string]any   `json:"metadata"`
		Events   []map[string]any `json:"events"`
	}
	if err := json.Unmarshal(ended.Body, &body); err != nil {
		t.Fatal(err)
	}
	body.Events = append(body.Events, map[string]any{"ake": harness.EnvKey, "xid": "ended", "xsqno": len(body.Events) + 1, "uti": now.UnixMilli(), "e": "viewend"})
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	ended.Body = text
	if status, err := harness.Post(s.Ingest, ended); err != nil || status != http.StatusOK {
		t.Fatalf("status %d, %v", status, err)
	}
	harness.Eventually(t, time.Minute, func() error {
		for _, d := range views.Deliveries() {
			if strings.Contains(d.Body, `"ended"`) {
				return nil
			}
		}
		return fmt.Errorf("the view has not come: %v", views.Deliveries())
	})
	t.Logf("the view was there %s after its end", time.Since(now).Round(10*time.Millisecond))

	var told time.Duration // watched, by samples
	harness.Eventually(t, 3*time.Minute, func() error {
		told = 0
		windows := map[time.Time]bool{}
		for _, d := range samples.Deliveries() {
			for line := range strings.Lines(d.Body) {
				var message struct{ Samples []sample }
				if err := json.Unmarshal([]byte(line), &message); err != nil {
					t.Fatal(err)
				}
				for _, of := range message.Samples {
					for _, r := range of.Records {
						windows[r.Start.Truncate(30*time.Second)] = true
						for _, m := range r.Metrics {
							if n, err := strconv.ParseInt(m.Value, 10, 64); err == nil && m.Type == "WATCH_DURATION_MS" {
								told += time.Duration(n) * time.Millisecond
							}
						}
					}
				}
			}
		}
		// A minute of the one and ten seconds of the other, each but its first second and stalls.
		if least := 60 * time.Second; told < least || len(windows) < 2 {
			return fmt.Errorf("samples of %d windows tell of %s watched, want %s at least", len(windows), told, least)
		}
		return nil
	})
	t.Logf("samples told of %s watched, %s after its end", told, time.Since(now).Round(time.Second))
	if most := 72 * time.Second; told > most {
		t.Errorf("samples tell of %s watched, want %s at most", told, most)
	}
}
