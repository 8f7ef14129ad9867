package meta

import (
	"path/filepath"
	"testing"
)

// TestCopyTo opens a copy of the records: what was there then is there, with its
// secrets, and what came later is not.
func TestCopyTo(t *testing.T) {
	s, clock := openNew(t)
	env, err := s.CreateEnvironment(t.Context(), NewEnvironment{Name: "early", Type: "production"})
	if err != nil {
		t.Fatal(err)
	}
	token, secret, err := s.CreateToken(t.Context(), NewToken{Name: "t", EnvironmentID: env.ID, Permissions: []Permission{DataRead}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.sqlite")
	if err := s.CopyTo(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateEnvironment(t.Context(), NewEnvironment{Name: "late", Type: "production"}); err != nil {
		t.Fatal(err)
	}
	copied := open(t, path, clock)
	if list := copied.Environments(); len(list) != 1 || list[0].ID != env.ID {
		t.Errorf("environments of the copy: %+v, want the early one", list)
	}
	if _, ok := copied.Authenticate(token.ID, secret); !ok {
		t.Error("the token is not in the copy")
	}
	if err := s.CopyTo(t.Context(), path); err == nil {
		t.Error("a copy takes the place of a file")
	}
}
