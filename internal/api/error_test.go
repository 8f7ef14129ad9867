package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"playhead/internal/fault"
	"playhead/internal/query"
	"playhead/internal/view"
)

// wantError checks an error's status, its type and what its message names.
func wantError(t *testing.T, what string, w *httptest.ResponseRecorder, status int, typ, says string) {
	t.Helper()
	var body struct {
		Error struct {
			Type     string
			Messages []string
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Errorf("%s: %v in %q", what, err, w.Body)
	}
	if w.Code != status || body.Error.Type != typ || len(body.Error.Messages) != 1 || !strings.Contains(body.Error.Messages[0], says) {
		t.Errorf("%s: status %d, body %s; want %d %s saying %q", what, w.Code, w.Body, status, typ, says)
	}
}

// TestPlainLetters: < > & stand in answers as they are, not as escapes that only
// pages of HTML need.
func TestPlainLetters(t *testing.T) {
	w := get(t, newAPI(t, stored(t)), "/data/v1/video-views?metric_filters[]=rebuffer_count%3E%3Cb%3E%26")
	wantError(t, "metric filter", w, 400, "invalid_parameters", "")
	if want := `rebuffer_count>, have \"<b>&\"`; !strings.Contains(w.Body.String(), want) {
		t.Errorf("got %s, want %s in it", w.Body, want)
	}
}

func TestBadRequests(t *testing.T) {
	h := newAPI(t, stored(t, fourViews(t)...))
	const metric = "/data/v1/metrics/video_startup_time/"
	for _, tt := range []struct {
		target string
		status int
		says   string // the parameter, or the resource
	}{
		{"/data/v1/video-views?limit=0", 400, "limit"},
		{"/data/v1/video-views?limit=1001", 400, "limit"},
		{"/data/v1/video-views?limit=ten", 400, "limit"},
		{"/data/v1/video-views?page=0", 400, "page"},
		{"/data/v1/video-views?page=-1", 400, "page"},
		{"/data/v1/video-views?error_id=some", 400, "error_id"},
		{"/data/v1/video-views?order_direction=up", 400, "order_direction"},
		{"/data/v1/video-views?timeframe[]=yesterday", 400, "timeframe[]"},
		{"/data/v1/video-views?timeframe[]=0:hours", 400, "timeframe[]"},
		{"/data/v1/video-views?timeframe[]=1777896000&timeframe[]=1777887000", 400, "timeframe[]"},
		{"/data/v1/video-views?timeframe[]=1&timeframe[]=2&timeframe[]=3", 400, "timeframe[]"},
		{"/data/v1/video-views?filters[]=country", 400, "filters[]"},
		{"/data/v1/video-views?filters[]=contry:US", 400, "country"}, // the nearest name
		{"/data/v1/video-views?filters[]=video_cdn_trace:fastly", 400, "video_cdn_trace:[value]"},
		{"/data/v1/video-views?filters[]=%2Bcountry:US", 400, "filters[]"},
		{"/data/v1/video-views?filters[]=%FF:US", 400, "filters[]"},
		{"/data/v1/video-views?metric_filters[]=rebuffer_count", 400, "metric_filters[]"},
		{"/data/v1/video-views?metric_filters[]=views>=1", 400, "metric_filters[]"},
		{"/data/v1/video-views?viewer_id=a%00b", 400, "viewer_id"},
		{"/data/v1/video-views?a=%zz", 400, "query string"},
		{"/data/v1/video-views?a=" + strings.Repeat("x", maxQuery), 400, "query string"},
		{"/data/v1/video-views?" + strings.Repeat("a&", maxValues), 400, "query string"},
		{metric + "overall?measurement=mean", 400, "measurement"},
		{metric + "overall?measurement=sum", 400, "median"}, // what is supported
		{metric + "breakdown?group_by=contry", 400, "group_by"},
		{metric + "breakdown?order_by=luck", 400, "order_by"},
		{metric + "breakdown?limit=0", 400, "limit"},
		{metric + "timeseries?group_by=week", 400, "group_by"},
		{metric + "timeseries?group_by=minute&timeframe[]=100:days", 400, "group_by"},
		{"/data/v1/metrics/comparison?dimension=contry&value=US", 400, "dimension"},
		{"/data/v1/metrics/comparison?value=US", 400, "dimension"},
		{"/data/v1/metrics/comparison?dimension=country", 400, "value"},
		{"/data/v1/dimensions/country?page=x", 400, "page"},

		{"/data/v1/metrics/video_start_time/overall", 404, "video_startup_time"}, // the nearest name
		{"/data/v1/metrics/nothing/breakdown", 404, "nothing"},
		{"/data/v1/metrics/nothing/timeseries", 404, "nothing"},
		{"/data/v1/dimensions/contry", 404, "country"},
		{renditions + "breakdown?group_by[]=video_source_color", 400, "video_source_codec"},
		{renditions + "breakdown?limit=x", 400, "limit"},
		{renditions + "overall?filters[]=contry:US", 400, "country"},
		{renditions + "overall?filters[]=video_source_height", 400, "filters[]"},
		{renditions + "overall?filters[]=%2Bvideo_source_height:720", 400, "sequences"},
		{renditions + "comparison?values[]=US", 400, "dimension"},
		{renditions + "comparison?dimension=contry&values[]=US", 400, "country"},
		{renditions + "comparison?dimension=country", 400, "values[]"},
		{renditions + "comparison?dimension=country&values=1&values=2&values=3&values=4&values=5", 400, "values[]"},
		{renditions + "comparison?dimension=asn&values=x", 400, "values[]"},
		{renditions + "comparison?dimension=country&values=US&breakdown_value_limit=101", 400, "breakdown_value_limit"},
		{renditions + "breakdown-timeseries?time_granularity=minute", 400, "time_granularity"},
		{renditions + "breakdown-timeseries?time_granularity=hour&timeframe[]=300:days", 400, "time_granularity"},
		{"/data/v1/subview-metrics/playing_time/playback_mode/breakdown?group_by[]=video_source_codec", 400, "group_by[]"},
		{"/data/v1/subview-metrics/playing_time/renditions/overall", 404, "playback_mode"},
		{"/data/v1/subview-metrics/playback_mode/dimensions/mode", 404, "playback_mode"},
		{"/data/v1/subview-metrics/rendition/dimensions/country?order_by=views", 400, "order_by"},
		{"/data/v1/subview-metrics/rendition/dimensions/country?query=%1F", 400, "query"},
		{"/data/v1/dimensions/country?search=%1F", 400, "search"},
		{"/data/v1/dimensions/asn?search=" + strings.Repeat("1", 5000), 400, "search"},
		{"/data/v1/errors/x/timeseries", 404, "error type"},
		{"/data/v1/errors/-1/breakdown", 404, "error type"},
		{"/data/v1/errors/1/breakdown?group_by=contry", 400, "country"},
		{"/data/v1/errors/1/breakdown?limit=0", 400, "limit"},
		{"/data/v1/errors/1/timeseries?group_by=week", 400, "group_by"},
		{"/data/v1/errors/1/timeseries?group_by=minute&timeframe[]=100:days", 400, "group_by"},
		{"/data/v1/errors/1/timeseries?order_direction=up", 400, "order_direction"},
		{"/data/v1/errors/timeseries", 400, "error_ids[]"},
		{"/data/v1/errors/timeseries?error_ids[]=any", 400, "error_ids[]"},
		{"/data/v1/errors/timeseries?error_ids[]=1" + strings.Repeat("&error_ids[]=1", 100), 400, "error_ids[]"},
		{"/data/v1/filters/contry", 404, "country"},
		{"/data/v1/dimensions/contry/elements", 404, "country"},
		{"/data/v1/dimensions/browser/elements", 400, "/data/v1/dimensions/browser"},
		{"/data/v1/dimensions/video_cdn_trace/elements?order_by=luck", 400, "order_by"},
		{"/data/v1/metrics/nothing/insights", 404, "nothing"},
		{metric + "insights?limit=1001", 400, "limit"},
		{"/data/v1/video-views/abcd1234", 404, "abcd1234"},
		{"/data/v1/video-views/" + strings.Repeat("x", 5000), 404, "xxx…"},
		{"/data/v1/video-views/019df2b4-9c00-7000-8000-0000000000ff", 404, ""},
		{"/data/v1/video-views/019df2b4-9c00-7000-8000-00000000000f", 404, ""}, // of another environment
	} {
		typ := map[int]string{400: "invalid_parameters", 404: "not_found"}[tt.status]
		wantError(t, tt.target[:min(len(tt.target), 120)], get(t, h, tt.target), tt.status, typ, tt.says)
	}
}

// TestUnknownRoutes: they are 404 in JSON before the token is looked at, and
// ServeMux never answers by itself.
func TestUnknownRoutes(t *testing.T) {
	h := newAPI(t, stored(t))
	for _, tt := range []struct{ method, target string }{
		{"GET", "/"},
		{"GET", "/_stainless_unknown_path?limit=0&page=0"},
		{"GET", "/data/v1/nothing"},
		{"GET", "/data/v1/video-views/"},
		{"GET", "/data/v1//video-views"},
		{"GET", "/data/v1/./video-views"},
		{"GET", "/data/v1/metrics/../video-views"},
		{"GET", "/data/v1/video-views/a/b"},
		{"GET", "/data/v1/metrics/views/nothing"},
		{"GET", "/data/v1/subview-metrics/views/rendition/overall"},
		{"POST", "/data/v1/video-views"},
		{"DELETE", "/data/v1/video-views/abcd1234"},
		{"OPTIONS", "/data/v1/video-views"},
		{"OPTIONS", "*"},
	} {
		wantError(t, tt.method+" "+tt.target, send(t, h, tt.method, tt.target, ""), 404, "not_found", tt.method)
	}
}

func TestIgnoredParameters(t *testing.T) {
	h := newAPI(t, stored(t, fourViews(t)...))
	total := func(target string) int {
		var body struct {
			Total int `json:"total_row_count"`
		}
		w := get(t, h, target)
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%s: status %d: %s", target, w.Code, w.Body)
		}
		return body.Total
	}
	for target, want := range map[string]int{
		"/data/v1/video-views?asset_id=x":                                          4, // a route ignores what it does not have
		"/data/v1/video-views?filters[]=country:US":                                2,
		"/data/v1/video-views?filters%5B%5D=country%3AUS":                          2,
		"/data/v1/video-views?filters=country:US":                                  2,
		"/data/v1/video-views?filters[]=country:US&filters=country:FR":             3, // both spellings together
		"/data/v1/video-views?filters[]=country:US&filters[]=!browser:x":           2,
		"/data/v1/video-views?filters[]=+video_cdn_trace:fastly":                   1, // a plus sign that was not escaped
		"/data/v1/video-views?filters[]=video_title:Alpha:+the+<first>%20%26+only": 1,
		"/data/v1/video-views?error_id=7&error_id=any&error_id=8":                  0, // the last one counts
		"/data/v1/video-views?viewer_id=customer-1":                                1,
		"/data/v1/video-views?viewer_id=cookie-1":                                  1,
		"/data/v1/video-views?timeframe[]=10:minutes":                              1,
		"/data/v1/video-views?timeframe=1777887000&timeframe=1777896000":           4,
		"/data/v1/video-views?limit=1&page=2":                                      4,
	} {
		if got := total(target); got != want {
			t.Errorf("%s: total %d, want %d", target, got, want)
		}
	}
}

