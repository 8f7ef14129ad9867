package web

import (
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
)

func newHandler(t *testing.T) http.Handler {
	t.Helper()
	h, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(t *testing.T, h http.Handler, target string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var linked = regexp.MustCompile(`(?:href|src)="([^"]+)"`)

// TestPage: whatever the path of a screen, and whatever the prefix that a proxy
// has taken off, the base of the page is where the dashboard is.
func TestPage(t *testing.T) {
	h := newHandler(t)
	for _, path := range []string{
		"/ui", "/ui/", "/ui/views", "/ui/views/", "/ui/views/018f/", "/ui/views/018f?range=24:hours&filter=a:%2Fb/c", "/ui//views",
		"/ui/views/a%2Fb", "/ui/a/b/c/d", "/ui/%22%3E%3Cscript%3E", "/ui/a:b", "/ui/assets", "/ui/assetsx/a",
	} {
		answer := get(t, h, path)
		page := body(t, answer.Body)
		if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "text/html; charset=utf-8" || answer.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: status %d, headers %v", path, answer.StatusCode, answer.Header)
		}
		links := linked.FindAllStringSubmatch(page, -1)
		if len(links) < 4 { // the base and three assets
			t.Fatalf("%s: links %q in %s", path, links, page)
		}
		for _, prefix := range []string{"", "/playhead", "/a/b"} {
			at, err := url.Parse("https://example.com" + prefix + path)
			if err != nil {
				t.Fatal(err)
			}
			base, err := at.Parse(links[0][1])
			if err != nil {
				t.Fatal(err)
			}
			if want := "https://example.com" + prefix + "/ui/"; base.String() != want {
				t.Errorf("%s below %q: the base is %s, want %s", path, prefix, base, want)
			}
		}
		for _, link := range links[1:] {
			if strings.HasPrefix(link[1], "/") || strings.Contains(link[1], "://") {
				t.Errorf("%s: links to %s, want what is relative to the base", path, link[1])
			}
		}
	}
}

// TestAssetsOfPage: what the page links to is there, and may be kept for ever.
func TestAssetsOfPage(t *testing.T) {
	h := newHandler(t)
	types := map[string]string{"main.js": "text/javascript; charset=utf-8", "main.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}
	for _, link := range linked.FindAllStringSubmatch(body(t, get(t, h, "/ui/").Body), -1) {
		name, isAsset := strings.CutPrefix(link[1], "assets/")
		if !isAsset {
			continue
		}
		answer := get(t, h, Path+link[1])
		name, _, _ = strings.Cut(name, "?")
		if got := answer.Header.Get("Content-Type"); answer.StatusCode != 200 || got != types[name] {
			t.Errorf("%s: status %d, type %q, want %q", link[1], answer.StatusCode, got, types[name])
		}
		if got := answer.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", link[1], got)
		}
		plain := body(t, answer.Body)
		delete(types, name)
		for _, query := range []string{"", "?v=of+another+build"} {
			answer := get(t, h, Path+"assets/"+name+query)
			if got := answer.Header.Get("Cache-Control"); got != "no-cache" || body(t, answer.Body) != plain {
				t.Errorf("%s%s: Cache-Control %q, want no-cache and the asset of now", name, query, got)
			}
		}
	}
	if len(types) > 0 {
		t.Errorf("the page does not link to %v", types)
	}
	for _, target := range []string{"/ui/assets/", "/ui/assets/none.js", "/ui/assets/../page.html", "/ui/assets/dist/main.js"} {
		if got := get(t, h, target); got.StatusCode != 404 {
			t.Errorf("%s: status %d, want 404", target, got.StatusCode)
		}
	}
}

// TestTypesAreOurs: what the machine takes scripts for does not matter.
func TestTypesAreOurs(t *testing.T) {
	const ours = "text/javascript; charset=utf-8"
	defer mime.AddExtensionType(".js", ours) // as it was
	if err := mime.AddExtensionType(".js", "text/plain"); err != nil {
		t.Fatal(err)
	}
	if got := get(t, newHandler(t), "/ui/assets/main.js").Header.Get("Content-Type"); got != ours {
		t.Errorf("type %q, want %q", got, ours)
	}
}

// TestGzip: assets are packed for who says to read that, and are the same.
func TestGzip(t *testing.T) {
	h := newHandler(t)
	const target = "/ui/assets/main.js"
	plain := get(t, h, target)
	want := body(t, plain.Body)
	for accepts, packed := range map[string]bool{"gzip": true, "br, gzip": true, "deflate,gzip , zstd": true, "": false, "br": false, "gzipped": false, "gzip;q=0": false} {
		answer := get(t, h, target, "Accept-Encoding", accepts)
		if got := answer.Header.Get("Content-Encoding") == "gzip"; got != packed || answer.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("accepts %q: headers %v", accepts, answer.Header)
			continue
		}
		from := io.Reader(answer.Body)
		if packed {
			reader, err := gzip.NewReader(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			if answer.ContentLength >= plain.ContentLength {
				t.Errorf("accepts %q: %d bytes, without %d", accepts, answer.ContentLength, plain.ContentLength)
			}
			from = reader
		}
		if body(t, from) != want {
			t.Errorf("accepts %q: another asset", accepts)
		}
	}
}

// TestPolicy: every answer has it, and it allows nothing of elsewhere nor any
// script or style in the page, which has none.
func TestPolicy(t *testing.T) {
	h := newHandler(t)
	want := map[string]string{
		"default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' data:", "connect-src": "'self'",
		"base-uri": "'self'", "form-action": "'none'", "frame-ancestors": "'none'",
	}
	for _, target := range []string{"/", "/ui", "/ui/views", "/ui/assets/main.js", "/ui/assets/none.js"} {
		header := get(t, h, target).Header
		got := map[string]string{}
		for directive := range strings.SplitSeq(header.Get("Content-Security-Policy"), "; ") {
			name, sources, _ := strings.Cut(directive, " ")
			got[name] = sources
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: policy (-want +got):\n%s", target, diff)
		}
		if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: headers %v", target, header)
		}
	}
	page := body(t, get(t, h, "/ui/").Body)
	for _, inline := range []string{`<style`, ` style=`, ` on\w+=`, `<script[^>]*>[^<]`, `javascript:`} {
		if found := regexp.MustCompile(inline).FindString(page); found != "" {
			t.Errorf("the page has %q, which the policy forbids", found)
		}
	}
}

// TestRoot leads to the dashboard, below any prefix.
func TestRoot(t *testing.T) {
	answer := get(t, newHandler(t), "/")
	if got := answer.Header.Get("Location"); answer.StatusCode != http.StatusFound || got != "ui/" {
		t.Errorf("status %d, to %q; want 302 to ui/", answer.StatusCode, got)
	}
}
