package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"playhead/internal/catalog"
	"playhead/internal/meta"
)

// FuzzRequest sends whatever the fuzzer makes of good and bad requests: an
// answer never tells of a fault of the server, and always has the shape that
// clients can read. Run it longer with
//
//	go test ./internal/api -run '^$' -fuzz FuzzRequest -fuzztime 1m
func FuzzRequest(f *testing.F) {
	c := newControl(f)
	all := meta.NewToken{Name: "all", EnvironmentID: c.names["shop"], Permissions: meta.Permissions}
	if _, err := c.store.ImportToken(f.Context(), all, "fuzz token", "secret"); err != nil {
		f.Fatal(err)
	}
	views := fourViews(f)
	for _, v := range views {
		v.SetText(catalog.MustColumn("environment_id"), c.names["shop"])
	}
	h := newAPI(f, stored(f, views...), func(config *Config) { config.Records, config.Realtime = c.store, inEnvironment(c.names["shop"]) })
	for _, s := range requestSeeds() {
		f.Add(s.method, s.target, s.authorization, s.body)
	}
	f.Fuzz(func(t *testing.T, method, target, authorization string, body []byte) {
		if authorization == "" {
			authorization = basic("fuzz token", "secret")
		}
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(
			method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + authorization + "\r\n\r\n")))
		if err != nil {
			return // it does not get past package http
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		w := httptest.NewRecorder()
		ctx, leave := context.WithCancel(t.Context())
		defer leave()
		h.ServeHTTP(leaver{w, leave}, r.WithContext(ctx))
		checkAnswer(t, r, w)
	})
}

// leaver is a client that goes once a stream has begun.
type leaver struct {
	*httptest.ResponseRecorder
	leave func()
}

func (l leaver) Flush() { l.leave() }

// checkAnswer checks what all answers have to be, whatever was asked: no fault
// of the server, errors in the shape that clients read (of which 429 has two),
// and all else as the reference of the API describes it.
func checkAnswer(t *testing.T, r *http.Request, w *httptest.ResponseRecorder) {
	t.Helper()
	asked := fmt.Sprintf("%s %q", r.Method, r.RequestURI)
	if w.Code >= 500 {
		t.Errorf("%s: status %d: %s", asked, w.Code, w.Body)
	}
	if len(w.Header().Get("X-Request-Id")) != 20 {
		t.Errorf("%s: X-Request-Id is %q, want 20 letters", asked, w.Header().Get("X-Request-Id"))
	}
	if w.Code >= 400 {
		var refused limitedBody
		if err := json.Unmarshal(w.Body.Bytes(), &refused); err != nil || refused.Error.Type == "" || len(refused.Error.Messages) != 1 || refused.Error.Messages[0] == "" {
			t.Errorf("%s: status %d: %v in %s; want a type and a message", asked, w.Code, err, w.Body)
		}
		if (len(refused.Errors) > 0) != (w.Code == http.StatusTooManyRequests) {
			t.Errorf("%s: status %d: %s; want the flat shape of errors with 429 alone", asked, w.Code, w.Body)
		}
	}
	check, err := checker()
	if err != nil {
		t.Fatal(err)
	}
	if err := check.Check(r.Method, r.URL, w.Code, w.Header(), w.Body.Bytes()); err != nil {
		t.Errorf("%s: %v", asked, err)
	}
}

// requestSeed is what the fuzzer begins with. No authorization stands for a
// token that may do everything.
type requestSeed struct {
	method, target, authorization string
	body                          []byte
}

// paramSeeds are values of parameters, good and bad ones, that one of the
// parameters has a special meaning for. The fuzzer puts them where it likes.
var paramSeeds = []string{
	"", "0", "1", "-1", "1001", "1e9", "99999999999999999999", "true", "asc", "any", "hour", "minute", "country", "video_cdn_trace", "views",
	"24:hours", "0:hours", "9214646400:weeks", "country:US", "!country:US", "+video_cdn_trace:a", "video_cdn_trace:[a,b]", "video_cdn_trace:[",
	"asn:15169", "asn:x", "exit_before_video_start:maybe", "video_startup_time>=1000", "views>1", "=", "95th", "sum", "a:b:c", "%ff", "%00", "%",
	"eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.e30.x",
	"60:seconds", "601:seconds", "1777895990", "1777809600", "asn", "view_has_ad", "!cdn:akamai", "view_has_ad:true", "field", "concurent_viewers",
}

// seedPath is a path of a route where there is something.
func seedPath(pattern string) string {
	id := "video_startup_time"
	switch {
	case strings.HasSuffix(pattern, "/histogram-timeseries"):
		id = "video-startup-time"
	case strings.Contains(pattern, "/monitoring/"), strings.Contains(pattern, "/realtime/"):
		id = "current-average-bitrate"
	}
	return strings.NewReplacer("{id}", id, "{type}", "rendition", "{code}", "2001").Replace(pattern)
}

// requestSeeds has each route with each of its parameters and each kind of
// body, and requests that are none.
func requestSeeds() []requestSeed {
	var list []requestSeed
	for i := range routes {
		r := &routes[i]
		add := func(query string, bodies ...string) {
			for _, body := range append(bodies, "") {
				list = append(list, requestSeed{r.method, seedPath(r.pattern) + query, "", []byte(body)})
			}
		}
		add("", "{}", "[]", "{", `{"note":"a","date":1777896000}`, `{"name":1,"permissions":["data:read"]}`,
			`{"name":"a","metric":"playback-failure-percentage","threshold":5,"filters":["country:US","!cdn:"]}`, `{"name":"a","kind":"webhook","target":"https://example.com/?a"}`)
		for j, p := range r.params {
			name := url.QueryEscape(p.name)
			if p.array {
				name += "%5B%5D"
			}
			for k := range paramSeeds {
				if (i+j+k)%4 == 0 { // a quarter of them for each
					add("?" + name + "=" + paramSeeds[k])
				}
			}
		}
	}
	return append(list,
		requestSeed{"GET", "/", "", nil},
		requestSeed{"OPTIONS", "*", "", nil},
		requestSeed{"GET", "/data/v1//video-views", "", nil},
		requestSeed{"GET", "/data/v1/video-views/%00%ff", "", nil},
		requestSeed{"GET", "http://other/data/v1/video-views", "", nil},
		requestSeed{"HEAD", "/data/v1/video-views", "", nil},
		requestSeed{"BREW", "/data/v1/video-views?limit=0", "Bearer \xff", nil},
		requestSeed{"GET", "/data/v1/video-views", "Basic Og==", nil},
		requestSeed{"GET", "/data/v1/monitoring/metrics/exits-before-video-start/breakdown?dimension=country&timestamp=1777895990&order_by=negative_impact&filters[]=!asn:7018", "", nil},
		requestSeed{"GET", "/data/v1/video-views?timeframe[]=1777887000&timeframe[]=1777896000&filters=country:US", "", nil},
	)
}
