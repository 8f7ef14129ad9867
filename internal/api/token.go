package api

import (
	"context"
	"slices"
	"time"

	"playhead/internal/fault"
	"playhead/internal/meta"
)

// Tokens gives access to the tokens of all environments.
type Tokens interface {
	Tokens() []meta.Token
	CreateToken(ctx context.Context, n meta.NewToken) (t meta.Token, secret string, err error)
	RevokeToken(ctx context.Context, id string) error
}

// tokenRoutes are the routes of tokens, which are ours.
var tokenRoutes = []route{
	{
		method: "GET", pattern: "/system/v1/tokens", name: "list-tokens",
		doc:        "The tokens of all environments, in the order of their creation, without their secrets.",
		permission: meta.SystemRead,
		params:     []param{limit, page},
		data:       []tokenRow{},
		answer:     (*server).listTokens,
	},
	{
		method: "POST", pattern: "/system/v1/tokens", name: "create-token",
		doc:        "Make a token, for any environment. It may be given only permissions that the calling token has too. Its secret is shown this once.",
		permission: meta.SystemWrite,
		body:       func() any { return new(newToken) },
		data:       createdToken{},
		created:    true,
		answer:     (*server).createToken,
	},
	{
		method: "DELETE", pattern: "/system/v1/tokens/{id}", name: "revoke-token",
		doc:        "Revoke a token. It stays in the list for 90 days.",
		permission: meta.SystemWrite,
		path:       []param{inPath("id", "the id of the token", "mfrggzdfmztwq2lknnwg23tpoa")},
		answer:     (*server).revokeToken,
	},
}

// tokenRow is a token as it is listed.
type tokenRow struct {
	ID            string            `json:"id" doc:"the user name of HTTP Basic"`
	Name          string            `json:"name" doc:"what it is for"`
	EnvironmentID string            `json:"environment_id" doc:"the environment whose data it is for"`
	Permissions   []meta.Permission `json:"permissions" doc:"what it allows"`
	CreatedAt     string            `json:"created_at" format:"date-time" doc:"when it was made"`
	ExpiresAt     *string           `json:"expires_at" format:"date-time" doc:"when it ends by itself; null: never"`
	RevokedAt     *string           `json:"revoked_at" format:"date-time" doc:"when it was revoked"`
}

// createdToken is a token with its secret.
type createdToken struct {
	tokenRow
	Secret string `json:"secret" doc:"the password of HTTP Basic. It is not kept and cannot be shown again"`
}

// newToken is a token to make.
type newToken struct {
	Name          string            `json:"name" doc:"what it is for: 1 to 64 printable characters"`
	EnvironmentID string            `json:"environment_id,omitempty" doc:"the environment whose data it is for; that of the calling token by default"`
	Permissions   []meta.Permission `json:"permissions" doc:"what it allows: at least one"`
	ExpiresAt     string            `json:"expires_at,omitempty" format:"date-time" doc:"when it ends by itself, such as 2026-12-31T00:00:00Z; never by default"`
}

func (s *server) listTokens(c *call) (any, error) {
	return listRecords(c, s.Records.Tokens(), newTokenRow)
}

func (s *server) createToken(c *call) (any, error) {
	b := c.body.(*newToken)
	n := meta.NewToken{Name: b.Name, EnvironmentID: b.EnvironmentID, Permissions: b.Permissions}
	if n.EnvironmentID == "" {
		n.EnvironmentID = c.environment.ID
	}
	for _, p := range b.Permissions {
		if slices.Contains(meta.Permissions, p) && !c.token.Allows(p) {
			return nil, fault.New(fault.Forbidden, "this token lacks the permission %s and so cannot give it", p)
		}
	}
	if b.ExpiresAt != "" {
		var err error
		if n.ExpiresAt, err = time.Parse(time.RFC3339, b.ExpiresAt); err != nil {
			return nil, fault.Badf("expires_at", "want a time such as 2026-12-31T00:00:00Z, have %s", fault.Quote(b.ExpiresAt))
		}
	}
	t, secret, err := s.Records.CreateToken(c, n)
	return oneRecord(c, createdToken{newTokenRow(t), secret}), err
}

func (s *server) revokeToken(c *call) (any, error) {
	return nil, s.Records.RevokeToken(c, c.id)
}

func newTokenRow(t meta.Token) tokenRow {
	return tokenRow{
		ID: t.ID, Name: t.Name, EnvironmentID: t.EnvironmentID, Permissions: t.Permissions,
		CreatedAt: date(t.CreatedAt), ExpiresAt: dateOrNull(t.ExpiresAt), RevokedAt: dateOrNull(t.RevokedAt),
	}
}
