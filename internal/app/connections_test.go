package app

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/e2e/harness"
)

// gated is a server with a gate. Requests of /slow are at work until let go.
type gated struct {
	address  string
	gate     *gate
	registry *prometheus.Registry
	working  chan struct{} // gets something from each request of /slow
	letGo    chan struct{}
}

func startGated(t *testing.T, most int) *gated {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &gated{address: l.Addr().String(), registry: prometheus.NewRegistry(), working: make(chan struct{}), letGo: make(chan struct{})}
	server := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			s.working <- struct{}{}
			<-s.letGo
		}
	})}
	done := make(chan error)
	s.gate = newGate(l, server, "test", most, s.registry)
	go func() { done <- server.Serve(s.gate) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return s
}

func (s *gated) dial(t *testing.T) net.Conn {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func send(t *testing.T, c net.Conn, path string) {
	t.Helper()
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: here\r\n\r\n", path); err != nil {
		t.Fatal(err)
	}
}

// answer reads one answer; its status is 0 when the connection is closed.
func answer(t *testing.T, c net.Conn) (status int, retryAfter string) {
	t.Helper()
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, ""
	}
	defer r.Body.Close()
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, r.Header.Get("Retry-After")
}

// untilIdle waits until so many connections are idle.
func (s *gated) untilIdle(t *testing.T, n int) {
	t.Helper()
	harness.Eventually(t, 10*time.Second, func() error {
		s.gate.mu.Lock()
		defer s.gate.mu.Unlock()
		if got := s.gate.idle.Len(); got != n {
			return fmt.Errorf("%d connections are idle, want %d", got, n)
		}
		return nil
	})
}

// figures returns the gauges and counters of the gate by their short names.
func (s *gated) figures(t *testing.T) map[string]float64 {
	t.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		m := f.GetMetric()[0]
		all[strings.TrimPrefix(f.GetName(), "playhead_http_")] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
	}
	return all
}

// TestBusyConnections fills a server with requests that take their time: the next
// connection is refused with an answer that says when to come again, and one
// after they have ended is not.
func TestBusyConnections(t *testing.T) {
	s := startGated(t, 2)
	busy := []net.Conn{s.dial(t), s.dial(t)}
	for _, c := range busy {
		send(t, c, "/slow")
		<-s.working
	}
	for range 3 {
		c := s.dial(t)
		send(t, c, "/")
		if status, retry := answer(t, c); status != http.StatusServiceUnavailable || retry != "10" {
			t.Errorf("third connection: status %d, Retry-After %q; want 503 and 10", status, retry)
		}
	}
	close(s.letGo)
	for _, c := range busy {
		if status, _ := answer(t, c); status != http.StatusOK {
			t.Errorf("connection that was there before: status %d, want 200", status)
		}
	}
	s.untilIdle(t, 2)
	c := s.dial(t)
	send(t, c, "/")
	if status, _ := answer(t, c); status != http.StatusOK {
		t.Errorf("connection after the rush: status %d, want 200", status)
	}
	if got := s.figures(t); got["connections_refused_total"] != 3 || got["connections"] > 2 {
		t.Errorf("figures %v; want 3 refused, and at most 2 open", got)
	}
}

// TestIdleConnections opens more connections one after the other than there may
// be: those that have been idle for the longest make way.
func TestIdleConnections(t *testing.T) {
	s := startGated(t, 3)
	var all []net.Conn
	for range 5 {
		c := s.dial(t)
		all = append(all, c)
		send(t, c, "/")
		if status, _ := answer(t, c); status != http.StatusOK {
			t.Fatalf("connection %d: status %d, want 200", len(all), status)
		}
		s.untilIdle(t, min(len(all), 3))
	}
	for i, c := range all {
		want := http.StatusOK
		if i < 2 {
			want = 0 // closed
		}
		_, _ = fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: here\r\n\r\n") // fails on some that are closed
		if status, _ := answer(t, c); status != want {
			t.Errorf("connection %d: status %d, want %d", i+1, status, want)
		}
	}
	if got := s.figures(t); got["connections_evicted_total"] != 2 || got["connections_refused_total"] != 0 {
		t.Errorf("figures %v, want 2 evicted and none refused", got)
	}
}
