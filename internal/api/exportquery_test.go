package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"playhead/internal/catalog"
	"playhead/internal/fault"
	"playhead/internal/query"
	"playhead/internal/store/memory"
	"playhead/internal/view"
)

// someViews are views that are exported whatever the scope is, then an error.
type someViews struct {
	views    []*view.View
	err      error // after them
	countErr error
	each     func(i int) // before each view

	mu    sync.Mutex
	scope query.Scope // that was asked for last
	ended int         // how often reading them has ended
}

func (s *someViews) note(scope query.Scope, ended int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scope = scope
	s.ended += ended
}

func (s *someViews) CountScope(_ context.Context, scope query.Scope) (int64, error) {
	s.note(scope, 0)
	return int64(len(s.views)), s.countErr
}

func (s *someViews) Export(_ context.Context, scope query.Scope) iter.Seq2[*view.View, error] {
	return func(yield func(*view.View, error) bool) {
		defer s.note(scope, 1)
		for i, v := range s.views {
			if s.each != nil {
				s.each(i)
			}
			if !yield(v, nil) {
				return
			}
		}
		if s.err != nil {
			yield(nil, s.err)
		}
	}
}

func withViews(s *someViews) func(*Config) { return func(c *Config) { c.Exports.Views = s } }

// askExport asks for an export with the token "reader".
func askExport(t *testing.T, h http.Handler, method, query string) *httptest.ResponseRecorder {
	t.Helper()
	return askFile(t, h, method, "/data/v1/exports/query?"+query, "Authorization", basic("reader", "secret"))
}

// TestQueryExport asks for views in each format.
func TestQueryExport(t *testing.T) {
	from := &someViews{views: fourViews(t)[:4]}
	h := newAPI(t, memory.New(), withViews(from))
	for _, tt := range []struct{ query, name, media string }{
		{"", ".csv", "text/csv; charset=utf-8"},
		{"format=csv&version=2&compression=gzip", ".csv.gz", "application/gzip"},
		{"format=ndjson", ".ndjson", "application/x-ndjson"},
		{"format=ndjson&compression=gzip", ".ndjson.gz", "application/gzip"},
		{"format=parquet&compression=none", ".parquet", "application/vnd.apache.parquet"},
	} {
		w := askExport(t, h, "GET", tt.query+"&timeframe[]=1777852800&timeframe[]=1777896000")
		if w.Code != http.StatusOK {
			t.Fatalf("%s: status %d: %s", tt.query, w.Code, w.Body)
		}
		for name, want := range map[string]string{
			"Content-Type": tt.media, "Playhead-Rows": "4", "Playhead-Bytes": "", "Content-Encoding": "", "X-Content-Type-Options": "nosniff", "Cache-Control": "max-age=0, private, must-revalidate",
			"Content-Disposition": `attachment; filename="views_18922_20260504T000000Z_20260504T120000Z` + tt.name + `"`,
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", tt.query, name, got, want)
			}
		}
		if got := rowsOf(t, tt.name, w.Body.Bytes()); got != 4 {
			t.Errorf("%s: %d rows, want 4", tt.query, got)
		}
	}
	if from.ended != 5 {
		t.Errorf("views were read to their end, or given up, %d times; want 5", from.ended)
	}
}

// rowsOf counts the rows of a file; Parquet has its number of rows far from
// where it can be seen, but begins and ends with the same four letters.
func rowsOf(t *testing.T, name string, file []byte) int {
	t.Helper()
	if strings.HasSuffix(name, ".gz") {
		packed, err := gzip.NewReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if file, err = io.ReadAll(packed); err != nil {
			t.Fatal(err)
		}
	}
	switch {
	case strings.HasPrefix(name, ".ndjson"):
		return bytes.Count(file, []byte("\n"))
	case bytes.HasPrefix(file, []byte("PAR1")) && bytes.HasSuffix(file, []byte("PAR1")):
		return 4
	}
	table, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(table[0]) || !slices.Contains(table[0], "view_id") {
		t.Errorf("columns are %v; want view_id among others, in the order of names", table[0])
	}
	return len(table) - 1
}

