package api

import (
	"fmt"
	"slices"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/meta"
	"playhead/internal/openapi"
	"playhead/internal/query"
	"playhead/internal/view"
)

// metricRoutes are the routes of metrics.
var metricRoutes = []route{
	{
		method: "GET", pattern: "/data/v1/metrics/comparison", name: "list-all-metric-values",
		doc:        "All metrics at once.",
		permission: meta.DataRead,
		params:     []param{timeframe, filters, metricFilters, dimension, value},
		data:       comparisonData{},
		meta:       quantileMeta{},
		answer:     (*server).comparison,
	},
	{
		method: "GET", pattern: "/data/v1/metrics/{id}/overall", name: "get-overall-values",
		doc:        "One metric over all views.",
		permission: meta.DataRead,
		path:       []param{metricID},
		params:     []param{timeframe, filters, metricFilters, measurement},
		data:       overallData{},
		meta:       metaData{},
		answer:     (*server).overall,
	},
	{
		method: "GET", pattern: "/data/v1/metrics/{id}/breakdown", name: "list-breakdown-values",
		doc:        "One metric for each value of a dimension.",
		permission: meta.DataRead,
		path:       []param{metricID},
		params:     []param{groupBy, measurement, filters, metricFilters, limit, page, orderBy, orderDirection, timeframe},
		data:       []breakdownRow{},
		meta:       metaData{},
		answer:     (*server).breakdown,
	},
	{
		method: "GET", pattern: "/data/v1/metrics/{id}/timeseries", name: "get-metric-timeseries-data",
		doc:        "One metric over time.",
		permission: meta.DataRead,
		path:       []param{metricID},
		params:     []param{granularity, measurement, filters, metricFilters, orderDirection, timeframe},
		data:       []point{},
		meta:       metaData{},
		answer:     (*server).timeseries,
	},
}

// overallData is one metric over all views.
type overallData struct {
	Value            *float64 `json:"value" doc:"of the metric; null when no view has one, but counts and sums are then 0"`
	TotalWatchTime   *int64   `json:"total_watch_time" doc:"watch time of these views, in ms"`
	TotalViews       int64    `json:"total_views" doc:"views that have a value of the metric"`
	TotalPlayingTime *int64   `json:"total_playing_time" doc:"playing time of these views, in ms"`
	GlobalValue      *float64 `json:"global_value" doc:"always null: there are no other customers here to compare with"`
}

func (s *server) overall(c *call) (any, error) {
	c.query.Metric = c.id
	p, err := query.Overall(c.query)
	if err != nil {
		return nil, err
	}
	result, err := s.one(c, p.Plan)
	if err != nil {
		return nil, err
	}
	row := result.Rows[0]
	return envelope{
		Data: overallData{
			Value:            number(row.Values[query.IndexValue]),
			TotalWatchTime:   integer(row.Values[query.IndexWatchTime]),
			TotalViews:       count(row.Values[query.IndexViews]),
			TotalPlayingTime: integer(row.Values[query.IndexPlayingTime]),
		},
		Total: rows(1), Timeframe: bounds(p.Timeframe), Meta: metaOf(*p, result),
	}, nil
}

// breakdownRow is one metric for one value of a dimension.
type breakdownRow struct {
	Views            int64    `json:"views" doc:"views of the group that have a value of the metric"`
	Value            *float64 `json:"value" doc:"of the metric; null when no view of the group has one"`
	TotalWatchTime   *int64   `json:"total_watch_time" doc:"watch time of these views, in ms"`
	TotalPlayingTime *int64   `json:"total_playing_time" doc:"playing time of these views, in ms"`
	NegativeImpact   int32    `json:"negative_impact" doc:"rank among all groups, from 1, the one that hurts the metric most"`
	Field            *string  `json:"field" doc:"value of the dimension: a text for dimensions of every kind, null where it is not known"`
}

func (s *server) breakdown(c *call) (any, error) {
	c.query.Metric = c.id
	p, err := query.Breakdown(c.query)
	if err != nil {
		return nil, err
	}
	result, err := s.Engine.Aggregate(c, p.Plan)
	if err != nil {
		return nil, err
	}
	data := make([]breakdownRow, len(result.Rows))
	for i, r := range result.Rows {
		data[i] = breakdownRow{
			Views:            count(r.Values[query.IndexViews]),
			Value:            number(r.Values[query.IndexValue]),
			TotalWatchTime:   integer(r.Values[query.IndexWatchTime]),
			TotalPlayingTime: integer(r.Values[query.IndexPlayingTime]),
			NegativeImpact:   int32(r.Rank),
			Field:            field(p.Dimension, r.Groups[0]),
		}
	}
	return envelope{
		Data: data, Total: rows(result.Total), Timeframe: bounds(p.Timeframe), Meta: metaOf(p.MetricPlan, result),
	}, nil
}

// field writes a value of a dimension; one that is not known is null.
func field(d *catalog.Dimension, group string) *string { return text(spell(d, group)) }

// spell writes a value of a dimension as filters do.
func spell(d *catalog.Dimension, group string) string {
	if d.Trace() && group != "" {
		return "[" + strings.Join(view.SplitList(group), ",") + "]"
	}
	return group
}

// point is one step of a timeseries: its time, the value and the views with a
// value. A step without views has neither.
type point [3]any

// Describe implements openapi.Describer.
func (point) Describe(*openapi.Schemas) *openapi.Schema {
	of := func(doc, format string, types ...string) *openapi.Schema {
		return &openapi.Schema{Description: doc, Type: types, Format: format}
	}
	return &openapi.Schema{
		Type: openapi.Types{"array"}, MinItems: 3, MaxItems: 3,
		PrefixItems: []*openapi.Schema{
			of("begin of the step", "date-time", "string"),
			of("value of the metric; null when no view of the step has one", "double", "number", "null"),
			of("views of the step that have a value; null without any", "int64", "integer", "null"),
		},
	}
}

func (s *server) timeseries(c *call) (any, error) {
	c.query.Metric = c.id
	p, err := query.Timeseries(c.query)
	if err != nil {
		return nil, err
	}
	result, err := s.Engine.Aggregate(c, p.Plan)
	if err != nil {
		return nil, err
	}
	b := p.Plan.Buckets
	data := make([]point, b.Count)
	for i := range data {
		data[i] = point{instant(float64(b.Start + int64(i)*b.Width)), nil, nil}
	}
	for _, r := range result.Rows {
		if r.Bucket < 0 || r.Bucket >= b.Count {
			return nil, fmt.Errorf("engine answered bucket %d of %d", r.Bucket, b.Count)
		}
		data[r.Bucket][1] = number(r.Values[query.IndexValue])
		data[r.Bucket][2] = integer(r.Values[query.IndexViews])
	}
	if p.Descending {
		slices.Reverse(data)
	}
	meta := metaOf(p.MetricPlan, result)
	meta.Granularity = p.Granularity
	return envelope{Data: data, Total: rows(len(data)), Timeframe: bounds(p.Timeframe), Meta: meta}, nil
}

// one runs a plan that has exactly one row.
func (s *server) one(c *call, p *query.Plan) (*query.Result, error) {
	result, err := s.Engine.Aggregate(c, p)
	if err != nil {
		return nil, err
	}
	if len(result.Rows) != 1 {
		return nil, fmt.Errorf("engine answered %d rows instead of one", len(result.Rows))
	}
	return result, nil
}
