package api

import (
	"playhead/internal/catalog"
)

// Live tells of views that are in progress.
type Live interface {
	// Watching counts the views of an environment that are in progress and have
	// a value in a column, which is not empty, and their viewers.
	Watching(environmentID string, c *catalog.Column, value string) (views, viewers int)
}

// countRoutes are the routes that anybody may ask who was given a signed token.
var countRoutes = []route{
	{
		method: "GET", pattern: "/counts", name: "get-counts",
		doc:    "How many are watching now. The answer may be read by pages of all sites (CORS).",
		signed: true,
		params: []param{signedToken},
		data:   []countsRow{},
		bare:   true,
		answer: (*server).counts,
	},
}

// countsRow is how many are watching.
type countsRow struct {
	Views     int32  `json:"views" doc:"views in progress"`
	Viewers   int32  `json:"viewers" doc:"different viewers of them"`
	UpdatedAt string `json:"updated_at" format:"date-time" doc:"the time of the counts"`
}

func (s *server) counts(c *call) (any, error) {
	row := countsRow{UpdatedAt: instant(float64(c.query.Now.UnixMilli()))}
	if s.Live != nil {
		views, viewers := s.Live.Watching(c.environment.ID, catalog.MustColumn(c.subject.kind), c.subject.id)
		row.Views, row.Viewers = int32(views), int32(viewers)
	}
	return bareEnvelope{[]countsRow{row}}, nil
}
