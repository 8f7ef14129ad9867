package api

import (
	"slices"
	"strings"

	"playhead/internal/meta"
	"playhead/internal/openapi"
	"playhead/internal/query"
)

// subviewRoutes are the routes about the stretches that views are made of. The
// metric, of which there is one, and the type in front of dimensions are spelled
// out in the patterns, which would otherwise match the same paths.
var subviewRoutes = slices.Concat(subviewMetricRoutes, subviewDimensionsOf(query.Subviews[0]), subviewDimensionsOf(query.Subviews[1]))

var subviewMetricRoutes = []route{
	{
		method: "GET", pattern: "/data/v1/subview-metrics/playing_time/{type}/overall", name: "get-subview-overall",
		doc:        "The playing time of all views that started in the timeframe.",
		permission: meta.DataRead,
		path:       []param{subviewType},
		params:     []param{subviewFilters, timeframe},
		data:       subviewOverall{},
		meta:       subviewMeta{},
		uncounted:  true,
		answer:     ofType((*server).subviewOverall),
	},
	{
		method: "GET", pattern: "/data/v1/subview-metrics/playing_time/{type}/breakdown", name: "list-subview-breakdown",
		doc:        "The playing time by rendition or mode of playback, the longest first.",
		permission: meta.DataRead,
		path:       []param{subviewType},
		params:     []param{subviewFilters, groupByParts, limit, page, timeframe},
		data:       []subviewRow{},
		meta:       subviewGroupedMeta{},
		answer:     ofType((*server).subviewBreakdown),
	},
	{
		method: "GET", pattern: "/data/v1/subview-metrics/playing_time/{type}/comparison", name: "list-subview-comparison",
		doc:        "The playing time by rendition or mode of playback, for each of some values of a dimension.",
		permission: meta.DataRead,
		path:       []param{subviewType},
		params:     []param{comparedDimension, comparedValues, valueLimit, subviewFilters, groupByParts, timeframe},
		data:       []subviewGroup{},
		meta:       subviewComparisonMeta{},
		answer:     ofType((*server).subviewComparison),
	},
	{
		method: "GET", pattern: "/data/v1/subview-metrics/playing_time/{type}/breakdown-timeseries", name: "get-subview-timeseries",
		doc: "The playing time by rendition or mode of playback over time, by the start of views. " +
			"Steps that are not complete are partial if something was played, and left out if not.",
		permission: meta.DataRead,
		path:       []param{subviewType},
		params:     []param{subviewFilters, groupByParts, valueLimit, timeGranularity, timeframe},
		data:       []subviewStep{},
		meta:       subviewTimeseriesMeta{},
		answer:     ofType((*server).subviewTimeseries),
	},
}

// ofType looks up the subviews that the path is about.
func ofType(answer func(*server, *call, *query.Subview) (any, error)) func(*server, *call) (any, error) {
	return func(s *server, c *call) (any, error) {
		sub, err := query.LookupSubview(c.path("type"))
		if err != nil {
			return nil, err
		}
		return answer(s, c, sub)
	}
}

// subviewDimensionsOf are the routes of the dimensions of one type.
func subviewDimensionsOf(sub *query.Subview) []route {
	dimensions, kind := "/data/v1/subview-metrics/"+sub.Type+"/dimensions", strings.ReplaceAll(sub.Type, "_", "-")
	return []route{
		{
			method: "GET", pattern: dimensions, name: "list-subview-dimensions-" + kind,
			doc:        "The names of the dimensions to filter by and to compare.",
			permission: meta.DataRead,
			data:       subviewDimensions{},
			uncounted:  true,
			answer:     func(s *server, c *call) (any, error) { return s.subviewDimensions(c, sub) },
		},
		{
			method: "GET", pattern: dimensions + "/{id}", name: "list-subview-dimension-values-" + kind,
			doc:        "The values of a dimension with their playing time.",
			permission: meta.DataRead,
			path:       []param{inPath("id", "the dimension, of views or of subviews", sub.Dimensions()[0])},
			params:     []param{subviewFilters, searched, playedOrder, orderDirection, limit, page, timeframe},
			data:       []subviewValue{},
			meta:       subviewValuesMeta{},
			answer:     func(s *server, c *call) (any, error) { return s.subviewValues(c, sub) },
		},
	}
}

