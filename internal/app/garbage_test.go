package app

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestGarbage sends requests to the whole server that are odd in many ways:
// names, values and bodies that are nearly right, too large, malformed or plain
// noise. Whatever they are, no answer tells of a fault of the server, and each
// has the shape that clients can read.
func TestGarbage(t *testing.T) {
	t.Parallel()
	c := startServer(t)
	c.post(t, "a0b1c8c7-62c2-420c-9b26-b65704aa4447", `"e":"viewstart","vtt":"Title","vdn":"a"`, `"e":"playing"`, `"e":"viewend"`)
	row := c.list(t, 1)[0]
	g := newGarbage(t, c, row.ID)
	rapid.Check(t, func(t *rapid.T) {
		for range 20 {
			g.request(t).check(t, c)
		}
	})
}

// garbage makes odd requests.
type garbage struct {
	operations []operation
	texts      *rapid.Generator[string]
}

// operation is a method and a path that the server has, with its parameters.
type operation struct {
	method, path string
	params       []string
}

// newGarbage learns the routes and their parameters from the server's own
// description of its API.
func newGarbage(t *testing.T, c *client, viewID string) *garbage {
	t.Helper()
	answer := do(t, http.MethodGet, c.app.API()+"/openapi.json", "")
	defer answer.Body.Close()
	var document struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
		}
	}
	if err := json.NewDecoder(answer.Body).Decode(&document); err != nil {
		t.Fatal(err)
	}
	g := &garbage{texts: texts(viewID)}
	for path, item := range document.Paths {
		for method, o := range item {
			op := operation{method: strings.ToUpper(method), path: path}
			for _, p := range o.Parameters {
				if p.In == "query" {
					op.params = append(op.params, p.Name)
				}
			}
			g.operations = append(g.operations, op)
		}
	}
	if len(g.operations) < 20 {
		t.Fatalf("only %d operations are described: %v", len(g.operations), g.operations)
	}
	slices.SortFunc(g.operations, func(a, b operation) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return g
}

// texts are values of parameters and of parts of paths.
func texts(viewID string) *rapid.Generator[string] {
	words := rapid.SampledFrom([]string{
		viewID, "video_startup_time", "rebuffer_percentage", "views", "country", "video_cdn_trace", "asn", "video_source_fps", "view_dropped",
		"95th", "median", "sum", "count", "asc", "desc", "any", "hour", "minute", "day", "true", "null", "NaN", "[]", "{}", "", " ", "%", "+", "..",
	})
	numbers := rapid.OneOf(
		rapid.Map(rapid.Int64(), func(n int64) string { return fmt.Sprint(n) }),
		rapid.Map(rapid.Float64(), func(x float64) string { return fmt.Sprint(x) }),
		rapid.SampledFrom([]string{"0", "1", "-1", "1000", "2147483647", "2147483648", "9007199254740993", "9223372036854775808", "1e308", "0x10", "1_000", "٣"}),
	)
	noise := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		rapid.Map(rapid.IntRange(1, 9000), func(n int) string { return strings.Repeat("x", n) }))
	atoms := rapid.OneOf(words, numbers, noise)
	filters := rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom([]string{"", "!", "+", "-", "!!", " "}).Draw(t, "op") + words.Draw(t, "name") +
			rapid.SampledFrom([]string{":", ":[", ">=", "<", "=", "", "::"}).Draw(t, "separator") + atoms.Draw(t, "value") +
			rapid.SampledFrom([]string{"", "]", ",b]"}).Draw(t, "end")
	})
	times := rapid.Map(rapid.Uint32(), func(n uint32) string { return fmt.Sprint(n) + ":" + []string{"hours", "days", "weeks", "", "x"}[n%5] })
	return rapid.OneOf(words, numbers, filters, times, noise)
}

// odd is a request.
type odd struct {
	method, path, query, authorization string
	body                               []byte
	headers                            map[string]string
}

