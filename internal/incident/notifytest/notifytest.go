// Package notifytest has what the tests of notifiers share: messages to be sent,
// and receivers for them.
package notifytest

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"flag"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"playhead/internal/incident"
	"playhead/internal/meta"
	"playhead/internal/outbound"
)

// Message is what a channel is told of an event of an incident of which
// everything is known, with texts as players may send them.
func Message(event meta.Event) incident.Message {
	i := meta.Incident{
		ID: "4u13td", EnvironmentID: "018f3a52", Status: meta.IncidentOpen, Severity: meta.SeverityAlert, Measurement: incident.Measurement,
		Key:       "5312a7c0bbb5d8353bd88602f01fe58eb15e9febac8fd2f0d8ce8f1cb138145c",
		Threshold: 96, MeasuredValue: 97, CurrentValue: 97, PeakValue: 98, SampleSize: 100, SampleSizeUnit: "views", AffectedViews: 97, AffectedViewsOnOpen: 97,
		Breakdowns:  []meta.Breakdown{{Name: "video_title", Value: `Cats & <!channel> "dogs"`}, {Name: "error_type_id", Value: "697065"}},
		Description: `Error-rate of *Cats & <!channel> "dogs"* is significantly high (97%) due to an error of *Segment <b>not</b> found*`,
		Causes: []meta.Cause{{
			Breakdowns: []meta.Breakdown{{Name: "cdn", Value: "akamai"}, {Name: "country", Value: "DE"}},
			Share:      0.92, Views: 120, Affected: 117, Rate: 0.975, Expected: 0.005, PValue: 1e-12, ViewIDs: []string{"view-1", "view-2"},
		}},
		ErrorDescription: "Segment <b>not</b> found",
		StartedAt:        time.Date(2020, 12, 31, 7, 56, 22, 0, time.UTC), OpenedAt: time.Date(2020, 12, 31, 9, 26, 18, 0, time.UTC),
	}
	if event != meta.Opened {
		resolved, closed, value := time.Date(2020, 12, 31, 20, 22, 54, 0, time.UTC), time.Date(2020, 12, 31, 20, 22, 55, 500_000_000, time.UTC), 1.0
		i.Status, i.ResolvedAt, i.ClosedAt, i.MeasuredValueOnClose, i.AffectedViews = meta.IncidentClosed, &resolved, &closed, &value, 132
	}
	n := meta.Notification{ID: 17, EnvironmentID: i.EnvironmentID, ChannelID: "channel", IncidentID: i.ID, Event: event, Incident: i, QueuedAt: i.OpenedAt}
	if event == meta.Tested {
		n.IncidentID, n.Incident = "", meta.Incident{}
	}
	return incident.NewMessage(n, "Production", "https://playhead.example.com")
}

// Request is what a receiver got.
type Request struct {
	Path   string
	Header http.Header
	Body   []byte
}

// Receiver takes requests over HTTPS.
type Receiver struct {
	URL    string
	Client *outbound.Client // that trusts it and may dial it

	mu     sync.Mutex
	got    []Request
	status int
	header http.Header
	body   string
}

// NewReceiver starts a receiver that answers with a status and a body.
func NewReceiver(t testing.TB, status int, body string) *Receiver {
	t.Helper()
	r := &Receiver{status: status, body: body, header: http.Header{}}
	server := httptest.NewTLSServer(r)
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	r.URL = server.URL
	r.Client = outbound.New(outbound.Config{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, RootCAs: roots})
	return r
}

// Answer has the receiver answer otherwise from now on.
func (r *Receiver) Answer(status int, header http.Header, body string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status, r.header, r.body = status, header, body
}

// ServeHTTP implements http.Handler.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, Request{request.URL.RequestURI(), request.Header, body})
	maps.Copy(w.Header(), r.header)
	w.WriteHeader(r.status)
	w.Write([]byte(r.body))
}

// Requests are those that have come.
func (r *Receiver) Requests() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Request{}, r.got...)
}

var update = flag.Bool("update", false, "write the golden files")

// Golden compares a text with a file of testdata.
func Golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// Indented is a JSON text as people read it.
func Indented(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		t.Fatal(err)
	}
	return append(b.Bytes(), '\n')
}

// Conforms checks a request against a schema of testdata, which says in the words
// of JSON Schema what the public documentation of the receiver does.
func Conforms(t testing.TB, name string, text []byte) {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%v\nin %s", err, text)
	}
}
