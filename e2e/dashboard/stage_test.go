package dashboard

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"playhead/e2e/harness"
	"playhead/internal/enrich/mmdb"
	"playhead/internal/simulate"
)

// stage is a server with a past, at addresses that it keeps when it starts again.
type stage struct {
	api, ingest *httptest.Server
	control     *httptest.Server // POST /restart, answered when the server is ready again

	restarts chan chan struct{} // what is asked for there: closed once it is done
	server   atomic.Pointer[harness.Server]
	dir      string
	args     []string
}

// openStage fills a folder and starts a server on it.
func openStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{dir: t.TempDir(), restarts: make(chan chan struct{})}
	countries, systems := map[string]any{}, map[string]any{}
	for _, n := range simulate.Networks() {
		countries[n.Prefix.String()] = map[string]any{"country_code": n.Country}
		systems[n.Prefix.String()] = map[string]any{"autonomous_system_number": uint32(n.ASN)}
	}
	s.args = []string{
		"--trusted-proxy", "127.0.0.0/8", // simulated viewers tell their addresses by X-Forwarded-For
		"--notify-networks", "127.0.0.0/8", // receivers of the tests
		"--geo-country", mmdb.Write(t, countries), "--geo-asn", mmdb.Write(t, systems),
	}
	fill(t, s.dir, s.args)
	s.server.Store(harness.StartIn(t, s.dir, s.args...))
	s.api = s.before(t, func(server *harness.Server) string { return server.API })
	s.ingest = s.before(t, func(server *harness.Server) string { return server.Ingest })
	s.control = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := make(chan struct{})
		select {
		case s.restarts <- asked:
			<-asked
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(s.control.Close)
	return s
}

// before puts a proxy before an address of whichever server runs.
func (s *stage) before(t *testing.T, address func(*harness.Server) string) *httptest.Server {
	t.Helper()
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			target, err := url.Parse(address(s.server.Load()))
			if err != nil {
				panic(err) // the harness has asked it
			}
			r.SetURL(target)
			r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusBadGateway) // it is starting again
		},
	})
	t.Cleanup(proxy.Close)
	return proxy
}

// restart ends the server and starts it again on the same folder.
func (s *stage) restart(t *testing.T) {
	t.Helper()
	began := time.Now()
	s.server.Load().Stop(t)
	s.server.Store(harness.StartIn(t, s.dir, s.args...))
	t.Logf("the server is ready again, after %v, at %s", time.Since(began), strings.TrimPrefix(s.api.URL, "http://"))
}
