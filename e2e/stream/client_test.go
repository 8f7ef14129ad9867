package stream

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"playhead/e2e/harness"
)

const path = "/data/v1/monitoring/stream"

// point is a tick, as a stream tells it.
type point struct {
	Date       time.Time
	Concurrent int `json:"concurrent_viewers"`
	Values     map[string]*float64
}

// event is what a stream told.
type event struct {
	name, id string
	came     time.Time
	data     struct {
		Timeseries []point
		Breakdown  []struct {
			Value      *string
			Concurrent int `json:"concurrent_viewers"`
		}
	}
}

// newest is the last point of an event.
func (e *event) newest() point { return e.data.Timeseries[len(e.data.Timeseries)-1] }

// reader follows a stream, as a dashboard does.
type reader struct {
	answer *http.Response
	events chan event
	done   chan struct{} // closed at the end

	mu     sync.Mutex
	err    error // how it ended; io.EOF as it should
	points map[time.Time]point
}

// follow opens a stream with a token, ID:SECRET, after the event with the id
// last, if that is not empty.
func follow(t *testing.T, server *harness.Server, token, last string, query url.Values) *reader {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.API+path+"?"+query.Encode(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	id, secret, _ := strings.Cut(token, ":")
	r.SetBasicAuth(id, secret)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	if answer.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(answer.Body)
		t.Fatalf("status %d: %s; want 200", answer.StatusCode, body)
	}
	f := &reader{answer: answer, events: make(chan event, 1000), done: make(chan struct{}), points: map[time.Time]point{}}
	go f.read()
	return f
}

// read reads events until the end.
func (f *reader) read() {
	defer close(f.done)
	var next event
	lines := bufio.NewReader(f.answer.Body)
	for {
		line, err := lines.ReadString('\n')
		if err == nil && line == "\n" && next.name != "" {
			next.came = time.Now()
			f.keep(next)
			f.events <- next
			next = event{}
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok && err == nil {
			err = json.Unmarshal([]byte(data), &next.data)
		}
		if err != nil {
			f.mu.Lock()
			f.err = err
			f.mu.Unlock()
			return
		}
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			next.name = strings.TrimSpace(name)
		}
		if id, ok := strings.CutPrefix(line, "id: "); ok {
			next.id = strings.TrimSpace(id)
		}
	}
}

// keep replaces points by their date.
func (f *reader) keep(e event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range e.data.Timeseries {
		f.points[p.Date] = p
	}
}

// next waits for an event.
func (f *reader) next(t *testing.T, within time.Duration) event {
	t.Helper()
	select {
	case e := <-f.events:
		return e
	case <-f.done:
		t.Fatalf("the stream ended: %v", f.err)
	case <-time.After(within):
		t.Fatalf("no event within %s", within)
	}
	panic("not reached")
}

// ended waits for the end of the stream, which must be a proper one.
func (f *reader) ended(t *testing.T, within time.Duration) {
	t.Helper()
	select {
	case <-f.done:
		if !errors.Is(f.err, io.EOF) {
			t.Errorf("the stream ended with %v; want its end", f.err)
		}
	case <-time.After(within):
		t.Errorf("the stream goes on after %s", within)
	}
}
