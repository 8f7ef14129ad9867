package meta

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"playhead/internal/fault"
)

// Environment is a tenant: the views of one ingest key, apart from all others.
type Environment struct {
	ID        string // opaque; never changes
	Property  int64  // the number that the API calls property_id: from 1, in order of creation
	Name      string // unique, for people
	Type      string // one of EnvironmentTypes
	IngestKey string // unique; what players send as their environment key
	CreatedAt time.Time
}

// EnvironmentTypes are the types that an environment can have.
var EnvironmentTypes = []string{"production", "staging", "development"}

// maxEnvironments is how many environments there may be.
const maxEnvironments = 1000

// NewEnvironment is what an environment is made of.
type NewEnvironment struct {
	Name      string // 1 to 64 printable characters
	Type      string // one of EnvironmentTypes; empty: production
	IngestKey string // 1 to 64 letters, digits, "_" and "-"; empty: a random one
}

var ingestKeyPattern = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// EnvironmentByKey finds the environment of an ingest key. Each beacon calls
// it: it takes no lock and no memory.
func (s *Store) EnvironmentByKey(key string) (Environment, bool) {
	e, ok := s.current.Load().byKey[key]
	return e, ok
}

// EnvironmentByID finds an environment by its id.
func (s *Store) EnvironmentByID(id string) (Environment, bool) {
	e, ok := s.current.Load().byID[id]
	return e, ok
}

// Environments are all environments in the order of their creation.
func (s *Store) Environments() []Environment {
	return slices.Clone(s.current.Load().environments)
}

// CreateEnvironment makes an environment. A malformed member is a
// fault.Invalid error that names it; a name or key in use is a fault.Conflict.
func (s *Store) CreateEnvironment(ctx context.Context, n NewEnvironment) (Environment, error) {
	var made Environment
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		made, err = s.insertEnvironment(ctx, tx, n)
		return err
	})
	return made, err
}

// checked fills in the defaults.
func (n NewEnvironment) checked() (NewEnvironment, error) {
	if n.Type == "" {
		n.Type = EnvironmentTypes[0]
	}
	if n.IngestKey == "" {
		n.IngestKey = randomWord(26)
	}
	if err := checkName("name", n.Name); err != nil {
		return n, err
	}
	if !slices.Contains(EnvironmentTypes, n.Type) {
		return n, fault.Badf("type", "%s is not one of %s", fault.Quote(n.Type), strings.Join(EnvironmentTypes, ", "))
	}
	if !ingestKeyPattern.MatchString(n.IngestKey) {
		return n, fault.Badf("env_key", `%s must have 1 to 64 letters, digits, "_" and "-"`, fault.Quote(n.IngestKey))
	}
	return n, nil
}

func (s *Store) insertEnvironment(ctx context.Context, tx *sql.Tx, n NewEnvironment) (Environment, error) {
	n, err := n.checked()
	if err != nil {
		return Environment{}, err
	}
	for _, unique := range []struct{ param, column, value string }{{"name", "name", n.Name}, {"env_key", "ingest_key", n.IngestKey}} {
		used, err := exists(ctx, tx, `SELECT 1 FROM environments WHERE `+unique.column+` = $1`, unique.value)
		if err != nil {
			return Environment{}, fmt.Errorf("look for environment: %w", err)
		}
		if used {
			return Environment{}, fault.New(fault.Conflict, "there is already an environment with %s %q", unique.param, unique.value)
		}
	}
	e := Environment{ID: randomWord(12), Name: n.Name, Type: n.Type, IngestKey: n.IngestKey, CreatedAt: s.now()}
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(property), 0) + 1 FROM environments`).Scan(&e.Property); err != nil {
		return Environment{}, fmt.Errorf("number environment: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO environments (id, property, name, type, ingest_key, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		e.ID, e.Property, e.Name, e.Type, e.IngestKey, e.CreatedAt.UnixMilli())
	if err != nil {
		return Environment{}, fmt.Errorf("insert environment: %w", err)
	}
	return e, atMost(ctx, tx, maxEnvironments, "environments", `SELECT COUNT(*) FROM environments`)
}

// now is the time of a record: whole ms, as it will be read again.
func (s *Store) now() time.Time { return s.clock().UTC().Truncate(time.Millisecond) }

// randomWord is a random word of up to 26 letters and digits, five random bits
// each. Its letters are small, because an ingest key can be a host name.
func randomWord(length int) string { return strings.ToLower(rand.Text()[:length]) }

// checkName refuses what cannot be shown on one line, and what cannot be seen.
func checkName(param, name string) error {
	if !printable(name, 64) {
		return fault.Badf(param, "%s must have 1 to 64 printable characters", fault.Quote(name))
	}
	if strings.TrimSpace(name) == "" {
		return fault.Badf(param, "%s has only spaces: want a name that can be seen", fault.Quote(name))
	}
	return nil
}
