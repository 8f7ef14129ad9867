package export_test

import (
	"fmt"
	"slices"
)

// question is a metric and a measurement, and how it is computed of the exported
// columns: written by hand, of the definitions of the compatible API.
type question struct {
	metric, measurement string
	clock               string // the time that puts a view into a timeframe
	rounded             bool   // it adds up values of which sums are rounded: engines add in an order of their own
	sql                 func(e *engine) string
}

// questions are all metrics in all their measurements.
func questions() []question {
	var list []question
	add := func(clock, metric, measurement string, sql func(*engine) string) {
		list = append(list, question{metric, measurement, clock, false, sql})
	}
	add("view_start", "views", "count", func(e *engine) string { return fmt.Sprintf(e.count, "true") })
	add("view_start", "unique_viewers", "count", func(*engine) string {
		return "count(DISTINCT coalesce(viewer_user_id, mux_viewer_id))"
	})

	// Spreads: the worst five per cent are the highest values, or the lowest.
	spread := func(clock, metric, column string, worst float64) {
		add(clock, metric, "95th", quantile(column, worst))
		add(clock, metric, "median", quantile(column, 0.5))
		add(clock, metric, "avg", average(column))
		list[len(list)-1].rounded = slices.Contains(fractions, column)
	}
	spread("view_start", "playing_time", "view_playing_time", 0.95)
	add("view_start", "playing_time", "sum", sum("view_playing_time"))
	for _, column := range []string{"viewer_experience_score", "playback_success_score", "startup_time_score", "video_quality_score", "weighted_average_bitrate", "request_throughput"} {
		spread("view_end", column, column, 0.05)
	}
	spread("view_end", "rebuffer_score", "smoothness_score", 0.05)
	for _, column := range []string{
		"video_startup_time", "view_content_startup_time", "ad_preroll_startup_time", "player_startup_time", "page_load_time", "aggregate_startup_time",
		"video_startup_preroll_request_time", "video_startup_preroll_load_time", "requests_for_first_preroll", "rebuffer_duration", "rebuffer_count",
		"max_upscale_percentage", "max_downscale_percentage", "live_stream_latency", "request_latency", "max_request_latency",
	} {
		spread("view_end", column, column, 0.95)
	}
	spread("view_end", "upscale_percentage", "view_upscaling_percentage", 0.95)
	spread("view_end", "downscale_percentage", "view_downscaling_percentage", 0.95)
	for _, what := range []string{"change", "upshift", "downshift"} {
		column := "view_rendition_" + what + "_count"
		spread("view_end", "rendition_"+what+"_count", column, 0.95)
		add("view_end", "rendition_"+what+"_count", "sum", sum(column))
	}

	// Shares of all views.
	for _, share := range [][2]string{
		{"playback_failure_percentage", "playback_failure"},
		{"video_startup_failure_percentage", "video_startup_failure"},
		{"exits_before_video_start", "exit_before_video_start"},
		{"view_dropped_percentage", "view_dropped"},
		{"playback_business_exception_percentage", "playback_business_exception"},
		{"video_startup_business_exception_percentage", "video_startup_business_exception"},
		{"ad_playback_failure_percentage", "ad_playback_failure"},
		{"content_playback_failure_percentage", "content_playback_failure"},
	} {
		add("view_end", share[0], "avg", func(e *engine) string {
			return fmt.Sprintf(e.count+" / nullif("+e.count+", 0)", share[1], "true")
		})
	}

	// Counts of ads, which add up, and ratios of sums.
	for _, column := range []string{"ad_attempt_count", "ad_break_count", "ad_impression_count"} {
		add("view_start", column, "sum", sum(column))
		add("view_start", column, "avg", average(column))
	}
	for _, column := range []string{"ad_error_count", "ad_break_error_count", "ad_startup_error_count", "ad_exit_before_start_count"} {
		add("view_end", column, "sum", sum(column))
		add("view_end", column, "avg", average(column))
	}
	for _, of := range [][3]string{
		{"ad_error_percentage", "ad_error_count", "ad_attempt_count"},
		{"ad_break_error_percentage", "ad_break_error_count", "ad_break_count"},
		{"ad_startup_error_percentage", "ad_startup_error_count", "ad_attempt_count"},
		{"ad_exit_before_start_percentage", "ad_exit_before_start_count", "ad_attempt_count"},
		{"rebuffer_percentage", "rebuffer_duration", "watch_time"},
		{"seek_latency", "view_seek_duration", "view_seek_count"},
	} {
		add("view_end", of[0], "avg", func(*engine) string { return fmt.Sprintf("sum(%s) / nullif(sum(%s), 0)", of[1], of[2]) })
	}
	add("view_end", "rebuffer_frequency", "avg", func(*engine) string {
		return "sum(rebuffer_count) / (nullif(sum(watch_time), 0) / 60000)" // a minute has 60,000 ms
	})
	return list
}

// fractions are the columns whose values are not whole, but for scores: those have
// so few digits that sums of some thousands are exact.
var fractions = []string{"weighted_average_bitrate", "view_upscaling_percentage", "view_downscaling_percentage", "max_upscale_percentage", "max_downscale_percentage"}

func quantile(column string, p float64) func(*engine) string {
	return func(e *engine) string { return fmt.Sprintf(e.quantile, p, column) }
}

func average(column string) func(*engine) string {
	return func(e *engine) string { return fmt.Sprintf(e.average, column) }
}

// sum is 0 of nothing.
func sum(column string) func(*engine) string {
	return func(*engine) string { return "coalesce(sum(" + column + "), 0)" }
}

// ask is the statement that answers a question for a timeframe, in ms since 1970.
func (q *question) ask(e *engine, from, to int64, where string) string {
	return fmt.Sprintf("SELECT %s FROM exported WHERE %s >= %d AND %[2]s < %[4]d%[5]s", q.sql(e), fmt.Sprintf(e.ms, q.clock), from, to, where)
}
