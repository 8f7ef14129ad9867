package api

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/export"
	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/openapi"
	"playhead/internal/query"
)

// Document describes the API in OpenAPI, from the table of routes.
func Document() *openapi.Document {
	d := &openapi.Document{
		OpenAPI: openapi.Version,
		Info: openapi.Info{
			Title: "Playhead", Version: "1",
			Description: "Quality of experience of video, from the beacons of its players. Parameters that a route does not have are ignored; arrays are spelled name[]=a&name[]=b or name=a&name=b.",
		},
		Security: []map[string][]string{{"basic": {}}, {"bearer": {}}, {"session": {}}},
	}
	d.Components.SecuritySchemes = openapi.Map[openapi.SecurityScheme]{
		{Name: "basic", Value: openapi.SecurityScheme{Type: "http", Scheme: "basic", Description: "the token's id as the user name, its secret as the password"}},
		{Name: "bearer", Value: openapi.SecurityScheme{Type: "http", Scheme: "bearer", Description: "id:secret, in plain or in base64"}},
		{Name: "session", Value: openapi.SecurityScheme{Type: "apiKey", In: "cookie", Name: sessionCookie, Description: "what PUT /session sets"}},
	}
	s := describeWords()
	failures := describeFailures(d, s)
	for _, g := range groups {
		d.Tags = append(d.Tags, openapi.Tag{Name: g.name, Description: g.doc})
		for i := range g.routes {
			rt := &g.routes[i]
			item, _ := d.Paths.Get(rt.pattern)
			item.Set(strings.ToLower(rt.method), describeRoute(g.name, rt, s, failures))
			d.Paths.Set(rt.pattern, item)
		}
	}
	d.Components.Schemas = s.Components
	return d
}

// describeWords begins with the types whose values are known words.
func describeWords() *openapi.Schemas {
	s := &openapi.Schemas{}
	var metrics, dimensions []string
	for i := range catalog.Metrics {
		metrics = append(metrics, catalog.Metrics[i].ID)
	}
	for i := range catalog.Dimensions {
		dimensions = append(dimensions, catalog.Dimensions[i].Name)
	}
	s.Components = openapi.Map[*openapi.Schema]{
		{Name: "Metric", Value: openapi.Words(metrics...)},
		{Name: "Dimension", Value: openapi.Words(dimensions...)},
		{Name: "Measurement", Value: openapi.Words(catalog.Measurements...)},
		{Name: "Granularity", Value: openapi.Words(query.Granularities...)},
	}
	s.Known = map[reflect.Type]*openapi.Schema{
		reflect.TypeFor[catalog.Measurement](): openapi.Component("Measurement"),
		reflect.TypeFor[query.Granularity]():   openapi.Component("Granularity"),
		reflect.TypeFor[catalog.Clock]():       openapi.Words(catalog.ByStart, catalog.ByEnd),
		reflect.TypeFor[catalog.Type]():        openapi.Words(catalog.Types...),
		reflect.TypeFor[catalog.Format]():      openapi.Words(catalog.Formats...),
		reflect.TypeFor[export.DayState]():     openapi.Words(export.DayStates...),
		reflect.TypeFor[meta.Permission]():     openapi.Words(meta.Permissions...),
	}
	return s
}

