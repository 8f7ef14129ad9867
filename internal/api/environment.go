package api

import (
	"context"

	"playhead/internal/meta"
)

// Environments gives access to all environments.
type Environments interface {
	Environments() []meta.Environment
	CreateEnvironment(ctx context.Context, n meta.NewEnvironment) (meta.Environment, error)
}

// environmentRoutes are the routes of environments, which are ours. A token
// belongs to one environment, but what it may do with the system is not about
// that one: permissions of the system are for those who run the server.
var environmentRoutes = []route{
	{
		method: "GET", pattern: "/system/v1/environments", name: "list-environments",
		doc:        "All environments, in the order of their creation.",
		permission: meta.SystemRead,
		params:     []param{limit, page},
		data:       []environmentRow{},
		answer:     (*server).listEnvironments,
	},
	{
		method: "POST", pattern: "/system/v1/environments", name: "create-environment",
		doc:        "Make an environment. A name or key that is in use is a conflict.",
		permission: meta.SystemWrite,
		body:       func() any { return new(newEnvironment) },
		data:       environmentRow{},
		created:    true,
		unique:     true,
		answer:     (*server).createEnvironment,
	},
}

// environmentRow is an environment.
type environmentRow struct {
	ID         string `json:"id" doc:"the id, which tokens name"`
	PropertyID int64  `json:"property_id" doc:"the number that views name, from 1"`
	Name       string `json:"name" doc:"unique, for people"`
	Type       string `json:"type" doc:"production, staging or development"`
	EnvKey     string `json:"env_key" doc:"what players send to be counted here"`
	CreatedAt  string `json:"created_at" format:"date-time" doc:"when it was made"`
}

// newEnvironment is an environment to make.
type newEnvironment struct {
	Name   string `json:"name" doc:"unique, 1 to 64 printable characters"`
	Type   string `json:"type,omitempty" doc:"production (by default), staging or development"`
	EnvKey string `json:"env_key,omitempty" doc:"unique, 1 to 64 letters, digits, _ and -; a random one by default"`
}

func (s *server) listEnvironments(c *call) (any, error) {
	return listRecords(c, s.Records.Environments(), newEnvironmentRow)
}

func (s *server) createEnvironment(c *call) (any, error) {
	b := c.body.(*newEnvironment)
	e, err := s.Records.CreateEnvironment(c, meta.NewEnvironment{Name: b.Name, Type: b.Type, IngestKey: b.EnvKey})
	return oneRecord(c, newEnvironmentRow(e)), err
}

func newEnvironmentRow(e meta.Environment) environmentRow {
	return environmentRow{
		ID: e.ID, PropertyID: e.Property, Name: e.Name, Type: e.Type, EnvKey: e.IngestKey,
		CreatedAt: date(e.CreatedAt),
	}
}