// TestQueryExportScope: the parameters select what the same ones select in the
// list of views.
func TestQueryExportScope(t *testing.T) {
	from := &someViews{}
	h := newAPI(t, memory.New(), withViews(from))
	parameters := url.Values{
		"timeframe[]": {"1777887000", "1777896000"}, "filters[]": {"country:US", "!browser:Safari"}, "metric_filters[]": {"video_startup_time>=500"},
		"viewer_id": {"customer-1"}, "error_id": {"7"}, "view_id": {"sdk-b"},
	}
	if w := askExport(t, h, "GET", parameters.Encode()); w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	list, err := query.Views(query.Request{
		Environment: "env1", Timeframe: parameters["timeframe[]"], Filters: parameters["filters[]"], MetricFilters: parameters["metric_filters[]"],
		ViewerID: "customer-1", ErrorID: "7", ViewID: "sdk-b", Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(list.Plan.Scope, from.scope, cmp.Comparer(func(a, b *catalog.Column) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if from.scope.From != 1777887000_000 || from.scope.To != 1777896000_000 || len(from.scope.Where) != 6 {
		t.Errorf("scope is %+v; want the timeframe and six conditions", from.scope)
	}
}

func TestQueryExportRefused(t *testing.T) {
	h := newAPI(t, memory.New(), withViews(&someViews{}))
	for parameters, says := range map[string]string{
		"format=xml":                           "format: want csv, ndjson or parquet, have \"xml\"",
		"version=1":                            "version: want a whole number from 2 to 17, have \"1\"",
		"version=18":                           "version: want a whole number from 2 to 17, have \"18\"",
		"version=latest":                       "version: want a whole number from 2 to 17, have \"latest\"",
		"compression=zip":                      "compression: want gzip or none, have \"zip\"",
		"format=parquet&compression=gzip":      "compression: Parquet is packed by itself",
		"filters[]=nothing:1":                  "nothing",
		"timeframe[]=yesterday":                "timeframe",
		"error_id=some":                        "error_id: want the number of an error type",
		"metric_filters[]=video_startup_time:": "metric_filters",
	} {
		if w := askExport(t, h, "GET", parameters); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), strings.ReplaceAll(says, `"`, `\"`)) {
			t.Errorf("%s: status %d, %s; want 400, %s", parameters, w.Code, w.Body, says)
		}
	}
	const target = "/data/v1/exports/query"
	if w := send(t, h, "GET", target, basic("nobody", "secret")); w.Code != http.StatusForbidden {
		t.Errorf("without data:read: status %d, want 403", w.Code)
	}
	if w := send(t, newAPI(t, memory.New(), func(c *Config) { c.Exports.Views = nil }), "GET", target, basic("reader", "secret")); w.Code != http.StatusServiceUnavailable {
		t.Errorf("of a server that exports nothing: status %d, want 503", w.Code)
	}
	// What goes wrong before the first view has a status.
	for _, from := range []*someViews{{countErr: fault.New(fault.Busy, "too much to do")}, {err: fault.New(fault.Busy, "too much to do")}} {
		h := newAPI(t, memory.New(), withViews(from))
		for range maxExports { // a place is given back
			if w := send(t, h, "GET", target, basic("reader", "secret")); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "too much to do") {
				t.Errorf("of a busy store: status %d, %s; want 503", w.Code, w.Body)
			}
		}
	}
}

// TestQueryExportHead: HEAD tells how much there is and reads none of it.
func TestQueryExportHead(t *testing.T) {
	from := &someViews{views: fourViews(t)[:4], each: func(i int) {
		if i > 0 {
			t.Error("the second view is read")
		}
	}}
	w := askExport(t, newAPI(t, memory.New(), withViews(from)), "HEAD", "")
	if w.Code != http.StatusOK || w.Header().Get("Playhead-Rows") != "4" || w.Body.Len() > 0 || from.ended != 1 {
		t.Errorf("status %d, %s rows, a body of %d bytes, given up %d times; want 200, 4, none, once", w.Code, w.Header().Get("Playhead-Rows"), w.Body.Len(), from.ended)
	}
}

// TestQueryExportsAtOnce: an environment has two places, all have four.
func TestQueryExportsAtOnce(t *testing.T) {
	began, goOn := make(chan struct{}), make(chan struct{})
	from := &someViews{views: fourViews(t)[:1], each: func(int) { began <- struct{}{}; <-goOn }}
	h := newAPI(t, memory.New(), withViews(from))
	const target = "/data/v1/exports/query"
	done := make(chan int)
	begin := func(token string) {
		go func() {
			w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", target, http.NoBody)
			r.Header.Set("Authorization", basic(token, "secret"))
			h.ServeHTTP(w, r)
			done <- w.Code
		}()
		<-began
	}
	begin("reader")
	begin("a?>?>b~~") // of the same environment
	if w := send(t, h, "GET", target, basic("reader", "secret")); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("a third export of an environment: status %d, want 429 and when to come again", w.Code)
	}
	begin("other")
	begin("other")
	close(goOn)
	for range 4 {
		if status := <-done; status != http.StatusOK {
			t.Errorf("status %d, want 200", status)
		}
	}
	from.each = nil
	if w := askExport(t, h, "GET", ""); w.Code != http.StatusOK {
		t.Errorf("once they are done: status %d, want 200", w.Code)
	}
	e, err := newExporting(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxExports {
		if _, err := e.begin(string(rune('a' + i/2))); err != nil {
			t.Error(err)
		}
	}
	if _, err := e.begin("z"); !errorIs(err, fault.Busy) {
		t.Errorf("one more than there are places for: error %v, want busy", err)
	}
}

func errorIs(err error, code fault.Code) bool {
	public, ok := errors.AsType[*fault.Error](err)
	return ok && public.Code == code
}

// TestQueryExportIsCutOff ends the connection when something goes wrong in the
// middle, and when the server stops: a client must not take the file for whole.
func TestQueryExportIsCutOff(t *testing.T) {
	registry := prometheus.NewRegistry()
	endings := map[string]chan struct{}{"a failure of the store": nil, "the end of the server": make(chan struct{})}
	for what, from := range map[string]*someViews{
		"a failure of the store": {views: fourViews(t)[:3], err: errors.New("the disk is on fire")},
		"the end of the server": {views: fourViews(t)[:3], each: func(i int) {
			if i == 2 {
				close(endings["the end of the server"])
			}
		}},
	} {
		listening := httptest.NewServer(newAPI(t, memory.New(), withViews(from), func(c *Config) {
			c.Clock, c.Ending, c.Registerer = time.Now, endings[what], prometheus.WrapRegistererWith(prometheus.Labels{"what": what}, registry)
		}))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, listening.URL+"/data/v1/exports/query?timeframe[]=10000:days", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("reader", "secret")
		answer, err := http.DefaultClient.Do(r)
		if err == nil {
			_, err = io.ReadAll(answer.Body)
			answer.Body.Close()
		}
		listening.Close()
		if err == nil {
			t.Errorf("%s: the answer has an end", what)
		}
		if from.ended != 1 {
			t.Errorf("%s: reading has ended %d times, want once", what, from.ended)
		}
	}
	const counted = `
# HELP playhead_api_requests_total API requests by route and status.
# TYPE playhead_api_requests_total counter
playhead_api_requests_total{route="/data/v1/exports/query",status="500",what="a failure of the store"} 1
playhead_api_requests_total{route="/data/v1/exports/query",status="503",what="the end of the server"} 1
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(counted), "playhead_api_requests_total"); err != nil {
		t.Error(err)
	}
}

// TestQueryExportOfOneWhoLeaves: a client that goes away in the middle is no
// error of the server, and nothing is read on for it.
func TestQueryExportOfOneWhoLeaves(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	from := &someViews{views: fourViews(t)[:4], each: func(i int) {
		if i == 2 {
			leave()
		}
	}, err: context.Canceled}
	registry := prometheus.NewRegistry()
	h := newAPI(t, memory.New(), withViews(from), func(c *Config) { c.Registerer = registry })
	r := httptest.NewRequestWithContext(ctx, "GET", "/data/v1/exports/query", http.NoBody)
	r.SetBasicAuth("reader", "secret")
	func() {
		defer func() {
			if p := recover(); p != http.ErrAbortHandler { //nolint:errorlint // it is this very value
				t.Errorf("panic %v; want that of a connection that is cut off", p)
			}
		}()
		h.ServeHTTP(httptest.NewRecorder(), r)
	}()
	const counted = `
# HELP playhead_api_exports_open Exports on demand that are being made.
# TYPE playhead_api_exports_open gauge
playhead_api_exports_open 0
# HELP playhead_api_requests_total API requests by route and status.
# TYPE playhead_api_requests_total counter
playhead_api_requests_total{route="/data/v1/exports/query",status="499"} 1
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(counted), "playhead_api_requests_total", "playhead_api_exports_open"); err != nil {
		t.Error(err)
	}
}
