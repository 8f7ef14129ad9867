package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"playhead/internal/fault"
	"playhead/internal/meta"
)

type tokenCommand struct {
	List   tokenListCommand   `cmd:"" help:"List tokens."`
	Create tokenCreateCommand `cmd:"" help:"Create a token and print its secret, once."`
	Revoke tokenRevokeCommand `cmd:"" help:"Revoke a token."`
}

type tokenListCommand struct {
	recordsFlags
}

// Run prints a line for each token.
func (c *tokenListCommand) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(records *meta.Store) error {
		return table(s.out, "ID\tNAME\tENVIRONMENT\tPERMISSIONS\tSTATE", func(row func(...any)) {
			for _, t := range records.Tokens() {
				row(t.ID, t.Name, t.EnvironmentID, permissions(t.Permissions), tokenState(t, time.Now()))
			}
		})
	})
}

func permissions(ps []meta.Permission) string {
	texts := make([]string, len(ps))
	for i, p := range ps {
		texts[i] = string(p)
	}
	return strings.Join(texts, ",")
}

func tokenState(t meta.Token, now time.Time) string {
	switch {
	case !t.RevokedAt.IsZero():
		return "revoked " + t.RevokedAt.Format(time.RFC3339)
	case t.ExpiresAt.IsZero():
		return "valid"
	case now.Before(t.ExpiresAt):
		return "valid until " + t.ExpiresAt.Format(time.RFC3339)
	}
	return "expired " + t.ExpiresAt.Format(time.RFC3339)
}

type tokenCreateCommand struct {
	recordsFlags
	Name       string        `arg:"" help:"What the token is for."`
	Env        string        `help:"Name or id of the environment." default:"default"`
	Permission []string      `help:"data:read, data:write, system:read, system:write." default:"data:read"`
	Expires    time.Duration `help:"Life of the token; 0 for ever." default:"0"`
}

// Run creates the token.
func (c *tokenCreateCommand) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(records *meta.Store) error {
		env, err := findEnvironment(records, c.Env)
		if err != nil {
			return err
		}
		n := meta.NewToken{Name: c.Name, EnvironmentID: env.ID}
		for _, p := range c.Permission {
			n.Permissions = append(n.Permissions, meta.Permission(p))
		}
		if c.Expires > 0 {
			n.ExpiresAt = time.Now().Add(c.Expires)
		}
		t, secret, err := records.CreateToken(ctx, n)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "token id      %s\ntoken secret  %s\nThe secret is not kept: it cannot be shown again.\n", t.ID, secret)
		return err
	})
}

func findEnvironment(records *meta.Store, name string) (meta.Environment, error) {
	for _, e := range records.Environments() {
		if e.ID == name || e.Name == name {
			return e, nil
		}
	}
	return meta.Environment{}, fault.Badf("env", "no environment %q: see playhead env list", name)
}

type tokenRevokeCommand struct {
	recordsFlags
	ID string `arg:"" help:"Id of the token."`
}

// Run revokes the token; a running server refuses it within a second.
func (c *tokenRevokeCommand) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(records *meta.Store) error {
		if err := records.RevokeToken(ctx, c.ID); err != nil {
			return err
		}
		_, err := fmt.Fprintf(s.out, "token %s revoked\n", c.ID)
		return err
	})
}
