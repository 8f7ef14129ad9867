package api

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"playhead/internal/fault"
	"playhead/internal/query"
)

// param is a parameter of the query string.
type param struct {
	name  string // an array is spelled name[] or name; both may be mixed
	array bool
	doc   string
	set   func(r *query.Request, values []string)
}

// scalar makes a parameter that has one value. When it is repeated, the last
// one counts, so that a client can append to a URL what it wants to replace.
func scalar(name, doc string, member func(*query.Request) *string) param {
	return param{name: name, doc: doc, set: func(r *query.Request, values []string) {
		*member(r) = values[len(values)-1]
	}}
}

// array makes a parameter that is repeated for each of its values.
func array(name, doc string, member func(*query.Request) *[]string) param {
	return param{name: name, array: true, doc: doc, set: func(r *query.Request, values []string) {
		*member(r) = values
	}}
}

// The parameters. Parameters that a route does not have are ignored.
var (
	timeframe = array("timeframe", `"N:unit" such as "24:hours", or two times in seconds since 1970; the last 24 hours by default`,
		func(r *query.Request) *[]string { return &r.Timeframe })
	filters = array("filters", `"dimension:value", or "!dimension:value" for all others; sequences: "+dimension:element", "-dimension:element", "dimension:[a,b]"`,
		func(r *query.Request) *[]string { return &r.Filters })
	metricFilters = array("metric_filters", `"metric>=number", also with <=, >, < and =`,
		func(r *query.Request) *[]string { return &r.MetricFilters })

	measurement = scalar("measurement", "95th, median, avg, count or sum; the metric's own by default",
		func(r *query.Request) *string { return &r.Measurement })
	groupBy = scalar("group_by", "a dimension (country by default), or of a timeseries minute, ten_minutes, hour or day",
		func(r *query.Request) *string { return &r.GroupBy })
	dimension = scalar("dimension", "keep only views where this dimension has the value",
		func(r *query.Request) *string { return &r.Dimension })
	value = param{
		name: "value", doc: "the value of the dimension; empty: where it is not known",
		set: func(r *query.Request, values []string) { r.Value = &values[len(values)-1] },
	}
	orderBy = scalar("order_by", "negative_impact, value, views (default) or field",
		func(r *query.Request) *string { return &r.OrderBy })
	orderDirection = scalar("order_direction", "asc or desc",
		func(r *query.Request) *string { return &r.Direction })
	limit = scalar("limit", "rows of a page: 1 to 1,000, by default 25",
		func(r *query.Request) *string { return &r.Limit })
	page = scalar("page", "the number of the page, from 1; one past the end is empty",
		func(r *query.Request) *string { return &r.Page })
	viewerID = scalar("viewer_id", "only views of this viewer, by the customer's or the SDK's id",
		func(r *query.Request) *string { return &r.ViewerID })
	errorID = scalar("error_id", `only views with this error type, or "any"`,
		func(r *query.Request) *string { return &r.ErrorID })
	viewID = scalar("view_id", "only the view that the player's SDK calls so",
		func(r *query.Request) *string { return &r.ViewID })
)

// Limits of the query string.
const (
	maxQuery  = 64 << 10 // bytes
	maxValues = 500      // of all parameters together
)

// readParams reads a query string into a request.
func readParams(to *query.Request, params []param, raw string) error {
	if len(raw) > maxQuery {
		return fault.New(fault.Invalid, "the query string has %d bytes; at most %d are read", len(raw), maxQuery)
	}
	if n := strings.Count(raw, "&") + 1; n > maxValues {
		return fault.New(fault.Invalid, "the query string has %d parameters; at most %d are read", n, maxValues)
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return &fault.Error{Code: fault.Invalid, Message: "the query string is malformed: escape % as %25 and ; as %3B", Err: err}
	}
	for _, p := range params {
		given, shown := values[p.name], p.name
		if p.array {
			given, shown = append(values[p.name+"[]"], given...), p.name+"[]"
		}
		for _, v := range given {
			if !utf8.ValidString(v) || strings.Contains(v, "\x00") {
				return fault.Badf(shown, "want text in UTF-8 without zero bytes")
			}
		}
		if len(given) > 0 {
			p.set(to, given)
		}
	}
	return nil
}

// shorten keeps an error readable that repeats what was sent.
func shorten(s string) string {
	const most = 200
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(s, "�")
}
