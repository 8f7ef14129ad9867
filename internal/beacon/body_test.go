package beacon

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMemoryLimit holds requests in the journal until the limit is reached.
func TestMemoryLimit(t *testing.T) {
	s := newServer(t, func(c *Config) { c.MemoryLimit = minMemory })
	const requests = minMemory / perRequest
	s.journal.arrived, s.journal.wait = make(chan struct{}, requests), make(chan struct{})
	var all sync.WaitGroup
	for range requests {
		all.Go(func() { s.post(t, one) })
	}
	for range requests {
		<-s.journal.arrived
	}
	if status := s.post(t, one); status != http.StatusServiceUnavailable {
		t.Errorf("beyond the limit: status %d, want 503", status)
	}
	if got := s.counters(t); got["beacons_refused_total{busy}"] != 1 || got["beacons_in_flight"] != requests {
		t.Errorf("counters %v, want 1 busy and %d in flight", got, requests)
	}
	close(s.journal.wait)
	all.Wait()
	if status := s.post(t, one); status != http.StatusOK {
		t.Errorf("after it: status %d, want 200", status)
	}
	if !s.memory.TryAcquire(minMemory) {
		t.Error("memory was not given back")
	}
}

// TestLargeBodyMemory: a body that grows beyond the limit is refused, not dropped.
func TestLargeBodyMemory(t *testing.T) {
	s := newServer(t, func(c *Config) { c.MemoryLimit = minMemory })
	s.memory.TryAcquire(minMemory - perRequest)
	if status := s.post(t, one); status != http.StatusOK {
		t.Errorf("small body: status %d, want 200", status)
	}
	large := `{"events":[{"ake":"key1","vtt":"` + strings.Repeat("x", 3*firstRead) + `"}]}`
	if status := s.post(t, large); status != http.StatusServiceUnavailable {
		t.Errorf("large body: status %d, want 503", status)
	}
	if status := s.post(t, zip(t, large), "Content-Encoding", "gzip"); status != http.StatusServiceUnavailable {
		t.Errorf("large inflated body: status %d, want 503", status)
	}
	s.memory.Release(minMemory - perRequest)
	if status := s.post(t, large); status != http.StatusOK {
		t.Errorf("after it: status %d, want 200", status)
	}
}

// TestIncomplete: a player that goes away in the middle must send again.
func TestIncomplete(t *testing.T) {
	for _, encoding := range []string{"", "gzip"} {
		s := newServer(t, nil)
		sent := one[:10]
		if encoding == "gzip" {
			sent = zip(t, one)[:15]
		}
		broken := io.MultiReader(strings.NewReader(sent), brokenReader{})
		r := httptest.NewRequest(http.MethodPost, "/", broken)
		r.Header.Set("Content-Encoding", encoding)
		if status := s.do(t, r).StatusCode; status != http.StatusServiceUnavailable {
			t.Errorf("encoding %q: status %d, want 503", encoding, status)
		}
		if diff := cmp.Diff(map[string]float64{"beacons_refused_total{incomplete}": 1}, s.counters(t)); diff != "" {
			t.Errorf("encoding %q: counters differ (-want +got):\n%s", encoding, diff)
		}
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

// TestLargeOverNetwork: a player whose beacon is too large gets its answer
// although it is still sending when that is known.
func TestLargeOverNetwork(t *testing.T) {
	s := newServer(t, nil)
	server := httptest.NewServer(s)
	defer server.Close()
	for _, length := range []int64{-1, 4 * MaxBody} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, io.LimitReader(zeros{}, 4*MaxBody))
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = length
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatalf("length %d: %v", length, err)
		}
		if err := answer.Body.Close(); err != nil {
			t.Error(err)
		}
		if answer.StatusCode != http.StatusOK {
			t.Errorf("length %d: status %d, want 200", length, answer.StatusCode)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