// request draws a request.
func (g *garbage) request(t *rapid.T) *odd {
	op := rapid.SampledFrom(g.operations).Draw(t, "operation")
	r := &odd{method: op.method, path: op.path, authorization: "id:secret", headers: map[string]string{}}
	for {
		before, rest, ok := strings.Cut(r.path, "{")
		_, after, _ := strings.Cut(rest, "}")
		if !ok {
			break
		}
		part := url.PathEscape(g.texts.Draw(t, "part"))
		if part == "id" {
			part = "other" // our token has to live
		}
		r.path = before + part + after
	}
	var query []string
	for range rapid.IntRange(0, 5).Draw(t, "parameters") {
		name := rapid.SampledFrom(append([]string{"unknown", "filters[]", "filters"}, op.params...)).Draw(t, "name")
		query = append(query, url.QueryEscape(name)+"="+url.QueryEscape(g.texts.Draw(t, "value")))
	}
	r.query = strings.Join(query, "&")
	switch rapid.IntRange(0, 15).Draw(t, "oddity") {
	case 0:
		r.path += "/" + url.PathEscape(g.texts.Draw(t, "more of the path"))
	case 1:
		r.method = rapid.SampledFrom([]string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW"}).Draw(t, "method")
	case 2:
		r.query += "&" + rapid.StringMatching(`[!-~]{1,40}`).Draw(t, "raw query")
	case 3:
		r.authorization = rapid.SampledFrom([]string{"", ":", "id:", "id:wrong", "\x00:\x00", strings.Repeat("x", 5000)}).Draw(t, "authorization")
	case 4:
		name := rapid.SampledFrom([]string{"Content-Type", "Content-Encoding", "Accept", "Accept-Encoding", "X-Request-Id", "Range", "If-None-Match", "X-Forwarded-For", "Origin"}).Draw(t, "header")
		r.headers[name] = rapid.StringMatching(`[ -~]{0,60}`).Draw(t, "value of the header")
	}
	if r.method != http.MethodGet && r.method != http.MethodHead {
		if !strings.HasPrefix(r.path, "/system/") {
			r.path = "/data/" + strings.TrimPrefix(r.path, "/data/") // or it is a beacon
		}
		r.body = g.body(t)
	}
	return r
}

// body draws a body: an object with members that some route knows, or noise.
func (g *garbage) body(t *rapid.T) []byte {
	if rapid.IntRange(0, 4).Draw(t, "noise") == 0 {
		return rapid.SliceOf(rapid.Byte()).Draw(t, "body")
	}
	names := []string{"note", "notes", "date", "name", "type", "env_key", "permissions", "environment_id", "expires_at", "severity", "business_exception", "sub_property_id"}
	object := map[string]any{}
	for range rapid.IntRange(0, 5).Draw(t, "members") {
		text := g.texts.Draw(t, "text")
		object[rapid.SampledFrom(names).Draw(t, "member")] = rapid.SampledFrom([]any{
			text, []string{text}, []string{"data:read"}, 1777896000, -1.5, 1e300, true, nil, map[string]any{"a": text}, "2030-01-01T00:00:00Z",
		}).Draw(t, "content")
	}
	body, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// check sends a request and checks its answer.
func (r *odd) check(t *rapid.T, c *client) {
	u, err := url.Parse(c.app.API())
	if err != nil {
		t.Fatal(err)
	}
	u.Opaque, u.RawQuery = "//"+u.Host+r.path, r.query
	req := (&http.Request{Method: r.method, URL: u, Header: http.Header{}}).WithContext(t.Context())
	for name, value := range r.headers {
		req.Header.Set(name, value)
	}
	id, secret, _ := strings.Cut(r.authorization, ":")
	req.SetBasicAuth(id, secret)
	if r.body != nil {
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(r.body)), int64(len(r.body))
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return // package http does not send it
	}
	defer res.Body.Close()
	asked := fmt.Sprintf("%s %s?%s with %q", r.method, r.path, r.query, r.body)
	if res.StatusCode == http.StatusOK && res.Header.Get("Content-Type") == "text/event-stream" { // it does not end
		if line, err := bufio.NewReader(res.Body).ReadString('\n'); r.method != http.MethodHead && (err != nil || line == "\n") {
			t.Errorf("%s: a stream begins with %q, %v", asked, line, err)
		}
		return
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode >= 500 || len(res.Header.Get("X-Request-Id")) != 20 {
		t.Errorf("%s: status %s, X-Request-Id %q: %s", asked, res.Status, res.Header.Get("X-Request-Id"), body)
	}
	var refused struct {
		Error struct {
			Type     string
			Messages []string
		}
	}
	switch {
	case r.method == http.MethodHead || res.StatusCode == http.StatusNoContent:
		if len(body) > 0 {
			t.Errorf("%s: status %s with a body: %s", asked, res.Status, body)
		}
	case res.StatusCode == http.StatusOK && res.Header.Get("Content-Type") == "application/x-tar": // a backup
	case res.StatusCode == http.StatusOK && res.Header.Get("Playhead-Rows") != "": // views as a file
	case !json.Valid(body):
		t.Errorf("%s: status %s without JSON: %s", asked, res.Status, body)
	case res.StatusCode >= 400:
		if err := json.Unmarshal(body, &refused); err != nil || refused.Error.Type == "" || len(refused.Error.Messages) == 0 {
			t.Errorf("%s: status %s: %v in %s; want a type and messages", asked, res.Status, err, body)
		}
	}
}
