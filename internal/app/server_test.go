package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// client reads the API of a server.
type client struct {
	app      *App
	from, to string // seconds since 1970
}

// startServer runs the whole server until the end of the test.
func startServer(t *testing.T) *client {
	t.Helper()
	a, err := New(Config{
		DataDir: t.TempDir(), Listen: "127.0.0.1:0", LogLevel: "error", LogFormat: "text", PrivacyIP: "drop",
		BootstrapEnvKey: "key", BootstrapToken: "id:secret",
		ViewCompleteAfter: time.Second, ViewFinalAfter: time.Hour,
		JournalRetention: 24 * time.Hour, ViewRetention: 48 * time.Hour, EventRetention: 48 * time.Hour,
	}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	return &client{app: a, from: fmt.Sprint(now.Add(-24 * time.Hour).Unix()), to: fmt.Sprint(now.Add(time.Hour).Unix())}
}

// post sends events of a view, given by the members that tell what happened, a
// second apart up to now.
func (c *client) post(t *testing.T, id string, events ...string) {
	t.Helper()
	start := time.Now().Add(-time.Duration(len(events)-1) * time.Second).UnixMilli()
	body := make([]string, len(events))
	for i, e := range events {
		body[i] = fmt.Sprintf(`{"ake":"key","xid":%q,"xsqno":%d,"uti":%d,%s}`, id, i+1, start+int64(i)*1000, e)
	}
	answer := do(t, http.MethodPost, c.app.Ingest(), `{"events":[`+strings.Join(body, ",")+`]}`)
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("beacon answered %s", answer.Status)
	}
}

// listed is a row of the list of views.
type listed struct {
	ID    string
	Start time.Time `json:"view_start"`
	End   time.Time `json:"view_end"`
}

// list waits until there are n views.
func (c *client) list(t *testing.T, n int) []listed {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(30 * time.Second)
	for {
		rows := get[[]listed](t, c, "video-views", url.Values{"limit": {"1000"}})
		if len(rows) == n {
			return rows
		}
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("there are %d views, want %d", len(rows), n)
		}
	}
}

// get reads the data of an answer.
func get[T any](t *testing.T, c *client, path string, params url.Values) T {
	t.Helper()
	query := url.Values{"timeframe[]": {c.from, c.to}}
	maps.Copy(query, params)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.app.API()+"/data/v1/"+path+"?"+query.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("id", "secret")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v: %s", path, resp.StatusCode, err, strings.TrimSpace(string(body)))
	}
	var answer struct{ Data T }
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return answer.Data
}
