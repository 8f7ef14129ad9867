package app

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

// ownPaths are what the server's own paths begin with, which a prefix cannot.
var ownPaths = []string{"ui", "data", "system", "session", "exports", "counts", "reference", "openapi.json", "healthz", "readyz", "metrics"}

// prefixOf is the path of the public URL, which people reach the server below,
// without a slash at its end.
func prefixOf(publicURL string) (string, error) {
	u, err := url.Parse(publicURL)
	if err != nil {
		return "", err
	}
	prefix := strings.TrimSuffix(u.EscapedPath(), "/")
	first, _, _ := strings.Cut(strings.TrimPrefix(prefix, "/"), "/")
	if slices.Contains(ownPaths, first) {
		return "", fmt.Errorf("public-url is %q: its path cannot begin with /%s, as paths of the server do", publicURL, first)
	}
	return prefix, nil
}

// below takes a prefix off the paths that have it, for proxies that do not. Paths
// without it stay as they are: those of proxies that do, and of who asks the server
// itself.
func below(prefix string, h http.Handler) http.Handler {
	if prefix == "" {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rest, has := strings.CutPrefix(r.URL.EscapedPath(), prefix)
		if has && rest == "" {
			w.Header().Set("Location", path.Base(prefix)+"/")
			w.WriteHeader(http.StatusFound)
			return
		}
		if plain, err := url.PathUnescape(rest); has && rest[0] == '/' && err == nil {
			u := *r.URL
			u.Path, u.RawPath = plain, rest
			r = r.WithContext(r.Context())
			r.URL = &u
		}
		h.ServeHTTP(w, r)
	})
}
