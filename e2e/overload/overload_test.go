// Package overload has the real server with small limits take far more than it
// can. It must say so quickly, stay within its memory, and lose nothing of what
// it acknowledged.
package overload

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"playhead/e2e/harness"
)

const (
	connections  = 200
	ingestMemory = 16 << 20
	openViews    = 2000

	viewers     = 400 // that send one beacon after the other, each of a view of its own
	slowSenders = 100 // that hold a connection with a body that never ends
	giants      = 20  // that send the largest bodies, and some that inflate to more
	lasts       = 6 * time.Second

	// maxGrowth is by how much the memory of the process may grow under the load:
	// what the limits come to, and what the engine of the views takes (see
	// memory-limit below). It took 45 MB; without limits it would have no end.
	maxGrowth = 200 << 20
)

// TestOverload runs the load, and looks at what it has done.
func TestOverload(t *testing.T) {
	s := harness.Start(t, "--ingest-listen", "127.0.0.1:0", "--max-connections", fmt.Sprint(connections),
		"--ingest-memory", fmt.Sprint(ingestMemory), "--max-open-views", fmt.Sprint(openViews), "--memory-limit", "134217728",
		"--free-space-floor", "0")
	memory := func() float64 {
		bytes, err := s.Metric("process_resident_memory_bytes")
		if err != nil {
			t.Fatal(err)
		}
		return bytes
	}
	before, peak := memory(), 0.0

	l := begin(s.Ingest)
	for range time.Tick(200 * time.Millisecond) { // the API has connections of its own, and answers
		peak = max(peak, memory())
		open, err := s.Metric(`playhead_http_connections{listener="ingest"}`)
		if err != nil || open > connections {
			t.Errorf("%v connections are open (%v), want at most %d", open, err, connections)
		}
		if l.over() {
			break
		}
	}
	l.wait()
	t.Logf("acknowledged %d, refused %d (slowest after %s), not answered %d; memory %.0f MB, at most %.0f MB",
		len(l.acked), l.refused, l.slowest.Round(time.Millisecond), len(l.unknown), before/1e6, peak/1e6)

	if l.refused == 0 || len(l.acked) == 0 {
		t.Errorf("%d beacons were refused and %d taken: want some of both", l.refused, len(l.acked))
	}
	if l.silent > 0 {
		t.Errorf("%d refusals did not say when to come again", l.silent)
	}
	if l.slowest > 10*time.Second {
		t.Errorf("a refusal took %s, want it at once", l.slowest)
	}
	if grown := peak - before; grown > maxGrowth {
		t.Errorf("memory has grown by %.0f MB, want at most %d MB", grown/1e6, maxGrowth/1_000_000)
	}
	recovered(t, s, l)
}

// recovered checks that the server is as it was, and has each view once.
func recovered(t *testing.T, s *harness.Server, l *load) {
	t.Helper()
	harness.Eventually(t, 10*time.Second, func() error {
		status, err := harness.Post(s.Ingest, harness.Request{Header: http.Header{}, Body: []byte(beacon("after the load"))})
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("status %d", status)
		}
		return err
	})
	l.acked = append(l.acked, "after the load")
	harness.Eventually(t, time.Minute, func() error {
		list, err := harness.Get[[]harness.Row](s, "/data/v1/video-views", url.Values{"limit": {"1"}})
		if err != nil {
			return err
		}
		if n := int(*list.TotalRowCount); n < len(l.acked) || n > len(l.acked)+len(l.unknown) {
			return fmt.Errorf("there are %d views: want the %d that were acknowledged, and at most the %d others", n, len(l.acked), len(l.unknown))
		}
		return nil
	})
	for i := 0; i < len(l.acked); i += max(1, len(l.acked)/200) { // some of them one by one
		if _, err := harness.FindView(s, l.acked[i]); err != nil {
			t.Errorf("acknowledged view %s: %v", l.acked[i], err)
		}
	}
	if ready, err := s.Metric("playhead_tracker_behind_records"); err != nil || ready > 100 {
		t.Errorf("the tracker is %v records behind (%v), want it at the end", ready, err)
	}
	if strings.Contains(s.Log(), "BUG") {
		t.Errorf("the server logged a bug:\n%s", s.Log())
	}
}
