package meta

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
)

// fakeClock is a time that only a test moves.
type fakeClock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *fakeClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *fakeClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

var noon = time.Date(2026, 5, 4, 12, 0, 0, 123e6, time.UTC)

func open(t *testing.T, path string, clock *fakeClock) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{Path: path, Clock: clock.now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

func openNew(t *testing.T) (*Store, *fakeClock) {
	t.Helper()
	clock := &fakeClock{t: noon}
	return open(t, filepath.Join(t.TempDir(), "meta.db"), clock), clock
}

func createEnvironment(t *testing.T, s *Store, name, key string) Environment {
	t.Helper()
	e, err := s.CreateEnvironment(t.Context(), NewEnvironment{Name: name, IngestKey: key})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestDamagedFile checks that the operator is told which file and what to do.
func TestDamagedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.sqlite")
	if err := os.WriteFile(path, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Config{Path: path, Clock: time.Now, Logger: slog.New(slog.DiscardHandler)})
	for _, part := range []string{path, "restore a copy"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("open returned %v, want it to say %q", err, part)
		}
	}
}

func TestEnvironments(t *testing.T) {
	s, _ := openNew(t)
	a := createEnvironment(t, s, "shop", "Key_1-a")
	b := createEnvironment(t, s, "news", "")

	want := Environment{ID: a.ID, Property: 1, Name: "shop", Type: "production", IngestKey: "Key_1-a", CreatedAt: noon}
	got, ok := s.EnvironmentByKey("Key_1-a")
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("by key: %v, (-want +got):\n%s", ok, diff)
	}
	if got, ok := s.EnvironmentByID(b.ID); !ok || got.Property != 2 || !ingestKeyPattern.MatchString(got.IngestKey) {
		t.Errorf("by id: %+v, %v", got, ok)
	}
	if diff := cmp.Diff([]Environment{a, b}, s.Environments()); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	for _, key := range []string{"", "key_1-a", "unknown"} {
		if e, ok := s.EnvironmentByKey(key); ok {
			t.Errorf("key %q found %+v", key, e)
		}
	}
}

func TestRecordsOutliveTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dir with ?#% signs.db")
	clock := &fakeClock{t: noon}
	first := open(t, path, clock)
	e := createEnvironment(t, first, "shop", "k")
	token, secret, err := first.CreateToken(t.Context(), NewToken{
		Name: "reader", EnvironmentID: e.ID, Permissions: []Permission{DataRead, SystemRead}, ExpiresAt: noon.Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}

	second := open(t, path, clock)
	if diff := cmp.Diff([]Environment{e}, second.Environments()); diff != "" {
		t.Errorf("environments (-want +got):\n%s", diff)
	}
	got, ok := second.Authenticate(token.ID, secret)
	if diff := cmp.Diff(token, got, cmp.AllowUnexported(Token{})); diff != "" || !ok {
		t.Errorf("token: %v (-want +got):\n%s", ok, diff)
	}
}

