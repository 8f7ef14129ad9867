package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"playhead/internal/api"
	"playhead/internal/ops"
	"playhead/internal/reference"
	"playhead/internal/web"
)

// API is the base URL of the API; "" before Start.
func (a *App) API() string { return a.apiURL }

// Dashboard is the URL of the dashboard, as people reach it; "" before Start.
func (a *App) Dashboard() string {
	if a.apiURL == "" {
		return ""
	}
	return strings.TrimSuffix(cmp.Or(a.cfg.PublicURL, a.apiURL), "/") + web.Path
}

// Ingest is the base URL of the beacon endpoint; "" before Start.
func (a *App) Ingest() string { return a.ingestURL }

// startServers listens. Beacons are accepted from now on, also while the
// tracker still reads the journal.
func (a *App) startServers(ctx context.Context) error {
	beacons, err := a.newBeacons()
	if err != nil {
		return err
	}
	answers, err := a.newAPI(ctx)
	if err != nil {
		return err
	}
	description, err := reference.New(api.Document())
	if err != nil {
		return err
	}
	dashboard, err := web.New()
	if err != nil {
		return err
	}
	operations := ops.Handler(a.registry, a.ready, func() error { return a.evaluator.Failing(a.cfg.StuckAfter) })
	if a.cfg.ProfListen != "" {
		if _, err := a.listen(ctx, "profiles", a.cfg.ProfListen, ops.Profiles()); err != nil {
			return err
		}
	}
	prefix, err := prefixOf(a.cfg.PublicURL)
	if err != nil {
		return err
	}
	everything := a.cfg.IngestListen == ""
	a.apiURL, err = a.listen(ctx, "api", a.cfg.Listen, below(prefix, split(operations, description, dashboard, answers, beacons, everything)))
	if err != nil {
		return err
	}
	a.ingestURL = a.apiURL
	if !everything {
		if a.ingestURL, err = a.listen(ctx, "ingest", a.cfg.IngestListen, beacons); err != nil {
			return err
		}
	}
	a.log.Info("listening", "dashboard", a.Dashboard(), "api", a.apiURL, "ingest", a.ingestURL)
	return nil
}

// split hands requests to the operations routes, to the API and its description,
// to the dashboard and, if it is on the same address, to the beacon endpoint: that gets every
// POST and OPTIONS outside the API's paths.
func split(operations, description, dashboard, api, beacons http.Handler, withBeacons bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, reads := r.URL.Path, r.Method == http.MethodGet || r.Method == http.MethodHead
		switch {
		case reads && (path == "/healthz" || path == "/readyz" || path == "/metrics"):
			operations.ServeHTTP(w, r)
		case reads && (path == "/openapi.json" || path == "/reference"):
			description.ServeHTTP(w, r)
		case reads && (path == "/" || path == "/ui" || strings.HasPrefix(path, web.Path)):
			dashboard.ServeHTTP(w, r)
		case strings.HasPrefix(path, "/data/") || strings.HasPrefix(path, "/system/") || path == "/session":
			api.ServeHTTP(w, r)
		case withBeacons && (r.Method == http.MethodPost || r.Method == http.MethodOptions):
			beacons.ServeHTTP(w, r)
		default:
			api.ServeHTTP(w, r)
		}
	})
}

// headers is how many bytes of headers a request may have, its path and query
// included. Those of the API hold queries; players send a few hundred.
var headers = map[string]int{"api": 64 << 10, "profiles": 16 << 10, "ingest": 16 << 10}

// listen serves h on an address and returns its base URL.
func (a *App) listen(ctx context.Context, name, address string, h http.Handler) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return "", fmt.Errorf("listen for %s: %w", name, err)
	}
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      3 * time.Minute,
		IdleTimeout:       2 * time.Minute, // players send every ten seconds
		MaxHeaderBytes:    headers[name],
	}
	limited := newGate(l, server, name, a.cfg.MaxConnections, a.registry)
	go func() {
		if err := server.Serve(limited); !errors.Is(err, http.ErrServerClosed) {
			a.fail(fmt.Errorf("serve %s: %w", name, err))
		}
	}()
	a.onStop(name, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, lastRequests)
		defer cancel()
		if err := server.Shutdown(ctx); err == nil || !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		return server.Close()
	})
	return "http://" + reachable(l.Addr()), nil
}

// lastRequests is how long the server waits at its end for requests that are
// still being received or answered. After it they are cut off, so that a slow
// client cannot take the time that the other parts need to end.
const lastRequests = 3 * time.Second

// reachable is an address that can be dialled on this machine: a server that
// listens everywhere can be reached as localhost.
func reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String()
	}
	return net.JoinHostPort("localhost", fmt.Sprint(tcp.Port))
}
