package beacon

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/beacon/mux"
	"playhead/internal/event"
	"playhead/internal/journal"
)

// memoryJournal keeps what is appended, or fails with err.
type memoryJournal struct {
	mu      sync.Mutex
	records []journal.Record
	err     error
	arrived chan struct{} // if set, Append sends to it first
	wait    chan struct{} // if set, Append waits until it is closed
	ctx     context.Context
}

func (j *memoryJournal) Append(ctx context.Context, records ...journal.Record) error {
	if j.arrived != nil {
		j.arrived <- struct{}{}
	}
	if j.wait != nil {
		<-j.wait
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ctx = ctx
	if j.err != nil {
		return j.err
	}
	for _, r := range records {
		r.Data = bytes.Clone(r.Data)
		j.records = append(j.records, r)
	}
	return nil
}

type environments map[string]string

func (e environments) EnvironmentByKey(key string) (string, bool) {
	id, ok := e[key]
	return id, ok
}

// remember is an enricher that tells the address it was asked for.
type remember struct{}

func (remember) Client(header http.Header, addr netip.Addr) []event.Value {
	return []event.Value{
		{Field: event.MustLookup("client_city"), Text: addr.String()},
		{Field: event.MustLookup("client_user_agent"), Text: header.Get("User-Agent")},
	}
}

// categories are those of the environment env1.
type categories []event.Category

func (c categories) Categorises(environment string) bool { return environment == "env1" && len(c) > 0 }

func (c categories) ErrorCategory(_, code string) (event.Category, bool) {
	i := slices.IndexFunc(c, func(c event.Category) bool { return c.Code == code })
	if i < 0 {
		return event.Category{}, false
	}
	return c[i], true
}

// server is a handler with everything around it faked.
type server struct {
	*Handler
	journal  *memoryJournal
	registry *prometheus.Registry
	log      *bytes.Buffer
	now      time.Time
}

func newServer(t *testing.T, change func(*Config)) *server {
	t.Helper()
	s := &server{
		journal: &memoryJournal{}, registry: prometheus.NewRegistry(), log: new(bytes.Buffer),
		now: time.UnixMilli(1795374597300),
	}
	cfg := Config{
		PrivacyIP:    Drop,
		Environments: environments{"key1": "env1", "key2": "env2", "testenvkey0000000000000001": "recorded"},
		Journal:      s.journal,
		Enricher:     remember{},
		Format:       Format{Name: mux.Name, Split: mux.Split, ErrorCodes: mux.ErrorCodes},
		Categories:   categories{},
		Clock:        func() time.Time { return s.now },
		Logger:       slog.New(slog.NewTextHandler(s.log, nil)),
		Registerer:   s.registry,
	}
	if change != nil {
		change(&cfg)
	}
	var err error
	if s.Handler, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	return s
}

// do sends a request and checks what every answer must have.
func (s *server) do(t *testing.T, r *http.Request) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	for name, want := range map[string]string{"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s %s: header %s = %q, want %q", r.Method, r.URL, name, got, want)
		}
	}
	return w.Result()
}

// post sends a body and returns the status.
func (s *server) post(t *testing.T, body string, headers ...string) int {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/any/path", strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer := s.do(t, r)
	if text, err := io.ReadAll(answer.Body); err != nil || len(text) > 0 {
		t.Errorf("answer has a body: %q, %v", text, err)
	}
	return answer.StatusCode
}

// counters returns all counters that are not zero, as "name{reason}".
func (s *server) counters(t *testing.T) map[string]float64 {
	t.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := strings.TrimPrefix(f.GetName(), "playhead_")
			for _, l := range m.GetLabel() {
				name += "{" + l.GetValue() + "}"
			}
			if v := m.GetCounter().GetValue() + m.GetGauge().GetValue(); v != 0 {
				got[name] = v
			}
		}
	}
	return got
}

