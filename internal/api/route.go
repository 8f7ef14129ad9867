package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/query"
)

// route is one line of the API. The reference of the API is made of it, so that
// everything it reads and answers is described in it: params and the members of
// body, data and meta have docs, the latter in their tag doc.
type route struct {
	method, pattern string // as http.ServeMux reads them
	name            string // in the reference, unique: what generated clients call it
	doc             string
	permission      meta.Permission                   // "": any valid token will do
	signed          bool                              // it needs a signed token in place of one of ours
	signedURL       bool                              // its URL is signed: it needs no token
	open            bool                              // it needs no token: its answer finds out who asks. Pages of other origins may not
	path            []param                           // what the names in the pattern stand for, in its order
	params          []param                           // of the query string
	body            func() any                        // a new pointer to the struct that the body in JSON is read into; nil: there is none
	data            any                               // a value of the type that the answer's data have; nil: the answer is empty, with 204, or a file
	files           []string                          // the answer is a file of one of these media types, which may take any time: a Download of the first, unless it says so, or a storedFile
	headers         []string                          // in the answer, of those of describeHeaders
	events          any                               // the answer is a stream of events, whose data have this type: it goes on until one of both ends it
	meta            any                               // the same of the answer's meta; nil: there is none
	created         bool                              // the answer's status is 201
	unique          bool                              // what it makes may be there already, be being made, or not be made of what is there, which is 409
	uncounted       bool                              // the answer's total_row_count is null
	bare            bool                              // the answer is a bareEnvelope
	answer          func(*server, *call) (any, error) // the value is written as JSON
}

// group is routes that are about the same thing.
type group struct {
	name, doc string
	routes    []route
}

// groups are the routes in the order of the reference.
var groups = []group{
	{"Views", "Single attempts to watch a video.", viewRoutes},
	{"Metrics", "Numbers over many views.", slices.Concat(metricRoutes, insightRoutes)},
	{"Dimensions", "What views are filtered and grouped by.", dimensionRoutes},
	{"Engagement", "Which parts of a content were played.", engagementRoutes},
	{"Subviews", "How long parts of views played: renditions, and modes of playback.", subviewRoutes},
	{"Real-time", "What viewers are doing, seconds ago.", slices.Concat(monitoringRoutes, streamRoutes, realtimeRoutes)},
	{"Incidents", "What has gone wrong with many viewers, and the rules that find it. What stands out is found without any.", slices.Concat(incidentRoutes, alertRuleRoutes)},
	{"Notifications", "Who is told of incidents.", slices.Concat(channelRoutes, deliveryRoutes)},
	{"Annotations", "Notes about moments.", annotationRoutes},
	{"Exports", "Views as files: those of whole days, and those of any timeframe; and as messages, as they become known.", slices.Concat(exportRoutes, exportStreamRoutes)},
	{"Errors", "What went wrong, by type.", slices.Concat(errorTypeRoutes, errorSeriesRoutes, errorNoteRoutes, errorCategoryRoutes)},
	{"Counts", "Who is watching now, for pages that anybody sees.", countRoutes},
	{"Catalogue", "What there is to ask for, and what it is called.", catalogRoutes},
	{"System", "The server itself.", slices.Concat(systemRoutes, sessionRoutes, ingestRoutes, environmentRoutes, tokenRoutes, signingKeyRoutes, backupRoutes)},
}

// routes is the API.
var routes = func() (all []route) {
	for _, g := range groups {
		all = append(all, g.routes...)
	}
	return all
}()

// call is a request that may have its answer.
type call struct {
	context.Context
	token       meta.Token
	environment meta.Environment
	subject     subject                  // what the signed token is for; then token is empty
	query       query.Request            // with the route's parameters; its environment and time are set
	id          string                   // what {id} stands for in the pattern
	path        func(name string) string // what {name} stands for in the pattern
	file        string                   // what a signed URL is of: a file of the environment
	lastEvent   string                   // the id of the last event that a client of a stream has had
	request     *http.Request            // for the few that look at its cookies
	header      http.Header              // of the answer
	body        any                      // as made by the route's body, with the members that were sent
	base        string                   // URL that the client reaches the API by
}

// answer checks the token and the parameters and calls the route's function.
func (s *server) answer(rt *route, h http.Header, r *http.Request) (any, error) {
	c := &call{
		Context: r.Context(), id: r.PathValue("id"), path: r.PathValue, lastEvent: r.Header.Get("Last-Event-ID"), base: s.base(r),
		request: r, header: h,
	}
	if err := s.allow(c, rt, h, r); err != nil {
		return nil, err
	}
	now := s.Clock()
	c.query = query.Request{Environment: c.environment.ID, Now: now, Known: query.Known(s.Realtime, now)}
	if err := readParams(&c.query, rt.params, r.URL.RawQuery); err != nil {
		return nil, err
	}
	if rt.body != nil {
		c.body = rt.body()
		if err := readBody(c.body, r.Body); err != nil {
			return nil, err
		}
	}
	return rt.answer(s, c)
}

// allow finds out who asks, and refuses who may not. What the client should
// know of that is added to the headers h of the answer.
func (s *server) allow(c *call, rt *route, h http.Header, r *http.Request) (err error) {
	if rt.signedURL {
		c.environment, c.file, err = s.verifyURL(r)
		return err
	}
	if rt.signed {
		// Pages of all sites may read the answer: whoever has a signed token may
		// see what it is for, and a browser adds nothing of its own.
		h.Set("Access-Control-Allow-Origin", "*")
		c.environment, c.subject, err = s.verify(r)
		return err
	}
	if rt.open {
		return s.sameOrigin(r)
	}
	if c.token, err = s.authenticate(r); err != nil {
		return err
	}
	if err := s.limiter.take(h, c.token.ID, s.Clock()); err != nil {
		return err
	}
	if err := rt.permit(c.token); err != nil {
		return err
	}
	c.environment, err = s.environmentOf("token", c.token.ID, c.token.EnvironmentID)
	return err
}

// permit refuses a token that lacks the permission.
func (rt *route) permit(t meta.Token) error {
	if rt.permission != "" && !t.Allows(rt.permission) {
		return fault.New(fault.Forbidden, "this token lacks the permission %s", rt.permission)
	}
	return nil
}

// environmentOf finds the environment that a token or a key belongs to.
func (s *server) environmentOf(what, id, environmentID string) (meta.Environment, error) {
	e, ok := s.Records.EnvironmentByID(environmentID)
	if !ok {
		return e, fmt.Errorf("%s %q is of an environment that is not there", what, id)
	}
	return e, nil
}

// lasting reports whether an answer may take any time.
func (rt *route) lasting() bool { return rt.files != nil || rt.events != nil }

// success is the status of an answer without an error.
func (rt *route) success() int {
	switch {
	case rt.lasting():
		return http.StatusOK
	case rt.data == nil:
		return http.StatusNoContent
	case rt.created:
		return http.StatusCreated
	default:
		return http.StatusOK
	}
}

// unknown stands for whatever is not in the table.
var unknown = &route{pattern: "unknown", data: struct{}{}}

// noRoute answers whatever is not in the table.
func noRoute(_ http.Header, r *http.Request) (any, error) {
	return nil, fault.New(fault.NotFound, "there is no such route: %s %.200s", r.Method, r.URL.Path)
}
