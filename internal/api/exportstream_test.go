package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
	"playhead/internal/meta"
)

const exportStreams = "/data/v1/exports/streams"

// exportSender cannot reach one host, and runs one stream.
type exportSender struct {
	woken int
	runs  string
	says  error
}

func (*exportSender) Check(s meta.ExportStream) error {
	if strings.Contains(s.Target, "unreachable") {
		return fault.Badf("target", "unreachable is not allowed")
	}
	return nil
}
func (*exportSender) Position() int64 { return 4711 }
func (e *exportSender) Test(context.Context, meta.ExportStream) (time.Duration, error) {
	return 1500 * time.Millisecond, e.says
}

func (e *exportSender) Lag(id string) (time.Duration, bool) {
	return 2500 * time.Millisecond, id == e.runs
}
func (e *exportSender) Wake() { e.woken++ }

func TestExportStreams(t *testing.T) {
	sender := &exportSender{}
	c := newControl(t, func(c *Config) { c.Sender = sender })
	read, write := "shop system read", "shop system write"
	const rest = `"rotated_until":null,"created_at":"2026-05-04T12:00:00Z","updated_at":"2026-05-04T12:00:00Z","lag_seconds":null,
		"delivered":0,"delivered_at":null,"failures":0,"failed_at":null,"error":null`
	gone, err := c.store.CreateExportStream(t.Context(), meta.ExportStream{ // this server was told of other networks then
		EnvironmentID: c.names["shop"], Name: "was there", Content: meta.VideoViews, Format: meta.FormatJSON, Kind: meta.StreamHTTP, Target: "https://unreachable/",
	}, 1)
	if err != nil {
		t.Fatal(err)
	}
	c.names["gone"] = gone.ID
	one := func(s string) string { return `{"data":` + s + `,"total_row_count":1,` + lastDayJSON + `}` }
	hook := func(name, target string) string {
		return `{"id":"{hook}","name":"` + name + `","content":"video_views","format":"json","kind":"http","enabled":true,"target":"` + target + `",
			"topic":null,"tls":false,"sasl_mechanism":null,"username":null,` + rest + `}`
	}
	const toURL = `"content":"video_views","format":"json","kind":"http"`
	const toTopic = `"content":"monitoring_samples","format":"protobuf","kind":"kafka"`
	bus := func(target, mechanism, username string) string {
		return `{"id":"{bus}","name":"Bus","content":"monitoring_samples","format":"protobuf","kind":"kafka","enabled":false,"target":"` + target + `",
			"topic":"views","tls":true,"sasl_mechanism":` + mechanism + `,"username":` + username + `,` + rest + `}`
	}
	c.run(t, []step{
		{token: "news system read", method: "GET", target: exportStreams, status: 200, want: `{"data":[],"total_row_count":0,` + lastDayJSON + `}`},
		{token: write, method: "POST", target: exportStreams, body: `{"name":"Lake",` + toURL + `,"target":"https://me:pass@example.com/in?key=1"}`, status: 201, keep: "hook"},
		{
			token: write, method: "POST", target: exportStreams, status: 201, keep: "bus",
			body: `{"name":"Bus",` + toTopic + `,"target":"k:1, l:2","topic":"views","tls":true,"sasl_mechanism":"plain","username":"me","password":"pass","enabled":false}`,
			want: one(strings.TrimSuffix(bus("k:1, l:2", `"plain"`, `"me"`), "}") + `,"secret":null}`),
		},
		{token: read, method: "GET", target: exportStreams + "/{hook}", status: 200, want: one(hook("Lake", "https://…@example.com/in?…"))},
		{token: read, method: "GET", target: exportStreams + "?limit=3&page=2", status: 200, want: `{"data":[],"total_row_count":3,` + lastDayJSON + `}`},
		{
			token: write, method: "PATCH", target: exportStreams + "/{hook}", body: `{"name":"Sea","target":"https://example.com/","kind":"kafka","enabled":null}`, status: 200, // of what kind it is stays
			want: one(hook("Sea", "https://example.com/")),
		},
		{token: write, method: "PATCH", target: exportStreams + "/{hook}", body: `{"target":"https://…@example.com/in?…"}`, status: 400, want: "target: is shortened"},
		{token: write, method: "PATCH", target: exportStreams + "/{hook}", body: `{"topic":"t"}`, status: 400, want: "topic: only streams of kind kafka"},
		{token: write, method: "PATCH", target: exportStreams + "/{bus}", body: `{"target":"evil:1"}`, status: 400, want: "password: send it again"},
		{token: write, method: "PATCH", target: exportStreams + "/{bus}", body: `{"target":"evil:1","sasl_mechanism":"plain"}`, status: 400, want: "password: send it again"},
		{token: write, method: "PATCH", target: exportStreams + "/{bus}", body: `{"target":"m:1","password":"pass"}`, status: 200, want: one(bus("m:1", `"plain"`, `"me"`))},
		{token: write, method: "PATCH", target: exportStreams + "/{bus}", body: `{"tls":false}`, status: 400, want: "sasl_mechanism: plain sends the password as it is"},
		{token: write, method: "PATCH", target: exportStreams + "/{bus}", body: `{"target":"n:1","sasl_mechanism":""}`, status: 200, want: one(bus("n:1", "null", "null"))},
		{token: write, method: "PATCH", target: exportStreams + "/{gone}", body: `{"name":"Gone","enabled":false}`, status: 200},
		{token: write, method: "PATCH", target: exportStreams + "/{gone}", body: `{"enabled":true}`, status: 400, want: "target: unreachable is not allowed"},

		{token: write, method: "POST", target: exportStreams, body: `{` + toURL + `,"target":"https://example.com"}`, status: 400, want: "name: is missing"},
		{token: write, method: "POST", target: exportStreams, body: `{"name":"a",` + toURL + `}`, status: 400, want: "target: is missing"},
		{token: write, method: "POST", target: exportStreams, body: `{"name":"a",` + toURL + `,"target":"https://unreachable/"}`, status: 400, want: "target: unreachable is not allowed"},
		{token: write, method: "POST", target: exportStreams, body: `{"name":"a",` + toURL + `,"target":"ftp://example.com/"}`, status: 400, want: "target: want a URL"},
		{token: write, method: "POST", target: exportStreams, body: `{"name":"a",` + toTopic + `,"target":"k:1"}`, status: 400, want: "topic"},
		{token: write, method: "POST", target: exportStreams, body: `{"name":"a","content":"all","format":"json","kind":"http","target":"https://example.com"}`, status: 400, want: "content"},
		{token: write, method: "POST", target: exportStreams + "/{bus}/rotate-secret", status: 409, want: "secret"},
	})
	woken := sender.woken
	if woken != 6 { // two were made, and four changes kept
		t.Errorf("the sender was woken %d times", woken)
	}

	sender.runs = c.names["hook"]
	p, err := c.store.ExportPosition(t.Context(), c.names["hook"])
	if err != nil || p.Record != 4711 {
		t.Errorf("the stream begins at %+v, %v; want 4711", p, err)
	}
	p.Delivered, p.DeliveredAt, p.Failures, p.FailedAt, p.Error = 17, now.Add(-time.Minute), 2, now, "no answer"
	if err := c.store.PutExportPosition(t.Context(), c.names["hook"], p); err != nil {
		t.Fatal(err)
	}
	running := strings.Replace(hook("Sea", "https://example.com/"), rest, `"rotated_until":null,"created_at":"2026-05-04T12:00:00Z","updated_at":"2026-05-04T12:00:00Z","lag_seconds":2.5,
		"delivered":17,"delivered_at":"2026-05-04T11:59:00.000000Z","failures":2,"failed_at":"2026-05-04T12:00:00.000000Z","error":"no answer"`, 1)
	c.run(t, []step{
		{token: read, method: "GET", target: exportStreams + "/{hook}", status: 200, want: one(running)},
		{token: write, method: "POST", target: exportStreams + "/{hook}/test", status: 200, want: one(`{"ok":true,"took_ms":1500,"error":null}`)},
	})
	sender.says = errors.New("there is no such host")
	c.run(t, []step{
		{token: write, method: "POST", target: exportStreams + "/{bus}/test", status: 200, want: one(`{"ok":false,"took_ms":1500,"error":"there is no such host"}`)},
		{token: write, method: "DELETE", target: exportStreams + "/{hook}", status: 204},
		{token: write, method: "DELETE", target: exportStreams + "/{hook}", status: 404, want: "stream"},
		{token: read, method: "GET", target: exportStreams + "/{hook}", status: 404, want: "stream"},
	})
	if sender.woken != woken+1 {
		t.Error("the sender was not told that a stream is gone")
	}
}

