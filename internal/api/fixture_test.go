package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"playhead/internal/fault"
	"playhead/internal/incident/recorded"
	"playhead/internal/meta"
	"playhead/internal/openapi/openapitest"
	"playhead/internal/query"
	"playhead/internal/store/memory"
	"playhead/internal/store/storetest"
	"playhead/internal/view"
)

// now is the time of all tests: noon of 4 May 2026, 1777896000 s since 1970.
var now = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// at is a time of that day in ms since 1970.
func at(clock string) float64 {
	t, err := time.Parse("2006-01-02T15:04:05", "2026-05-04T"+clock)
	if err != nil {
		panic(err)
	}
	return float64(t.UnixMilli())
}

// row is the known columns of a view.
type row = storetest.Fields

// makeView makes a view whose id ends in two digits.
func makeView(t testing.TB, digits string, columns row) *view.View {
	t.Helper()
	id, err := view.ParseID("019df2b4-9c00-7000-8000-0000000000" + digits)
	if err != nil {
		t.Fatal(err)
	}
	v := view.New(id)
	storetest.Set(t, v, columns)
	return v
}

// fourViews are the views that the golden answers are computed from by hand,
// and two that must never be seen.
func fourViews(t testing.TB) []*view.View {
	a := makeView(t, "0a", row{
		"environment_id": "env1", "view_id": "sdk-a", "view_start": at("10:00:00"), "view_end": at("10:10:00"), "viewer_key": 1,
		"country": "US", "browser": "Chrome", "operating_system": "OS X", "video_title": "Alpha: the <first> & only", "asn": 15169,
		"watch_time": 600000, "playing_time": 590000, "video_startup_time": 400, "video_cdn_trace": []string{"fastly", "akamai"},
		"exit_before_video_start": false, "playback_failure": false, "viewer_experience_score": 0.95, "mux_viewer_id": "cookie-1",
		"error_types": []string{view.JoinParts("9", "warning", "false", "3", "bad <frame>")},
		"rendition_playing_times": []string{
			view.JoinParts("2500000", "1280", "720", "30", "avc1", "720p", "1000"), view.JoinParts("800000", "640", "360", "30", "avc1", "360p", "500"),
		},
		"playback_mode_playing_times": []string{view.JoinParts("standard", "1200"), view.JoinParts("fullscreen", "300")},
	})
	b := makeView(t, "0b", row{
		"environment_id": "env1", "view_id": "sdk-b", "view_start": at("10:30:00"), "view_end": at("10:40:00"), "viewer_key": 1,
		"country": "US", "browser": "Safari", "operating_system": "iOS", "asn": 7018,
		"watch_time": 300000, "playing_time": 290000, "video_startup_time": 800, "rebuffer_duration": 2500,
		"exit_before_video_start": false, "playback_failure": true, "viewer_experience_score": 0, "viewer_user_id": "customer-1",
		"error_type_id": 7, "player_error_code": "1001", "player_error_message": "cannot decode",
		"error_types":                 []string{view.JoinParts("9", "warning", "false", "3", "bad <frame>"), view.JoinParts("7", "fatal", "false", "1001", "cannot decode")},
		"rendition_playing_times":     []string{view.JoinParts("2500000", "1280", "720", "30", "avc1", "720p", "400")},
		"playback_mode_playing_times": []string{view.JoinParts("pip", "400")},
	})
	c := makeView(t, "0c", row{
		"environment_id": "env1", "view_id": "sdk-c", "view_start": at("11:15:00"), "view_end": at("11:20:00"), "viewer_key": 2,
		"country": "FR", "browser": "Chrome", "operating_system": "Android", "video_title": "Beta",
		"watch_time": 100000, "playing_time": 90000,
		"exit_before_video_start": true, "playback_failure": false,
		"error_types": []string{view.JoinParts("12", "fatal", "true", "geo-blocked", "")},
	})
	d := makeView(t, "0d", row{
		"environment_id": "env1", "view_id": "sdk-d", "view_start": at("11:50:00"), "view_end": at("11:55:00") + 999, "viewer_key": 3,
		"watch_time": 50000, "playing_time": 45000, "video_startup_time": 1000,
		"exit_before_video_start": false, "playback_failure": false,
		"rendition_playing_times":     []string{view.JoinParts("", "1280", "720", "", "hvc1", "", "70")},
		"playback_mode_playing_times": []string{view.JoinParts("standard", "70")},
	})
	old := makeView(t, "0e", row{"environment_id": "env1", "view_start": at("10:00:00") - 5*86_400_000, "view_end": at("10:00:00") - 5*86_400_000, "country": "US", "watch_time": 1, "video_startup_time": 1})
	foreign := makeView(t, "0f", row{"environment_id": "env2", "view_start": at("10:00:00"), "view_end": at("10:00:00"), "country": "US", "watch_time": 1, "video_startup_time": 1})
	return []*view.View{a, b, c, d, old, foreign}
}

// records are tokens and environments in memory. The secret of every token is
// "secret". Whatever else they are asked for is a panic: see newControl.
type records struct{ Records }

var environments = map[string]meta.Environment{
	"env1": {ID: "env1", Property: 18922, Name: "default", Type: "production", IngestKey: "key1"},
	"env2": {ID: "env2", Property: 2, Name: "other", Type: "development", IngestKey: "key2"},
}

