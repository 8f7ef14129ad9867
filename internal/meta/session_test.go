package meta

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// beginSession makes a session; the millisecond after it gives each its own time.
func beginSession(t *testing.T, s *Store, clock *fakeClock, token string) string {
	t.Helper()
	secret, err := s.CreateSession(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	clock.advance(time.Millisecond)
	return secret
}

func importToken(t *testing.T, s *Store, n NewToken, id string) {
	t.Helper()
	if _, err := s.ImportToken(t.Context(), n, id, "secret"); err != nil {
		t.Fatal(err)
	}
}

// wantSession checks whether a session stands for a token.
func wantSession(t *testing.T, s *Store, when, secret, token string) {
	t.Helper()
	if got, ok := s.Session(secret); ok != (token != "") || got.ID != token {
		t.Errorf("%s: session of %q, %v; want %q", when, got.ID, ok, token)
	}
}

// TestSession: a session lasts 30 days if it is used, and 7 if it is not.
func TestSession(t *testing.T) {
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k")
	importToken(t, s, NewToken{Name: "a", EnvironmentID: e.ID, Permissions: Permissions}, "a")
	used, idle := beginSession(t, s, clock, "a"), beginSession(t, s, clock, "a")
	if len(used) != 43 || used == idle { // 256 bits in base64
		t.Errorf("secrets %q and %q, want two of 43 letters", used, idle)
	}
	wantSession(t, s, "new", used, "a")
	wantSession(t, s, "wrong secret", used[1:], "")
	wantSession(t, s, "no secret", "", "")
	wantSession(t, s, "hash", hashSession(used).String(), "")

	const day = 24 * time.Hour
	began := clock.now()
	until := func(after time.Duration) { clock.advance(began.Add(after).Sub(clock.now())) }
	for n := range 4 {
		until(time.Duration(n) * 6 * day)
		if err := s.UseSession(t.Context(), used); err != nil {
			t.Fatal(err)
		}
		until(time.Duration(n)*6*day + 7*day - time.Second)
		wantSession(t, s, fmt.Sprintf("used on day %d", 6*n), used, "a")
		if n == 0 {
			wantSession(t, s, "not used for almost 7 days", idle, "a")
			clock.advance(time.Second)
			wantSession(t, s, "not used for 7 days", idle, "")
		}
	}
	until(24 * day)
	if err := s.UseSession(t.Context(), used); err != nil {
		t.Fatal(err)
	}
	until(30*day - time.Second)
	wantSession(t, s, "before its end", used, "a")
	until(30 * day)
	wantSession(t, s, "after 30 days", used, "")

	beginSession(t, s, clock, "a")
	if n := len(s.current.Load().sessions); n != 1 {
		t.Errorf("%d sessions are kept, want the new one alone", n)
	}
}

// TestSessionEndsWithItsToken, and when it is ended.
func TestSessionEndsWithItsToken(t *testing.T) {
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k")
	n := NewToken{Name: "a", EnvironmentID: e.ID, Permissions: Permissions}
	importToken(t, s, n, "revoked")
	importToken(t, s, n, "stays")
	n.ExpiresAt = noon.Add(time.Minute)
	importToken(t, s, n, "expires")
	of := map[string]string{}
	for _, id := range []string{"revoked", "stays", "expires"} {
		of[id] = beginSession(t, s, clock, id)
		wantSession(t, s, "before", of[id], id)
	}
	if err := s.RevokeToken(t.Context(), "revoked"); err != nil {
		t.Fatal(err)
	}
	clock.advance(time.Minute)
	wantSession(t, s, "its token is revoked", of["revoked"], "")
	wantSession(t, s, "its token has expired", of["expires"], "")
	wantSession(t, s, "its token goes on", of["stays"], "stays")
	for range 2 { // ending it twice is no failure
		if err := s.EndSession(t.Context(), of["stays"]); err != nil {
			t.Fatal(err)
		}
		wantSession(t, s, "ended", of["stays"], "")
	}
	// Tokens of long ago are forgotten, and their sessions with them.
	clock.advance(keepEnded)
	importToken(t, s, NewToken{Name: "a", EnvironmentID: e.ID, Permissions: Permissions}, "new")
	if n := len(s.current.Load().sessions); n != 0 {
		t.Errorf("%d sessions of tokens that are not there", n)
	}
	if _, err := s.CreateSession(t.Context(), "expires"); err == nil {
		t.Error("a session of a token that is not there")
	}
}

// TestTooManySessions: those of the same token that were not used for longest
// make way, and of all.
func TestTooManySessions(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing is concurrent here: make unit plays it")
	}
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k")
	for _, id := range []string{"a", "b", "c"} {
		importToken(t, s, NewToken{Name: id, EnvironmentID: e.ID, Permissions: Permissions}, id)
	}
	oldest := beginSession(t, s, clock, "b")
	var ofA []string
	for range maxTokenSessions {
		ofA = append(ofA, beginSession(t, s, clock, "a"))
	}
	clock.advance(sessionNoted)
	if err := s.UseSession(t.Context(), ofA[0]); err != nil {
		t.Fatal(err)
	}
	beginSession(t, s, clock, "a")
	wantSession(t, s, "used lately", ofA[0], "a")
	wantSession(t, s, "of the same token", ofA[1], "")
	wantSession(t, s, "another one", ofA[2], "a")
	wantSession(t, s, "of another token", oldest, "b")

	_, err := s.db.ExecContext(t.Context(), `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO sessions (secret_hash, token_id, created_at, used_at) SELECT printf('%064d', i), 'c', $2, $2 FROM n`,
		maxSessions-maxTokenSessions-1, clock.now().UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	wantSession(t, s, "all sessions that there may be", oldest, "b")
	beginSession(t, s, clock, "a")
	beginSession(t, s, clock, "b")
	wantSession(t, s, "one too many", oldest, "")
}

// TestUseIsNotedOnce: a session that is used all the time is written once an hour.
func TestUseIsNotedOnce(t *testing.T) {
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k")
	importToken(t, s, NewToken{Name: "a", EnvironmentID: e.ID, Permissions: Permissions}, "a")
	secret := beginSession(t, s, clock, "a")
	before := s.current.Load().counter
	for range 120 {
		clock.advance(time.Minute)
		for _, one := range []string{secret, "unknown"} {
			if err := s.UseSession(t.Context(), one); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := s.current.Load().counter - before; got != 2 {
		t.Errorf("%d changes in two hours, want 2", got)
	}
}

// TestSessionSecretsAreNotKept looks for them in the files.
func TestSessionSecretsAreNotKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	clock := &fakeClock{t: noon}
	s := open(t, path, clock)
	e := createEnvironment(t, s, "shop", "k")
	importToken(t, s, NewToken{Name: "a", EnvironmentID: e.ID, Permissions: Permissions}, "a")
	secret := beginSession(t, s, clock, "a")
	for _, name := range []string{path, path + "-wal"} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(content), secret) {
			t.Errorf("%s holds the secret", filepath.Base(name))
		}
	}
	wantSession(t, open(t, path, clock), "after a restart", secret, "a")
}
