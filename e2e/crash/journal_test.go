package crash

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"playhead/e2e/harness"
)

// TestJournal damages the journal of a killed server.
func TestJournal(t *testing.T) {
	t.Parallel()
	r := leave(t)
	t.Run("torn", func(t *testing.T) { torn(t, r) })
	t.Run("rot in the last segment", func(t *testing.T) { rotInLast(t, r) })
	t.Run("rot in an older segment", func(t *testing.T) { rotInOlder(t, r) })
	t.Run("the end is lost", func(t *testing.T) { lostEnd(t, r) })
}

// torn has the last frame end in all the ways in which a crash can leave it, or
// a disk. The server starts, says what it cut off, and when the player has sent
// that beacon again, everything is there.
func torn(t *testing.T, r *remains) {
	before, end := r.open.edges[3], r.open.edges[4]
	noise := make([]byte, 4096)
	for i, random := 0, rand.New(rand.NewPCG(*seed, 8)); i < len(noise); i++ {
		noise[i] = byte(random.Uint32())
	}
	// The short form leaves most of them to the tests of the journal itself.
	short := []string{"within its records", "in zeros", "and random bytes follow"}
	for name, damage := range map[string]func(segment []byte) []byte{
		"after a byte":            func(s []byte) []byte { return s[:before+1] },
		"within its header":       func(s []byte) []byte { return s[:before+20] },
		"after its header":        func(s []byte) []byte { return s[:before+36] },
		"within its records":      func(s []byte) []byte { return s[:(before+end)/2] },
		"before its last byte":    func(s []byte) []byte { return s[:end-1] },
		"in random bytes":         func(s []byte) []byte { return slices.Concat(s[:before+40], noise[:end-before-40]) },
		"in zeros":                func(s []byte) []byte { return slices.Concat(s[:before+40], make([]byte, end-before-40)) },
		"and random bytes follow": func(s []byte) []byte { return slices.Concat(s[:before], noise) },
		"and zeros follow":        func(s []byte) []byte { return slices.Concat(s[:before], make([]byte, 1<<20)) },
	} {
		if !long() && !slices.Contains(short, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := r.copyTo(t)
			edit(t, filepath.Join(c.dir, "journal", r.open.last), damage)
			torn := size(t, filepath.Join(c.dir, "journal", r.open.last)) - before
			c.start()
			if cut, err := c.server.Metric("playhead_journal_recovery_cut_bytes_total"); err != nil || cut != float64(torn) {
				t.Errorf("%v bytes were cut off, error %v; want %d", cut, err, torn)
			}
			if !strings.Contains(c.server.Log(), "level=WARN") || !strings.Contains(c.server.Log(), "bytes="+strconv.FormatInt(torn, 10)) {
				t.Errorf("no warning that %d bytes were cut off:\n%s", torn, c.server.Log())
			}
			r.finish(c, 3) // that beacon was not acknowledged: its player sends it again
			c.settle()
			c.server.Stop(t)
			c.complete()
		})
	}
}

// rotInLast damages a frame before the last one of the last segment, which no
// crash can do. The server refuses to start, and the command that it proposes
// gives up what is behind the damage, and nothing else.
func rotInLast(t *testing.T, r *remains) {
	c := r.copyTo(t)
	path := filepath.Join(c.dir, "journal", r.open.last)
	edit(t, path, func(s []byte) []byte { s[r.open.edges[2]-3] ^= 0x40; return s })
	said := refused(c, path)
	command := regexp.MustCompile(`truncate --size=\d+ \S+`).FindString(said)
	if want := "truncate --size=" + strconv.FormatInt(r.open.edges[1], 10) + " " + path; command != want {
		t.Fatalf("the server proposes %q; want %q: %s", command, want, said)
	}
	words := strings.Fields(command)
	if out, err := exec.CommandContext(t.Context(), words[0], words[1:]...).CombinedOutput(); err != nil { //nolint:gosec // checked above
		t.Fatalf("%s: %v %s", command, err, out)
	}
	c.start()
	r.finish(c, 1) // as if the player had kept them
	c.settle()
	c.server.Stop(t)
	c.complete()
}

// rotInOlder damages an older segment, which the server needs to have the views
// that are not final. It takes beacons, says in its log and at /readyz why it is
// not ready, and goes on without the segment when that is moved away: the stored
// views stay.
func rotInOlder(t *testing.T, r *remains) {
	c := r.copyTo(t)
	list := segments(t, c.dir)
	edit(t, list[1], func(s []byte) []byte { s[len(s)/2] ^= 0x01; return s })
	c.server = harness.Begin(t, harness.Data(c.dir, append(c.args, "--stuck-after", "1s")...)...)
	if err := c.server.Listening(); err != nil {
		t.Fatal(err)
	}
	c.ledger.server.Store(&c.server.Ingest)
	says := regexp.MustCompile(regexp.QuoteMeta(list[1]) + ` is damaged at byte \d+: .*; restore the file from a copy, ` +
		`or move it and all segments before it away to give up the records before \d+`)
	harness.Eventually(t, readyWithin, func() error {
		switch status, body, err := c.server.AskOperations("/readyz"); {
		case err != nil:
			return err
		case status != http.StatusServiceUnavailable || !says.Match(body):
			return fmt.Errorf("/readyz answers %d: %s; want 503 and %s", status, body, says)
		case !says.MatchString(c.server.Log()):
			return fmt.Errorf("not in the log: %s", says)
		}
		return nil
	})
	r.finish(c, 4)
	c.server.Stop(t)
	for _, path := range list[:2] {
		if err := os.Rename(path, path+".damaged"); err != nil {
			t.Fatal(err)
		}
	}
	c.start()
	if lines := errorsOf(c.server); len(lines) != 1 || !strings.Contains(lines[0], "the journal does not go back") {
		t.Errorf("what the server says of the lost records: %v", lines)
	}
	c.settle()
	c.server.Stop(t)
	readStore(t, c.dir).keep(t, c.ledger, &c.report)
}

// lostEnd takes from the journal what the store has read already. The server
// refuses to start, and goes on behind it when the journal is moved away: the
// stored views stay.
func lostEnd(t *testing.T, r *remains) {
	c := r.copyTo(t)
	list := segments(t, c.dir)
	for _, path := range list[1:] {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	said := refused(c, filepath.Join(c.dir, "journal"))
	for _, want := range []string{"the journal has lost its end", "move all of them away"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in: %s", want, said)
		}
	}
	if err := os.Rename(list[0], list[0]+".old"); err != nil {
		t.Fatal(err)
	}
	c.start()
	r.finish(c, 0)
	c.settle()
	c.server.Stop(t)
	readStore(t, c.dir).keep(t, c.ledger, &c.report)
}

// refused starts a server that must end by itself, with an error that names a
// file or folder, and returns what it says.
func refused(c *campaign, path string) string {
	c.Helper()
	command := append([]string{"serve", "--listen", "127.0.0.1:0"}, harness.Data(c.dir, c.args...)...)
	ctx, cancel := context.WithTimeout(c.Context(), readyWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, harness.Binary(c), command...)
	cmd.Env = harness.Environ()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err == nil || ctx.Err() != nil || cmd.ProcessState.ExitCode() != 1 {
		c.Fatalf("the server ended with %v; want exit code 1 in time: %s", err, &stderr)
	}
	if !strings.Contains(stderr.String(), path) {
		c.Errorf("the error does not name %s: %s", path, &stderr)
	}
	return stderr.String()
}

// edit changes the content of a file.
func edit(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, change(data), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