// The parameters that only routes of subviews have.
var (
	subviewType  = inPath("type", "the kind of stretch", "rendition").of(openapi.Words(query.Subviews[0].Type, query.Subviews[1].Type))
	groupByParts = array("group_by", "what rows are grouped by: several for renditions; everything by default",
		func(r *query.Request) *[]string { return &r.Parts }).of(openapi.Words(
		slices.Concat(query.Subviews[0].Dimensions(), query.Subviews[1].Dimensions())...))
	subviewFilters = array("filters", filters.doc+"; "+query.NoValue+" is the value that is not known",
		func(r *query.Request) *[]string { return &r.Filters }).like("country:US")
	comparedDimension = scalar("dimension", "the dimension, of views or of subviews, whose values are compared",
		func(r *query.Request) *string { return &r.Dimension }).like("country").must()
	comparedValues = array("values", "up to four values of the dimension; "+query.NoValue+" where it is not known",
		func(r *query.Request) *[]string { return &r.Values }).like("US").must()
	valueLimit = scalar("breakdown_value_limit", "rows of each value, or of each step",
		func(r *query.Request) *string { return &r.Rows }).of(whole(1, 100, 10))
	timeGranularity = scalar("time_granularity", "the width of a step; by default hour up to 15 days, day beyond",
		func(r *query.Request) *string { return &r.Granularity }).of(openapi.Words("hour", "day"))
	searched = scalar("query", "only values with this inside, whatever the case of letters",
		func(r *query.Request) *string { return &r.Search })
	playedOrder = scalar("order_by", "what rows are sorted by; playing_time by default",
		func(r *query.Request) *string { return &r.OrderBy }).of(openapi.Words("playing_time", "value"))
)

// subviewMeta tells what the numbers are.
type subviewMeta struct {
	Metric  string `json:"metric" doc:"playing_time"`
	Subview string `json:"subview_type" doc:"the kind of stretch"`
	Unit    string `json:"unit" doc:"of the numbers"`
}

func subviewMetaOf(sub *query.Subview) subviewMeta {
	return subviewMeta{Metric: "playing_time", Subview: sub.Type, Unit: "milliseconds"}
}

type subviewGroupedMeta struct {
	subviewMeta
	GroupBy []string `json:"group_by" doc:"what breakdown_value is made of"`
}

type subviewComparisonMeta struct {
	subviewGroupedMeta
	Dimension string `json:"dimension" doc:"whose values are compared"`
}

type subviewTimeseriesMeta struct {
	subviewGroupedMeta
	CompleteThrough string            `json:"complete_through" format:"date-time" doc:"views that ended before it change no more"`
	Granularity     query.Granularity `json:"time_granularity" doc:"the width of a step"`
}

type subviewValuesMeta struct {
	subviewMeta
	Dimension string `json:"dimension_name" doc:"whose values they are"`
}

type subviewOverall struct {
	Value float64 `json:"metric_value" doc:"playing time in ms"`
}

// subviewRow is one row of a breakdown.
type subviewRow struct {
	Breakdown string  `json:"breakdown_value" doc:"the values that rows are grouped by, with \" / \" in between; __empty__ for one that is not known"`
	Value     float64 `json:"metric_value" doc:"playing time in ms"`
}

type subviewGroup struct {
	Value  string       `json:"dimension_value" doc:"as asked for"`
	Values []subviewRow `json:"values" doc:"what played longest with it"`
}

type subviewStep struct {
	Date   string       `json:"date" format:"date-time" doc:"when the step begins"`
	Status string       `json:"status" enum:"complete,partial" doc:"partial while its views may change"`
	Values []subviewRow `json:"values" doc:"what played longest in it"`
}

type subviewDimensions struct {
	View    []string `json:"view" doc:"those of views"`
	Subview []string `json:"subview" doc:"those of subviews themselves"`
}

type subviewValue struct {
	Value  string  `json:"value" doc:"as filters spell it"`
	Played float64 `json:"playing_time" doc:"in ms"`
}
