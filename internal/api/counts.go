package api

import (
	"playhead/internal/catalog"
)

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
	views, viewers := s.Live.Watching(c.environment.ID, catalog.MustColumn(c.subject.kind), c.subject.id)
	row := countsRow{int32(views), int32(viewers), instant(float64(c.query.Now.UnixMilli()))}
	return bareEnvelope{[]countsRow{row}}, nil
}
