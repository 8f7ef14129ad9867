package api

import (
	"context"
	"encoding/base64"
	"strconv"

	"playhead/internal/fault"
	"playhead/internal/meta"
)

// SigningKeys gives access to the keys that customers sign tokens with.
type SigningKeys interface {
	SigningKeys(environmentID string) []meta.SigningKey
	SigningKey(id string) (meta.SigningKey, bool)
	CreateSigningKey(ctx context.Context, environmentID string) (k meta.SigningKey, private []byte, err error)
	RemoveSigningKey(ctx context.Context, environmentID, id string) error
}

// signingKeyRoutes are the routes of signing keys.
var signingKeyRoutes = []route{
	{
		method: "GET", pattern: "/system/v1/signing-keys", name: "list-signing-keys",
		doc:        "The signing keys of the environment, in the order of their creation.",
		permission: meta.SystemRead,
		params:     []param{limit, page},
		data:       []signingKeyRow{},
		answer:     (*server).listSigningKeys,
	},
	{
		method: "POST", pattern: "/system/v1/signing-keys", name: "create-signing-key",
		doc:        "Make a pair of RSA keys. The private one is shown this once; the server keeps the public one to check what you sign.",
		permission: meta.SystemWrite,
		data:       createdSigningKey{},
		created:    true,
		answer:     (*server).createSigningKey,
	},
	{
		method: "GET", pattern: "/system/v1/signing-keys/{id}", name: "get-signing-key",
		doc:        "One signing key.",
		permission: meta.SystemRead,
		path:       []param{signingKeyID},
		data:       signingKeyRow{},
		answer:     (*server).getSigningKey,
	},
	{
		method: "DELETE", pattern: "/system/v1/signing-keys/{id}", name: "delete-signing-key",
		doc:        "Remove a signing key. What it signed is refused from then on.",
		permission: meta.SystemWrite,
		path:       []param{signingKeyID},
		answer:     (*server).deleteSigningKey,
	},
}

var signingKeyID = inPath("id", "the id of the signing key", "mfrggzdfmztwq2lknnwg23tpoa")

// signingKeyRow is a signing key.
type signingKeyRow struct {
	ID        string `json:"id" doc:"the id, which signed tokens name as their kid"`
	CreatedAt string `json:"created_at" doc:"when it was made, in seconds since 1970 as a text"`
}

// createdSigningKey is a signing key with its private part.
type createdSigningKey struct {
	signingKeyRow
	PrivateKey string `json:"private_key" doc:"the private key for RS256: PEM, in base64. It is not kept and cannot be shown again"`
}

func (s *server) listSigningKeys(c *call) (any, error) {
	return listRecords(c, s.Records.SigningKeys(c.environment.ID), newSigningKeyRow)
}

func (s *server) createSigningKey(c *call) (any, error) {
	k, private, err := s.Records.CreateSigningKey(c, c.environment.ID)
	return oneRecord(c, createdSigningKey{newSigningKeyRow(k), base64.StdEncoding.EncodeToString(private)}), err
}

func (s *server) getSigningKey(c *call) (any, error) {
	k, ok := s.Records.SigningKey(c.id)
	if !ok || k.EnvironmentID != c.environment.ID {
		return nil, fault.New(fault.NotFound, "there is no signing key %s", fault.Quote(c.id))
	}
	return oneRecord(c, newSigningKeyRow(k)), nil
}

func (s *server) deleteSigningKey(c *call) (any, error) {
	return nil, s.Records.RemoveSigningKey(c, c.environment.ID, c.id)
}

func newSigningKeyRow(k meta.SigningKey) signingKeyRow {
	return signingKeyRow{ID: k.ID, CreatedAt: strconv.FormatInt(k.CreatedAt.Unix(), 10)}
}
