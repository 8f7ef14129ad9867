package app

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"playhead/e2e/harness"
)

// client reads the API of a server.
type client struct {
	app      *App
	from, to string // seconds since 1970
}

// startServer runs the whole server until the end of the test.
func startServer(t *testing.T, settings ...func(*Config)) *client {
	t.Helper()
	cfg := testConfig(t)
	for _, set := range settings {
		set(&cfg)
	}
	cfg.ViewCompleteAfter = time.Second
	cfg.JournalRetention, cfg.ViewRetention, cfg.EventRetention = 24*time.Hour, 48*time.Hour, 48*time.Hour
	now := time.Now()
	return &client{app: start(t, cfg), from: fmt.Sprint(now.Add(-24 * time.Hour).Unix()), to: fmt.Sprint(now.Add(time.Hour).Unix())}
}

// startForRecordings runs a server that takes the beacons of recordings.
func startForRecordings(t *testing.T) *client {
	t.Helper()
	cfg := testConfig(t)
	cfg.BootstrapEnvKey = harness.EnvKey
	return allTime(start(t, cfg))
}

// allTime is a client that asks for whatever a server has.
func allTime(a *App) *client { return &client{app: a, from: "1000000000", to: "4000000000"} }

// record is a recording as if it were of now.
func record(t *testing.T, name string) harness.Recording {
	t.Helper()
	requests, err := harness.Record(t, name).Rewrite(time.Now(), func(map[string]any) {})
	if err != nil {
		t.Fatal(err)
	}
	return requests
}

// replay sends the requests of a recording.
func (c *client) replay(t *testing.T, requests harness.Recording) {
	t.Helper()
	for _, r := range requests {
		if status, err := harness.Post(c.app.Ingest(), r); err != nil || status != http.StatusOK {
			t.Fatalf("beacon: status %d, %v", status, err)
		}
	}
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
func (c *client) list(t *testing.T, n int) (rows []listed) {
	t.Helper()
	harness.Eventually(t, 30*time.Second, func() error {
		if rows = get[[]listed](t, c, "video-views", url.Values{"limit": {"1000"}}); len(rows) != n {
			return fmt.Errorf("there are %d views, want %d", len(rows), n)
		}
		return nil
	})
	return rows
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
