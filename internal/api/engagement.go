package api

import (
	"slices"

	"playhead/internal/meta"
	"playhead/internal/openapi"
	"playhead/internal/query"
)

// engagementRoutes are the routes about which parts of a content were played.
var engagementRoutes = slices.Concat(
	engagementOf("assets", "asset", "asset_id", "the asset of the hosting service"),
	engagementOf("videos", "video", "video_id", "the customer's id of the video"),
	engagementOf("playback-ids", "playback-id", "playback_id", "the playback id of the hosting service"),
)

// engagementOf are the two routes about contents that a dimension tells apart.
func engagementOf(path, one, dimension, doc string) []route {
	id := inPath("id", doc+"; of one that is not known nothing was played", "abcd1234")
	about := func(answer func(*server, *call) (any, error)) func(*server, *call) (any, error) {
		return func(s *server, c *call) (any, error) {
			c.query.Dimension, c.query.Value = dimension, &c.id
			return answer(s, c)
		}
	}
	return []route{
		{
			method: "GET", pattern: "/data/v1/engagement/" + path + "/{id}/heatmap", name: "get-engagement-heatmap-" + one,
			doc:        "Which parts of the content were played, by the views that started in the timeframe.",
			permission: meta.DataRead,
			path:       []param{id},
			params:     []param{timeframe},
			data:       heatmapData{},
			answer:     about((*server).heatmap),
		},
		{
			method: "GET", pattern: "/data/v1/engagement/" + path + "/{id}/hotspots", name: "get-engagement-hotspots-" + one,
			doc: "The parts of the content that stand out: those above its mean and among the quarter that most views played. " +
				"Ascending they are cold spots: below the mean and among the quarter that fewest views played.",
			permission: meta.DataRead,
			path:       []param{id},
			params:     []param{timeframe, hotspotsLimit, hotspotsDirection},
			data:       hotspotsData{},
			answer:     about((*server).hotspots),
		},
	}
}

var (
	hotspotsLimit = scalar("limit", "hotspots to answer; all by default",
		func(r *query.Request) *string { return &r.Limit }).of(whole(1, 1000, 1000))
	hotspotsDirection = scalar("order_direction", "desc for hotspots, which is the default; asc for cold spots",
		func(r *query.Request) *string { return &r.Direction }).of(openapi.Words("asc", "desc"))
)

// heatmapData is how much of each part was played.
type heatmapData struct {
	TotalViews int64     `json:"total_views" doc:"views that played something of the content"`
	Value      []float64 `json:"value" doc:"for each part of the content, all equally long, the share of these views that played it, from 0 to 1: a part a second, but 10 to 1,000"`
}

// hotspotsData is what stands out.
type hotspotsData struct {
	TotalViews int64     `json:"total_views" doc:"views that played something of the content"`
	Hotspots   []hotspot `json:"hotspots" doc:"the most played first; cold spots: the least played first"`
}

// hotspot is a stretch of the content that stands out.
type hotspot struct {
	Start int64   `json:"start_ms" doc:"ms from the beginning of the content"`
	End   int64   `json:"end_ms" doc:"ms from the beginning of the content; exclusive"`
	Score float64 `json:"score" doc:"the share of the views that played it, from 0 to 1"`
}

func (s *server) heatmap(c *call) (any, error) {
	p, h, err := s.engagement(c)
	if err != nil {
		return nil, err
	}
	return envelope{Data: heatmapData{TotalViews: h.Views, Value: h.Value}, Total: rows(1), Timeframe: bounds(p.Timeframe)}, nil
}

func (s *server) hotspots(c *call) (any, error) {
	p, h, err := s.engagement(c)
	if err != nil {
		return nil, err
	}
	spots := h.Hotspots(p.Cold)
	data := hotspotsData{TotalViews: h.Views, Hotspots: make([]hotspot, min(len(spots), p.Limit))}
	for i := range data.Hotspots {
		data.Hotspots[i] = hotspot(spots[i])
	}
	return envelope{Data: data, Total: rows(len(spots)), Timeframe: bounds(p.Timeframe)}, nil
}

// engagement asks which parts of the content in c.query were played.
func (s *server) engagement(c *call) (*query.EngagementPlan, *query.Heatmap, error) {
	p, err := query.Engagement(c.query)
	if err != nil {
		return nil, nil, err
	}
	views, err := s.one(c, p.Views)
	if err != nil {
		return nil, nil, err
	}
	starts, err := s.Engine.Aggregate(c, p.Starts)
	if err != nil {
		return nil, nil, err
	}
	ends, err := s.Engine.Aggregate(c, p.Ends)
	if err != nil {
		return nil, nil, err
	}
	return p, p.Heatmap(views.Rows[0], starts.Rows, ends.Rows), nil
}