func TestAuthentication(t *testing.T) {
	h := newAPI(t, stored(t, fourViews(t)...))
	b64 := base64.StdEncoding.EncodeToString
	const views, whoami = "/data/v1/video-views", "/system/v1/whoami"
	for _, tt := range []struct {
		name, target, header string
		status               int
	}{
		{"basic", views, basic("reader", "secret"), 200},
		{"bearer in plain", views, "Bearer reader:secret", 200},
		{"bearer in base64", views, "Bearer " + b64([]byte("reader:secret")), 200},
		{"bearer in base64 without padding", views, "bearer " + base64.RawURLEncoding.EncodeToString([]byte("reader:secret")), 200},
		{"bearer in base64url", views, "Bearer " + base64.RawURLEncoding.EncodeToString([]byte("a?>?>b~~:secret")), 200},

		{"no header", views, "", 401},
		{"wrong secret", views, basic("reader", "Secret"), 401},
		{"unknown token", views, basic("nobody else", "secret"), 401},
		{"no colon", views, "Basic " + b64([]byte("reader")), 401},
		{"no base64", views, "Basic reader:secret", 401},
		{"bearer without secret", views, "Bearer reader", 401},
		{"bearer of nothing", views, "Bearer", 401},
		{"other scheme", views, "Digest reader:secret", 401},
		{"bad parameters too", views + "?limit=0", "", 401},

		{"without permission", views, basic("nobody", "secret"), 403},
		{"without permission, bad parameters too", views + "?limit=0", basic("nobody", "secret"), 403},
		{"whoami needs no permission", whoami, basic("nobody", "secret"), 200},
		{"whoami needs a token", whoami, "", 401},
		{"token of no environment", whoami, basic("orphan", "secret"), 500},
	} {
		w := send(t, h, "GET", tt.target, tt.header)
		switch tt.status {
		case 200:
			if w.Code != 200 {
				t.Errorf("%s: status %d: %s", tt.name, w.Code, w.Body)
			}
			continue
		case 401:
			wantError(t, tt.name, w, 401, "unauthorized", "token")
		case 403:
			wantError(t, tt.name, w, 403, "forbidden", "data:read")
		case 500:
			wantError(t, tt.name, w, 500, "internal_error", "")
		}
		if got := w.Header().Get("WWW-Authenticate") != ""; got != (tt.status == 401) {
			t.Errorf("%s: WWW-Authenticate there: %v", tt.name, got)
		}
	}
}

