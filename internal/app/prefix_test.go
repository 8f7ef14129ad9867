package app

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"playhead/internal/api"
)

// TestBelow checks which paths the server sees.
func TestBelow(t *testing.T) {
	seen := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.EscapedPath()+"?"+r.URL.RawQuery) })
	for _, tt := range []struct{ publicURL, path, want string }{
		{"https://example.com/playhead/", "/playhead/ui/a?b=%2F", "/ui/a?b=%2F"},
		{"https://example.com/playhead", "/playhead/", "/?"},
		{"https://example.com/playhead", "/playhead", "to playhead/"},
		{"https://example.com/a/b", "/a/b", "to b/"},
		{"https://example.com/a/b", "/a/b/exports/1/x%2Fy", "/exports/1/x%2Fy?"},
		{"https://example.com/a%20b", "/a%20b/ui/%C3%A9%2f", "/ui/%C3%A9%2f?"},
		{"https://example.com/playhead", "/playheads/ui/", "/playheads/ui/?"}, // of something else
		{"https://example.com/playhead", "/ui/", "/ui/?"},                     // its proxy takes the prefix off
		{"https://example.com/playhead", "/playhead/playhead/", "/playhead/?"},
		{"https://example.com/", "/ui/", "/ui/?"},
		{"", "/ui/", "/ui/?"},
	} {
		prefix, err := prefixOf(tt.publicURL)
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		below(prefix, seen).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, tt.path, http.NoBody))
		got := w.Body.String()
		if to := w.Header().Get("Location"); to != "" {
			got = "to " + to
		}
		if got != tt.want {
			t.Errorf("%s: %s is %q, want %q", tt.publicURL, tt.path, got, tt.want)
		}
	}
}

// TestOwnPaths: no path of the API begins as a prefix may.
func TestOwnPaths(t *testing.T) {
	for _, p := range api.Document().Paths {
		if first := strings.Split(p.Name, "/")[1]; !slices.Contains(ownPaths, first) {
			t.Errorf("%s: %s is not among the paths that no prefix begins with", p.Name, first)
		}
	}
}

// behind starts a proxy in front of a server, below a prefix that it takes off or
// not, and returns the URL of the server as browsers have it.
func behind(t *testing.T, server *url.URL, prefix string, takesOff bool) string {
	t.Helper()
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(server) // its Host is that of the server
		if takesOff {
			r.Out.URL.Path, r.Out.URL.RawPath = strings.TrimPrefix(r.In.URL.Path, prefix), ""
		}
	}}
	mux := http.NewServeMux()
	mux.Handle(prefix+"/", proxy)
	front := httptest.NewServer(mux)
	t.Cleanup(front.Close)
	return front.URL + prefix
}

// TestBehindProxies uses the dashboard's page, its assets, a session and the API
// as a browser does, below a prefix that the proxy takes off, and below one that it
// does not.
func TestBehindProxies(t *testing.T) {
	for name, takesOff := range map[string]bool{"taken off": true, "not taken off": false} {
		t.Run(name, func(t *testing.T) {
			const prefix = "/tools/playhead"
			cfg := testConfig(t)
			if !takesOff {
				cfg.PublicURL = "https://video.example.com" + prefix
			}
			a := start(t, cfg)
			server, err := url.Parse(a.API())
			if err != nil {
				t.Fatal(err)
			}
			base := behind(t, server, prefix, takesOff)
			jar, err := cookiejar.New(nil)
			if err != nil {
				t.Fatal(err)
			}
			b := &person{t, &http.Client{Jar: jar}}

			at, page := b.get(base + "/")
			if at != base+"/ui/" {
				t.Errorf("the root leads to %s, want %s", at, base+"/ui/")
			}
			if !takesOff {
				if at, _ := b.get(base); at != base+"/ui/" {
					t.Errorf("without its slash it leads to %s", at)
				}
			}
			_, deep := b.get(base + "/ui/views/018f?range=24:hours")
			if want := `<base href="../">`; !strings.Contains(deep, want) {
				t.Errorf("want %s in %s", want, deep)
			}
			script := regexp.MustCompile(`src="(assets/main.js[^"]*)"`).FindStringSubmatch(page)
			if script == nil {
				t.Fatalf("no script in %s", page)
			}
			if _, code := b.get(base + "/ui/" + script[1]); len(code) < 1000 {
				t.Errorf("the script is %q", code)
			}

			if status, _ := b.send(http.MethodGet, base+"/system/v1/whoami", ""); status != 401 {
				t.Errorf("nobody is signed in: status %d", status)
			}
			if status, text := b.send(http.MethodPut, base+"/session", `{"id":"id","secret":"secret"}`); status != 200 {
				t.Fatalf("sign in: status %d: %s", status, text)
			}
			var who struct {
				Data struct {
					Name string `json:"environment_name"`
				}
			}
			_, text := b.get(base + "/system/v1/whoami")
			if err := json.Unmarshal([]byte(text), &who); err != nil || who.Data.Name == "" {
				t.Errorf("who is signed in: %v in %s", err, text)
			}
			front, err := url.Parse(base)
			if err != nil {
				t.Fatal(err)
			}
			beside := front.ResolveReference(&url.URL{Path: "/tools/other/"})
			if of, kept := jar.Cookies(front.JoinPath("data", "v1")), jar.Cookies(beside); len(of) != 1 || len(kept) != 0 {
				t.Errorf("cookies %v below the prefix, %v beside it; want one and none", of, kept)
			}
			if status, text := b.send(http.MethodDelete, base+"/session", ""); status != 204 {
				t.Errorf("sign out: status %d: %s", status, text)
			}
			if left := jar.Cookies(front.JoinPath("data")); len(left) != 0 {
				t.Errorf("cookies after it: %v", left)
			}
		})
	}
}

// person uses the server with a browser.
type person struct {
	t      *testing.T
	client *http.Client
}

// get returns where a URL has led to, and what is there.
func (p *person) get(target string) (at, text string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, target, http.NoBody)
	if err != nil {
		p.t.Fatal(err)
	}
	answer, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != 200 {
		p.t.Fatalf("%s: status %d, %v: %s", target, answer.StatusCode, err, content)
	}
	return answer.Request.URL.String(), string(content)
}

// send sends a request of a page of the server.
func (p *person) send(method, target, body string) (status int, text string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Origin", "http://"+r.URL.Host)
	answer, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer.StatusCode, string(content)
}
