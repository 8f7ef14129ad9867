package catalog

import (
	"fmt"

	"playhead/internal/expr"
)

// Metric is a number computed over a set of views, in one or more ways.
type Metric struct {
	ID      string   // as in the API
	Aliases []string // other ids that mean the same
	Title   string
	Group   Group // what it is shown among
	Type    Type
	Better  Better
	Clock   Clock
	Column  string // a view's own value, for metric filters; views where it is null do not count. "": every view counts

	Default  Measurement
	Formulas map[Measurement]string // see package expr
	Doc      string

	nodes  map[Measurement]expr.Node
	column *Column
}

// Node returns the parsed formula of a measurement; false if the metric does
// not support it.
func (m *Metric) Node(measurement Measurement) (expr.Node, bool) {
	n, ok := m.nodes[measurement]
	return n, ok
}

// ValueColumn is the column of [Metric.Column], or nil.
func (m *Metric) ValueColumn() *Column { return m.column }

// Supported are the measurements that the metric has, in the API's order.
func (m *Metric) Supported() []Measurement {
	var list []Measurement
	for _, measurement := range Measurements {
		if _, ok := m.nodes[measurement]; ok {
			list = append(list, measurement)
		}
	}
	return list
}

// Measurement is a way to make one number of the values of many views.
type Measurement string

// The measurements. P95 means the worst five per cent: the 95th percentile, or
// the 5th where higher is better.
const (
	P95    Measurement = "95th"
	Median Measurement = "median"
	Avg    Measurement = "avg"
	Count  Measurement = "count"
	Sum    Measurement = "sum"
)

// Measurements are all measurements, in the API's order.
var Measurements = []Measurement{P95, Median, Avg, Count, Sum}

// Type is the API's name of what a metric's values are.
type Type string

// The types. Percentages are fractions from 0 to 1, scores are from 0 to 1,
// and the values of Mbps are in bit/s, as in the API that we are compatible with.
const (
	Score        Type = "score"
	Percentage   Type = "percentage"
	Milliseconds Type = "milliseconds"
	PerMinute    Type = "per_minute"
	Number       Type = "number"
	Mbps         Type = "mbps"
)

// Types are all types.
var Types = []Type{Score, Percentage, Milliseconds, PerMinute, Number, Mbps}

// Better tells which direction is good news.
type Better int8

// The directions.
const (
	Lower   Better = -1
	Neither Better = 0
	Higher  Better = 1
)

// Clock tells which time of a view decides whether it is in a timeframe.
type Clock string

// The clocks, by the name of their column.
const (
	ByStart Clock = "view_start"
	ByEnd   Clock = "view_end"
)

// spread is the formulas of a quantity of which lower values are better.
func spread(column string) map[Measurement]string {
	return map[Measurement]string{
		Median: fmt.Sprintf("quantile(%s, 0.5)", column),
		P95:    fmt.Sprintf("quantile(%s, 0.95)", column),
		Avg:    fmt.Sprintf("avg(%s)", column),
	}
}

// spreadHigher is spread for a quantity of which higher values are better.
func spreadHigher(column string) map[Measurement]string {
	f := spread(column)
	f[P95] = fmt.Sprintf("quantile(%s, 0.05)", column)
	return f
}

// total is the formulas of a count or a time that adds up over views.
func total(column string) map[Measurement]string {
	return map[Measurement]string{
		Sum: fmt.Sprintf("sum(%s)", column),
		Avg: fmt.Sprintf("avg(%s)", column),
	}
}

// totalSpread is spread and total together.
func totalSpread(column string) map[Measurement]string {
	f := spread(column)
	f[Sum] = fmt.Sprintf("sum(%s)", column)
	return f
}

// mean is a formula that is the metric's avg and its only measurement.
func mean(formula string) map[Measurement]string { return map[Measurement]string{Avg: formula} }

// share is the share of all views for which a flag is true.
func share(flag string) map[Measurement]string {
	return mean(fmt.Sprintf("count() when %s / count()", flag))
}

