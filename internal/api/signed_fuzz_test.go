package api

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzSignedToken asks with whatever the fuzzer makes of signed tokens. Only
// one that says what a valid one says is answered, and all others are refused
// in the shape that clients read.
func FuzzSignedToken(f *testing.F) {
	c := newControl(f)
	key, private, err := c.store.CreateSigningKey(f.Context(), c.names["shop"])
	if err != nil {
		f.Fatal(err)
	}
	block, _ := pem.Decode(private)
	pair, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		f.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	signed := func(header, claims string) string {
		text := b64([]byte(header)) + "." + b64([]byte(claims))
		hash := sha256.Sum256([]byte(text))
		signature, err := rsa.SignPKCS1v15(rand.Reader, pair, crypto.SHA256, hash[:])
		if err != nil {
			f.Fatal(err)
		}
		return text + "." + b64(signature)
	}
	const kid = `{"alg":"RS256","typ":"JWT","kid":%q}`
	good := signed(fmt.Sprintf(kid, key.ID), fmt.Sprintf(`{"sub":"video","aud":"video_id","exp":%d}`, now.Unix()+60))
	said, _, _ := cutLast(good)
	f.Add(good)
	for _, claims := range []string{
		`{}`, `{"sub":"video","aud":"video_id","exp":1e400}`, `{"sub":"video","aud":"video_id","exp":-1e18}`, `{"sub":"video","aud":"video_id","exp":"soon"}`,
		`{"sub":1,"aud":["video_id","x"],"exp":null,"nbf":9e99,"iat":{}}`, `[]`, `null`, `{"aud":{"a":1}}`, "\xff",
	} {
		f.Add(signed(fmt.Sprintf(kid, key.ID), claims))
	}
	for _, header := range []string{`{"alg":"none"}`, `{"alg":"HS256","kid":1}`, `{"alg":"RS256","kid":["x"],"crit":["exp"]}`, `{"alg":"RS256","b64":false}`} {
		f.Add(b64([]byte(header)) + "." + b64([]byte(`{"sub":"video","aud":"video_id","exp":99999999999}`)) + ".")
	}
	for _, token := range []string{"", ".", "..", "...", good + ".", good + "=", strings.Repeat("e30.", 1000), "e30.e30.\x00", strings.Repeat("A", 60_000)} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/counts?token="+url.QueryEscape(token), nil)
		c.ServeHTTP(w, r)
		checkAnswer(t, r, w)
		if says, _, _ := cutLast(token); w.Code == 200 && says != said {
			t.Errorf("answered to %q", token)
		}
		if w.Code == 200 && !json.Valid(w.Body.Bytes()) {
			t.Errorf("answered with %s", w.Body)
		}
	})
}

// cutLast cuts a token before its last point.
func cutLast(token string) (before, after string, found bool) {
	i := strings.LastIndexByte(token, '.')
	if i < 0 {
		return token, "", false
	}
	return token[:i], token[i+1:], true
}
