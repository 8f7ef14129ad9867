package meta

import (
	"context"
	"database/sql"
	"fmt"

	"playhead/internal/fault"
)

// Bootstrapped tells what [Store.Bootstrap] did.
type Bootstrapped struct {
	Environment Environment // the zero value unless this was the first start
	TokenID     string      // "" unless this was the first start
	Secret      string      // of the token, if it was generated: to be printed once

	KeyGenerated bool // the ingest key is a random one: to be printed once

	// Ignored names the settings that differ from what is stored: after the
	// first start they change nothing, and the operator should be told.
	Ignored []string
}

// Bootstrap makes the environment "default" with an ingest key, and a token
// with every permission, if there is no environment yet. An empty key or token
// is generated. With an environment it changes nothing, so that it can be
// called at each start.
func (s *Store) Bootstrap(ctx context.Context, key, tokenID, secret string) (Bootstrapped, error) {
	if (tokenID == "") != (secret == "") {
		return Bootstrapped{}, fault.Badf("bootstrap-token", "both an id and a secret are needed, as ID:SECRET")
	}
	if len(s.current.Load().environments) > 0 {
		return s.bootstrapped(key, tokenID, secret), nil
	}
	var b Bootstrapped
	late := false
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		late, err = exists(ctx, tx, `SELECT 1 FROM environments`)
		if err != nil {
			return fmt.Errorf("look for environments: %w", err)
		}
		if late { // another process was faster
			return nil
		}
		b, err = s.firstStart(ctx, tx, key, tokenID, secret)
		return err
	})
	if err != nil {
		return Bootstrapped{}, fmt.Errorf("bootstrap: %w", err)
	}
	if late {
		return s.bootstrapped(key, tokenID, secret), nil
	}
	return b, nil
}

func (s *Store) firstStart(ctx context.Context, tx *sql.Tx, key, tokenID, secret string) (Bootstrapped, error) {
	b := Bootstrapped{KeyGenerated: key == "", TokenID: tokenID}
	if tokenID == "" {
		b.TokenID, b.Secret = randomCredentials()
		secret = b.Secret
	}
	var err error
	if b.Environment, err = s.insertEnvironment(ctx, tx, NewEnvironment{Name: "default", IngestKey: key}); err != nil {
		return b, err
	}
	_, err = s.insertToken(ctx, tx, NewToken{Name: "bootstrap", EnvironmentID: b.Environment.ID, Permissions: Permissions}, b.TokenID, secret)
	return b, err
}

// bootstrapped compares the settings of a later start with what is stored.
func (s *Store) bootstrapped(key, tokenID, secret string) (b Bootstrapped) {
	if _, ok := s.EnvironmentByKey(key); key != "" && !ok {
		b.Ignored = append(b.Ignored, "bootstrap-env-key")
	}
	if _, ok := s.Authenticate(tokenID, secret); tokenID != "" && !ok {
		b.Ignored = append(b.Ignored, "bootstrap-token")
	}
	return b
}
