package openapitest

import (
	"net/http"
	"net/url"
	"testing"
)

const things = `{
 "paths": {"/things/{id}": {"get": {"responses": {
  "200": {"content": {"application/json": {"schema": {
   "type": "object", "required": ["data"], "properties": {
    "data": {"$ref": "#/components/schemas/Thing"},
    "more": {"type": "array", "items": {"type": ["number", "null"]}}
  }}}}},
  "202": {"content": {"text/event-stream": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
  "203": {"content": {"application/x-tar": {"schema": {"type": "string", "format": "binary"}}}},
  "204": {},
  "404": {"$ref": "#/components/responses/NotFound"}
 }}}},
 "components": {
  "schemas": {"Thing": {
   "type": "object", "required": ["count", "share", "at"], "properties": {
    "count": {"type": "integer", "format": "int64"},
    "small": {"type": "integer", "format": "int32"},
    "share": {"type": ["string", "null"], "format": "decimal"},
    "at": {"type": "string", "format": "date-time"},
    "free": {"type": "object"}
  }}},
  "responses": {"NotFound": {"content": {"application/json": {"schema": {
   "type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}
  }}}}}
 }
}`

// TestCheck: each answer is right, or wrong in one thing.
func TestCheck(t *testing.T) {
	c, err := New([]byte(things))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		path   string
		status int
		body   string
		ok     bool
	}{
		{"/things/1", 200, `{"data":{"count":7,"share":"0.5","at":"2026-05-04T12:00:00Z"}}`, true},
		{"/things/1", 200, `{"data":{"count":7,"share":null,"at":"2026-05-04T12:00:00Z","free":{"a":1}},"more":[1.5,null,1e30]}`, true},
		{"/things/1", 204, ``, true},
		{"/things/1", 404, `{"error":"no thing"}`, true},
		{"/nothing", 404, `{"error":"no route"}`, true},
		{"/things/1/", 404, `{"error":"no route"}`, true},

		{"/things/1", 200, `{"data":{"count":7.0,"share":"0.5","at":"2026-05-04T12:00:00Z"}}`, false},
		{"/things/1", 200, `{"data":{"count":7e0,"share":"0.5","at":"2026-05-04T12:00:00Z"}}`, false},
		{"/things/1", 200, `{"data":{"count":"7","share":"0.5","at":"2026-05-04T12:00:00Z"}}`, false},
		{"/things/1", 200, `{"data":{"count":null,"share":"0.5","at":"2026-05-04T12:00:00Z"}}`, false},
		{"/things/1", 200, `{"data":{"count":9223372036854775808,"share":"0.5","at":"2026-05-04T12:00:00Z"}}`, false},
		{"/things/1", 200, `{"data":{"count":7,"small":2147483648,"share":"0.5","at":"2026-05-04T12:00:00Z"}}`, false},
		{"/things/1", 200, `{"data":{"count":7,"share":0.5,"at":"2026-05-04T12:00:00Z"}}`, false},
		{"/things/1", 200, `{"data":{"count":7,"share":"5e-07","at":"2026-05-04T12:00:00Z"}}`, false},
		{"/things/1", 200, `{"data":{"count":7,"share":"0.5","at":"2026-05-04T12:00:00.5Z"}}`, false},
		{"/things/1", 200, `{"data":{"count":7,"share":"0.5"}}`, false},
		{"/things/1", 200, `{"data":{"count":7,"share":"0.5","at":"2026-05-04T12:00:00Z","other":1}}`, false},
		{"/things/1", 200, `{"data":{"count":7,"share":"0.5","at":"2026-05-04T12:00:00Z"},"other":1}`, false},
		{"/things/1", 200, `not JSON`, false},
		{"/things/1", 200, ``, false},
		{"/things/1", 204, `{}`, false},
		{"/things/1", 500, `{"error":"no thing"}`, false},
		{"/things/1", 404, `{"errors":["no thing"]}`, false},
		{"/nothing", 200, `{"error":"no route"}`, false},
	} {
		u, err := url.Parse(tt.path)
		if err != nil {
			t.Fatal(err)
		}
		header := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
		if err := c.Check("GET", u, tt.status, header, []byte(tt.body)); (err == nil) != tt.ok {
			t.Errorf("%s %d %s: %v, want it accepted: %t", tt.path, tt.status, tt.body, err, tt.ok)
		}
	}
	u := &url.URL{Path: "/things/1"}
	if c.Check("GET", u, 404, http.Header{"Content-Type": {"text/plain"}}, []byte(`{"error":"no thing"}`)) == nil {
		t.Error("text is accepted where JSON is due")
	}
	if err := c.Check("GET", u, 203, http.Header{"Content-Type": {"application/x-tar"}}, []byte("a file")); err != nil {
		t.Errorf("a file: %v", err)
	}
	if c.Check("GET", u, 203, http.Header{"Content-Type": {"application/json"}}, []byte("{}")) == nil {
		t.Error("JSON is accepted where a file is due")
	}
	const event = `{"count":7,"share":null,"at":"2026-05-04T12:00:00Z"}`
	stream := http.Header{"Content-Type": {"text/event-stream"}}
	if err := c.Check("GET", u, 202, stream, []byte("retry: 1\n\n:\n\nevent: a\ndata: "+event+"\n\ndata: "+event+"\n\nevent: cut\ndata: {")); err != nil {
		t.Errorf("events: %v", err)
	}
	if c.Check("GET", u, 202, stream, []byte("data: "+event+"\n\nevent: a\ndata: {}\n\n")) == nil {
		t.Error("an event without its members is accepted")
	}
	if c.Check("GET", u, 202, http.Header{"Content-Type": {"application/json"}}, []byte(event)) == nil {
		t.Error("JSON is accepted where events are due")
	}
	if err := c.Check("HEAD", u, 404, http.Header{"Content-Type": {"application/json"}}, nil); err != nil {
		t.Errorf("HEAD, which has no body: %v", err)
	}
	if c.Check("HEAD", u, 404, http.Header{"Content-Type": {"text/plain"}}, nil) == nil {
		t.Error("HEAD: text is accepted where JSON is due")
	}
	if c.Check("POST", u, 200, http.Header{}, nil) == nil {
		t.Error("a method that is not described is accepted")
	}
}

func TestBadSchemas(t *testing.T) {
	for _, bad := range []string{`{`, `{"paths":{"/a":{"get":{"responses":{"200":{"content":{"application/json":{"schema":{"type":"text"}}}}}}}}}`} {
		if _, err := New([]byte(bad)); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}