func TestInvalidInput(t *testing.T) {
	s, _ := openNew(t)
	e := createEnvironment(t, s, "shop", "k")
	environment := func(n NewEnvironment) error { _, err := s.CreateEnvironment(t.Context(), n); return err }
	token := func(n NewToken, id, secret string) error {
		_, err := s.ImportToken(t.Context(), n, id, secret)
		return err
	}
	read := []Permission{DataRead}
	if err := token(NewToken{Name: "taken", EnvironmentID: e.ID, Permissions: read}, "taken", "x"); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		err  error
		code fault.Code
		says string // the error names the parameter, or the value in conflict
	}{
		{"no name", environment(NewEnvironment{}), fault.Invalid, "name"},
		{"name of two lines", environment(NewEnvironment{Name: "a\nb"}), fault.Invalid, "name"},
		{"name of spaces", environment(NewEnvironment{Name: "   "}), fault.Invalid, "name"},
		{"long name", environment(NewEnvironment{Name: strings.Repeat("x", 65)}), fault.Invalid, "name"},
		{"type", environment(NewEnvironment{Name: "a", Type: "live"}), fault.Invalid, "type"},
		{"key with a space", environment(NewEnvironment{Name: "a", IngestKey: "a b"}), fault.Invalid, "key"},
		{"key with a newline", environment(NewEnvironment{Name: "a", IngestKey: "ab\n"}), fault.Invalid, "key"},
		{"long key", environment(NewEnvironment{Name: "a", IngestKey: strings.Repeat("x", 65)}), fault.Invalid, "key"},
		{"name twice", environment(NewEnvironment{Name: "shop"}), fault.Conflict, "shop"},
		{"key twice", environment(NewEnvironment{Name: "a", IngestKey: "k"}), fault.Conflict, `"k"`},

		{"no token name", token(NewToken{EnvironmentID: e.ID, Permissions: read}, "id", "s"), fault.Invalid, "name"},
		{"unknown environment", token(NewToken{Name: "a", EnvironmentID: "nope", Permissions: read}, "id", "s"), fault.Invalid, "nope"},
		{"no permission", token(NewToken{Name: "a", EnvironmentID: e.ID}, "id", "s"), fault.Invalid, "permissions"},
		{"permission", token(NewToken{Name: "a", EnvironmentID: e.ID, Permissions: []Permission{"data:burn"}}, "id", "s"), fault.Invalid, "data:burn"},
		{"expired", token(NewToken{Name: "a", EnvironmentID: e.ID, Permissions: read, ExpiresAt: noon}, "id", "s"), fault.Invalid, "expires_at: 2026-05-04T12:00:00Z has passed"},
		{"id with a colon", token(NewToken{Name: "a", EnvironmentID: e.ID, Permissions: read}, "i:d", "s"), fault.Invalid, "token id"},
		{"no secret", token(NewToken{Name: "a", EnvironmentID: e.ID, Permissions: read}, "id", ""), fault.Invalid, "token secret"},
		{"id twice", token(NewToken{Name: "a", EnvironmentID: e.ID, Permissions: read}, "taken", "s"), fault.Conflict, "taken"},
		{"revoke unknown", s.RevokeToken(t.Context(), "nope"), fault.NotFound, "nope"},
	}
	for _, tt := range tests {
		var f *fault.Error
		if !errors.As(tt.err, &f) || f.Code != tt.code || !strings.Contains(f.Public(), tt.says) {
			t.Errorf("%s: got %v, want code %s and %q", tt.name, tt.err, tt.code, tt.says)
		}
	}
	if got := len(s.Environments()) + len(s.Tokens()); got != 2 {
		t.Errorf("%d records, want the 2 made before", got)
	}
}

