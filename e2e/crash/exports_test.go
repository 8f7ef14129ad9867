package crash

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/e2e/harness"
)

// TestExportsAreWhole kills the process while it writes files of days and while it
// publishes them. No half file is ever visible, and after the last start all
// files are there, byte for byte what a server makes that is not killed.
func TestExportsAreWhole(t *testing.T) {
	dir := t.TempDir()
	// All days are over and final, also in the hour after midnight, so that none is added.
	until := time.Now().UTC().Truncate(24 * time.Hour).Add(-25 * time.Hour).Format(time.RFC3339)
	past := exec.CommandContext(t.Context(), harness.Binary(t), "simulate", "--backfill", "3d", "--until", until, "--views", "6000", "--data-dir", dir, "--env-key", harness.EnvKey, "--bootstrap-env-key", harness.EnvKey, "--bootstrap-token", harness.TokenID+":"+harness.TokenSecret)
	past.Env = harness.Environ()
	if out, err := past.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", past, err, out)
	}
	exports, staging := filepath.Join(dir, "exports"), filepath.Join(dir, "exports-staging")
	server := harness.StartIn(t, dir, settings...)
	want := published(t, server, exports, 1)
	server.Stop(t)
	if len(want) < 2*4 {
		t.Fatalf("a server that is not killed makes only %d files", len(want))
	}
	if err := os.RemoveAll(exports); err != nil { // so that the records tell of files that are gone
		t.Fatal(err)
	}

	random := rand.New(rand.NewPCG(*seed, 11))
	died := map[string]int{}
	for n := range 3 + *kills {
		before := visible(t, exports)
		server := harness.Begin(t, harness.Data(dir, settings...)...)
		switch n % 3 {
		case 0: // while files are written
			awaitExports(t, server, func() bool { return some(t, staging, "*", "*") > 0 })
			<-time.After(time.Duration(random.Int64N(int64(150 * time.Millisecond))))
		case 1: // when a day is staged, or about to be published
			awaitExports(t, server, func() bool { return some(t, staging, "*", "plan") > 0 })
		default: // when some of it is visible
			awaitExports(t, server, func() bool { return visible(t, exports) > before })
		}
		server.Kill()
		died[momentOfExports(t, staging, exports)]++
		wholeExports(t, exports)
		if visible(t, exports) == len(want) { // it is done: lose all again
			if err := os.RemoveAll(exports); err != nil {
				t.Fatal(err)
			}
		}
	}
	server = harness.StartIn(t, dir, settings...)
	got := published(t, server, exports, 2)
	server.Stop(t)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sums of files (-undisturbed +killed):\n%s", diff)
	}
	if left, err := os.ReadDir(staging); err != nil || len(left) > 0 {
		t.Errorf("staged still: %v, %v", left, err)
	}
	if n := some(t, exports, "*", ".*"); n > 0 {
		t.Errorf("%d hidden files are left", n)
	}
	t.Logf("killed while %v", died)
}

// awaitExports waits, closely, until something of a running server is so.
func awaitExports(t *testing.T, s *harness.Server, so func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !so(); <-time.After(time.Millisecond / 4) {
		if time.Now().After(end) {
			t.Fatalf("it never came; the log:\n%s", s.Log())
		}
	}
}

// some is how many files there are of a pattern.
func some(t *testing.T, pattern ...string) int {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(pattern...))
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// visible is how many files are published.
func visible(t *testing.T, exports string) int { return some(t, exports, "*", "[0-9]*") }

// momentOfExports is what a killed process was doing.
func momentOfExports(t *testing.T, staging, exports string) string {
	t.Helper()
	switch plans := some(t, staging, "*", "plan"); {
	case some(t, exports, "*", ".*") > 0:
		return "it was about to make files visible"
	case plans > 0 && visible(t, exports) > 0:
		return "files were visible, and the records not told"
	case plans > 0:
		return "a day was staged"
	case some(t, staging, "*", "*") > 0:
		return "a day was written"
	}
	return "nothing was under way"
}

// wholeExports checks that each file that is visible is whole.
func wholeExports(t *testing.T, exports string) {
	t.Helper()
	list, _ := filepath.Glob(filepath.Join(exports, "*", "[0-9]*"))
	for _, path := range list {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case strings.HasSuffix(path, ".gz"):
			z, err := gzip.NewReader(bytes.NewReader(content))
			if err == nil {
				_, err = io.Copy(io.Discard, z)
			}
			if err != nil {
				t.Errorf("%s is not whole: %v", path, err)
			}
		case strings.HasSuffix(path, ".parquet"):
			if !bytes.HasPrefix(content, []byte("PAR1")) || !bytes.HasSuffix(content, []byte("PAR1")) || len(content) < 12 {
				t.Errorf("%s is not whole", path)
			}
		default:
			var m manifest
			if err := json.Unmarshal(content, &m); err != nil {
				t.Errorf("%s is not whole: %v", path, err)
			}
		}
	}
}

// manifest is what the manifest of a day tells.
type manifest struct {
	Issue int `json:"issue"`
	Files []struct {
		Name   string `json:"name"`
		Bytes  int64  `json:"bytes"`
		SHA256 string `json:"sha256"`
	} `json:"files"`
}

// published waits until nothing is left to be issued, checks all files against the manifests,
// and returns their sums by name; of manifests, that they are there. All are of an issue
// from one on.
func published(t *testing.T, s *harness.Server, exports string, issue int) map[string]string {
	t.Helper()
	harness.Eventually(t, 5*time.Minute, func() error {
		for _, state := range []string{"waiting", "due", "staged", "failing"} {
			if n, err := s.Metric(`playhead_export_days{state="` + state + `"}`); err != nil || n > 0 {
				return fmt.Errorf("%v days are %s, %w", n, state, err)
			}
		}
		n, err := s.Metric("playhead_export_last_round_time_seconds")
		if err == nil && n == 0 {
			err = errors.New("it has not looked yet")
		}
		return err
	})
	sums := map[string]string{}
	list, _ := filepath.Glob(filepath.Join(exports, "*", "*.json"))
	for _, path := range list {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var m manifest
		if err := json.Unmarshal(text, &m); err != nil || m.Issue < issue || len(m.Files) != 3 {
			t.Errorf("%s: %s, %v; want an issue from %d on", path, text, err, issue)
		}
		sums[filepath.Base(path)] = "there"
		for _, f := range m.Files {
			content, err := os.ReadFile(filepath.Join(exports, filepath.FromSlash(f.Name)))
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(content)
			if hex.EncodeToString(sum[:]) != f.SHA256 || int64(len(content)) != f.Bytes {
				t.Errorf("%s has %d bytes and the sum %x; its manifest says %+v", f.Name, len(content), sum, f)
			}
			sums[f.Name] = f.SHA256
		}
	}
	if n := visible(t, exports); n != len(sums) {
		t.Errorf("%d files are visible, the manifests tell of %d", n, len(sums))
	}
	wholeExports(t, exports)
	return sums
}
