package api

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"playhead/internal/catalog"
)

// watchers are views in progress: "environment column value" to their numbers.
type watchers struct {
	nothingLive
	numbers map[string][2]int
}

func (w watchers) Watching(environmentID string, c *catalog.Column, value string) (views, viewers int) {
	n := w.numbers[environmentID+" "+c.Name+" "+value]
	return n[0], n[1]
}

// makeKey makes a signing key as a client does.
func makeKey(t *testing.T, c *control, token string) (id string, key *rsa.PrivateKey) {
	t.Helper()
	w := sendBody(t, c, "POST", "/system/v1/signing-keys", basic(token, "secret"), "")
	var made struct {
		Data struct {
			ID         string
			CreatedAt  string `json:"created_at"`
			PrivateKey string `json:"private_key"`
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != 201 || made.Data.CreatedAt != "1777896000" {
		t.Fatalf("%v: status %d: %s", err, w.Code, w.Body)
	}
	text, err := base64.StdEncoding.DecodeString(made.Data.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	if key, err = x509.ParsePKCS1PrivateKey(block.Bytes); err != nil {
		t.Fatal(err)
	}
	return made.Data.ID, key
}

// signer makes the third part of a JWT from the first two. The tokens of these
// tests are made by hand, so as not to trust the library that reads them.
type signer func(t *testing.T, text string) []byte

func rs256(key *rsa.PrivateKey) signer {
	return func(t *testing.T, text string) []byte {
		hash := sha256.Sum256([]byte(text))
		return signRSA(t, key, crypto.SHA256, hash[:])
	}
}

func signRSA(t *testing.T, key *rsa.PrivateKey, with crypto.Hash, hash []byte) []byte {
	t.Helper()
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, with, hash)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

func makeJWT(t *testing.T, header, claims string, sign signer) string {
	t.Helper()
	b64 := base64.RawURLEncoding.EncodeToString
	text := b64([]byte(header)) + "." + b64([]byte(claims))
	return text + "." + b64(sign(t, text))
}

// ask is what a page on another site does: no token of ours.
func ask(t *testing.T, c *control, token string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/counts?token="+token, nil)
	r.Header.Set("Origin", "https://example.com")
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	if got := w.Header().Get("Access-Control-Allow-Origin"); got != "*" {
		t.Errorf("Access-Control-Allow-Origin is %q, want *", got)
	}
	return w
}

func TestCounts(t *testing.T) {
	live := map[string][2]int{}
	c := newControl(t, func(c *Config) { c.Live = watchers{numbers: live} })
	live[c.names["shop"]+" video_id film"] = [2]int{3, 2}
	live[c.names["shop"]+" live_stream_id match 7"] = [2]int{9, 9}
	live[c.names["news"]+" video_id film"] = [2]int{500, 400}
	id, key := makeKey(t, c, "shop system write")
	other, otherKey := makeKey(t, c, "news system write")
	const exp = 1777896001 // a second after now
	header := fmt.Sprintf(`{"alg":"RS256","typ":"JWT","kid":%q}`, id)
	for _, tt := range []struct {
		name, token    string
		views, viewers int
	}{
		{"kid in the header", makeJWT(t, header, fmt.Sprintf(`{"sub":"film","aud":"video_id","exp":%d}`, exp), rs256(key)), 3, 2},
		{"kid among the claims", makeJWT(t, `{"alg":"RS256","typ":"JWT"}`, fmt.Sprintf(`{"kid":%q,"sub":"match 7","aud":"live_stream_id","exp":%d}`, id, exp), rs256(key)), 9, 9},
		{"an array of one", makeJWT(t, header, fmt.Sprintf(`{"sub":"film","aud":["video_id"],"exp":%d}`, exp), rs256(key)), 3, 2},
		{"nobody watches", makeJWT(t, header, fmt.Sprintf(`{"sub":"film","aud":"asset_id","exp":%d}`, exp), rs256(key)), 0, 0},
		{"of the key's environment", makeJWT(t, fmt.Sprintf(`{"alg":"RS256","kid":%q}`, other), fmt.Sprintf(`{"sub":"film","aud":"video_id","exp":%d}`, exp), rs256(otherKey)), 500, 400},
	} {
		w := ask(t, c, tt.token)
		want := fmt.Sprintf(`{"data":[{"views":%d,"viewers":%d,"updated_at":"2026-05-04T12:00:00Z"}]}`, tt.views, tt.viewers)
		if got := strings.TrimSpace(w.Body.String()); w.Code != 200 || got != want {
			t.Errorf("%s: status %d, got %s, want %s", tt.name, w.Code, got, want)
		}
	}
}

// TestCountsPublishedSpelling: clients made from the published description, not
// from its examples, send TOKEN.
func TestCountsPublishedSpelling(t *testing.T) {
	c := newControl(t, func(c *Config) { c.Live = watchers{} })
	id, key := makeKey(t, c, "shop system write")
	token := makeJWT(t, fmt.Sprintf(`{"alg":"RS256","kid":%q}`, id), `{"sub":"film","aud":"video_id","exp":1777896001}`, rs256(key))
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/counts?TOKEN="+token, nil)
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	if w.Code != 200 {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

func TestCountsRefused(t *testing.T) {
	c := newControl(t)
	id, key := makeKey(t, c, "shop system write")
	_, otherKey := makeKey(t, c, "news system write")
	removed, removedKey := makeKey(t, c, "shop system write")
	c.names["removed"] = removed
	c.run(t, []step{{token: "shop system write", method: "DELETE", target: "/system/v1/signing-keys/{removed}", status: 204}})

	header := func(alg string) string { return fmt.Sprintf(`{"alg":%q,"typ":"JWT","kid":%q}`, alg, id) }
	const good = `{"sub":"film","aud":"video_id","exp":1777899600}`
	public := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey)})
	hs256 := func(_ *testing.T, text string) []byte {
		mac := hmac.New(sha256.New, public)
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
	rs512 := func(t *testing.T, text string) []byte {
		hash := sha512.Sum512([]byte(text))
		return signRSA(t, key, crypto.SHA512, hash[:])
	}
	none := func(*testing.T, string) []byte { return nil }
	valid := makeJWT(t, header("RS256"), good, rs256(key))
	if w := ask(t, c, valid); w.Code != 200 {
		t.Fatalf("the token that the others differ from: status %d: %s", w.Code, w.Body)
	}
	for _, tt := range []struct{ name, token, says string }{
		{"no token", "", "JWT"},
		{"no JWT", "abc", "JWT"},
		{"our own token", "shop data read:secret", "JWT"},
		{"no signature", makeJWT(t, header("none"), good, none), "RS256"},
		{"signature cut off", valid[:strings.LastIndexByte(valid, '.')+1], "RS256"},
		{"algorithm none with a signature", makeJWT(t, header("none"), good, rs256(key)), "RS256"},
		{"the public key as a secret", makeJWT(t, header("HS256"), good, hs256), "RS256"},
		{"other hash", makeJWT(t, header("RS512"), good, rs512), "RS256"},
		{"key of the other environment", makeJWT(t, header("RS256"), good, rs256(otherKey)), "signed"},
		{"claims of another token", strings.Replace(valid, strings.Split(valid, ".")[1], base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"other","aud":"video_id","exp":1777899600}`)), 1), "signed"},
		{"unknown key", makeJWT(t, `{"alg":"RS256","kid":"nope"}`, good, rs256(key)), "kid"},
		{"removed key", makeJWT(t, fmt.Sprintf(`{"alg":"RS256","kid":%q}`, removed), good, rs256(removedKey)), "kid"},
		{"no key", makeJWT(t, `{"alg":"RS256"}`, good, rs256(key)), "kid"},
		{"expired", makeJWT(t, header("RS256"), `{"sub":"film","aud":"video_id","exp":1777895999}`, rs256(key)), "expired"},
		{"at its end", makeJWT(t, header("RS256"), `{"sub":"film","aud":"video_id","exp":1777896000}`, rs256(key)), "expired"},
		{"never ends", makeJWT(t, header("RS256"), `{"sub":"film","aud":"video_id"}`, rs256(key)), "exp"},
		{"not yet", makeJWT(t, header("RS256"), `{"sub":"film","aud":"video_id","nbf":1777896060,"exp":1777899600}`, rs256(key)), "yet"},
		{"for playback", makeJWT(t, header("RS256"), `{"sub":"film","aud":"v","exp":1777899600}`, rs256(key)), "aud"},
		{"for two", makeJWT(t, header("RS256"), `{"sub":"film","aud":["video_id","asset_id"],"exp":1777899600}`, rs256(key)), "aud"},
		{"for nothing", makeJWT(t, header("RS256"), `{"sub":"film","exp":1777899600}`, rs256(key)), "aud"},
		{"without id", makeJWT(t, header("RS256"), `{"aud":"video_id","exp":1777899600}`, rs256(key)), "sub"},
		{"odd claims", makeJWT(t, header("RS256"), `{"sub":7,"aud":"video_id","exp":1777899600}`, rs256(key)), "JWT"},
	} {
		wantError(t, tt.name, ask(t, c, strings.ReplaceAll(tt.token, " ", "%20")), 403, "forbidden", tt.says)
	}
}

func TestSigningKeys(t *testing.T) {
	c := newControl(t)
	const list = "/system/v1/signing-keys"
	read, write := "shop system read", "shop system write"
	c.names["key"], _ = makeKey(t, c, write)
	c.names["other"], _ = makeKey(t, c, "news system write")
	c.run(t, []step{
		{token: read, method: "GET", target: list, status: 200, want: `{"data":[{"id":"{key}","created_at":"1777896000"}],"total_row_count":1,` + lastDayJSON + `}`},
		{token: read, method: "GET", target: list + "?page=2", status: 200, want: `{"data":[],"total_row_count":1,` + lastDayJSON + `}`},
		{token: read, method: "GET", target: list + "/{key}", status: 200, want: `{"data":{"id":"{key}","created_at":"1777896000"},"total_row_count":1,` + lastDayJSON + `}`},
		{token: read, method: "GET", target: list + "/{other}", status: 404, want: "signing key"},
		{token: write, method: "DELETE", target: list + "/{other}", status: 404, want: "signing key"},
		{token: read, method: "GET", target: list + "/nope", status: 404, want: "nope"},
		{token: write, method: "DELETE", target: list + "/{key}", status: 204},
		{token: read, method: "GET", target: list, status: 200, want: `{"data":[],"total_row_count":0,` + lastDayJSON + `}`},
		{token: read, method: "POST", target: list, status: 403, want: "system:write"},
		{token: read, method: "DELETE", target: list + "/{key}", status: 403, want: "system:write"},
		{token: "shop data read", method: "GET", target: list, status: 403, want: "system:read"},
	})
}

// TestCountsAreRemembered: for less than two seconds, each by itself.
func TestCountsAreRemembered(t *testing.T) {
	var tally tally
	n := int32(0)
	count := func() countsRow { n++; return countsRow{Views: n} }
	film, match := subject{"video_id", "film"}, subject{"live_stream_id", "match"}
	for _, tt := range []struct {
		after       time.Duration
		environment string
		subject     subject
		want        int32 // the how manieth count is answered
	}{
		{0, "a", film, 1},
		{0, "a", film, 1},
		{0, "b", film, 2},
		{0, "a", match, 3},
		{1999 * time.Millisecond, "a", film, 1},
		{2 * time.Second, "a", film, 4},
		{2 * time.Second, "b", film, 5},
		{time.Second, "b", film, 6}, // the clock was set back
	} {
		if got := tally.of(tt.environment, tt.subject, now.Add(tt.after), count); got.Views != tt.want {
			t.Errorf("%s %v after %s: count %d, want %d", tt.environment, tt.subject, tt.after, got.Views, tt.want)
		}
	}
}
