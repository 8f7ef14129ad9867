package api

import (
	"playhead/internal/catalog"
	"playhead/internal/meta"
	"playhead/internal/openapi"
	"playhead/internal/query"
)

// monitoringRoutes are the routes of real-time numbers.
var monitoringRoutes = []route{
	{
		method: "GET", pattern: "/data/v1/monitoring/dimensions", name: "list-monitoring-dimensions",
		doc:        "What real-time metrics are filtered and grouped by.",
		permission: meta.DataRead,
		data:       []nameRow{},
		answer:     (*server).realtimeDimensions,
	},
	{
		method: "GET", pattern: "/data/v1/monitoring/metrics", name: "list-monitoring-metrics",
		doc:        "The real-time metrics.",
		permission: meta.DataRead,
		data:       []nameRow{},
		answer:     (*server).realtimeMetrics,
	},
	{
		method: "GET", pattern: "/data/v1/monitoring/metrics/{id}/breakdown", name: "get-monitoring-breakdown",
		doc:        "One metric at a moment, for each value of a dimension: at most 1,000 of them, and not those of which nothing was there.",
		permission: meta.DataRead,
		path:       []param{realtimeMetricID.of(realtimeMetricWords(false))},
		params:     []param{realtimeBy.of(realtimeDimensionWords(false)), realtimeMoment, realtimeFilters, realtimeOrder, orderDirection},
		data:       []realtimeRow{},
		meta:       realtimeMeta{},
		answer:     (*server).realtimeBreakdown,
	},
	{
		method: "GET", pattern: "/data/v1/monitoring/metrics/{id}/breakdown-timeseries", name: "get-monitoring-breakdown-timeseries",
		doc:        "One metric every five seconds, for each value of a dimension.",
		permission: meta.DataRead,
		path:       []param{realtimeMetricID.of(realtimeMetricWords(false))},
		params:     []param{realtimeBy.of(realtimeDimensionWords(false)), realtimeframe, realtimeFilters, realtimeLimit, realtimeOrder, orderDirection},
		data:       []realtimeStep{},
		meta:       realtimeMeta{},
		answer:     (*server).realtimeBreakdownTimeseries,
	},
	{
		method: "GET", pattern: "/data/v1/monitoring/metrics/{id}/histogram-timeseries", name: "get-monitoring-histogram-timeseries",
		doc:        "Startup times by the minute of the first frame: of the minute that goes on, and the 29 before it.",
		permission: meta.DataRead,
		path:       []param{histogramMetricID},
		params:     []param{realtimeFilters},
		data:       []histogramMinute{},
		meta:       histogramMeta{},
		answer:     (*server).realtimeHistogram,
	},
	{
		method: "GET", pattern: "/data/v1/monitoring/metrics/{id}/timeseries", name: "get-monitoring-timeseries",
		doc:        "One metric every five seconds, of half an hour: 360 points, or as many as there are after the timestamp.",
		permission: meta.DataRead,
		path:       []param{realtimeMetricID.of(realtimeMetricWords(false))},
		params:     []param{realtimeFilters, realtimeStart},
		data:       []realtimePoint{},
		meta:       realtimeMeta{},
		answer:     (*server).realtimeTimeseries,
	},
}

