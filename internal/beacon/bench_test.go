package beacon

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/beacon/mux"
	"playhead/internal/enrich"
	"playhead/internal/journal"
	"playhead/internal/recording"
)

// nowhere is where the benchmark's answers go.
type nowhere struct{ header http.Header }

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (n *nowhere) WriteHeader(int)             {}

// discard is a journal without a disk.
type discard struct{}

func (discard) Append(context.Context, ...journal.Record) error { return nil }

// BenchmarkPost takes the recorded beacons, all but the durable part: one
// operation is one beacon, from its headers to its answer.
func BenchmarkPost(b *testing.B) {
	client, err := enrich.New(enrich.Config{})
	if err != nil {
		b.Fatal(err)
	}
	h, err := New(Config{
		PrivacyIP: Truncate, Environments: environments{"testenvkey0000000000000001": "env"}, Categories: categories(nil), Journal: discard{}, Enricher: client,
		Format:   Format{Name: mux.Name, Split: mux.Split, ErrorCodes: mux.ErrorCodes},
		Arrivals: NewArrivals(time.Now()), Clock: time.Now, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(),
	})
	if err != nil {
		b.Fatal(err)
	}
	var requests []*http.Request
	var bodies []*bytes.Reader
	bytesOf := 0
	for _, name := range recording.Names(b) {
		for _, post := range recording.Posts(b, name) {
			body := bytes.NewReader([]byte(post.Body))
			r, err := http.NewRequestWithContext(b.Context(), post.Method, post.URL, nil)
			if err != nil {
				b.Fatal(err)
			}
			r.RemoteAddr, r.ContentLength, r.Body = "192.0.2.7:1234", body.Size(), io.NopCloser(body)
			for key, value := range post.Headers {
				r.Header.Set(key, value)
			}
			requests, bodies, bytesOf = append(requests, r), append(bodies, body), bytesOf+len(post.Body)
		}
	}
	b.SetBytes(int64(bytesOf / len(requests)))
	b.ReportAllocs()
	w := &nowhere{header: http.Header{}}
	for n := 0; b.Loop(); n++ {
		i := n % len(requests)
		_, _ = bodies[i].Seek(0, io.SeekStart)
		clear(w.header)
		h.ServeHTTP(w, requests[i])
	}
}
