package api

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/query"
)

// A signed token is a JWT that a customer's own servers make with a signing key
// and hand to anybody, such as a page that shows how many are watching. It is
// for one thing alone, and for routes that ask for it; our own tokens, which
// are secrets, have no place there.

// signedToken describes the parameter; [server.verify] reads it.
var signedToken = param{
	name: "token", needed: true, doc: "a JWT signed with RS256 and a signing key: kid (in its header or among its claims) is the id of the key, sub the id of what is asked for, aud what kind of id that is, and exp when it ends",
	set: func(*query.Request, []string) {},
}

// audiences are the kinds of ids that a signed token may be for; each is the
// name of a column of views.
var audiences = []string{"video_id", "asset_id", "playback_id", "live_stream_id"}

// subject is what a signed token is for.
type subject struct {
	kind string // one of audiences
	id   string
}

// signedClaims are the claims of a signed token. Official clients put the id of
// the key among them and not into the header, where it belongs.
type signedClaims struct {
	jwt.RegisteredClaims
	KeyID string `json:"kid"`
}

// verify reads the signed token of a request. Everything wrong with it is a
// fault.Forbidden error.
func (s *server) verify(r *http.Request) (meta.Environment, subject, error) {
	var claims signedClaims
	var key meta.SigningKey
	// Methods are named, or a token could choose how it is checked.
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.Clock))
	_, err := parser.ParseWithClaims(signedTokenOf(r.URL.Query()), &claims, func(t *jwt.Token) (any, error) {
		id, _ := t.Header["kid"].(string)
		if id == "" {
			id = claims.KeyID
		}
		var ok bool
		if key, ok = s.Records.SigningKey(id); !ok {
			return nil, errors.New("its kid names no signing key")
		}
		return key.Public, nil
	})
	if err != nil {
		return meta.Environment{}, subject{}, &fault.Error{Code: fault.Forbidden, Param: signedToken.name, Message: whyRefused(err), Err: err}
	}
	if len(claims.Audience) != 1 || !slices.Contains(audiences, claims.Audience[0]) || claims.Subject == "" {
		return meta.Environment{}, subject{}, &fault.Error{
			Code: fault.Forbidden, Param: signedToken.name,
			Message: "aud must be one of " + strings.Join(audiences, ", ") + ", and sub the id",
		}
	}
	environment, err := s.environmentOf("signing key", key.ID, key.EnvironmentID)
	return environment, subject{kind: claims.Audience[0], id: claims.Subject}, err
}

// signedTokenOf returns the token in a query string, under its name or as the
// published description alone spells it.
func signedTokenOf(values url.Values) string {
	return cmp.Or(values.Get(signedToken.name), values.Get(strings.ToUpper(signedToken.name)))
}

// whyRefused says in words what is wrong with a signed token.
func whyRefused(err error) string {
	for _, reason := range []struct {
		is   error
		text string
	}{
		{jwt.ErrTokenMalformed, "want a JWT"},
		{jwt.ErrTokenUnverifiable, "kid must be the id of a signing key"},
		{jwt.ErrTokenSignatureInvalid, "it must be signed with RS256 by the key that kid names"},
		{jwt.ErrTokenExpired, "it has expired"},
		{jwt.ErrTokenNotValidYet, "it is not valid yet"},
		{jwt.ErrTokenRequiredClaimMissing, "exp must say when it ends"},
	} {
		if errors.Is(err, reason.is) {
			return reason.text
		}
	}
	return "its claims are malformed"
}
