package reference

import (
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/api"
)

var update = flag.Bool("update", false, "write docs/reference anew")

// TestFiles fails when docs/reference is older than the code.
func TestFiles(t *testing.T) {
	files, err := Files(api.Document())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		path := filepath.Join("..", "..", "docs", "reference", name)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is stale, run go generate ./internal/reference (-want +got):\n%s", path, diff)
		}
	}
}

func serve(t *testing.T, path string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	h, err := New(api.Document())
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	r.Header = header
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestDocument: it is JSON, and a client that has it already is not sent it again.
func TestDocument(t *testing.T) {
	w := serve(t, "/openapi.json", nil)
	var d struct {
		OpenAPI string
		Paths   map[string]any
	}
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || d.OpenAPI != "3.1.0" || d.Paths["/data/v1/video-views"] == nil {
		t.Errorf("%v: openapi %q with %d paths", err, d.OpenAPI, len(d.Paths))
	}
	again := serve(t, "/openapi.json", http.Header{"If-None-Match": {w.Header().Get("ETag")}})
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("asked again: status %d with %d bytes, want 304 without any", again.Code, again.Body.Len())
	}
}

// TestPage: everything that the API has is on the page, links lead somewhere,
// and the page needs nothing that its policy forbids.
func TestPage(t *testing.T) {
	w := serve(t, "/reference", nil)
	html := w.Body.String()
	if policy := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") {
		t.Errorf("policy is %q", policy)
	}
	for _, forbidden := range []string{"<script", "<img", "<link", " style=", " onclick", `="http`, "url(", "ZgotmplZ", "%!"} {
		if strings.Contains(html, forbidden) {
			t.Errorf("the page has %q", forbidden)
		}
	}
	ids := map[string]bool{}
	for _, id := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(html, -1) {
		if ids[id[1]] {
			t.Errorf("the id %s is there twice", id[1])
		}
		ids[id[1]] = true
	}
	for _, link := range regexp.MustCompile(` href="#([^"]+)"`).FindAllStringSubmatch(html, -1) {
		if !ids[link[1]] {
			t.Errorf("the link to #%s leads nowhere", link[1])
		}
	}
	m := NewModel(api.Document())
	for _, g := range m.Groups {
		for _, o := range g.Operations {
			if !ids[o.ID] || !strings.Contains(html, "<code>"+o.Path+"</code>") {
				t.Errorf("%s %s is not on the page", o.Method, o.Path)
			}
		}
	}
	for _, metric := range []string{"views", "video_startup_time", "rendition_downshift_count", "current-concurrent-viewers", "video-startup-time"} {
		if !ids["metric-"+metric] {
			t.Errorf("the metric %s is not on the page", metric)
		}
	}
}

// TestOperation reads one operation of a small document whole.
func TestOperation(t *testing.T) {
	for _, g := range NewModel(api.Document()).Groups {
		for _, o := range g.Operations {
			if o.ID != "get-metric-timeseries-data" {
				continue
			}
			got := o
			got.Params, got.Doc, got.Needs = got.Params[:2], "", ""
			want := Operation{
				ID: "get-metric-timeseries-data", Method: "GET", Path: "/data/v1/metrics/{id}/timeseries",
				Success: "200", Failures: got.Failures,
				Example: `curl -sg -u $TOKEN "$PLAYHEAD/data/v1/metrics/video_startup_time/timeseries?filters[]=country:US&timeframe[]=24:hours"`,
				Params: []Field{
					{Name: "{id}", Type: "id of a metric", Doc: got.Params[0].Doc, Link: "metrics"},
					{Name: "group_by", Type: "string", Doc: got.Params[1].Doc, Words: []string{"minute", "ten_minutes", "hour", "day"}},
				},
				Answer: got.Answer,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			var members []string
			for _, f := range o.Answer[:4] {
				members = append(members, f.Name+": "+f.Type)
			}
			wantMembers := []string{"data[][0]: time", "data[][1]: number or null", "data[][2]: integer or null", "meta.aggregation: string"}
			if diff := cmp.Diff(wantMembers, members); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
			return
		}
	}
	t.Error("there is no timeseries")
}
