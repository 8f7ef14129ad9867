package meta

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// snapshot is all records as they were at one value of the change counter. It
// is never changed: readers use it without a lock.
type snapshot struct {
	counter      int64
	environments []Environment // in the order of their creation
	byID         map[string]Environment
	byKey        map[string]Environment
	tokens       []Token // in the order of their creation
	tokenByID    map[string]Token
	sessions     map[sessionHash]session

	signingKeys    map[string][]SigningKey // by environment, in the order of their creation
	signingKeyByID map[string]SigningKey
	categories     map[string][]ErrorCategory  // by environment, ascending by code
	notes          map[string]map[int64]string // by environment and error type

	alertRules map[string][]AlertRule // by environment, in the order of their creation
	channels   map[string][]Channel   // likewise

	exportStreams map[string][]ExportStream // likewise
}

// readSnapshot reads all records in one transaction.
func readSnapshot(ctx context.Context, db *sql.DB) (*snapshot, error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("begin reading control-plane records: %w", err)
	}
	defer tx.Rollback() // nothing was written
	s := &snapshot{
		byID: map[string]Environment{}, byKey: map[string]Environment{}, tokenByID: map[string]Token{},
		sessions:    map[sessionHash]session{},
		signingKeys: map[string][]SigningKey{}, signingKeyByID: map[string]SigningKey{},
		categories: map[string][]ErrorCategory{}, notes: map[string]map[int64]string{},
		alertRules: map[string][]AlertRule{}, channels: map[string][]Channel{},
		exportStreams: map[string][]ExportStream{},
	}
	if err := tx.QueryRowContext(ctx, `SELECT counter FROM changes`).Scan(&s.counter); err != nil {
		return nil, fmt.Errorf("read change counter: %w", err)
	}
	for _, part := range []struct {
		name string
		read func(context.Context, *sql.Tx) error
	}{
		{"environments", s.readEnvironments},
		{"tokens", s.readTokens},
		{"sessions", s.readSessions},
		{"signing keys", s.readSigningKeys},
		{"error categories", s.readErrorCategories},
		{"error notes", s.readErrorNotes},
		{"alert rules", s.readAlertRules},
		{"channels", s.readChannels},
		{"export streams", s.readExportStreams},
	} {
		if err := part.read(ctx, tx); err != nil {
			return nil, fmt.Errorf("read %s: %w", part.name, err)
		}
	}
	return s, nil
}

func (s *snapshot) readEnvironments(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT id, property, name, type, ingest_key, created_at FROM environments ORDER BY property`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var e Environment
		var created int64
		if err := rows.Scan(&e.ID, &e.Property, &e.Name, &e.Type, &e.IngestKey, &created); err != nil {
			return err
		}
		e.CreatedAt = time.UnixMilli(created).UTC()
		s.environments = append(s.environments, e)
		s.byID[e.ID] = e
		s.byKey[e.IngestKey] = e
	}
	return rows.Err()
}

func (s *snapshot) readTokens(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT id, secret_hash, name, environment_id, permissions, created_at, expires_at, revoked_at
		FROM tokens ORDER BY created_at, id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var t Token
		var hash, permissions string
		var created int64
		var expires, revoked sql.NullInt64
		if err := rows.Scan(&t.ID, &hash, &t.Name, &t.EnvironmentID, &permissions, &created, &expires, &revoked); err != nil {
			return err
		}
		if n, err := hex.Decode(t.hash[:], []byte(hash)); err != nil || n != len(t.hash) {
			return fmt.Errorf("token %q has a broken hash", t.ID)
		}
		for p := range strings.FieldsSeq(permissions) {
			t.Permissions = append(t.Permissions, Permission(p))
		}
		t.CreatedAt = time.UnixMilli(created).UTC()
		t.ExpiresAt, t.RevokedAt = timeOf(expires), timeOf(revoked)
		s.tokens = append(s.tokens, t)
		s.tokenByID[t.ID] = t
	}
	return rows.Err()
}

// timeOf reads a time that may be null, which is the zero time here.
func timeOf(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}

// nullable writes a time: the zero time is null.
func nullable(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: !t.IsZero()}
}
