package meta

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"playhead/internal/fault"
)

// Permission is something that a token allows.
type Permission string

// The permissions.
const (
	DataRead    Permission = "data:read"
	DataWrite   Permission = "data:write"
	SystemRead  Permission = "system:read"
	SystemWrite Permission = "system:write"
)

// Permissions are all permissions.
var Permissions = []Permission{DataRead, DataWrite, SystemRead, SystemWrite}

// Doc says what a permission allows.
func (p Permission) Doc() string {
	switch p {
	case DataRead:
		return "read views, metrics and everything computed from them"
	case DataWrite:
		return "change annotations, and notes and categories of errors"
	case SystemRead:
		return "read signing keys, and the environments and tokens of the whole server"
	case SystemWrite:
		return "make and end signing keys, environments and tokens"
	default:
		return ""
	}
}

// Token lets a client read, or change, the data of one environment.
type Token struct {
	ID            string
	Name          string // for people
	EnvironmentID string
	Permissions   []Permission // not to be changed
	CreatedAt     time.Time
	ExpiresAt     time.Time // zero: never
	RevokedAt     time.Time // zero: not revoked

	// hash is SHA-256 of the secret. A slow hash such as bcrypt defends secrets
	// that can be guessed; ours have 256 random bits, and each API request
	// would pay for it.
	hash [sha256.Size]byte
}

// Allows reports whether the token has a permission.
func (t Token) Allows(p Permission) bool { return slices.Contains(t.Permissions, p) }

// live reports whether a token is neither revoked nor expired.
func (t Token) live(now time.Time) bool {
	return t.RevokedAt.IsZero() && (t.ExpiresAt.IsZero() || now.Before(t.ExpiresAt))
}

// NewToken is what a token is made of.
type NewToken struct {
	Name          string       // 1 to 64 printable characters
	EnvironmentID string       // an environment that exists
	Permissions   []Permission // at least one
	ExpiresAt     time.Time    // in the future; zero: never
}

const (
	// maxTokens is how many tokens may be valid at the same time.
	maxTokens = 10_000
	// keepEnded is how long tokens that were revoked or have expired are listed.
	keepEnded = 90 * 24 * time.Hour
)

// CreateToken makes a token with a random secret, which is returned and
// nowhere kept. A malformed member is a fault.Invalid error that names it.
func (s *Store) CreateToken(ctx context.Context, n NewToken) (t Token, secret string, err error) {
	id, secret := randomCredentials()
	t, err = s.ImportToken(ctx, n, id, secret)
	return t, secret, err
}

// ImportToken makes a token with an id and a secret made elsewhere: the id has
// 1 to 128 printable characters without a colon, the secret 1 to 256 printable
// ones. It is as hard to guess as the secret is random. An id in use is a
// fault.Conflict.
func (s *Store) ImportToken(ctx context.Context, n NewToken, id, secret string) (Token, error) {
	var made Token
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		made, err = s.insertToken(ctx, tx, n, id, secret)
		return err
	})
	return made, err
}

// Tokens are all tokens in the order of their creation, with those that ended
// in the last 90 days.
func (s *Store) Tokens() []Token { return slices.Clone(s.current.Load().tokens) }

// Authenticate finds the token with an id and a secret. It is false for an
// unknown id, a wrong secret and a token that is revoked or has expired, and
// takes the same time for each of them.
func (s *Store) Authenticate(id, secret string) (Token, bool) {
	t, known := s.current.Load().tokenByID[id] // the zero token is compared with when unknown
	hash := sha256.Sum256([]byte(secret))
	same := subtle.ConstantTimeCompare(hash[:], t.hash[:]) == 1
	if !known || !same || !t.live(s.clock()) {
		return Token{}, false
	}
	return t, true
}

// RevokeToken ends a token for ever. Revoking it again changes nothing; an
// unknown id is a fault.NotFound.
func (s *Store) RevokeToken(ctx context.Context, id string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		known, err := exists(ctx, tx, `SELECT 1 FROM tokens WHERE id = $1`, id)
		if err != nil {
			return fmt.Errorf("look for token: %w", err)
		}
		if !known {
			return fault.New(fault.NotFound, "there is no token %s", fault.Quote(id))
		}
		_, err = tx.ExecContext(ctx, `UPDATE tokens SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL`, s.now().UnixMilli(), id)
		if err != nil {
			return fmt.Errorf("revoke token: %w", err)
		}
		return nil
	})
}

