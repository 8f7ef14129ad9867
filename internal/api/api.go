// Package api answers the HTTP API: views, metrics and dimensions, as JSON.
//
// A [route] is one line of data in the table routes: its method and path, the
// permission it needs, the parameters it reads and the function that answers.
// A request passes in this order:
//
//  1. The route is looked up; an unknown one is 404 before anything else is
//     looked at. A method that a path does not have is an unknown route.
//  2. The token is checked (401), then its permission (403). A browser has a
//     session that stands for one (see session.go). The few routes for the
//     public have signed tokens instead (see signed.go). A token that asks
//     too often is told so (429), if there is a limit.
//  3. The parameters are read into a [query.Request]; their names are data
//     too (see [param]). What they mean is checked by package query. A body is
//     read into the struct that the route names.
//  4. The route's function answers with a value that is written as JSON, or
//     with an error that [server.fail] alone turns into a status.
//
// [Document] describes the same table for clients. Tests hold every answer
// against it, and the table against what the API is compatible with.
package api

import (
	"cmp"
	"log/slog"
	"net/http"
	"path"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/meta"
	"playhead/internal/query"
)

// Records gives access to the control-plane records; [meta.Store] has them.
type Records interface {
	Access
	AlertRules
	Annotations
	Channels
	Environments
	ErrorCategories
	ErrorNotes
	ExportStreams
	Incidents
	Sessions
	Tokens
	SigningKeys
}

// Access tells who may ask.
type Access interface {
	// Authenticate finds the token with an id and a secret.
	Authenticate(id, secret string) (meta.Token, bool)
	// EnvironmentByID finds the environment that a token belongs to.
	EnvironmentByID(id string) (meta.Environment, bool)
}

// Config is what the API needs. Engine, Records, Clock and Logger are required.
type Config struct {
	Engine     query.Engine
	Records    Records
	Live       Live             // nil: nothing is in progress
	Realtime   query.Realtime   // nil: nobody watches
	Notifier   Notifier         // nil: nothing is sent to channels
	Backtests  Backtests        // nil: there is no past to look at
	Around     IncidentSeries   // nil: likewise
	Backups    Backups          // nil: there are none
	Ingest     Ingest           // nil: it takes no beacons
	Settings   []Setting        // of the server
	Exports    Exports          // without members: nothing is exported
	Sender     ExportSender     // nil: streams are not sent
	PublicURL  string           // that people reach the API by; "": that which they ask
	Clock      func() time.Time // what relative timeframes end at, and durations are measured by
	Logger     *slog.Logger
	Registerer prometheus.Registerer // nil: metrics are not shown
	Timeout    time.Duration         // for one request; 0: a minute, when clients stop waiting too
	FinalAfter time.Duration         // silence after which a view takes no more events; 0: an hour

	Streams int             // real-time streams that may be open at once; 0: a thousand
	Ending  <-chan struct{} // closed when the server stops, which ends all streams; nil: it never does

	RateLimit      float64 // requests per second of each token; 0: any number
	RateLimitBurst int     // requests of each token at once; at least 1
}

// server answers the routes.
type server struct {
	Config
	routes   *http.ServeMux
	observer *observer
	limiter  *limiter
	tally    tally
	streams  *streams
	exports  *exporting
	origins  *http.CrossOriginProtection
	sdks     sdks
}

// New makes the handler of all routes. It can be mounted anywhere: what it
// does not know it answers with 404 in JSON.
func New(c Config) (http.Handler, error) {
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	if c.FinalAfter == 0 {
		c.FinalAfter = time.Hour
	}
	if c.Live == nil {
		c.Live = nothingLive{}
	}
	if c.Realtime == nil {
		c.Realtime = nobody{}
	}
	if c.Backtests == nil {
		c.Backtests = noBacktests{}
	}
	if c.Around == nil {
		c.Around = noIncidentSeries{}
	}
	if c.Notifier == nil {
		c.Notifier = noNotifier{}
	}
	if c.Sender == nil {
		c.Sender = noExportSender{}
	}
	o, err := newObserver(c.Registerer)
	if err != nil {
		return nil, err
	}
	s := &server{Config: c, routes: http.NewServeMux(), observer: o, limiter: newLimiter(c.RateLimit, c.RateLimitBurst), sdks: sdks{last: map[string]sdksAt{}}}
	if s.streams, err = newStreams(cmp.Or(c.Streams, maxStreams), s.news, c.Clock, c.Registerer); err != nil {
		return nil, err
	}
	if s.exports, err = newExporting(c.Registerer); err != nil {
		return nil, err
	}
	if s.origins, err = newOrigins(c.PublicURL); err != nil {
		return nil, err
	}
	for i := range routes {
		r := &routes[i]
		s.routes.Handle(r.method+" "+r.pattern, s.handle(r, func(h http.Header, r2 *http.Request) (any, error) {
			return s.answer(r, h, r2)
		}))
	}
	s.routes.Handle("/", s.handle(unknown, noRoute))
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// ServeMux answers these two in text, by itself: paths that are not clean
	// with a redirect, and "*" with an error.
	if p := r.URL.EscapedPath(); p != path.Clean(p) || r.RequestURI == "*" {
		s.handle(unknown, noRoute).ServeHTTP(w, r)
		return
	}
	s.routes.ServeHTTP(w, r)
}
