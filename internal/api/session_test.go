package api

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/meta"
)

// browser is a browser with a page of the server, or of elsewhere.
type browser struct {
	t      *testing.T
	api    http.Handler
	cookie string
	header map[string]string // of each of its requests
}

// send sends a request and keeps the cookie that is answered.
func (b *browser) send(method, target, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), method, target, strings.NewReader(body))
	for name, value := range b.header {
		r.Header.Set(name, value)
	}
	if b.cookie != "" {
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: b.cookie})
	}
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	b.api.ServeHTTP(w, r)
	checkAnswer(b.t, r, w)
	for _, c := range w.Result().Cookies() {
		b.cookie = c.Value
	}
	return w
}

// signIn signs in with a token of newControl.
func (b *browser) signIn(token string) *httptest.ResponseRecorder {
	b.t.Helper()
	w := b.send("PUT", "/session", `{"id":"`+token+`","secret":"secret"}`)
	if w.Code != 200 {
		b.t.Fatalf("sign in: status %d: %s", w.Code, w.Body)
	}
	return w
}

func (b *browser) want(what string, w *httptest.ResponseRecorder, status int) {
	b.t.Helper()
	if w.Code != status {
		b.t.Errorf("%s: status %d, want %d: %s", what, w.Code, status, w.Body)
	}
}

// TestSessions signs in, asks, and signs out.
func TestSessions(t *testing.T) {
	c := newControl(t)
	b := &browser{t: t, api: c, header: map[string]string{"Sec-Fetch-Site": "same-origin", "X-Requested-With": "a page"}}
	const whoami = "/system/v1/whoami"

	w := b.send("GET", whoami, "")
	b.want("nobody is signed in", w, 401)
	if diff := cmp.Diff([]string{`Bearer realm="Playhead"`}, w.Header().Values("WWW-Authenticate")); diff != "" {
		t.Errorf("the browser would ask for a password (-want +got):\n%s", diff)
	}

	in := b.signIn("shop data read")
	if got, want := in.Header().Get("Set-Cookie"), "playhead_session="+b.cookie+"; Max-Age=2592000; HttpOnly; SameSite=Strict"; got != want {
		t.Errorf("cookie %q, want %q", got, want)
	}
	w = b.send("GET", whoami, "")
	if w.Body.String() != in.Body.String() || !strings.Contains(w.Body.String(), `"environment_name":"shop"`) {
		t.Errorf("who is signed in: %s; at the sign-in it was %s", w.Body, in.Body)
	}
	b.want("the permission", b.send("GET", "/data/v1/video-views", ""), 200)
	b.want("another permission", b.send("GET", "/system/v1/tokens", ""), 403)

	header := func(value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", value) }
	}
	b.want("a header goes before the cookie", b.send("GET", "/system/v1/tokens", "", header(basic("shop system read", "secret"))), 200)
	b.want("also a wrong one", b.send("GET", whoami, "", header(basic("shop system read", "wrong"))), 401)
	b.want("also one that is none", b.send("GET", whoami, "", header("nonsense")), 401)

	first := b.cookie
	b.signIn("news data read")
	b.want("the session before ended", (&browser{t: t, api: c, cookie: first}).send("GET", whoami, ""), 401)
	b.want("a wrong secret", b.send("PUT", "/session", `{"id":"shop data read","secret":"wrong"}`), 401)
	b.want("it changes nothing", b.send("GET", whoami, ""), 200)

	second := b.cookie
	w = b.send("DELETE", "/session", "")
	b.want("sign out", w, 204)
	if got, want := w.Header().Get("Set-Cookie"), "playhead_session=; Max-Age=0; HttpOnly; SameSite=Strict"; got != want {
		t.Errorf("cookie %q, want %q", got, want)
	}
	b.want("signed out", (&browser{t: t, api: c, cookie: second}).send("GET", whoami, ""), 401)
	b.want("signed out again", b.send("DELETE", "/session", ""), 204)

	for body, status := range map[string]int{``: 400, `{"id":"a"}`: 400, `{"id":1,"secret":"s"}`: 400, `{"id":"","secret":""}`: 401} {
		b.want("sign in with "+body, b.send("PUT", "/session", body), status)
	}
}

// TestSessionCookies sends cookies that are none of ours too, and several.
func TestSessionCookies(t *testing.T) {
	c := newControl(t)
	b := &browser{t: t, api: c}
	b.signIn("shop data read")
	for cookies, status := range map[string]int{
		"":                   401,
		"playhead_session=":  401,
		"playhead_session=x": 401,
		"other=" + b.cookie:  401,
		"playhead_session=x; a=1; playhead_session=" + b.cookie: 200, // of another prefix
	} {
		w := (&browser{t: t, api: c, header: map[string]string{"Cookie": cookies}}).send("GET", "/system/v1/whoami", "")
		b.want("cookies "+cookies, w, status)
	}
}

