package meta

import (
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// lockedBuffer is a log that a goroutine writes while the test reads.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) count(s string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), s)
}

// TestRefreshFails: the last records stay in use, the failures are counted,
// and the log tells of the beginning and the end alone.
func TestRefreshFails(t *testing.T) {
	var log lockedBuffer
	registry := prometheus.NewRegistry()
	clock := &fakeClock{t: noon}
	s, err := Open(t.Context(), Config{
		Path: filepath.Join(t.TempDir(), "meta.db"), Clock: clock.now,
		Logger: slog.New(slog.NewTextHandler(&log, nil)), Registerer: registry,
	})
	if err != nil {
		t.Fatal(err)
	}
	createEnvironment(t, s, "shop", "k")
	s.every = time.Millisecond
	s.Start()
	failures := func() float64 {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		return families[0].GetMetric()[0].GetCounter().GetValue()
	}
	if got := failures(); got != 0 {
		t.Errorf("%v failures before any", got)
	}
	if _, err := s.db.ExecContext(t.Context(), `ALTER TABLE changes RENAME TO hidden`); err != nil {
		t.Fatal(err)
	}
	await(t, "the second failure", func() bool { return failures() >= 2 })
	if _, ok := s.EnvironmentByKey("k"); !ok {
		t.Error("the environment is forgotten")
	}
	if _, err := s.db.ExecContext(t.Context(), `ALTER TABLE hidden RENAME TO changes`); err != nil {
		t.Fatal(err)
	}
	await(t, "the recovery", func() bool { return log.count("can be read again") == 1 })
	if got := log.count("cannot read"); got != 1 {
		t.Errorf("the failure is logged %d times, want once", got)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}