func TestAuthenticate(t *testing.T) {
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k")
	n := NewToken{Name: "reader", EnvironmentID: e.ID, Permissions: []Permission{DataRead}}
	imported, err := s.ImportToken(t.Context(), n, "my token id", "my secret")
	if err != nil {
		t.Fatal(err)
	}
	clock.advance(time.Millisecond) // so that the imported one is the first of Tokens
	n.ExpiresAt = noon.Add(time.Minute)
	brief, secret, err := s.CreateToken(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	if len(secret) != 43 { // 256 bits in base64
		t.Errorf("secret has %d letters, want 43", len(secret))
	}
	check := func(when, id, secret string, want bool) {
		t.Helper()
		got, ok := s.Authenticate(id, secret)
		if ok != want || (ok && got.ID != id) {
			t.Errorf("%s: Authenticate(%q) = %q, %v; want %v", when, id, got.ID, ok, want)
		}
	}
	check("right", imported.ID, "my secret", true)
	check("wrong secret", imported.ID, "my secret ", false)
	check("no secret", imported.ID, "", false)
	check("other's secret", imported.ID, secret, false)
	check("unknown", "nobody", "my secret", false)
	check("nothing", "", "", false)

	check("before expiry", brief.ID, secret, true)
	clock.advance(time.Minute - time.Millisecond)
	check("at expiry", brief.ID, secret, false)

	for range 2 {
		if err := s.RevokeToken(t.Context(), imported.ID); err != nil {
			t.Fatal(err)
		}
		check("revoked", imported.ID, "my secret", false)
		clock.advance(time.Minute)
	}
	if got, want := s.Tokens()[0].RevokedAt, noon.Add(time.Minute); !got.Equal(want) {
		t.Errorf("revoked at %v, want the first time, %v", got, want)
	}
	if !imported.Allows(DataRead) || imported.Allows(DataWrite) {
		t.Errorf("permissions are %v, want %s alone", imported.Permissions, DataRead)
	}
}

// TestEndedTokensAreForgotten: 90 days after their end, once another is made.
func TestEndedTokensAreForgotten(t *testing.T) {
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k")
	create := func(id string, expires time.Time) {
		t.Helper()
		_, err := s.ImportToken(t.Context(), NewToken{Name: id, EnvironmentID: e.ID, Permissions: Permissions, ExpiresAt: expires}, id, "secret")
		if err != nil {
			t.Fatal(err)
		}
		clock.advance(time.Millisecond)
	}
	create("revoked", time.Time{})
	create("expires", noon.Add(time.Hour))
	create("stays", time.Time{})
	if err := s.RevokeToken(t.Context(), "revoked"); err != nil {
		t.Fatal(err)
	}
	ids := func() (ids []string) {
		for _, token := range s.Tokens() {
			ids = append(ids, token.ID)
		}
		return ids
	}
	clock.advance(90 * 24 * time.Hour)
	create("a", time.Time{})
	if diff := cmp.Diff([]string{"expires", "stays", "a"}, ids()); diff != "" {
		t.Errorf("after 90 days (-want +got):\n%s", diff)
	}
	clock.advance(time.Hour)
	create("b", time.Time{})
	if diff := cmp.Diff([]string{"stays", "a", "b"}, ids()); diff != "" {
		t.Errorf("after 90 days and an hour (-want +got):\n%s", diff)
	}
}

func TestSecretsAreNotKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	s := open(t, path, &fakeClock{t: noon})
	b, err := s.Bootstrap(t.Context(), "", "", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal"} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(content), b.Secret) {
			t.Errorf("%s holds the secret", filepath.Base(name))
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("mode %o, want 600", got)
	}
}

// TestChangesOfOtherProcesses opens the same file twice, as a command beside
// the server does.
func TestChangesOfOtherProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	clock := &fakeClock{t: noon}
	server, command := open(t, path, clock), open(t, path, clock)
	server.Start()
	e := createEnvironment(t, command, "shop", "late")
	token, secret, err := command.CreateToken(t.Context(), NewToken{Name: "a", EnvironmentID: e.ID, Permissions: Permissions})
	if err != nil {
		t.Fatal(err)
	}
	await(t, "the environment", func() bool { _, ok := server.EnvironmentByKey("late"); return ok })
	await(t, "the token", func() bool { _, ok := server.Authenticate(token.ID, secret); return ok })
	if err := command.RevokeToken(t.Context(), token.ID); err != nil {
		t.Fatal(err)
	}
	await(t, "the revocation", func() bool { _, ok := server.Authenticate(token.ID, secret); return !ok })
}

// await waits for a condition that another goroutine makes true.
func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for !condition() {
		select {
		case <-deadline:
			t.Fatalf("%s did not come", what)
		case <-tick.C:
		}
	}
}

// TestOpenTogether is several processes at their first start.
func TestOpenTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	clock := &fakeClock{t: noon}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := Open(t.Context(), Config{Path: path, Clock: clock.now, Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := s.Bootstrap(t.Context(), "k", "id", "secret"); err != nil {
				t.Error(err)
			}
			if err := s.Stop(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s := open(t, path, clock)
	if got := len(s.Environments()); got != 1 {
		t.Errorf("%d environments, want 1", got)
	}
	if got := len(s.Tokens()); got != 1 {
		t.Errorf("%d tokens, want 1", got)
	}
}

func TestStopTwiceAndWithoutStart(t *testing.T) {
	s, _ := openNew(t)
	for range 2 {
		if err := s.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s.Start() // must not bring a goroutine back that reads a closed file
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}