// describeFailures adds the answers that are errors to the components. They
// are returned by status.
func describeFailures(d *openapi.Document, s *openapi.Schemas) map[int]*openapi.Response {
	d.Components.Headers = openapi.Map[*openapi.Header]{
		{Name: "X-Request-Id", Value: &openapi.Header{Description: "20 letters that the server's log calls the request by", Schema: &openapi.Schema{Type: openapi.Types{"string"}}}},
		{Name: "X-RateLimit-Limit", Value: &openapi.Header{Description: "requests that the token may send at once; only where there is a limit", Schema: &openapi.Schema{Type: openapi.Types{"integer"}}}},
		{Name: "X-RateLimit-Remaining", Value: &openapi.Header{Description: "how many of them are left; only where there is a limit", Schema: &openapi.Schema{Type: openapi.Types{"integer"}}}},
		{Name: bytesHeader, Value: &openapi.Header{Description: "about how many bytes are going to come", Schema: &openapi.Schema{Type: openapi.Types{"integer"}}}},
		{Name: rowsHeader, Value: &openapi.Header{Description: "how many views are going to come, as counted beforehand: what ends meanwhile may come besides", Schema: &openapi.Schema{Type: openapi.Types{"integer"}}}},
		{Name: cookieHeader, Value: &openapi.Header{Description: "the session: HttpOnly, SameSite=Strict, and Secure over TLS", Schema: &openapi.Schema{Type: openapi.Types{"string"}}}},
		{Name: "ETag", Value: &openapi.Header{Description: "another one when the file has been made again: send it as If-Range to go on with a download", Schema: &openapi.Schema{Type: openapi.Types{"string"}}}},
		{Name: "Retry-After", Value: &openapi.Header{Description: "seconds to wait before the next attempt", Schema: &openapi.Schema{Type: openapi.Types{"integer"}}}},
		{Name: "WWW-Authenticate", Value: &openapi.Header{Description: "the ways to send a token", Schema: &openapi.Schema{Type: openapi.Types{"string"}}}},
	}
	headers := map[fault.Code][]string{
		fault.Unauthorized: {"WWW-Authenticate"},
		fault.Limited:      {"Retry-After"},
		fault.Busy:         {"Retry-After"},
	}
	body, limited := openapi.JSON(s.Of(reflect.TypeFor[errorBody]())), openapi.JSON(s.Of(reflect.TypeFor[limitedBody]()))
	refs := map[int]*openapi.Response{}
	for code, st := range statuses {
		name, content := strings.ReplaceAll(http.StatusText(st.status), " ", ""), body
		if code == fault.Limited {
			content = limited
		}
		d.Components.Responses.Set(name, &openapi.Response{
			Description: st.name + ": " + st.doc, Content: content, Headers: headerRefs(headers[code]...),
		})
		refs[st.status] = &openapi.Response{Ref: "#/components/responses/" + name}
	}
	slices.SortFunc(d.Components.Responses, func(a, b openapi.Member[*openapi.Response]) int { return cmp.Compare(a.Name, b.Name) })
	return refs
}

// headerRefs are the headers of every answer, and more.
func headerRefs(more ...string) openapi.Map[*openapi.Header] {
	var refs openapi.Map[*openapi.Header]
	for _, name := range append([]string{"X-Request-Id", "X-RateLimit-Limit", "X-RateLimit-Remaining"}, more...) {
		refs.Set(name, &openapi.Header{Ref: "#/components/headers/" + name})
	}
	return refs
}

// describeRoute describes one route.
func describeRoute(tag string, rt *route, s *openapi.Schemas, failures map[int]*openapi.Response) *openapi.Operation {
	o := &openapi.Operation{ID: rt.name, Tags: []string{tag}, Summary: rt.doc}
	if rt.permission != "" {
		o.Description = fmt.Sprintf("Needs a token with the permission %s.", rt.permission)
	}
	if rt.signed || rt.signedURL || rt.open {
		o.Security = &[]map[string][]string{}
	}
	for _, p := range rt.path {
		o.Parameters = append(o.Parameters, describeParam(p, "path"))
	}
	for _, p := range rt.params {
		o.Parameters = append(o.Parameters, describeParam(p, "query"))
	}
	if rt.body != nil {
		o.RequestBody = &openapi.Body{Required: true, Content: openapi.JSON(s.Of(reflect.TypeOf(rt.body()).Elem()))}
	}
	success := &openapi.Response{Description: http.StatusText(rt.success()), Headers: headerRefs(rt.headers...)}
	switch {
	case rt.files != nil:
		success.Content = binary(rt.files)
	case rt.events != nil:
		success.Content.Set(eventStream, openapi.Media{Schema: s.Of(reflect.TypeOf(rt.events))})
	case rt.data != nil:
		success.Content = openapi.JSON(describeAnswer(rt, s))
	}
	o.Responses.Set(strconv.Itoa(rt.success()), success)
	for _, status := range slices.Sorted(maps.Keys(failures)) {
		if rt.canFail(status) {
			o.Responses.Set(strconv.Itoa(status), failures[status])
		}
	}
	if rt.signedURL {
		describeRanges(o, rt, s)
	}
	return o
}

