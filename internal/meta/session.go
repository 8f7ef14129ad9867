package meta

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"
)

const (
	// SessionLasts is how long a session lasts at the most.
	SessionLasts = 30 * 24 * time.Hour
	// sessionIdle is how long a session lasts that is not used.
	sessionIdle = 7 * 24 * time.Hour
	// sessionNoted is how exactly it is known when a session was used: each time
	// would be a write.
	sessionNoted = time.Hour
	// maxSessions is how many sessions of all tokens are kept.
	maxSessions = 10_000
	// maxTokenSessions is how many sessions of a token are kept.
	maxTokenSessions = 100
)

// sessionHash is SHA-256 of a session's secret, which is nowhere kept. As with
// those of tokens, there is nothing to guess.
type sessionHash [sha256.Size]byte

func (h sessionHash) String() string { return hex.EncodeToString(h[:]) }

func hashSession(secret string) sessionHash { return sha256.Sum256([]byte(secret)) }

// session is a browser that is signed in with a token.
type session struct {
	tokenID       string
	created, used time.Time
}

// ended reports whether a session has lasted its time, or was not used for long.
func (s session) ended(now time.Time) bool {
	return !now.Before(s.created.Add(SessionLasts)) || !now.Before(s.used.Add(sessionIdle))
}

// CreateSession begins a session that stands for a token, and returns its
// secret: a word of base64url. Where there are too many, those that were not
// used for longest make way.
func (s *Store) CreateSession(ctx context.Context, tokenID string) (secret string, err error) {
	var bits [32]byte
	rand.Read(bits[:]) // never fails
	secret = base64.RawURLEncoding.EncodeToString(bits[:])
	now := s.now()
	err = s.write(ctx, func(tx *sql.Tx) error {
		for _, step := range []struct {
			statement string
			args      []any
		}{
			{`DELETE FROM sessions WHERE created_at <= $1 OR used_at <= $2`, []any{now.Add(-SessionLasts).UnixMilli(), now.Add(-sessionIdle).UnixMilli()}},
			{`DELETE FROM sessions WHERE secret_hash IN (SELECT secret_hash FROM sessions WHERE token_id = $1
				ORDER BY used_at DESC, secret_hash LIMIT 1000000 OFFSET $2)`, []any{tokenID, maxTokenSessions - 1}},
			{`DELETE FROM sessions WHERE secret_hash IN (SELECT secret_hash FROM sessions
				ORDER BY used_at DESC, secret_hash LIMIT 1000000 OFFSET $1)`, []any{maxSessions - 1}},
			{`INSERT INTO sessions (secret_hash, token_id, created_at, used_at) VALUES ($1, $2, $3, $3)`, []any{hashSession(secret).String(), tokenID, now.UnixMilli()}},
		} {
			if _, err := tx.ExecContext(ctx, step.statement, step.args...); err != nil {
				return fmt.Errorf("insert session: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// Session finds the token that a session stands for. It is false for an unknown
// secret, for a session that has ended, and for one whose token has: a session
// is never worth more than its token is now.
func (s *Store) Session(secret string) (Token, bool) {
	now, current := s.clock(), s.current.Load()
	found, known := current.sessions[hashSession(secret)]
	if !known || found.ended(now) {
		return Token{}, false
	}
	t, known := current.tokenByID[found.tokenID]
	if !known || !t.live(now) {
		return Token{}, false
	}
	return t, true
}

// UseSession notes that a session is being used, if that was not noted within
// the hour. It is called with each request.
func (s *Store) UseSession(ctx context.Context, secret string) error {
	hash, now := hashSession(secret), s.now()
	due := func() bool {
		found, known := s.current.Load().sessions[hash]
		return known && now.Sub(found.used) >= sessionNoted
	}
	if !due() || !s.noting.TryLock() { // the next request comes soon
		return nil
	}
	defer s.noting.Unlock()
	if !due() { // another request was faster
		return nil
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE sessions SET used_at = $1 WHERE secret_hash = $2 AND used_at < $1`, now.UnixMilli(), hash.String())
		if err != nil {
			return fmt.Errorf("note the use of a session: %w", err)
		}
		return nil
	})
}

// EndSession ends a session. One that is not there has ended.
func (s *Store) EndSession(ctx context.Context, secret string) error {
	hash := hashSession(secret)
	if _, known := s.current.Load().sessions[hash]; !known {
		return nil // anybody may ask: it must not cost a write
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE secret_hash = $1`, hash.String()); err != nil {
			return fmt.Errorf("delete session: %w", err)
		}
		return nil
	})
}

func (s *snapshot) readSessions(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT secret_hash, token_id, created_at, used_at FROM sessions`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		var hash sessionHash
		var one session
		var created, used int64
		if err := rows.Scan(&text, &one.tokenID, &created, &used); err != nil {
			return err
		}
		if n, err := hex.Decode(hash[:], []byte(text)); err != nil || n != len(hash) {
			return fmt.Errorf("a session of token %q has a broken hash", one.tokenID)
		}
		one.created, one.used = time.UnixMilli(created), time.UnixMilli(used)
		s.sessions[hash] = one
	}
	return rows.Err()
}