// decoded is what was appended, one line a record.
func (s *server) decoded(t *testing.T) (lines []string) {
	t.Helper()
	for _, r := range s.journal.records {
		var b event.Beacon
		if err := b.UnmarshalBinary(r.Data); err != nil {
			t.Fatal(err)
		}
		if r.Time != b.Received || r.Time != s.now.UnixMilli() {
			t.Errorf("record of %d holds a beacon received at %d, want %d", r.Time, b.Received, s.now.UnixMilli())
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", b.Environment, b.Format, b.Body))
	}
	return lines
}

func zip(t *testing.T, body string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const one = `{"events":[{"ake":"key1","xid":"v","e":"play"}]}`

func TestAccepted(t *testing.T) {
	tests := []struct {
		name    string
		body    string
		headers []string
		want    string
		events  float64
	}{
		{"plain", one, []string{"Content-Type", "text/plain"}, "env1 mux " + one, 1},
		{"any type", one, []string{"Content-Type", "image/png"}, "env1 mux " + one, 1},
		{"gzip", zip(t, one), []string{"Content-Encoding", "GZIP"}, "env1 mux " + one, 1},
		{"identity", one, []string{"Content-Encoding", "identity"}, "env1 mux " + one, 1},
		{"key in the header", `{"events":[{},{"ake":null}]}`, []string{"x-litix-env-key", "key2"}, `env2 mux {"events":[{},{"ake":null}]}`, 2},
		{"the event's key first", one, []string{"x-litix-env-key", "key2"}, "env1 mux " + one, 1},
		{
			"one foreign event", `{"events":[{"ake":"nobody"},{"ake":"key1"}]}`, nil,
			`env1 mux {"events":[{"ake":"key1"}]}`, 1,
		},
	}
	for _, test := range tests {
		s := newServer(t, nil)
		if status := s.post(t, test.body, test.headers...); status != http.StatusOK {
			t.Errorf("%s: status %d, want 200", test.name, status)
		}
		if diff := cmp.Diff([]string{test.want}, s.decoded(t)); diff != "" {
			t.Errorf("%s: journal differs (-want +got):\n%s", test.name, diff)
		}
		got := s.counters(t)
		if got["beacons_accepted_total"] != 1 || got["beacon_events_accepted_total"] != test.events {
			t.Errorf("%s: counters %v, want 1 beacon with %v events", test.name, got, test.events)
		}
	}
}

func TestHostKey(t *testing.T) {
	s := newServer(t, nil)
	for host, want := range map[string]bool{
		"key1.collector.test:9100": true, "KEY2.collector.test": true, "nobody.collector.test": false,
		"localhost:80": false, "127.0.0.1": false, "[::1]:80": false, "": false,
	} {
		before := len(s.journal.records)
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"events":[{}]}`))
		r.Host = host
		if status := s.do(t, r).StatusCode; status != http.StatusOK {
			t.Errorf("host %s: status %d, want 200", host, status)
		}
		if got := len(s.journal.records) > before; got != want {
			t.Errorf("host %s: accepted %v, want %v", host, got, want)
		}
	}
}

// TestThrownAway: the answer is 200, nothing is stored, and the reason is counted.
func TestThrownAway(t *testing.T) {
	large := `{"events":[{"ake":"key1","vtt":"` + strings.Repeat("x", MaxBody) + `"}]}`
	tests := []struct {
		name    string
		body    string
		headers []string
		reason  string
	}{
		{"foreign", `{"events":[{"ake":"nobody"}]}`, nil, "unknown_environment"},
		{"no key", `{"events":[{}]}`, nil, "unknown_environment"},
		{"not JSON", `e=play`, nil, "malformed"},
		{"no events", `{"events":7}`, nil, "malformed"},
		{"no objects", `{"events":[1,2]}`, nil, "malformed"},
		{"too many", `{"events":[{}` + strings.Repeat(",{}", mux.MaxEvents) + `]}`, nil, "malformed"},
		{"no body", ``, nil, "empty"},
		{"blank", " \n", nil, "empty"},
		{"zero events", `{"events":[]}`, nil, "empty"},
		{"large", large, nil, "too_large"},
		{"bomb", zip(t, large), []string{"Content-Encoding", "gzip"}, "too_large"},
		{"not gzip", one, []string{"Content-Encoding", "gzip"}, "bad_gzip"},
		{"cut gzip", zip(t, one)[:30], []string{"Content-Encoding", "gzip"}, "bad_gzip"},
		{"broken gzip", zip(t, one)[:60] + "xxxxxxxxxxxx", []string{"Content-Encoding", "gzip"}, "bad_gzip"},
		{"no gzip", ``, []string{"Content-Encoding", "gzip"}, "bad_gzip"},
		{"brotli", one, []string{"Content-Encoding", "br"}, "bad_encoding"},
	}
	for _, test := range tests {
		s := newServer(t, nil)
		if status := s.post(t, test.body, test.headers...); status != http.StatusOK {
			t.Errorf("%s: status %d, want 200", test.name, status)
		}
		if len(s.journal.records) > 0 {
			t.Errorf("%s was stored", test.name)
		}
		got := s.counters(t)
		delete(got, "beacon_events_dropped_total{unknown_environment}")
		delete(got, "beacon_events_dropped_total{malformed}")
		if diff := cmp.Diff(map[string]float64{"beacons_dropped_total{" + test.reason + "}": 1}, got); diff != "" {
			t.Errorf("%s: counters differ (-want +got):\n%s", test.name, diff)
		}
		if !strings.Contains(s.log.String(), "reason="+test.reason) {
			t.Errorf("%s: not in the log: %s", test.name, s.log)
		}
	}
}

func TestPartlyThrownAway(t *testing.T) {
	s := newServer(t, nil)
	body := `{"events":[{"ake":"key1"},7,{"ake":"nobody"},{"ake":"nobody"}]}`
	s.post(t, body)
	want := map[string]float64{
		"beacons_accepted_total": 1, "beacon_events_accepted_total": 1, "beacon_bytes_total": float64(len(body)),
		"beacons_dropped_total{unknown_environment}":       1,
		"beacon_events_dropped_total{unknown_environment}": 2,
		"beacon_events_dropped_total{malformed}":           1,
	}
	if diff := cmp.Diff(want, s.counters(t)); diff != "" {
		t.Errorf("counters differ (-want +got):\n%s", diff)
	}
}

func TestComeAgain(t *testing.T) {
	tests := map[string]error{
		"journal_full":        fmt.Errorf("disk: %w", journal.ErrFull),
		"journal_unavailable": journal.ErrUnavailable,
		"journal_slow":        context.DeadlineExceeded,
	}
	for reason, err := range tests {
		s := newServer(t, nil)
		s.journal.err = err
		answer := s.do(t, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(one)))
		if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
			t.Errorf("%v: status %d, Retry-After %q, want 503 and a time", err, answer.StatusCode, answer.Header.Get("Retry-After"))
		}
		if diff := cmp.Diff(map[string]float64{"beacons_refused_total{" + reason + "}": 1}, s.counters(t)); diff != "" {
			t.Errorf("%v: counters differ (-want +got):\n%s", err, diff)
		}
	}
}

// TestNeverDurable posts what the journal can never take: sent again, it would
// hold up all later events of its player for ever.
func TestNeverDurable(t *testing.T) {
	s := newServer(t, nil)
	s.journal.err = fmt.Errorf("append: %w", journal.ErrTooLarge)
	if got := s.post(t, `{"events":[{"ake":"key1","xid":"a"}]}`); got != http.StatusOK {
		t.Errorf("status %d, want 200", got)
	}
	if diff := cmp.Diff(map[string]float64{"beacons_dropped_total{too_large}": 1}, s.counters(t)); diff != "" {
		t.Errorf("counters (-want +got):\n%s", diff)
	}
}

// TestPageCloses: what a page sends while it closes is stored although its
// connection is gone.
func TestPageCloses(t *testing.T) {
	s := newServer(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.do(t, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(one)).WithContext(ctx))
	if len(s.journal.records) != 1 {
		t.Fatalf("%d records, want 1", len(s.journal.records))
	}
	if _, limited := s.journal.ctx.Deadline(); !limited {
		t.Error("the append has no time limit")
	}
}

func TestPreflight(t *testing.T) {
	s := newServer(t, nil)
	for asked, want := range map[string]string{"": "content-type", "content-type,x-litix-env-key": "content-type,x-litix-env-key"} {
		r := httptest.NewRequest(http.MethodOptions, "/", nil)
		if asked != "" {
			r.Header.Set("Access-Control-Request-Headers", asked)
		}
		answer := s.do(t, r)
		got := []string{
			answer.Status, answer.Header.Get("Access-Control-Allow-Headers"),
			answer.Header.Get("Access-Control-Allow-Methods"), answer.Header.Get("Access-Control-Max-Age"),
		}
		if diff := cmp.Diff([]string{"204 No Content", want, "POST, OPTIONS", "86400"}, got); diff != "" {
			t.Errorf("asked for %q (-want +got):\n%s", asked, diff)
		}
	}
}

func TestOtherMethods(t *testing.T) {
	s := newServer(t, nil)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete} {
		answer := s.do(t, httptest.NewRequest(method, "/", nil))
		if answer.StatusCode != http.StatusMethodNotAllowed || answer.Header.Get("Allow") != "POST, OPTIONS" {
			t.Errorf("%s: status %d, Allow %q", method, answer.StatusCode, answer.Header.Get("Allow"))
		}
	}
}

// TestSampling: one line for each reason and ten seconds, with a count of the rest.
func TestSampling(t *testing.T) {
	s := newServer(t, nil)
	for range 5 {
		s.post(t, `{"events":[{"ake":"secretkey"}]}`, "User-Agent", "agent")
		s.post(t, `not JSON secretkey`)
	}
	if n := strings.Count(s.log.String(), "\n"); n != 2 {
		t.Errorf("%d lines in the log, want 2:\n%s", n, s.log)
	}
	s.log.Reset()
	s.now = s.now.Add(sampleEvery)
	s.post(t, `not JSON secretkey`)
	if !strings.Contains(s.log.String(), "more_since_last=4") {
		t.Errorf("the log does not count what it left out:\n%s", s.log)
	}
	for _, secret := range []string{"secretkey", "192.0.2.1", "agent"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log tells %s:\n%s", secret, s.log)
		}
	}
}

func TestConfig(t *testing.T) {
	for name, cfg := range map[string]Config{
		"privacy": {PrivacyIP: "keep"},
		"memory":  {PrivacyIP: Drop, MemoryLimit: 100},
	} {
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v, want one that names it", name, err)
		}
	}
}
