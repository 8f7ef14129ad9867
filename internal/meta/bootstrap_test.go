package meta

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
)

func TestBootstrapGenerates(t *testing.T) {
	s, _ := openNew(t)
	b, err := s.Bootstrap(t.Context(), "", "", "")
	if err != nil {
		t.Fatal(err)
	}
	if b.Environment.Name != "default" || !b.KeyGenerated || b.Secret == "" {
		t.Errorf("got %+v", b)
	}
	if e, ok := s.EnvironmentByKey(b.Environment.IngestKey); !ok || e.ID != b.Environment.ID {
		t.Errorf("the key that was printed finds %+v, %v", e, ok)
	}
	token, ok := s.Authenticate(b.TokenID, b.Secret)
	if !ok || token.EnvironmentID != b.Environment.ID {
		t.Fatalf("the token that was printed gives %+v, %v", token, ok)
	}
	for _, p := range Permissions {
		if !token.Allows(p) {
			t.Errorf("the token does not allow %s", p)
		}
	}
}

func TestBootstrapTwice(t *testing.T) {
	s, _ := openNew(t)
	first, err := s.Bootstrap(t.Context(), "my-key", "id", "secret")
	if err != nil {
		t.Fatal(err)
	}
	if first.Secret != "" || first.KeyGenerated || first.TokenID != "id" || first.Environment.IngestKey != "my-key" {
		t.Errorf("first start: %+v", first)
	}
	tests := []struct {
		name, key, id, secret string
		ignored               []string
	}{
		{"the same", "my-key", "id", "secret", nil},
		{"nothing given", "", "", "", nil},
		{"another key", "other", "id", "secret", []string{"bootstrap-env-key"}},
		{"another secret", "my-key", "id", "other", []string{"bootstrap-token"}},
		{"another token", "my-key", "other", "secret", []string{"bootstrap-token"}},
	}
	for _, tt := range tests {
		got, err := s.Bootstrap(t.Context(), tt.key, tt.id, tt.secret)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(Bootstrapped{Ignored: tt.ignored}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if e, k := len(s.Environments()), len(s.Tokens()); e != 1 || k != 1 {
		t.Errorf("%d environments and %d tokens, want one of each", e, k)
	}
}

func TestBootstrapIsAllOrNothing(t *testing.T) {
	s, _ := openNew(t)
	for _, in := range []struct{ key, id, secret string }{{"k", "id", ""}, {"k", "", "s"}, {"k", "i:d", "s"}, {"a b", "id", "s"}} {
		if _, err := s.Bootstrap(t.Context(), in.key, in.id, in.secret); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("Bootstrap(%+v): got %v, want an invalid parameter", in, err)
		}
	}
	if e, k := len(s.Environments()), len(s.Tokens()); e != 0 || k != 0 {
		t.Errorf("%d environments and %d tokens, want none", e, k)
	}
}
