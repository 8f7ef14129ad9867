package api

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"playhead/internal/fault"
	"playhead/internal/openapi"
	"playhead/internal/query"
)

// param is a parameter of the query string or, without set, a name in the
// pattern of a route.
type param struct {
	name    string // an array is spelled name[] or name; both may be mixed
	array   bool
	doc     string
	schema  *openapi.Schema // of the value, or of each element of an array; nil: any text
	example string
	needed  bool // an answer without it is an error; what is in a path always is needed
	set     func(r *query.Request, values []string)
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

// inPath describes what a name in the pattern of a route stands for.
func inPath(name, doc, example string) param { return param{name: name, doc: doc, example: example} }

// of is the parameter with a schema of its values.
func (p param) of(s *openapi.Schema) param {
	p.schema = s
	return p
}

// says is the parameter with another description.
func (p param) says(doc string) param {
	p.doc = doc
	return p
}

// like is the parameter with an example of a value.
func (p param) like(example string) param {
	p.example = example
	return p
}

// must is the parameter that nothing can be answered without.
func (p param) must() param {
	p.needed = true
	return p
}

// whole is the schema of a whole number with a smallest value, a largest one
// unless that is 0, and what it is by default.
func whole(least, most, byDefault int) *openapi.Schema {
	s := &openapi.Schema{Type: openapi.Types{"integer"}, Format: "int32", Minimum: &least, Default: byDefault}
	if most > 0 {
		s.Maximum = &most
	}
	return s
}

// The parameters. Parameters that a route does not have are ignored.
var (
	timeframe = array("timeframe", `"N:unit" such as "24:hours", or two times in seconds since 1970, of which the second is no longer in it; the last 24 hours by default`,
		func(r *query.Request) *[]string { return &r.Timeframe }).like("24:hours")
	filters = array("filters", `"dimension:value", or "!dimension:value" for all others; sequences: "+dimension:element", "-dimension:element", "dimension:[a,b]"`,
		func(r *query.Request) *[]string { return &r.Filters }).like("country:US")
	metricFilters = array("metric_filters", `"metric>=number", also with <=, >, < and =: keeps views by their own value`,
		func(r *query.Request) *[]string { return &r.MetricFilters }).like("video_startup_time>=1000")

	measurement = scalar("measurement", "how one number is made of the values of many views; the metric's own by default",
		func(r *query.Request) *string { return &r.Measurement }).of(openapi.Component("Measurement"))
	groupBy = scalar("group_by", "a dimension; country by default",
		func(r *query.Request) *string { return &r.GroupBy }).of(openapi.Component("Dimension"))
	granularity = scalar("group_by", "the width of a step; by default minute below 90 minutes, ten_minutes below 6 hours, hour up to 15 days, day beyond",
		func(r *query.Request) *string { return &r.GroupBy }).of(openapi.Component("Granularity"))
	dimension = scalar("dimension", "keep only views where this dimension has the value",
		func(r *query.Request) *string { return &r.Dimension }).of(openapi.Component("Dimension"))
	value = param{
		name: "value", doc: "the value of the dimension; empty: where it is not known",
		set: func(r *query.Request, values []string) { r.Value = &values[len(values)-1] },
	}
	orderBy = scalar("order_by", "what rows are sorted by; views by default",
		func(r *query.Request) *string { return &r.OrderBy }).of(openapi.Words("negative_impact", "value", "views", "field"))
	orderDirection = scalar("order_direction", "which end comes first; lists begin with the newest or largest by default, timeseries and fields ascend",
		func(r *query.Request) *string { return &r.Direction }).of(openapi.Words("asc", "desc"))
	limit = scalar("limit", "rows of a page",
		func(r *query.Request) *string { return &r.Limit }).of(whole(1, 1000, 25))
	page = scalar("page", "the number of the page; one past the end is empty",
		func(r *query.Request) *string { return &r.Page }).of(whole(1, 0, 1))
	viewerID = scalar("viewer_id", "only views of this viewer, by the customer's or the SDK's id",
		func(r *query.Request) *string { return &r.ViewerID })
	errorID = scalar("error_id", `only views with an error of this type, warnings too; or "any": only views with a fatal error`,
		func(r *query.Request) *string { return &r.ErrorID }).of(&openapi.Schema{Type: openapi.Types{"integer", "string"}})
	status = scalar("status", "only incidents in this state; ended: closed or expired",
		func(r *query.Request) *string { return &r.Status }).of(openapi.Words(query.IncidentStatuses...))
	severity = scalar("severity", "only incidents of this severity",
		func(r *query.Request) *string { return &r.Severity }).of(openapi.Words(query.IncidentSeverities...))
	viewID = scalar("view_id", "only the view that the player's SDK calls so; a parameter of our own",
		func(r *query.Request) *string { return &r.ViewID })
	inProgress = scalar("in_progress", "true: the views that are not complete yet, of very many the 10,000 that were heard of last; false: those that are; a parameter of our own",
		func(r *query.Request) *string { return &r.InProgress }).of(&openapi.Schema{Type: openapi.Types{"boolean"}, Default: false})
)

// What the names in the patterns of routes stand for.
var (
	metricID    = inPath("id", "the metric, by its id or an alias", "video_startup_time").of(openapi.Component("Metric"))
	sequenceID  = inPath("id", "the dimension, one of sequences", "video_cdn_trace")
	dimensionID = inPath("id", "the dimension", "country")
	viewPathID  = inPath("id", "the view, by the id that the list of views gives it; until it is final also by the id that the player's SDK gives it", "019df2b4-9c00-7000-8000-000000000001")
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