// TestSecureCookie: over TLS the cookie is only sent over TLS.
func TestSecureCookie(t *testing.T) {
	c := newControl(t)
	for what, change := range map[string]func(*http.Request){
		"tls":                       func(r *http.Request) { r.TLS = &tls.ConnectionState{} },
		"a proxy that tells":        func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "HTTPS") },
		"a proxy that tells not":    func(r *http.Request) { r.Header.Set("Origin", "https://example.com") }, // httptest asks example.com
		"http":                      func(r *http.Request) { r.Header.Set("Origin", "http://example.com") },
		"http, and a proxy tells":   func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "http") },
		"http, and nothing is told": func(*http.Request) {},
	} {
		b := &browser{t: t, api: c}
		w := b.send("PUT", "/session", `{"id":"shop data read","secret":"secret"}`, change)
		b.want(what, w, 200)
		if got := w.Result().Cookies()[0].Secure; got == strings.HasPrefix(what, "http") {
			t.Errorf("%s: secure is %v", what, got)
		}
	}
}

// TestSessionEndsWithItsToken: it stands for the token as it is now.
func TestSessionEndsWithItsToken(t *testing.T) {
	c := newControl(t)
	b := &browser{t: t, api: c}
	b.signIn("shop data read")
	b.want("before", b.send("GET", "/system/v1/whoami", ""), 200)
	c.run(t, []step{{token: "shop system write", method: "DELETE", target: "/system/v1/tokens/shop data read", status: 204}})
	b.want("after its token was revoked", b.send("GET", "/system/v1/whoami", ""), 401)
	b.want("sign in again", b.send("PUT", "/session", `{"id":"shop data read","secret":"secret"}`), 401)
}

// TestForeignPages: with the cookie, a page of another origin changes nothing; the
// server's own pages do, also behind proxies, and so does who sends a token.
func TestForeignPages(t *testing.T) {
	const own, behind = "http://example.com", "https://playhead.example.org"
	const note = `{"note":"a","date":1777896000}`
	for _, tt := range []struct {
		name, public string
		header       map[string]string
		allowed      bool
	}{
		{"the server's page", "", map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": own}, true},
		{"a proxy asks by another host", "", map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": behind}, true},
		{"the address bar", "", map[string]string{"Sec-Fetch-Site": "none"}, true},
		{"another site", "", map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, false},
		{"another site that hides", "", map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "null"}, false},
		{"another host of the site", "", map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "http://other.example.com"}, false},
		{"another port", "", map[string]string{"Sec-Fetch-Site": "same-site", "Origin": own + ":81"}, false},
		{"without TLS browsers tell the origin alone", "", map[string]string{"Origin": own}, true},
		{"of another site too", "", map[string]string{"Origin": "http://evil.example"}, false},
		{"or hide it", "", map[string]string{"Origin": "null"}, false},
		{"a proxy asks by another host, without TLS", "", map[string]string{"Origin": "http://playhead.example.org"}, false},
		{"which public-url names", "http://Playhead.example.org/board/", map[string]string{"Origin": "http://playhead.example.org"}, true},
		{"with a port that browsers leave out", "http://playhead.example.org:80", map[string]string{"Origin": "http://playhead.example.org"}, true},
		{"another port than public-url names", "http://playhead.example.org:81", map[string]string{"Origin": "http://playhead.example.org"}, false},
		{"but no other", "http://playhead.example.org", map[string]string{"Origin": "http://playhead.example.org.evil.example"}, false},
		{"no browser", "", nil, true},
	} {
		c := newControl(t, func(c *Config) { c.PublicURL = tt.public })
		b := &browser{t: t, api: c}
		for _, request := range []struct {
			method, target, body string
			status               int
		}{
			{"POST", "/data/v1/annotations", note, 201},
			{"PUT", "/session", `{"id":"shop data write","secret":"secret"}`, 200},
			{"DELETE", "/session", "", 204},
		} {
			b.header = nil
			b.signIn("shop data write")
			cookie := b.cookie
			b.header = tt.header
			w, what := b.send(request.method, request.target, request.body), tt.name+": "+request.method+" "+request.target
			if tt.allowed {
				b.want(what, w, request.status)
				continue
			}
			b.want(what, w, 403)
			if b.cookie != cookie {
				t.Errorf("%s: it is refused, but sets a cookie", what)
			}
			b.header = nil
			b.want(what+": the session goes on", b.send("GET", "/system/v1/whoami", ""), 200)
		}
		list, err := c.store.Annotations(t.Context(), c.names["shop"], meta.AnnotationPage{Limit: 10})
		if err != nil || (list.Total == 1) != tt.allowed {
			t.Errorf("%s: %d annotations are there, %v", tt.name, list.Total, err)
		}
		b.header = tt.header
		w := b.send("POST", "/data/v1/annotations", note, func(r *http.Request) { r.Header.Set("Authorization", basic("shop data write", "secret")) })
		b.want(tt.name+": with a token", w, 201)
	}
}
