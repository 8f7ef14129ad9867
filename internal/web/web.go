// Package web serves the dashboard: one page for all screens, and the assets
// that the page is made of. Its sources are in the folder ui; what is built of
// them is in dist, which is committed, so that a build of the server needs
// nothing but Go.
//
// The page works under any prefix of a proxy: it and its assets name each other
// by relative URLs, and the API by one relative to them.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// Path is what all paths of the dashboard begin with.
const Path = "/ui/"

// policy allows the page its own assets and its own server, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'self'; form-action 'none'; frame-ancestors 'none'"

//go:embed dist
var dist embed.FS

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// contentTypes are those of assets by the ends of their names. What the machine's own
// table says may be another one, with which browsers would not run scripts.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// asset is a file of the dashboard as it is sent.
type asset struct {
	contentType    string
	plain, gzipped []byte
}

// handler answers what is below [Path], and a root that leads there.
type handler struct {
	assets  map[string]asset
	version string // of all assets together
}

// New makes the handler of the dashboard.
func New() (http.Handler, error) {
	h := &handler{assets: map[string]asset{}}
	digest := sha256.New()
	err := fs.WalkDir(dist, "dist", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		plain, err := dist.ReadFile(name)
		if err != nil {
			return fmt.Errorf("read asset: %w", err)
		}
		contentType, ok := contentTypes[path.Ext(name)]
		if !ok {
			return fmt.Errorf("asset %s: no type is known of such files", name)
		}
		digest.Write(plain)
		h.assets[path.Base(name)] = asset{contentType, plain, compress(plain)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	h.version = base64.RawURLEncoding.EncodeToString(digest.Sum(nil)[:9])
	return h, nil
}

func compress(plain []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	_, _ = w.Write(plain)                                 // a buffer takes all
	w.Close()
	return b.Bytes()
}

// ServeHTTP implements http.Handler. The paths of screens are those of the page,
// which finds out itself what they stand for.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Content-Security-Policy", policy)
	if r.URL.Path == "/" {
		header.Set("Location", strings.TrimPrefix(Path, "/"))
		w.WriteHeader(http.StatusFound)
		return
	}
	if name, ok := strings.CutPrefix(r.URL.Path, Path+"assets/"); ok {
		h.sendAsset(w, r, name)
		return
	}
	h.sendPage(w, r)
}

// sendAsset sends a file: one that is asked for by the version of the page never
// changes.
func (h *handler) sendAsset(w http.ResponseWriter, r *http.Request, name string) {
	a, ok := h.assets[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	header, body := w.Header(), a.plain
	header.Set("Content-Type", a.contentType)
	header.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == h.version {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	header.Set("Vary", "Accept-Encoding")
	if acceptsGzip(r) {
		header.Set("Content-Encoding", "gzip")
		body = a.gzipped
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body)
}

// acceptsGzip reports whether a client says that it reads gzip, as browsers do.
func acceptsGzip(r *http.Request) bool {
	return slices.ContainsFunc(strings.Split(r.Header.Get("Accept-Encoding"), ","), func(one string) bool {
		return strings.TrimSpace(one) == "gzip"
	})
}

// sendPage sends the page, with [Path] relative to the path that was asked for,
// as the browser sees it: an escaped slash does not part it.
func (h *handler) sendPage(w http.ResponseWriter, r *http.Request) {
	base := "./"
	if below, ok := strings.CutPrefix(r.URL.EscapedPath(), Path); !ok {
		base = strings.TrimPrefix(Path, "/")
	} else if depth := strings.Count(below, "/"); depth > 0 {
		base = strings.Repeat("../", depth)
	}
	var b bytes.Buffer
	if err := page.Execute(&b, struct{ Base, Version string }{base, h.version}); err != nil {
		http.Error(w, "cannot write the page", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(b.Len()))
	header.Set("Cache-Control", "no-cache")
	w.Write(b.Bytes())
}
