package meta

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"time"

	"playhead/internal/fault"
)

// SigningKey checks what a customer's own servers have signed: tokens with
// which anybody may read a few figures of the environment.
type SigningKey struct {
	ID            string
	EnvironmentID string
	Public        *rsa.PublicKey // the private key is not kept
	CreatedAt     time.Time
}

const (
	// signingKeyBits is what clients of the compatible API expect.
	signingKeyBits = 2048
	// maxSigningKeys is how many keys an environment may have.
	maxSigningKeys = 100
)

// SigningKeys are the keys of an environment in the order of their creation.
// They are shared and not to be changed.
func (s *Store) SigningKeys(environmentID string) []SigningKey {
	return s.current.Load().signingKeys[environmentID]
}

// SigningKey finds a key by its id, which is unique among all environments.
// Anybody may have it looked up, with a token that names it.
func (s *Store) SigningKey(id string) (SigningKey, bool) {
	k, ok := s.current.Load().signingKeyByID[id]
	return k, ok
}

// CreateSigningKey makes a pair of keys for the algorithm RS256. The private one
// is returned as PEM (PKCS #1) and nowhere kept. A key too many is a
// fault.Invalid error.
func (s *Store) CreateSigningKey(ctx context.Context, environmentID string) (k SigningKey, private []byte, err error) {
	pair, err := rsa.GenerateKey(rand.Reader, signingKeyBits)
	if err != nil {
		return SigningKey{}, nil, fmt.Errorf("generate signing key: %w", err)
	}
	k = SigningKey{ID: randomWord(26), EnvironmentID: environmentID, Public: &pair.PublicKey, CreatedAt: s.now()}
	public := base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PublicKey(k.Public))
	err = s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO signing_keys (id, environment_id, public_key, created_at) VALUES ($1, $2, $3, $4)`,
			k.ID, k.EnvironmentID, public, k.CreatedAt.UnixMilli())
		if err != nil {
			return fmt.Errorf("insert signing key: %w", err)
		}
		return atMost(ctx, tx, maxSigningKeys, "signing keys", `SELECT COUNT(*) FROM signing_keys WHERE environment_id = $1`, environmentID)
	})
	if err != nil {
		return SigningKey{}, nil, err
	}
	return k, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(pair)}), nil
}

// RemoveSigningKey ends a key, and with it all that it signed. An unknown id is
// a fault.NotFound.
func (s *Store) RemoveSigningKey(ctx context.Context, environmentID, id string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		return changeOne(ctx, tx, fault.New(fault.NotFound, "there is no signing key %s", fault.Quote(id)),
			`DELETE FROM signing_keys WHERE environment_id = $1 AND id = $2`, environmentID, id)
	})
}

func (s *snapshot) readSigningKeys(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT id, environment_id, public_key, created_at FROM signing_keys ORDER BY created_at, id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k SigningKey
		var public string
		var created int64
		if err := rows.Scan(&k.ID, &k.EnvironmentID, &public, &created); err != nil {
			return err
		}
		der, err := base64.StdEncoding.DecodeString(public)
		if err != nil {
			return fmt.Errorf("signing key %q: %w", k.ID, err)
		}
		if k.Public, err = x509.ParsePKCS1PublicKey(der); err != nil {
			return fmt.Errorf("signing key %q: %w", k.ID, err)
		}
		k.CreatedAt = time.UnixMilli(created).UTC()
		s.signingKeys[k.EnvironmentID] = append(s.signingKeys[k.EnvironmentID], k)
		s.signingKeyByID[k.ID] = k
	}
	return rows.Err()
}
