package meta

import (
	"fmt"
	"testing"

	"playhead/internal/fault"
)

// TestEnvironmentLimit makes as many environments as there may be, and one more.
func TestEnvironmentLimit(t *testing.T) {
	s, _ := openNew(t)
	createEnvironment(t, s, "first", "first")
	tx, err := s.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 2; i < maxEnvironments; i++ {
		_, err := tx.ExecContext(t.Context(), `INSERT INTO environments (id, property, name, type, ingest_key, created_at) VALUES ($1, $2, $1, 'production', $1, 0)`, fmt.Sprint(i), i)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	createEnvironment(t, s, "last", "last")
	if n := len(s.Environments()); n != maxEnvironments {
		t.Errorf("%d environments, want %d", n, maxEnvironments)
	}
	if _, err := s.CreateEnvironment(t.Context(), NewEnvironment{Name: "too many"}); fault.CodeOf(err) != fault.Invalid && fault.CodeOf(err) != fault.Conflict {
		t.Errorf("one more: %v, want a refusal", err)
	}
	if _, ok := s.EnvironmentByKey("last"); !ok || len(s.Environments()) != maxEnvironments {
		t.Error("the refusal has changed the environments")
	}
}