func (s *Store) insertToken(ctx context.Context, tx *sql.Tx, n NewToken, id, secret string) (Token, error) {
	now := s.now()
	if err := n.check(id, secret, now); err != nil {
		return Token{}, err
	}
	ended := now.Add(-keepEnded).UnixMilli()
	if _, err := tx.ExecContext(ctx, `DELETE FROM tokens WHERE revoked_at <= $1 OR expires_at <= $1`, ended); err != nil {
		return Token{}, fmt.Errorf("forget tokens that ended: %w", err)
	}
	known, err := exists(ctx, tx, `SELECT 1 FROM environments WHERE id = $1`, n.EnvironmentID)
	if err != nil {
		return Token{}, fmt.Errorf("look for environment: %w", err)
	}
	if !known {
		return Token{}, fault.Badf("environment_id", "there is no environment %s", fault.Quote(n.EnvironmentID))
	}
	used, err := exists(ctx, tx, `SELECT 1 FROM tokens WHERE id = $1`, id)
	if err != nil {
		return Token{}, fmt.Errorf("look for token: %w", err)
	}
	if used {
		return Token{}, fault.New(fault.Conflict, "there is already a token %q", id)
	}
	t := Token{
		ID: id, Name: n.Name, EnvironmentID: n.EnvironmentID, Permissions: slices.Clone(n.Permissions),
		CreatedAt: now, ExpiresAt: n.ExpiresAt.UTC().Truncate(time.Millisecond), hash: sha256.Sum256([]byte(secret)),
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO tokens (id, secret_hash, name, environment_id, permissions, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		t.ID, hex.EncodeToString(t.hash[:]), t.Name, t.EnvironmentID, joinPermissions(t.Permissions), t.CreatedAt.UnixMilli(), nullable(t.ExpiresAt))
	if err != nil {
		return Token{}, fmt.Errorf("insert token: %w", err)
	}
	return t, atMost(ctx, tx, maxTokens, "valid tokens",
		`SELECT COUNT(*) FROM tokens WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1)`, now.UnixMilli())
}

func (n NewToken) check(id, secret string, now time.Time) error {
	if err := checkName("name", n.Name); err != nil {
		return err
	}
	if !printable(id, 128) || strings.Contains(id, ":") {
		return fault.Badf("token id", "%s must have 1 to 128 printable characters without a colon", fault.Quote(id))
	}
	if !printable(secret, 256) {
		return fault.Badf("token secret", "it must have 1 to 256 printable characters")
	}
	if len(n.Permissions) == 0 {
		return fault.Badf("permissions", "at least one of %s is needed", joinPermissions(Permissions))
	}
	for _, p := range n.Permissions {
		if !slices.Contains(Permissions, p) {
			return fault.Badf("permissions", "%s is not one of %s", fault.Quote(string(p)), joinPermissions(Permissions))
		}
	}
	if !n.ExpiresAt.IsZero() && !n.ExpiresAt.After(now) {
		return fault.Badf("expires_at", "%s has passed", n.ExpiresAt.UTC().Format(time.RFC3339))
	}
	return nil
}

// joinPermissions writes permissions with spaces between them, as they are stored.
func joinPermissions(ps []Permission) string {
	words := make([]string, len(ps))
	for i, p := range ps {
		words[i] = string(p)
	}
	return strings.Join(words, " ")
}

// randomCredentials are an id of 130 random bits and a secret of 256.
func randomCredentials() (id, secret string) {
	var bits [32]byte
	rand.Read(bits[:]) // never fails
	return randomWord(26), base64.RawURLEncoding.EncodeToString(bits[:])
}

// printable reports whether s is valid UTF-8 of 1 to limit bytes that can all
// be shown.
func printable(s string, limit int) bool {
	return s != "" && len(s) <= limit && utf8.ValidString(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
