// Package browser plays videos in a real browser, with the public SDK of the
// players, against the real binary, and compares what the API then says with
// what an independent probe in the page measured.
package browser

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"playhead/e2e/harness"
)

// How the viewers' bytes are held. The mp4 has 60,000 bytes a second.
var holds = map[string][]int64{
	"stalled": {300_000, 660_000}, // about 5 s and 11 s into the film
	"never":   {2_000},            // before the first frame
}

// visit is what the driver tells about one viewer.
type visit struct {
	Video string   // the video_id that the page gave to the SDK
	Views []string // the view ids that the SDK sent
}

func TestBrowser(t *testing.T) {
	site := startSite(t, holds)
	server := harness.Start(t)
	visits, end := drive(t, site, server)

	// Each page closed, so each view is complete as soon as its last beacon is in.
	views := map[string]harness.View{}
	for _, v := range visits {
		harness.Eventually(t, 15*time.Second, func() error {
			if len(v.Views) != 1 {
				return fmt.Errorf("the SDK of viewer %q sent the view ids %q; want one", v.Video, v.Views)
			}
			if _, ok := site.truth(v.Video); !ok {
				return fmt.Errorf("the page of viewer %q has not told what it measured", v.Video)
			}
			view, err := harness.FindView(server, v.Views[0])
			if err == nil && !ended(view) {
				err = errors.New("the view has no viewend")
			}
			if err != nil {
				return fmt.Errorf("viewer %q: %w", v.Video, err)
			}
			views[v.Video] = view
			return nil
		})
	}
	end()

	for _, want := range expectations {
		t.Run(want.video, func(t *testing.T) {
			view, ok := views[want.video]
			if !ok {
				t.Fatalf("the driver told nothing about this viewer; it told about %v", visits)
			}
			truth, _ := site.truth(want.video)
			t.Logf("measured in the page: %s", mustJSON(t, truth))
			compare(t, view, truth, want)
		})
	}
	t.Run("metrics", func(t *testing.T) { compareMetrics(t, server, site) })
}

// ended tells whether the timeline of a view has its viewend.
func ended(view harness.View) bool {
	events, _ := view["events"].([]any)
	for _, e := range events {
		if event, _ := e.(map[string]any); event["name"] == "viewend" {
			return true
		}
	}
	return false
}

// drive runs the browser until all viewers are done, and returns what it told
// and a function that ends it.
func drive(t *testing.T, site *site, server *harness.Server) (visits []visit, end func()) {
	t.Helper()
	config := mustJSON(t, map[string]string{
		"site":      site.url,
		"collector": strings.TrimPrefix(strings.Replace(server.Ingest, "127.0.0.1", "localhost", 1), "http://"),
		"env":       harness.EnvKey,
		"chromium":  chromium(t),
	})
	cmd := exec.CommandContext(t.Context(), "node", "drive.mjs", config)
	cmd.Stderr = t.Output()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("node drive.mjs: %v (install Node.js 20 or later, then: make e2e)", err)
	}
	end = func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("node drive.mjs: %v", err)
		}
	}
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		var told struct {
			visit
			Done bool
		}
		if err := json.Unmarshal(lines.Bytes(), &told); err != nil {
			t.Fatalf("node drive.mjs printed %q: %v", lines.Text(), err)
		}
		if told.Done {
			return visits, end
		}
		visits = append(visits, told.visit)
	}
	end()
	t.Fatal("node drive.mjs ended before all viewers were done")
	return nil, nil
}

// chromium returns the path of the browser: that in CHROMIUM, or that in PATH.
func chromium(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v (on Debian: apt-get install chromium; elsewhere set CHROMIUM to a path)", err)
	}
	return path
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
