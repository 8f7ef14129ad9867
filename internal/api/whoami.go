package api

import "playhead/internal/meta"

// systemRoutes are the routes of the server itself.
var systemRoutes = []route{
	{
		method: "GET", pattern: "/system/v1/whoami",
		doc:    "The token itself.",
		data:   whoamiData{},
		answer: (*server).whoami,
	},
}

// whoamiData tells a client who it is. The answer has no other members.
type whoamiData struct {
	Data struct {
		Permissions      []meta.Permission `json:"permissions"`
		OrganizationName string            `json:"organization_name"`
		OrganizationID   string            `json:"organization_id"`
		EnvironmentType  string            `json:"environment_type"`
		EnvironmentName  string            `json:"environment_name"`
		EnvironmentID    string            `json:"environment_id"`
		TokenName        string            `json:"access_token_name"`
	} `json:"data"`
}

func (s *server) whoami(c *call) (any, error) {
	var w whoamiData
	w.Data.Permissions = c.token.Permissions
	w.Data.OrganizationName, w.Data.OrganizationID = meta.OrganizationName, meta.OrganizationID
	w.Data.EnvironmentType, w.Data.EnvironmentName, w.Data.EnvironmentID = c.environment.Type, c.environment.Name, c.environment.ID
	w.Data.TokenName = c.token.Name
	return w, nil
}
