package meta

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
)

// Secret is a key of 32 random bytes that the server signs with, by its name. It is made
// when it is asked for the first time, and the same from then on, also for other
// processes and after a backup was restored. It is read from the file: keep it.
func (s *Store) Secret(ctx context.Context, name string) ([]byte, error) {
	made := make([]byte, 32)
	rand.Read(made) // never fails
	var key []byte
	err := s.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO secrets (name, value, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING`,
			name, made, s.now().UnixMilli())
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT value FROM secrets WHERE name = $1`, name).Scan(&key)
	})
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	return key, nil
}
