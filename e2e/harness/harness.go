// Package harness runs the real binary for the outer tests: it builds it once,
// starts it on a free port, waits until it is ready, reads its API, and stops
// or kills it.
package harness

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// What every server of the outer tests is bootstrapped with. The key is the
// one in the recorded beacons.
const (
	EnvKey      = "testenvkey0000000000000001"
	TokenID     = "outer-tests"
	TokenSecret = "outer-tests-secret"
)

const (
	readyWithin = 30 * time.Second // from the start of the process to the first 200 of /readyz
	stopWithin  = 30 * time.Second // from SIGTERM to the end of the process
)

// Server is a running process of the binary.
type Server struct {
	API    string // base URL of the API, such as http://127.0.0.1:41234: that of a proxy that checks the types of all answers
	Ingest string // base URL that takes beacons; the same unless --ingest-listen is given
	Token  string // ID:SECRET that Get uses

	command string
	process *os.Process
	ended   bool // by the test
	log     *log
	done    chan struct{} // closed once the process has ended
	err     error         // how it ended; to be read after done
}

// Start runs `playhead serve` with a data directory of its own and waits until
// it is ready. The process ends with the test at the latest.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	return StartIn(t, t.TempDir(), args...)
}

// StartIn is Start on a data directory that may hold the data of an earlier
// process.
func StartIn(t testing.TB, dir string, args ...string) *Server {
	t.Helper()
	return Serve(t, Data(dir, args...)...)
}

// Serve runs `playhead serve` on a free port with no other settings than the
// given and waits until it is ready.
func Serve(t testing.TB, args ...string) *Server {
	t.Helper()
	s := Begin(t, args...)
	if err := s.Ready(); err != nil {
		t.Fatalf("%s: %v", s.command, err)
	}
	proxy, err := strict(t, s.API)
	if err != nil {
		t.Fatalf("%s: %v", s.command, err)
	}
	s.API = proxy
	return s
}

// Begin starts `playhead serve` on a free port and does not wait: call
// [Server.Ready] before asking it anything. Its API is that of the process
// itself, without the proxy that checks answers.
func Begin(t testing.TB, args ...string) *Server {
	t.Helper()
	s := &Server{Token: TokenID + ":" + TokenSecret, log: newLog(), done: make(chan struct{})}
	// Not bound to the test's context: a server outlives it until the cleanups,
	// which end it.
	cmd := exec.CommandContext(context.Background(), Binary(t), append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Env = Environ()
	cmd.Stdout, cmd.Stderr = s.log, s.log
	s.command = cmd.String()
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", cmd, err)
	}
	s.process = cmd.Process
	go func() {
		s.err = cmd.Wait()
		close(s.done)
	}()
	t.Cleanup(func() {
		known := s.ended
		s.Kill()
		if t.Failed() && !known {
			t.Logf("what %s logged (its end):\n%s", cmd, s.log.tail(8<<10))
		}
	})
	return s
}

// Data is the settings of a server on a data directory with the environment and
// the token of the outer tests.
func Data(dir string, args ...string) []string {
	return append([]string{
		"--data-dir", dir, "--bootstrap-env-key", EnvKey, "--bootstrap-token", TokenID + ":" + TokenSecret,
	}, args...)
}

// Listening waits until the process tells its addresses, which it does before
// it is ready. An error says how it ended before, with the last of what it
// logged, or that it takes too long.
func (s *Server) Listening() error {
	select {
	case <-s.log.listening:
		s.API, s.Ingest = s.log.addresses()
		return nil
	case <-s.done:
		return fmt.Errorf("ended before it listened: %w: %s", s.err, s.log.tail(2<<10))
	case <-time.After(readyWithin):
		return fmt.Errorf("no log line with listening, api= and ingest= within %v", readyWithin)
	}
}