// TestEnvironmentsAreApart: a token sees its environment alone.
func TestEnvironmentsAreApart(t *testing.T) {
	h := newAPI(t, stored(t, fourViews(t)...))
	w := send(t, h, "GET", "/data/v1/dimensions/country", basic("other", "secret"))
	const want = `{"data":[{"value":"US","total_count":1}],"total_row_count":1,"timeframe":[1777809600,1777896000]}`
	if got := strings.TrimSpace(w.Body.String()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// brokenEngine answers everything in the same way.
type brokenEngine func(ctx context.Context) error

func (e brokenEngine) Aggregate(ctx context.Context, _ *query.Plan) (*query.Result, error) {
	return &query.Result{}, e(ctx)
}

func (e brokenEngine) List(ctx context.Context, _ *query.ListPlan) (*query.ListResult, error) {
	return &query.ListResult{}, e(ctx)
}

func (e brokenEngine) View(ctx context.Context, _ string, _ view.ID) (*view.View, error) {
	return nil, e(ctx)
}

func TestBrokenEngine(t *testing.T) {
	const overall = "/data/v1/metrics/views/overall"
	for _, tt := range []struct {
		name   string
		engine brokenEngine
		status int
		typ    string
		says   string
		logged bool
	}{
		{"error", func(context.Context) error { return errors.New("disk is on fire") }, 500, "internal_error", "request id", true},
		{"panic", func(context.Context) error { panic("disk is on fire") }, 500, "internal_error", "request id", true},
		{"no row", func(context.Context) error { return nil }, 500, "internal_error", "request id", true},
		{"busy", func(context.Context) error {
			return fmt.Errorf("query: %w", &fault.Error{Code: fault.Busy, Message: "too many queries", Err: errors.New("disk is on fire")})
		}, 503, "unavailable", "too many queries", false},
		{"too slow", func(ctx context.Context) error { <-ctx.Done(); return errors.New("interrupted") }, 503, "unavailable", "timeframe", false},
	} {
		var log strings.Builder
		h := newAPI(t, tt.engine, func(c *Config) {
			c.Logger = slog.New(slog.NewTextHandler(&log, nil))
			c.Timeout = time.Minute
			if tt.name == "too slow" {
				c.Timeout = time.Millisecond
			}
		})
		w := get(t, h, overall)
		wantError(t, tt.name, w, tt.status, tt.typ, tt.says)
		if strings.Contains(w.Body.String(), "fire") {
			t.Errorf("%s: the answer shows the cause: %s", tt.name, w.Body)
		}
		if got := strings.Contains(log.String(), w.Header().Get("X-Request-Id")); got != tt.logged {
			t.Errorf("%s: logged with the request id: %v, want %v; log: %s", tt.name, got, tt.logged, &log)
		}
		if got := w.Header().Get("Retry-After") != ""; got != (tt.status == 503) {
			t.Errorf("%s: Retry-After there: %v", tt.name, got)
		}
	}
}

// TestClientGone: nobody is told, and nothing is logged.
func TestClientGone(t *testing.T) {
	var log strings.Builder
	ctx, cancel := context.WithCancel(t.Context())
	engine := brokenEngine(func(ctx context.Context) error { cancel(); <-ctx.Done(); return ctx.Err() })
	h := newAPI(t, engine, func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	r := httptest.NewRequestWithContext(ctx, "GET", "/data/v1/metrics/views/overall", nil)
	r.SetBasicAuth("reader", "secret")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != statusGone || log.Len() > 0 {
		t.Errorf("status %d, want %d; log: %s", w.Code, statusGone, &log)
	}
}