// Metrics is the table of metrics, in the order of the reference.
var Metrics = []Metric{
	{ID: "views", Aliases: []string{"started_views"}, Title: "Views", Group: Engagement, Type: Number, Clock: ByStart, Default: Count, Formulas: map[Measurement]string{Count: "count()"}, Doc: "Attempts to play a video."},
	{ID: "unique_viewers", Title: "Unique Viewers", Group: Engagement, Type: Number, Clock: ByStart, Column: "viewer_key", Default: Count, Formulas: map[Measurement]string{Count: "uniq(viewer_key)"}, Doc: "Distinct viewers: by viewer_user_id, else by the SDK's viewer id."},
	{ID: "playing_time", Title: "Playing Time", Group: Engagement, Type: Milliseconds, Clock: ByStart, Column: "playing_time", Default: Sum, Formulas: map[Measurement]string{Sum: "sum(playing_time)", Avg: "avg(playing_time)", Median: "quantile(playing_time, 0.5)", P95: "quantile(playing_time, 0.95)"}, Doc: "Time in which content or ads really advanced: without startup, rebuffering, seeks and pauses."},

	{ID: "viewer_experience_score", Title: "Overall Score", Group: Overall, Type: Score, Better: Higher, Clock: ByEnd, Column: "viewer_experience_score", Default: Avg, Formulas: spreadHigher("viewer_experience_score"), Doc: "Playback success times a weighted mean of smoothness, startup and quality."},

	{ID: "playback_success_score", Aliases: []string{"playback_failure_score"}, Title: "Playback Success Score", Group: Success, Type: Score, Better: Higher, Clock: ByEnd, Column: "playback_success_score", Default: Avg, Formulas: spreadHigher("playback_success_score"), Doc: "1 for a view that played, 0.5 for an exit before the start, 0 for a failure; none for an exit within a second."},
	{ID: "playback_failure_percentage", Title: "Playback Failure Percentage", Group: Success, Type: Percentage, Better: Lower, Clock: ByEnd, Column: "playback_failure", Default: Avg, Formulas: share("playback_failure"), Doc: "Share of views with a fatal error that is no business exception."},
	{ID: "video_startup_failure_percentage", Title: "Video Startup Failure Percentage", Group: Success, Type: Percentage, Better: Lower, Clock: ByEnd, Column: "video_startup_failure", Default: Avg, Formulas: share("video_startup_failure"), Doc: "Share of views with such an error before the first frame."},
	{ID: "exits_before_video_start", Title: "Exits Before Video Start", Group: Success, Type: Percentage, Better: Lower, Clock: ByEnd, Column: "exit_before_video_start", Default: Avg, Formulas: share("exit_before_video_start"), Doc: "Share of views that were left before the first frame, without an error."},
	{ID: "view_dropped_percentage", Title: "View Dropped Percentage", Group: Success, Type: Percentage, Better: Lower, Clock: ByEnd, Column: "view_dropped", Default: Avg, Formulas: share("view_dropped"), Doc: "Share of views whose end was never told."},
	{ID: "playback_business_exception_percentage", Title: "Playback Business Exception Percentage", Group: Success, Type: Percentage, Better: Lower, Clock: ByEnd, Column: "playback_business_exception", Default: Avg, Formulas: share("playback_business_exception"), Doc: "Share of views with a fatal business exception."},
	{ID: "video_startup_business_exception_percentage", Title: "Video Startup Business Exception Percentage", Group: Success, Type: Percentage, Better: Lower, Clock: ByEnd, Column: "video_startup_business_exception", Default: Avg, Formulas: share("video_startup_business_exception"), Doc: "Share of views with a business exception before the first frame."},
	{ID: "ad_playback_failure_percentage", Title: "Ad Playback Failure Percentage", Group: Ads, Type: Percentage, Better: Lower, Clock: ByEnd, Column: "ad_playback_failure", Default: Avg, Formulas: share("ad_playback_failure"), Doc: "Share of views that failed inside an ad break."},
	{ID: "content_playback_failure_percentage", Title: "Content Playback Failure Percentage", Group: Success, Type: Percentage, Better: Lower, Clock: ByEnd, Column: "content_playback_failure", Default: Avg, Formulas: share("content_playback_failure"), Doc: "Share of views that failed outside ad breaks."},

	{ID: "ad_attempt_count", Title: "Ad Attempts", Group: Ads, Type: Number, Clock: ByStart, Column: "ad_attempt_count", Default: Sum, Formulas: total("ad_attempt_count"), Doc: "Ads that the player tried to play."},
	{ID: "ad_break_count", Title: "Ad Breaks", Group: Ads, Type: Number, Clock: ByStart, Column: "ad_break_count", Default: Sum, Formulas: total("ad_break_count"), Doc: "Ad breaks entered."},
	{ID: "ad_impression_count", Title: "Ad Impressions", Group: Ads, Type: Number, Clock: ByStart, Column: "ad_impression_count", Default: Sum, Formulas: total("ad_impression_count"), Doc: "Ads of which a frame was shown."},
	{ID: "ad_error_count", Title: "Ad Errors", Group: Ads, Type: Number, Better: Lower, Clock: ByEnd, Column: "ad_error_count", Default: Sum, Formulas: total("ad_error_count"), Doc: "Ad errors."},
	{ID: "ad_error_percentage", Title: "Ad Error Percentage", Group: Ads, Type: Percentage, Better: Lower, Clock: ByEnd, Column: "ad_error_percentage", Default: Avg, Formulas: mean("sum(ad_error_count) / sum(ad_attempt_count)"), Doc: "Ad errors over ad attempts."},
	{ID: "ad_break_error_count", Title: "Ad Break Errors", Group: Ads, Type: Number, Better: Lower, Clock: ByEnd, Column: "ad_break_error_count", Default: Sum, Formulas: total("ad_break_error_count"), Doc: "Ad breaks with an error."},
	{ID: "ad_break_error_percentage", Title: "Ad Break Error Percentage", Group: Ads, Type: Percentage, Better: Lower, Clock: ByEnd, Column: "ad_break_error_percentage", Default: Avg, Formulas: mean("sum(ad_break_error_count) / sum(ad_break_count)"), Doc: "Ad breaks with an error over ad breaks."},
	{ID: "ad_startup_error_count", Title: "Ad Startup Errors", Group: Ads, Type: Number, Better: Lower, Clock: ByEnd, Column: "ad_startup_error_count", Default: Avg, Formulas: total("ad_startup_error_count"), Doc: "Ads that failed before their first frame."},
	{ID: "ad_startup_error_percentage", Title: "Ad Startup Error Percentage", Group: Ads, Type: Percentage, Better: Lower, Clock: ByEnd, Column: "ad_startup_error_percentage", Default: Avg, Formulas: mean("sum(ad_startup_error_count) / sum(ad_attempt_count)"), Doc: "Ad startup errors over ad attempts."},
	{ID: "ad_exit_before_start_count", Title: "Ad Exits Before Start", Group: Ads, Type: Number, Better: Lower, Clock: ByEnd, Column: "ad_exit_before_start_count", Default: Avg, Formulas: total("ad_exit_before_start_count"), Doc: "Ads that the viewer left before their first frame."},
	{ID: "ad_exit_before_start_percentage", Title: "Ad Exit Before Start Percentage", Group: Ads, Type: Percentage, Better: Lower, Clock: ByEnd, Column: "ad_exit_before_start_percentage", Default: Avg, Formulas: mean("sum(ad_exit_before_start_count) / sum(ad_attempt_count)"), Doc: "Exits before the ad's start over ad attempts."},

	{ID: "startup_time_score", Title: "Startup Time Score", Group: Startup, Type: Score, Better: Higher, Clock: ByEnd, Column: "startup_time_score", Default: Avg, Formulas: spreadHigher("startup_time_score"), Doc: "8 / (8 + seconds of video startup time)."},
	{ID: "video_startup_time", Title: "Video Startup Time", Group: Startup, Type: Milliseconds, Better: Lower, Clock: ByEnd, Column: "video_startup_time", Default: Median, Formulas: spread("video_startup_time"), Doc: "From the instruction to play to the first frame of content or preroll."},
	{ID: "view_content_startup_time", Aliases: []string{"content_startup_time"}, Title: "Content Startup Time", Group: Startup, Type: Milliseconds, Better: Lower, Clock: ByEnd, Column: "view_content_startup_time", Default: Median, Formulas: spread("view_content_startup_time"), Doc: "From the instruction to play to the first frame of content, without the time of prerolls."},
	{ID: "ad_preroll_startup_time", Title: "Ad Preroll Startup Time", Group: Startup, Type: Milliseconds, Better: Lower, Clock: ByEnd, Column: "ad_preroll_startup_time", Default: Median, Formulas: spread("ad_preroll_startup_time"), Doc: "From the instruction to play the preroll to its first frame."},
	{ID: "player_startup_time", Title: "Player Startup Time", Group: Startup, Type: Milliseconds, Better: Lower, Clock: ByEnd, Column: "player_startup_time", Default: Median, Formulas: spread("player_startup_time"), Doc: "From the player's initialisation to its being ready."},
	{ID: "page_load_time", Title: "Page Load Time", Group: Startup, Type: Milliseconds, Better: Lower, Clock: ByEnd, Column: "page_load_time", Default: Median, Formulas: spread("page_load_time"), Doc: "From the navigation to the player's initialisation; first view of a page only."},
	{ID: "aggregate_startup_time", Title: "Aggregate Startup Time", Group: Startup, Type: Milliseconds, Better: Lower, Clock: ByEnd, Column: "aggregate_startup_time", Default: Median, Formulas: spread("aggregate_startup_time"), Doc: "Page load, player startup and video startup together."},
	{ID: "seek_latency", Title: "Seek Latency", Group: Startup, Type: Milliseconds, Better: Lower, Clock: ByEnd, Column: "seek_latency", Default: Avg, Formulas: mean("sum(view_seek_duration) / sum(view_seek_count)"), Doc: "Mean time waited after a seek."},
	{ID: "video_startup_preroll_request_time", Title: "Video Startup Preroll Request Time", Group: Startup, Type: Milliseconds, Better: Lower, Clock: ByEnd, Column: "video_startup_preroll_request_time", Default: Median, Formulas: spread("video_startup_preroll_request_time"), Doc: "Part of startup spent on ad requests."},
	{ID: "video_startup_preroll_load_time", Title: "Video Startup Preroll Load Time", Group: Startup, Type: Milliseconds, Better: Lower, Clock: ByEnd, Column: "video_startup_preroll_load_time", Default: Median, Formulas: spread("video_startup_preroll_load_time"), Doc: "Part of startup spent loading the preroll."},
	{ID: "requests_for_first_preroll", Title: "Requests for First Preroll", Group: Startup, Type: Number, Better: Lower, Clock: ByEnd, Column: "requests_for_first_preroll", Default: Median, Formulas: spread("requests_for_first_preroll"), Doc: "Ad requests up to the start of the first preroll."},

	{ID: "rebuffer_score", Aliases: []string{"smoothness_score"}, Title: "Smoothness Score", Group: Smoothness, Type: Score, Better: Higher, Clock: ByEnd, Column: "rebuffer_score", Default: Avg, Formulas: spreadHigher("rebuffer_score"), Doc: "Mean of 1/√(1+(count/2)²) and exp(−10·rebuffer percentage)."},
	{ID: "rebuffer_percentage", Title: "Rebuffer Percentage", Group: Smoothness, Type: Percentage, Better: Lower, Clock: ByEnd, Column: "rebuffer_percentage", Default: Avg, Formulas: mean("sum(rebuffer_duration) / sum(watch_time)"), Doc: "Rebuffering time over watch time: a ratio of sums."},
	{ID: "rebuffer_frequency", Title: "Rebuffer Frequency", Group: Smoothness, Type: PerMinute, Better: Lower, Clock: ByEnd, Column: "rebuffer_frequency", Default: Avg, Formulas: mean("sum(rebuffer_count) / (sum(watch_time) / 60000)"), Doc: "Rebuffering intervals per minute of watch time: a ratio of sums."},
	{ID: "rebuffer_duration", Title: "Rebuffer Duration", Group: Smoothness, Type: Milliseconds, Better: Lower, Clock: ByEnd, Column: "rebuffer_duration", Default: Median, Formulas: spread("rebuffer_duration"), Doc: "Time spent rebuffering in a view."},
	{ID: "rebuffer_count", Title: "Rebuffer Count", Group: Smoothness, Type: Number, Better: Lower, Clock: ByEnd, Column: "rebuffer_count", Default: Median, Formulas: spread("rebuffer_count"), Doc: "Rebuffering intervals in a view."},
	{ID: "rendition_change_count", Title: "Rendition Changes", Group: Smoothness, Type: Number, Better: Lower, Clock: ByEnd, Column: "rendition_change_count", Default: Median, Formulas: totalSpread("rendition_change_count"), Doc: "Switches of the rendition in a view."},
	{ID: "rendition_upshift_count", Title: "Rendition Upshifts", Group: Smoothness, Type: Number, Clock: ByEnd, Column: "rendition_upshift_count", Default: Median, Formulas: totalSpread("rendition_upshift_count"), Doc: "Switches to a higher bitrate in a view."},
	{ID: "rendition_downshift_count", Title: "Rendition Downshifts", Group: Smoothness, Type: Number, Better: Lower, Clock: ByEnd, Column: "rendition_downshift_count", Default: Median, Formulas: totalSpread("rendition_downshift_count"), Doc: "Switches to a lower bitrate in a view."},

	{ID: "video_quality_score", Title: "Video Quality Score", Group: Quality, Type: Score, Better: Higher, Clock: ByEnd, Column: "video_quality_score", Default: Avg, Formulas: spreadHigher("video_quality_score"), Doc: "exp(−0.33·(0.15·largest upscaling + 0.85·mean upscaling))."},
	{ID: "upscale_percentage", Title: "Upscale Percentage", Group: Quality, Type: Percentage, Better: Lower, Clock: ByEnd, Column: "upscale_percentage", Default: Avg, Formulas: spread("upscale_percentage"), Doc: "Mean upscaling over the content played."},
	{ID: "downscale_percentage", Title: "Downscale Percentage", Group: Quality, Type: Percentage, Better: Lower, Clock: ByEnd, Column: "downscale_percentage", Default: Avg, Formulas: spread("downscale_percentage"), Doc: "Mean downscaling over the content played."},
	{ID: "max_upscale_percentage", Title: "Max Upscale Percentage", Group: Quality, Type: Percentage, Better: Lower, Clock: ByEnd, Column: "max_upscale_percentage", Default: Median, Formulas: spread("max_upscale_percentage"), Doc: "Largest upscaling in a view."},
	{ID: "max_downscale_percentage", Title: "Max Downscale Percentage", Group: Quality, Type: Percentage, Better: Lower, Clock: ByEnd, Column: "max_downscale_percentage", Default: Median, Formulas: spread("max_downscale_percentage"), Doc: "Largest downscaling in a view."},
	{ID: "weighted_average_bitrate", Title: "Weighted Average Bitrate", Group: Quality, Type: Mbps, Better: Higher, Clock: ByEnd, Column: "weighted_average_bitrate", Default: Median, Formulas: spreadHigher("weighted_average_bitrate"), Doc: "Bitrate of the renditions played, weighted by playing time; in bit/s."},
	{ID: "live_stream_latency", Aliases: []string{"player_average_live_latency"}, Title: "Live Stream Latency", Group: Delivery, Type: Milliseconds, Better: Lower, Clock: ByEnd, Column: "live_stream_latency", Default: Median, Formulas: spread("live_stream_latency"), Doc: "Mean delay of a live view behind the programme time; samples more than five minutes behind are left out."},
	{ID: "request_throughput", Aliases: []string{"view_average_request_throughput"}, Title: "Request Throughput", Group: Delivery, Type: Mbps, Better: Higher, Clock: ByEnd, Column: "request_throughput", Default: Median, Formulas: spreadHigher("request_throughput"), Doc: "Bits of completed media requests over their transfer time; in bit/s."},
	{ID: "request_latency", Aliases: []string{"view_average_request_latency"}, Title: "Request Latency", Group: Delivery, Type: Milliseconds, Better: Lower, Clock: ByEnd, Column: "request_latency", Default: Median, Formulas: spread("request_latency"), Doc: "Mean time to the first byte of media requests."},
	{ID: "max_request_latency", Aliases: []string{"view_max_request_latency"}, Title: "Max Request Latency", Group: Delivery, Type: Milliseconds, Better: Lower, Clock: ByEnd, Column: "max_request_latency", Default: Median, Formulas: spread("max_request_latency"), Doc: "Largest time to the first byte in a view."},
}