// TestExportStreamsAreOfTheirEnvironment: with a token of another environment there
// are none, and without the permissions of the system nothing can be done.
func TestExportStreamsAreOfTheirEnvironment(t *testing.T) {
	c := newControl(t)
	const stream = `{"name":"a","content":"video_views","format":"json","kind":"http","target":"https://example.com"}`
	c.run(t, []step{{token: "news system write", method: "POST", target: exportStreams, body: stream, status: 201, keep: "other"}})
	for _, s := range []struct{ method, below, permission string }{
		{"GET", "", "system:read"},
		{"POST", "", "system:write"},
		{"GET", "/{other}", "system:read"},
		{"PATCH", "/{other}", "system:write"},
		{"DELETE", "/{other}", "system:write"},
		{"POST", "/{other}/rotate-secret", "system:write"},
		{"POST", "/{other}/test", "system:write"},
	} {
		var body string
		if s.method == "POST" || s.method == "PATCH" {
			body = stream
		}
		for _, permission := range meta.Permissions {
			token := "shop " + strings.ReplaceAll(string(permission), ":", " ")
			switch {
			case string(permission) != s.permission:
				c.run(t, []step{{token: token, method: s.method, target: exportStreams + s.below, body: body, status: 403, want: s.permission}})
			case s.below != "":
				c.run(t, []step{{token: token, method: s.method, target: exportStreams + s.below, body: body, status: 404, want: "stream"}})
			}
		}
	}
}

