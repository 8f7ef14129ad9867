package api

import "playhead/internal/meta"

// systemRoutes are the routes of the server itself.
var systemRoutes = []route{
	{
		method: "GET", pattern: "/system/v1/whoami", name: "get-whoami",
		doc:    "The token itself.",
		data:   whoamiData{},
		bare:   true,
		answer: (*server).whoami,
	},
}

// whoamiData tells a client who it is.
type whoamiData struct {
	Permissions      []meta.Permission `json:"permissions" doc:"what the token allows"`
	OrganizationName string            `json:"organization_name" doc:"of this server; there is one"`
	OrganizationID   string            `json:"organization_id" doc:"of this server"`
	EnvironmentType  string            `json:"environment_type" doc:"production, development or what else it was made as"`
	EnvironmentName  string            `json:"environment_name" doc:"name of the environment whose data the token reads"`
	EnvironmentID    string            `json:"environment_id" doc:"id of that environment"`
	TokenName        string            `json:"access_token_name" doc:"name of the token"`
}

func (s *server) whoami(c *call) (any, error) {
	return bareEnvelope{whoamiData{
		Permissions:      c.token.Permissions,
		OrganizationName: meta.OrganizationName, OrganizationID: meta.OrganizationID,
		EnvironmentType: c.environment.Type, EnvironmentName: c.environment.Name, EnvironmentID: c.environment.ID,
		TokenName: c.token.Name,
	}}, nil
}