// Ready waits until the process is ready. Errors are like those of Listening.
func (s *Server) Ready() error {
	limit := time.After(readyWithin)
	if err := s.Listening(); err != nil {
		return err
	}
	retry := time.NewTicker(10 * time.Millisecond)
	defer retry.Stop()
	for {
		err := s.ready()
		if err == nil {
			return nil
		}
		select {
		case <-retry.C:
		case <-s.done:
			return fmt.Errorf("ended before it was ready: %w: %s", s.err, s.log.tail(2<<10))
		case <-limit:
			return fmt.Errorf("not ready within %v: %w", readyWithin, err)
		}
	}
}

// ready asks /readyz once.
func (s *Server) ready() error {
	status, body, err := s.AskOperations("/readyz")
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d: %s", status, body)
	}
	return err
}

// Stop sends SIGTERM and fails the test unless the process ends in time with
// exit code 0.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.ended = true
	if err := s.process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("SIGTERM: %v", err)
	}
	select {
	case <-s.done:
	case <-time.After(stopWithin):
		t.Fatalf("still running %v after SIGTERM", stopWithin)
	}
	if s.err != nil {
		t.Fatalf("after SIGTERM: %v; want exit code 0: %s", s.err, s.log.tail(2<<10))
	}
}

// Kill ends the process with SIGKILL, as a crash would, and waits for its end.
func (s *Server) Kill() {
	s.ended = true
	_ = s.process.Kill() // an error says that it has ended already
	<-s.done
}

// PID is the number of the process.
func (s *Server) PID() int { return s.process.Pid }

// Log returns what the process has printed so far, on either stream.
func (s *Server) Log() string { return s.log.tail(math.MaxInt) }

// Done is closed once the process has ended.
func (s *Server) Done() <-chan struct{} { return s.done }

// Eventually calls the condition until it returns nil, and fails the test with
// its last error when that has not happened within the limit.
func Eventually(t testing.TB, within time.Duration, condition func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	retry := time.NewTicker(100 * time.Millisecond)
	defer retry.Stop()
	for {
		err := condition()
		if err == nil {
			return
		}
		select {
		case <-retry.C:
		case <-ctx.Done():
			t.Fatalf("after %v: %v", within, err)
		}
	}
}

// build compiles the binary once per test process.
var build = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("PLAYHEAD_BINARY"); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("PLAYHEAD_BINARY: %w (make build makes bin/playhead)", err)
		}
		return path, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "playhead-e2e", "playhead")
	out, err := exec.Command("go", "build", "-o", path, "playhead/cmd/playhead").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build playhead/cmd/playhead: %w\n%s", err, out)
	}
	return path, nil
})

// Binary returns the path of the binary: that in PLAYHEAD_BINARY, or one built
// from the checkout.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Environ is the environment of this process without settings of Playhead, so
// that a developer's own do not reach the tests.
func Environ() []string {
	var clean []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "PLAYHEAD_") {
			clean = append(clean, e)
		}
	}
	return clean
}

// log collects what the process prints and looks in it for the addresses.
type log struct {
	listening chan struct{} // closed once the addresses are known

	mu          sync.Mutex
	text        bytes.Buffer
	api, ingest string
}

var (
	_          io.Writer = (*log)(nil)
	apiAttr              = regexp.MustCompile(`\bapi="?(http://[^\s"]+)`)
	ingestAttr           = regexp.MustCompile(`\bingest="?(http://[^\s"]+)`)
)

func newLog() *log { return &log{listening: make(chan struct{})} }

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	if l.api != "" {
		return len(p), nil
	}
	for line := range strings.Lines(l.text.String()) {
		api, ingest := apiAttr.FindStringSubmatch(line), ingestAttr.FindStringSubmatch(line)
		if strings.HasSuffix(line, "\n") && strings.Contains(line, "listening") && api != nil && ingest != nil {
			l.api, l.ingest = api[1], ingest[1]
			close(l.listening)
			break
		}
	}
	return len(p), nil
}

func (l *log) addresses() (api, ingest string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.api, l.ingest
}

func (l *log) tail(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.text.Bytes()
	return string(text[max(0, len(text)-n):])
}
