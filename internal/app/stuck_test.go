package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"playhead/e2e/harness"
	"playhead/internal/tracker"
	"playhead/internal/view"
)

// slowStore is a store that hangs, or fails, until it is let go.
type slowStore struct {
	tracker.Store
	fails   bool
	entered chan struct{} // gets something when a commit has begun to wait
	gate    chan struct{} // closed when commits go on
	opened  atomic.Bool
}

func (s *slowStore) Commit(ctx context.Context, b view.Batch) error {
	if len(b.Views) > 0 && !s.opened.Load() {
		select {
		case s.entered <- struct{}{}:
		default:
		}
		if s.fails {
			return errors.New("the disk of the views is broken")
		}
		<-s.gate
	}
	return s.Store.Commit(ctx, b)
}

func (s *slowStore) open() {
	s.opened.Store(true)
	close(s.gate)
}

// startSlow starts a server whose store hangs or fails.
func startSlow(t *testing.T, cfg Config, fails bool) (*App, *slowStore) {
	t.Helper()
	a, err := New(cfg, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	slow := &slowStore{fails: fails, entered: make(chan struct{}, 1), gate: make(chan struct{})}
	a.slow = func(s tracker.Store) tracker.Store {
		slow.Store = s
		return slow
	}
	t.Cleanup(func() {
		if !slow.opened.Load() {
			slow.open()
		}
		_ = a.Stop(context.WithoutCancel(t.Context()))
	})
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a, slow
}

// readyz is what the server says of itself.
func readyz(t *testing.T, a *App) (status int, text string) {
	t.Helper()
	answer := do(t, http.MethodGet, a.API()+"/readyz", "")
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, strings.TrimSpace(string(body))
}

// TestStuckStore has the store hang, or fail, from the first view on. Beacons are
// taken and queries are answered all the same; /readyz tells what is wrong, until
// it is no more, and then the view is there.
func TestStuckStore(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fails bool
		want  string
	}{
		{false, "the commit of views has been running for "},
		{true, "the commit of views has been failing for "},
	} {
		t.Run(test.want, func(t *testing.T) {
			cfg := testConfig(t)
			cfg.StuckAfter = time.Second
			a, slow := startSlow(t, cfg, test.fails)
			c := allTime(a)
			c.post(t, "first", `"e":"viewstart"`, `"e":"viewend"`)
			<-slow.entered
			c.post(t, "second", `"e":"viewstart"`, `"e":"viewend"`)
			c.list(t, 0)
			harness.Eventually(t, 30*time.Second, func() error {
				if status, text := readyz(t, a); status != http.StatusServiceUnavailable || !strings.HasPrefix(text, test.want) {
					return fmt.Errorf("/readyz says %d %q, want 503 and %q…", status, text, test.want)
				}
				return nil
			})
			select {
			case err := <-a.Failed():
				t.Errorf("the server failed: %v", err)
			default:
			}
			later := time.Now().Add(time.Hour)
			if known := a.realtime.Known(later); time.Until(known) > 10*time.Second {
				t.Errorf("real-time numbers are known until %s", known)
			}
			slow.open()
			c.list(t, 2)
			if status, text := readyz(t, a); status != http.StatusOK {
				t.Errorf("/readyz says %d %q after the store has gone on, want 200", status, text)
			}
			harness.Eventually(t, 30*time.Second, func() error {
				if known := a.realtime.Known(later); !known.Equal(later) {
					return fmt.Errorf("real-time numbers are known until %s, want %s, as nobody watches", known, later)
				}
				return nil
			})
		})
	}
}

// TestStopWithHangingDisk stops a server of which a background task hangs: the
// other parts end all the same, and the process can.
func TestStopWithHangingDisk(t *testing.T) {
	var a App
	hang, stopped := make(chan struct{}), false
	defer close(hang)
	a.background.Go(func() { <-hang })
	a.onStop("part", func(context.Context) error { stopped = true; return nil })
	patience, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Stop(patience); !errors.Is(err, context.Canceled) || !stopped {
		t.Errorf("Stop = %v, other parts stopped: %v; want the end of patience, and true", err, stopped)
	}
}