// binary are bodies that are files.
func binary(types []string) (content openapi.Map[openapi.Media]) {
	for _, t := range types {
		content.Set(t, openapi.Media{Schema: &openapi.Schema{Type: openapi.Types{"string"}, Format: "binary"}})
	}
	return content
}

// describeRanges adds the answers that only stored files have: those to
// requests of a part, and of a file that the client has.
func describeRanges(o *openapi.Operation, rt *route, s *openapi.Schemas) {
	o.Responses.Set(strconv.Itoa(http.StatusPartialContent), &openapi.Response{
		Description: "the part of the file that the header Range asks for", Content: binary(rt.files), Headers: headerRefs(rt.headers...),
	})
	o.Responses.Set(strconv.Itoa(http.StatusNotModified), &openapi.Response{Description: "the client has the file, as it says in If-None-Match"})
	for status, c := range conditions {
		o.Responses.Set(strconv.Itoa(status), &openapi.Response{Description: c.name + ": " + c.doc, Content: openapi.JSON(s.Of(reflect.TypeFor[errorBody]()))})
	}
	slices.SortFunc(o.Responses, func(a, b openapi.Member[*openapi.Response]) int { return cmp.Compare(a.Name, b.Name) })
}

// canFail reports whether a route may answer with a status that is an error.
func (rt *route) canFail(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusTooManyRequests:
		return !rt.signed && !rt.signedURL && (!rt.open || rt.body != nil)
	case http.StatusForbidden:
		return rt.permission != "" || rt.open || rt.signed || rt.signedURL
	case http.StatusNotFound:
		return rt.path != nil
	case http.StatusConflict:
		return rt.unique
	default:
		return true
	}
}

func describeParam(p param, in string) openapi.Parameter {
	schema := &openapi.Schema{Type: openapi.Types{"string"}}
	if p.schema != nil {
		schema = p.schema
	}
	d := openapi.Parameter{Name: p.name, In: in, Required: in == "path" || p.needed, Description: p.doc, Schema: schema}
	if p.array {
		d.Name, d.Explode, d.Schema = p.name+"[]", true, &openapi.Schema{Type: openapi.Types{"array"}, Items: schema}
	}
	switch {
	case p.example == "":
	case p.array:
		d.Example = []string{p.example}
	default:
		d.Example = p.example
	}
	return d
}

// describeAnswer is the envelope with the data and the meta of a route in it.
func describeAnswer(rt *route, s *openapi.Schemas) *openapi.Schema {
	if rt.bare {
		o := s.Inline(reflect.TypeFor[bareEnvelope]())
		fill(o, "data", s.Of(reflect.TypeOf(rt.data)))
		return o
	}
	o := s.Inline(reflect.TypeFor[envelope]())
	fill(o, "data", s.Of(reflect.TypeOf(rt.data)))
	if rt.meta == nil {
		o.Properties = slices.DeleteFunc(o.Properties, func(m openapi.Member[*openapi.Schema]) bool { return m.Name == "meta" })
	} else {
		fill(o, "meta", s.Of(reflect.TypeOf(rt.meta)))
		o.Required = append(o.Required, "meta")
	}
	if total, _ := o.Properties.Get("total_row_count"); !rt.uncounted {
		total.Type = openapi.Types{"integer"}
	}
	return o
}

// fill says what a member of an envelope is in this answer.
func fill(o *openapi.Schema, name string, with *openapi.Schema) {
	empty, _ := o.Properties.Get(name)
	with.Description = empty.Description
	o.Properties.Set(name, with)
}
