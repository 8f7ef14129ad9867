package app

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// testConfig is the settings of a small server on a port of its own.
func testConfig(t *testing.T) Config {
	return Config{
		DataDir: t.TempDir(), Listen: "127.0.0.1:0", LogLevel: "error", LogFormat: "text",
		BootstrapEnvKey: "key", BootstrapToken: "id:secret",
		ViewCompleteAfter: time.Minute, ViewFinalAfter: time.Hour, PrivacyIP: "drop",
		JournalRetention: time.Hour, ViewRetention: time.Hour, EventRetention: time.Hour, MemoryLimit: 256 << 20, RealtimeMemory: 64 << 20, StuckAfter: 30 * time.Second, MaxConnections: 1000, MaxStreams: 100,
		JournalSegment: 1 << 20, ViewsLog: 1 << 20,
		ExportFormats: []string{"csv", "parquet", "ndjson"}, ExportVersion: 17,
		ScoreSmoothnessQuality: 0.65, ScoreSmoothnessStartup: 0.57, ScoreStartupQuality: 0.6, ScorePower: 1,
	}
}

func start(t *testing.T, cfg Config) *App {
	t.Helper()
	return startLogging(t, cfg, io.Discard)
}

func startLogging(t *testing.T, cfg Config, log io.Writer) *App {
	t.Helper()
	a, err := New(cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Stop(context.WithoutCancel(t.Context())) })
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestStopDespiteSlowClient stops a server while a client is still sending: it
// must not use up the time of the parts that end after the listeners.
func TestStopDespiteSlowClient(t *testing.T) {
	t.Parallel()
	a := start(t, testConfig(t))
	conn, err := net.Dial("tcp", strings.TrimPrefix(a.Ingest(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: key.example\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n")
	if _, err := conn.Read(make([]byte, 1)); err != nil { // the handler reads the body now
		t.Fatal(err)
	}
	began := time.Now()
	if err := a.Stop(t.Context()); err != nil {
		t.Errorf("stop: %v", err)
	}
	if took := time.Since(began); took > 2*lastRequests {
		t.Errorf("stop took %v, want a little over %v", took, lastRequests)
	}
}

// TestIngestAlone: the address of beacons answers nothing else, whatever is asked of it.
func TestIngestAlone(t *testing.T) {
	cfg := testConfig(t)
	cfg.IngestListen = "127.0.0.1:0"
	a := start(t, cfg)
	for _, path := range []string{"/", "/data/v1/exports/views", "/data/v1/exports/query", "/exports/1/2026_11_27.csv.gz", "/system/v1/backup", "/metrics", "/reference"} {
		for base, apart := range map[string]bool{a.Ingest(): true, a.API(): false} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.SetBasicAuth("id", "secret")
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if (answer.StatusCode == http.StatusMethodNotAllowed) != apart {
				t.Errorf("GET %s: status %d; want 405 at the address of beacons alone", base+path, answer.StatusCode)
			}
		}
	}
}

// TestSplit checks what each address answers, with and without one for beacons alone.
func TestSplit(t *testing.T) {
	named := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, name) })
	}
	for _, test := range []struct {
		request    string
		all, apart string // what answers it where beacons are taken too, and where not
	}{
		{"GET /healthz", "operations", "operations"},
		{"HEAD /healthz", "operations", "operations"},
		{"HEAD /readyz", "operations", "operations"},
		{"GET /metrics", "operations", "operations"},
		{"GET /openapi.json", "description", "description"},
		{"HEAD /reference", "description", "description"},
		{"POST /reference", "beacons", "api"},
		{"POST /healthz", "beacons", "api"},
		{"POST /", "beacons", "api"},
		{"POST /android", "beacons", "api"},
		{"OPTIONS /any/path", "beacons", "api"},
		{"GET /", "dashboard", "dashboard"},
		{"GET /ui", "dashboard", "dashboard"},
		{"GET /ui/views/1", "dashboard", "dashboard"},
		{"GET /uix", "api", "api"},
		{"POST /ui/", "beacons", "api"},
		{"GET /data/v1/video-views", "api", "api"},
		{"POST /data/v1/video-views", "api", "api"},
		{"OPTIONS /data/v1/video-views", "api", "api"},
		{"GET /system/v1/whoami", "api", "api"},
		{"PUT /session", "api", "api"},
		{"OPTIONS /session", "api", "api"},
		{"GET /exports/1/2026_11_27.csv.gz", "api", "api"},
		{"HEAD /exports/1/2026_11_27.csv.gz", "api", "api"},
	} {
		method, path, _ := strings.Cut(test.request, " ")
		var got [2]string
		for i, withBeacons := range []bool{true, false} {
			w := httptest.NewRecorder()
			split(named("operations"), named("description"), named("dashboard"), named("api"), named("beacons"), withBeacons).ServeHTTP(w, httptest.NewRequest(method, path, nil))
			got[i] = w.Body.String()
		}
		if diff := cmp.Diff([2]string{test.all, test.apart}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.request, diff)
		}
	}
}