// realtimeRoutes are older names of the same, whose lists are shorter.
var realtimeRoutes = []route{
	{
		method: "GET", pattern: "/data/v1/realtime/dimensions", name: "list-realtime-dimensions",
		doc:        "The older name of /data/v1/monitoring/dimensions, without view_has_ad.",
		permission: meta.DataRead,
		data:       []nameRow{},
		answer:     older((*server).realtimeDimensions),
	},
	{
		method: "GET", pattern: "/data/v1/realtime/metrics", name: "list-realtime-metrics",
		doc:        "The older name of /data/v1/monitoring/metrics, without video-startup-failure-percentage.",
		permission: meta.DataRead,
		data:       []nameRow{},
		answer:     older((*server).realtimeMetrics),
	},
	{
		method: "GET", pattern: "/data/v1/realtime/metrics/{id}/breakdown", name: "get-realtime-breakdown",
		doc:        "The older name of /data/v1/monitoring/metrics/{id}/breakdown.",
		permission: meta.DataRead,
		path:       []param{realtimeMetricID.of(realtimeMetricWords(true))},
		params:     []param{realtimeBy.of(realtimeDimensionWords(true)), realtimeMoment, realtimeFilters, realtimeOrder, orderDirection},
		data:       []realtimeRow{},
		meta:       realtimeMeta{},
		answer:     older((*server).realtimeBreakdown),
	},
	{
		method: "GET", pattern: "/data/v1/realtime/metrics/{id}/histogram-timeseries", name: "get-realtime-histogram-timeseries",
		doc:        "The older name of /data/v1/monitoring/metrics/{id}/histogram-timeseries.",
		permission: meta.DataRead,
		path:       []param{histogramMetricID},
		params:     []param{realtimeFilters},
		data:       []histogramMinute{},
		meta:       histogramMeta{},
		answer:     older((*server).realtimeHistogram),
	},
	{
		method: "GET", pattern: "/data/v1/realtime/metrics/{id}/timeseries", name: "get-realtime-timeseries",
		doc:        "The older name of /data/v1/monitoring/metrics/{id}/timeseries.",
		permission: meta.DataRead,
		path:       []param{realtimeMetricID.of(realtimeMetricWords(true))},
		params:     []param{realtimeFilters, realtimeStart},
		data:       []realtimePoint{},
		meta:       realtimeMeta{},
		answer:     older((*server).realtimeTimeseries),
	},
}

// older answers as those of 2021 expect it, who know less.
func older(answer func(*server, *call) (any, error)) func(*server, *call) (any, error) {
	return func(s *server, c *call) (any, error) {
		c.query.Older = true
		return answer(s, c)
	}
}

// The parameters of real-time numbers.
var (
	realtimeMetricID  = inPath("id", "the real-time metric", "current-concurrent-viewers")
	histogramMetricID = inPath("id", "the real-time metric that has a histogram", "video-startup-time").of(openapi.Words("video-startup-time"))

	realtimeBy = scalar("dimension", "what the breakdown is by; asn by default",
		func(r *query.Request) *string { return &r.Dimension })
	realtimeFilters = filters.says(`"dimension:value", or "!dimension:value" for all others, of the real-time dimensions`)
	realtimeMoment  = scalar("timestamp", "the moment in seconds since 1970, within the last 24 hours, brought to the five seconds that there are numbers of: down, and to the newest ones at most, which are the default",
		func(r *query.Request) *string { return &r.Timestamp }).of(seconds)
	realtimeStart = realtimeMoment.says("where the half hour begins, in seconds since 1970, within the last 24 hours, brought down to the five seconds that there are numbers of; by default it ends with the newest ones")
	realtimeOrder = orderBy.says("what rows are sorted by: views are the concurrent viewers, which is the default, value is that of the metric, and field that of the dimension")
	realtimeLimit = scalar("limit", "rows of each five seconds",
		func(r *query.Request) *string { return &r.Limit }).of(whole(1, query.MaxBreakdownValues, query.BreakdownValues))
	realtimeframe = timeframe.says(`"N:unit" such as "60:seconds", which ends with the newest numbers, or two times in seconds since 1970, of which the second is no longer in it; at most ten minutes, that begin within the last 24 hours; the last 60 seconds by default`).like("60:seconds")

	seconds = &openapi.Schema{Type: openapi.Types{"integer"}, Format: "int32"}
)

// realtimeMetricWords is the schema of the metrics that are told at moments.
func realtimeMetricWords(older bool) *openapi.Schema {
	var words []string
	for i := range catalog.RealtimeMetrics {
		if m := &catalog.RealtimeMetrics[i]; m.Formula != "" && !(older && m.Newer) {
			words = append(words, m.ID)
		}
	}
	return openapi.Words(words...)
}

// realtimeDimensionWords is the schema of the real-time dimensions.
func realtimeDimensionWords(older bool) *openapi.Schema {
	var words []string
	for _, d := range catalog.RealtimeDimensions {
		if !(older && d.Newer) {
			words = append(words, d.Name)
		}
	}
	return openapi.Words(words...)
}
