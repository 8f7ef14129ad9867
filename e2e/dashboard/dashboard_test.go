// Package dashboard shows the dashboard in a real browser, against the real
// binary on a past that the simulator made and with simulated viewers who watch
// meanwhile. What is looked at is in ui/e2e, one file for each screen.
package dashboard

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"playhead/e2e/harness"
)

var (
	pattern = flag.String("files", "ui/e2e/*.test.mjs", "what to run")
	days    = flag.Int("days", 14, "how long a past there is")
	views   = flag.Int("views", 12_000, "of how many views it is")
)

const seed = 8 // of the past, and of who watches now

func TestDashboard(t *testing.T) {
	chromium(t)
	files, err := filepath.Glob("../../" + *pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no file %s (error %v)", *pattern, err)
	}
	slices.Sort(files)
	s := openStage(t)
	s.watch(t)
	done := make(chan error, 1)
	cmd := exec.CommandContext(t.Context(), "node", append([]string{"--test", "--test-concurrency=1", "--test-reporter=spec"}, files...)...)
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	cmd.Env = append(harness.Environ(),
		"PLAYHEAD_URL="+s.api.URL, "PLAYHEAD_TOKEN="+harness.TokenID+":"+harness.TokenSecret, "PLAYHEAD_CONTROL="+s.control.URL)
	if err := cmd.Start(); err != nil {
		t.Fatalf("node: %v (it needs Node.js 20 or later and: cd ui && npm ci)", err)
	}
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("ui/e2e: %v", err)
			}
			return
		case asked := <-s.restarts: // here, as only a test's own goroutine may end it
			s.restart(t)
			close(asked)
		}
	}
}

// chromium fails the test when there is no browser to show anything in.
func chromium(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("/usr/bin/chromium"); err != nil {
		t.Fatalf("%v (on Debian: apt-get install chromium)", err)
	}
}

// fill writes the past into a folder: the content network that delivers most
// failed half a day ago, for so long that an incident is found at whatever time
// of the day the test runs; another one, less badly, a week ago.
func fill(t *testing.T, dir string, places []string) {
	t.Helper()
	now := time.Now()
	args := append([]string{
		"simulate", "--backfill", fmt.Sprintf("%dd", *days), "--views", fmt.Sprint(*views), "--seed", fmt.Sprint(seed),
		"--until", now.UTC().Format(time.RFC3339), "--env-key", harness.EnvKey,
	}, harness.Data(dir, places...)...)
	for _, f := range []struct {
		cdn        string
		ago, lasts time.Duration
		fail       float64
	}{{"northlight", 12 * time.Hour, 9 * time.Hour, 0.9}, {"skyhop", 8 * 24 * time.Hour, 3 * time.Hour, 0.4}} {
		begins := time.Duration(*days)*24*time.Hour - f.ago
		args = append(args, "--fault", fmt.Sprintf("cdn=%s:fail=%g,stall=6@%dm+%dm", f.cdn, f.fail, int(begins.Minutes()), int(f.lasts.Minutes())))
	}
	cmd := exec.CommandContext(t.Context(), harness.Binary(t), args...)
	cmd.Env = harness.Environ()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	t.Logf("%d views of the past took %v", *views, time.Since(now))
}

// watch has viewers watch until the end of the test.
func (s *stage) watch(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background()) // they end before the server, in the cleanup
	cmd := exec.CommandContext(ctx, harness.Binary(t), "simulate", "--url", s.ingest.URL, "--env-key", harness.EnvKey,
		"--viewers", "12", "--duration", "3h", "--retry", "500ms", "--seed", fmt.Sprint(seed))
	cmd.Env = harness.Environ()
	if err := cmd.Start(); err != nil {
		stop()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // killed
	})
}
