package api

import (
	"errors"

	"playhead/internal/meta"
	"playhead/internal/openapi"
	"playhead/internal/query"
)

// insightRoutes are the routes of insights.
var insightRoutes = []route{
	{
		method: "GET", pattern: "/data/v1/metrics/{id}/insights", name: "list-insights",
		doc: "The values of all dimensions by how much they hurt a metric, the worst first. " +
			"Dimensions whose values name single viewers, sessions or pages are left out: viewer_user_id, view_session_id and page_url.",
		permission: meta.DataRead,
		path:       []param{metricID},
		params:     []param{measurement, filters, metricFilters, outcomes, insightsLimit, page, ignoredDirection, timeframe},
		data:       []insightRow{},
		meta:       metaData{},
		answer:     (*server).insights,
	},
}

var (
	insightsLimit = scalar("limit", "rows of a page",
		func(r *query.Request) *string { return &r.Limit }).of(whole(1, 1000, 1000))
	outcomes = scalar("outcomes", "false: without dimensions that tell how views went, such as their error; a parameter of our own",
		func(r *query.Request) *string { return &r.Outcomes }).of(&openapi.Schema{Type: openapi.Types{"boolean"}, Default: true})
	ignoredDirection = scalar("order_direction", "accepted and ignored: the worst always come first",
		func(*query.Request) *string { return new(string) }).of(orderDirection.schema)
)

// insightRow is a metric for one value of a dimension.
type insightRow struct {
	TotalWatchTime      *int64   `json:"total_watch_time" doc:"watch time of these views in ms"`
	TotalPlayingTime    *int64   `json:"total_playing_time" doc:"playing time of these views in ms"`
	TotalViews          int64    `json:"total_views" doc:"views with this value of the dimension that have a value of the metric"`
	NegativeImpactScore *float64 `json:"negative_impact_score" doc:"how much better than all views these are, times their number: the more below 0, the worse"`
	Metric              *float64 `json:"metric" doc:"the metric over these views"`
	FilterValue         *string  `json:"filter_value" doc:"the value as filters spell it; an empty one where it is not known"`
	FilterColumn        string   `json:"filter_column" doc:"the dimension"`
}

func (s *server) insights(c *call) (any, error) {
	c.query.Metric = c.id
	p, err := query.Insights(c.query)
	if err != nil {
		return nil, err
	}
	result, err := s.Engine.Aggregate(c, p.Plan)
	if err != nil {
		return nil, err
	}
	if result.All == nil {
		return nil, errors.New("engine answered insights without the row of all views")
	}
	data := make([]insightRow, len(result.Rows))
	for i, r := range result.Rows {
		d := p.Plan.Sets[r.Set]
		spelled := spell(d, r.Groups[0])
		data[i] = insightRow{
			TotalWatchTime:      integer(r.Values[query.IndexWatchTime]),
			TotalPlayingTime:    integer(r.Values[query.IndexPlayingTime]),
			TotalViews:          count(r.Values[query.IndexViews]),
			NegativeImpactScore: number(p.Score(r, result.All)),
			Metric:              number(r.Values[query.IndexValue]),
			FilterValue:         &spelled,
			FilterColumn:        d.Name,
		}
	}
	return envelope{
		Data: data, Total: rows(result.Total), Timeframe: bounds(p.Timeframe), Meta: metaOf(p.MetricPlan, result),
	}, nil
}
