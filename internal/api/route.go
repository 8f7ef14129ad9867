package api

import (
	"context"
	"net/http"

	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/query"
)

// route is one line of the API.
type route struct {
	method, pattern string // as http.ServeMux reads them
	doc             string
	permission      meta.Permission // "": any valid token will do
	params          []param
	answer          func(*server, *call) (any, error) // the value is written as JSON
}

// call is a request that may have its answer.
type call struct {
	context.Context
	token       meta.Token
	environment meta.Environment
	query       query.Request // with the route's parameters; its environment and time are set
	id          string        // what {id} stands for in the pattern
}

// routes is the API.
var routes = []route{
	{
		method: "GET", pattern: "/data/v1/video-views",
		doc:        "Views that ended in the timeframe, the newest first.",
		permission: meta.DataRead,
		params:     []param{limit, page, viewerID, errorID, viewID, orderDirection, filters, metricFilters, timeframe},
		answer:     (*server).listViews,
	},
	{
		method: "GET", pattern: "/data/v1/video-views/{id}",
		doc:        "All that is known of one view, with its events.",
		permission: meta.DataRead,
		answer:     (*server).getView,
	},
	{
		method: "GET", pattern: "/data/v1/metrics/comparison",
		doc:        "All metrics at once.",
		permission: meta.DataRead,
		params:     []param{timeframe, filters, metricFilters, dimension, value},
		answer:     (*server).comparison,
	},
	{
		method: "GET", pattern: "/data/v1/metrics/{id}/overall",
		doc:        "One metric over all views.",
		permission: meta.DataRead,
		params:     []param{timeframe, filters, metricFilters, measurement},
		answer:     (*server).overall,
	},
	{
		method: "GET", pattern: "/data/v1/metrics/{id}/breakdown",
		doc:        "One metric for each value of a dimension.",
		permission: meta.DataRead,
		params:     []param{groupBy, measurement, filters, metricFilters, limit, page, orderBy, orderDirection, timeframe},
		answer:     (*server).breakdown,
	},
	{
		method: "GET", pattern: "/data/v1/metrics/{id}/timeseries",
		doc:        "One metric over time.",
		permission: meta.DataRead,
		params:     []param{groupBy, measurement, filters, metricFilters, orderDirection, timeframe},
		answer:     (*server).timeseries,
	},
	{
		method: "GET", pattern: "/data/v1/dimensions",
		doc:        "The names of all dimensions.",
		permission: meta.DataRead,
		answer:     (*server).listDimensions,
	},
	{
		method: "GET", pattern: "/data/v1/dimensions/{id}",
		doc:        "The values of a dimension, the most frequent first.",
		permission: meta.DataRead,
		params:     []param{limit, page, filters, metricFilters, timeframe},
		answer:     (*server).listValues,
	},
	{
		method: "GET", pattern: "/system/v1/whoami",
		doc:    "The token itself.",
		answer: (*server).whoami,
	},
}

// answer checks the token and the parameters and calls the route's function.
func (s *server) answer(rt *route, r *http.Request) (any, error) {
	token, err := s.authenticate(r)
	if err != nil {
		return nil, err
	}
	if rt.permission != "" && !token.Allows(rt.permission) {
		return nil, fault.New(fault.Forbidden, "this token lacks the permission %s", rt.permission)
	}
	environment, ok := s.Records.EnvironmentByID(token.EnvironmentID)
	if !ok {
		return nil, fault.New(fault.Internal, "token %q is of an environment that is not there", token.ID)
	}
	c := &call{
		Context: r.Context(), token: token, environment: environment, id: r.PathValue("id"),
		query: query.Request{Environment: environment.ID, Now: s.Clock()},
	}
	if err := readParams(&c.query, rt.params, r.URL.RawQuery); err != nil {
		return nil, err
	}
	return rt.answer(s, c)
}

// noRoute answers whatever is not in the table.
func noRoute(r *http.Request) (any, error) {
	return nil, fault.New(fault.NotFound, "there is no such route: %s %s", r.Method, shorten(r.URL.Path))
}
