// Package openapitest checks answers of the API against its description, more
// strictly than clients would:
//
//   - there are no members that are not described, and no statuses
//   - whole numbers are spelled without fraction and exponent, and fit
//   - times are in UTC and in whole seconds, numbers in texts are plain decimals
//
// Only tests import it.
package openapitest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Checker knows what each operation of a document may answer.
type Checker struct {
	routes  *http.ServeMux                // finds the operation of a request
	answers map[string]map[string]*answer // by the operation's pattern, then by status
	unknown *answer                       // to requests of no operation
}

// answer is what one status of one operation may have.
type answer struct {
	body   *jsonschema.Schema // nil: there is none
	events bool               // the body is server-sent events, each of which has such data
	files  []string           // media types of bodies that are not JSON, and that are not looked at
}

// document is what is looked at of one.
type document struct {
	Paths map[string]map[string]struct {
		Parameters  []any
		RequestBody *content
		Responses   map[string]content
	}
	Components struct{ Responses map[string]content }
}

// content is a body of a request or an answer, or a reference to one.
type content struct {
	Ref     string `json:"$ref"`
	Content map[string]any
}

const (
	mediaType   = "application/json"
	eventStream = "text/event-stream"
)

// New reads a document in OpenAPI. It is an error if one of its schemas is none.
func New(text []byte) (*Checker, error) {
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	schemas, err := newSchemas(text)
	if err != nil {
		return nil, err
	}
	c := &Checker{routes: http.NewServeMux(), answers: map[string]map[string]*answer{}, unknown: &answer{}}
	for p, item := range d.Paths {
		for method, o := range item {
			pattern := strings.ToUpper(method) + " " + p
			c.routes.Handle(pattern, http.NotFoundHandler())
			c.answers[pattern] = map[string]*answer{}
			for i := range o.Parameters {
				schemas.at("paths", p, method, "parameters", strconv.Itoa(i), "schema")
			}
			if o.RequestBody != nil {
				schemas.at("paths", p, method, "requestBody", "content", mediaType, "schema")
			}
			for status, r := range o.Responses {
				at := []string{"paths", p, method, "responses", status}
				if name, ok := strings.CutPrefix(r.Ref, "#/components/responses/"); ok {
					r, at = d.Components.Responses[name], []string{"components", "responses", name}
				}
				a := &answer{}
				c.answers[pattern][status] = a
				for media := range r.Content {
					switch media {
					case mediaType, eventStream:
						a.body, a.events = schemas.at(append(at, "content", media, "schema")...), media == eventStream
					default:
						a.files = append(a.files, media)
					}
				}
			}
		}
	}
	c.unknown.body = schemas.at("components", "responses", "NotFound", "content", mediaType, "schema")
	return c, errors.Join(schemas.errs...)
}

// schemas compiles the schemas of a document.
type schemas struct {
	compiler *jsonschema.Compiler
	errs     []error
}

const name = "https://playhead.test/openapi.json" // nothing is fetched from there

func newSchemas(text []byte) (*schemas, error) {
	root, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	forbidMore(root)
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	for name, check := range formats {
		c.RegisterFormat(&jsonschema.Format{Name: name, Validate: check})
	}
	return &schemas{compiler: c}, c.AddResource(name, root)
}

// at compiles the schema at a place of the document.
func (s *schemas) at(steps ...string) *jsonschema.Schema {
	pointer, escape := "", strings.NewReplacer("~", "~0", "/", "~1")
	for _, step := range steps {
		pointer += "/" + url.PathEscape(escape.Replace(step))
	}
	compiled, err := s.compiler.Compile(name + "#" + pointer)
	if err != nil {
		s.errs = append(s.errs, err)
	}
	return compiled
}

// forbidMore forbids members that are not described, wherever some are.
func forbidMore(v any) {
	switch v := v.(type) {
	case map[string]any:
		_, described := v["properties"].(map[string]any)
		if _, said := v["additionalProperties"]; described && !said {
			v["additionalProperties"] = false
		}
		for _, inner := range v {
			forbidMore(inner)
		}
	case []any:
		for _, inner := range v {
			forbidMore(inner)
		}
	}
}

var (
	plainDecimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)
	// Whole seconds, or all six digits of microseconds.
	utc = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?Z$`)
)

// formats are what the formats of our document promise, beyond the type.
var formats = map[string]func(any) error{
	"int32":     whole(32),
	"int64":     whole(64),
	"decimal":   matches(plainDecimal),
	"date-time": matches(utc),
}

// whole checks that a number is spelled as clients in typed languages read a
// whole one: JSON schema takes 7.0 and 7e0 for one, too.
func whole(bits int) func(any) error {
	return func(v any) error {
		n, ok := v.(json.Number)
		if !ok {
			return nil // the type says what else it may be
		}
		_, err := strconv.ParseInt(n.String(), 10, bits)
		return err
	}
}

func matches(r *regexp.Regexp) func(any) error {
	return func(v any) error {
		if s, ok := v.(string); ok && !r.MatchString(s) {
			return fmt.Errorf("%q does not match %s", s, r)
		}
		return nil
	}
}

// Check finds out how the answer to a request differs from the document.
func (c *Checker) Check(method string, u *url.URL, status int, header http.Header, body []byte) error {
	a, pattern := c.unknown, ""
	if u.EscapedPath() == path.Clean(u.EscapedPath()) {
		_, pattern = c.routes.Handler(&http.Request{Method: method, URL: u})
	}
	if statuses := c.answers[pattern]; statuses != nil {
		if a = statuses[strconv.Itoa(status)]; a == nil {
			return fmt.Errorf("%s: status %d is not in the document", pattern, status)
		}
	} else if status != http.StatusNotFound {
		return fmt.Errorf("%s %s: status %d of an operation that is not in the document", method, u, status)
	}
	if a.files != nil {
		if got := header.Get("Content-Type"); !slices.Contains(a.files, got) {
			return fmt.Errorf("%s: Content-Type is %q, want one of %q", pattern, got, a.files)
		}
		return nil
	}
	if a.body == nil {
		if len(body) != 0 {
			return fmt.Errorf("%s: status %d has a body, which is not in the document: %s", pattern, status, body)
		}
		return nil
	}
	want := mediaType
	if a.events {
		want = eventStream
	}
	if typ, _, err := mime.ParseMediaType(header.Get("Content-Type")); err != nil || typ != want {
		return fmt.Errorf("%s: Content-Type is %q, want %s", pattern, header.Get("Content-Type"), want)
	}
	switch {
	case method == http.MethodHead && len(body) == 0:
		return nil
	case a.events:
		return a.checkEvents(pattern, body)
	default:
		return a.check(pattern, status, body)
	}
}

// checkEvents checks the data of the events that have come so far.
func (a *answer) checkEvents(pattern string, body []byte) error {
	for line := range bytes.Lines(body) {
		if data, ok := bytes.CutPrefix(line, []byte("data: ")); ok && bytes.HasSuffix(data, []byte("\n")) {
			if err := a.check(pattern, http.StatusOK, data); err != nil {
				return err
			}
		}
	}
	return nil
}

// check checks a body in JSON.
func (a *answer) check(pattern string, status int, body []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body)) // keeps numbers as they are spelled
	if err != nil {
		return fmt.Errorf("%s: %w in %s", pattern, err, body)
	}
	if err := a.body.Validate(v); err != nil {
		if wrong, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
			return fmt.Errorf("%s: status %d: %s", pattern, status, wrong.Error())
		}
		return err
	}
	return nil
}