// TestExportSecretIsShownOnce: the secret is in the answers of the creation of a stream and of
// each rotation, and in no other; the password is in none.
func TestExportSecretIsShownOnce(t *testing.T) {
	c := newControl(t)
	var secrets []string
	var id string
	for _, s := range []struct{ target, body string }{
		{exportStreams, `{"name":"a","content":"video_views","format":"json","kind":"http","target":"https://example.com"}`},
		{exportStreams + "/{hook}/rotate-secret", ""},
	} {
		w := sendBody(t, c, "POST", strings.ReplaceAll(s.target, "{hook}", id), basic("shop system write", "secret"), s.body)
		var answer struct{ Data struct{ ID, Secret string } }
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code >= 300 || len(answer.Data.Secret) < 32 {
			t.Fatalf("%s: status %d: %s", s.target, w.Code, w.Body)
		}
		id = answer.Data.ID
		secrets = append([]string{answer.Data.Secret}, secrets...)
	}
	kept, err := c.store.ExportStream(c.names["shop"], id)
	if diff := cmp.Diff(secrets, kept.Secrets); diff != "" || err != nil || secrets[0] == secrets[1] {
		t.Errorf("%v, and what signs (-want +got):\n%s", err, diff)
	}
	w := sendBody(t, c, "POST", exportStreams, basic("shop system write", "secret"),
		`{"name":"b","content":"video_views","format":"json","kind":"kafka","target":"k:1","topic":"t","sasl_mechanism":"scram-sha-256","username":"me","password":"hushhush"}`)
	if w.Code != http.StatusCreated || strings.Contains(w.Body.String(), "hushhush") {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	for _, target := range []string{exportStreams, exportStreams + "/" + id} {
		body := send(t, c, http.MethodGet, target, basic("shop system read", "secret")).Body.String()
		for _, secret := range append(secrets, "hushhush") {
			if strings.Contains(body, secret) {
				t.Errorf("%s shows a secret: %s", target, body)
			}
		}
		if !strings.Contains(body, `"rotated_until":"2026-05-05T12:00:00Z"`) {
			t.Errorf("%s does not show until when the old secret signs: %s", target, body)
		}
	}
}