var tokens = map[string]meta.Token{
	"reader":   {ID: "reader", Name: "my token", EnvironmentID: "env1", Permissions: []meta.Permission{meta.DataRead, meta.SystemRead}},
	"other":    {ID: "other", Name: "other", EnvironmentID: "env2", Permissions: meta.Permissions},
	"nobody":   {ID: "nobody", Name: "nobody", EnvironmentID: "env1", Permissions: []meta.Permission{meta.SystemRead}},
	"orphan":   {ID: "orphan", Name: "orphan", EnvironmentID: "gone", Permissions: meta.Permissions},
	"a?>?>b~~": {ID: "a?>?>b~~", Name: "odd", EnvironmentID: "env1", Permissions: meta.Permissions},
}

func (records) Authenticate(id, secret string) (meta.Token, bool) {
	t, ok := tokens[id]
	return t, ok && secret == "secret"
}

// Session is asked for by requests without a header.
func (records) Session(string) (meta.Token, bool) { return meta.Token{}, false }

func (records) EnvironmentByID(id string) (meta.Environment, bool) {
	e, ok := environments[id]
	return e, ok
}

func (records) Environments() []meta.Environment {
	return []meta.Environment{environments["env1"], environments["env2"]}
}

func (records) ErrorNotes(environment string) map[int64]string {
	return map[string]map[int64]string{"env1": {7: "a helpful note"}}[environment]
}

func (records) ErrorCategories(environment string) []meta.ErrorCategory {
	return map[string][]meta.ErrorCategory{"env1": {{Code: "geo-blocked", Severity: "warning", BusinessException: true}}}[environment]
}

// Incidents are three recorded ones, of env1; of a page only its limit is looked at.
func (records) Incidents(_ context.Context, environment string, p meta.IncidentPage) (meta.IncidentList, error) {
	if environment != "env1" {
		return meta.IncidentList{}, nil
	}
	all := recorded.Incidents()
	return meta.IncidentList{Incidents: all[:min(p.Limit, len(all))], Total: len(all)}, nil
}

func (records) Incident(_ context.Context, environment, id string) (meta.Incident, error) {
	for _, i := range recorded.Incidents() {
		if environment == "env1" && i.ID == id {
			return i, nil
		}
	}
	return meta.Incident{}, fault.New(fault.NotFound, "there is no incident %s", id)
}

func (records) IncidentsNear(context.Context, string, time.Time, int) ([]meta.Incident, error) {
	return recorded.Incidents(), nil
}

func (records) NotificationsOf(context.Context, []string) (map[string][]meta.Notification, error) {
	by := map[string][]meta.Notification{}
	for _, n := range recorded.Notifications() {
		by[n.IncidentID] = append(by[n.IncidentID], n)
	}
	return by, nil
}

// newAPI makes the API over an engine.
func newAPI(t testing.TB, e query.Engine, change ...func(*Config)) http.Handler {
	t.Helper()
	c := Config{Engine: e, Records: records{}, Clock: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler), Backups: &textBackup{}, Ingest: someIngest{}, Exports: Exports{Views: &someViews{}}}
	for _, f := range change {
		f(&c)
	}
	h, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// stored makes an engine with views.
func stored(t testing.TB, views ...*view.View) query.Engine {
	t.Helper()
	s := memory.New()
	if err := s.Commit(t.Context(), view.Batch{Views: views}); err != nil {
		t.Fatal(err)
	}
	return s
}

// basic is the header of a token.
func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

// get asks with the token "reader".
func get(t *testing.T, h http.Handler, target string) *httptest.ResponseRecorder {
	t.Helper()
	return send(t, h, http.MethodGet, target, basic("reader", "secret"))
}

// send asks, and checks what every answer has.
func send(t *testing.T, h http.Handler, method, target, authorization string) *httptest.ResponseRecorder {
	t.Helper()
	return sendBody(t, h, method, target, authorization, "")
}

// sendBody sends a body too.
func sendBody(t *testing.T, h http.Handler, method, target, authorization, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	want := map[string]string{
		"Content-Type":  "application/json; charset=utf-8",
		"Cache-Control": "max-age=0, private, must-revalidate",
	}
	if w.Code == http.StatusNoContent {
		want["Content-Type"] = ""
	}
	for header, want := range want {
		if got := w.Header().Get(header); got != want {
			t.Errorf("%s %s: %s is %q, want %q", method, target, header, got, want)
		}
	}
	id := w.Header().Get("X-Request-Id")
	if raw, err := base64.RawURLEncoding.DecodeString(id); err != nil || len(raw) != 15 || len(id) != 20 {
		t.Errorf("%s %s: X-Request-Id is %q, want 20 letters of base64url", method, target, id)
	}
	for header := range w.Header() {
		if strings.HasPrefix(header, "Access-Control-") {
			t.Errorf("%s %s: has the CORS header %s", method, target, header)
		}
	}
	c, err := checker()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Check(method, r.URL, w.Code, w.Header(), w.Body.Bytes()); err != nil {
		t.Errorf("%s %s: %v", method, target, err)
	}
	return w
}

// checker holds every answer of these tests against the API's own description.
var checker = sync.OnceValues(func() (*openapitest.Checker, error) {
	document, err := json.Marshal(Document())
	if err != nil {
		return nil, err
	}
	return openapitest.New(document)
})
