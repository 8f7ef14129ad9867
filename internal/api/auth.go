package api

import (
	"encoding/base64"
	"net/http"
	"strings"

	"playhead/internal/fault"
	"playhead/internal/meta"
)

// errUnauthorized does not tell an unknown token from a wrong secret.
var errUnauthorized = fault.New(fault.Unauthorized,
	"a valid token is needed: as user name and password of HTTP Basic, as Bearer ID:SECRET, or by signing in")

// authenticate finds the token of a request: that of its Authorization header, or
// without one that of its session.
func (s *server) authenticate(r *http.Request) (meta.Token, error) {
	if r.Header.Get("Authorization") == "" {
		return s.bySession(r)
	}
	id, secret, ok := credentials(r)
	if !ok {
		return meta.Token{}, errUnauthorized
	}
	token, ok := s.Records.Authenticate(id, secret)
	if !ok {
		return meta.Token{}, errUnauthorized
	}
	return token, nil
}

// credentials reads the Authorization header: Basic as HTTP defines it, or
// Bearer followed by id:secret, in plain or in base64 of either alphabet.
func credentials(r *http.Request) (id, secret string, ok bool) {
	if id, secret, ok = r.BasicAuth(); ok {
		return id, secret, true
	}
	scheme, bearer, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", "", false
	}
	bearer = strings.TrimSpace(bearer)
	if id, secret, ok = strings.Cut(bearer, ":"); ok {
		return id, secret, true
	}
	bearer = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(bearer, "="))
	plain, err := base64.RawStdEncoding.DecodeString(bearer)
	if err != nil {
		return "", "", false
	}
	return strings.Cut(string(plain), ":")
}
