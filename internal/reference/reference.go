// Package reference shows what the API can do: as a document in OpenAPI, as a
// page in the binary, and as the files in docs/reference. All three are made of
// the description of the API and of the catalogue, so that they are never older
// than the code; the chapters that neither knows are in prose.go.
package reference

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strconv"

	"playhead/internal/openapi"
)

//go:embed page.html
var pageText string

//go:embed page.css
var style string

var page = template.Must(template.New("page").Funcs(template.FuncMap{"rich": rich}).Parse(pageText))

// New makes the handler of the paths /openapi.json and /reference. What they
// answer is the same for everybody, so no token is asked for.
func New(d *openapi.Document) (http.Handler, error) {
	document, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("write document: %w", err)
	}
	var html bytes.Buffer
	if err := page.Execute(&html, struct {
		*Model
		Style template.CSS
	}{NewModel(d), template.CSS(style)}); err != nil { //nolint:gosec // it is our own
		return nil, fmt.Errorf("write page: %w", err)
	}
	digest := sha256.Sum256([]byte(style))
	routes := http.NewServeMux()
	routes.Handle("GET /openapi.json", fixed("application/json; charset=utf-8", document, ""))
	routes.Handle("GET /reference", fixed("text/html; charset=utf-8", html.Bytes(),
		"default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(digest[:])+"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"))
	return routes, nil
}

// fixed answers always the same.
func fixed(contentType string, body []byte, policy string) http.Handler {
	digest := sha256.Sum256(body)
	tag := strconv.Quote(base64.RawURLEncoding.EncodeToString(digest[:12]))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-cache") // it may be kept, but is asked for again
		h.Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Type", contentType)
		h.Set("Content-Length", strconv.Itoa(len(body)))
		h.Set("X-Content-Type-Options", "nosniff")
		if policy != "" {
			h.Set("Content-Security-Policy", policy)
			h.Set("Referrer-Policy", "no-referrer")
		}
		w.Write(body)
	})
}
