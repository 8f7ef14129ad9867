package catalog

// Measured is a metric and how it is measured.
type Measured struct {
	Metric      string      `json:"metric" doc:"id of the metric"`
	Measurement Measurement `json:"measurement" doc:"how it is measured"`
}

// MeasuredBy is a metric for each value of a dimension.
type MeasuredBy struct {
	Measured
	Dimension string `json:"dimension" doc:"name of the dimension"`
}

// Places are what the screens of the dashboard begin with. They are here, and
// not in the dashboard, so that names of metrics and dimensions are in one place.
type Places struct {
	Overview OverviewPlace `json:"overview" doc:"the first screen"`
	Metrics  MetricsPlace  `json:"metrics" doc:"one metric in detail: what is shown until another one is chosen"`
	Realtime RealtimePlace `json:"realtime" doc:"what viewers are doing"`
	Views    ViewsPlace    `json:"views" doc:"the list of views"`
	Errors   ErrorsPlace   `json:"errors" doc:"the types of errors"`
}

// OverviewPlace is what the first screen shows.
type OverviewPlace struct {
	Scores     []Measured   `json:"scores" doc:"the scores, with their trend"`
	Glance     []Measured   `json:"glance" doc:"what stands beside them"`
	Charts     []Measured   `json:"charts" doc:"what is drawn over time"`
	Breakdowns []MeasuredBy `json:"breakdowns" doc:"the lists below"`
	Map        MeasuredBy   `json:"map" doc:"where the viewers are"`
}

// MetricsPlace is what the screen of metrics begins with.
type MetricsPlace struct {
	Metric    string `json:"metric" doc:"id of the metric"`
	Dimension string `json:"dimension" doc:"name of the dimension that it is broken down by"`
}

// RealtimePlace is what the screen of real-time numbers shows.
type RealtimePlace struct {
	Tiles     []string `json:"tiles" doc:"ids of real-time metrics, in their order"`
	Histogram string   `json:"histogram" doc:"id of the real-time metric that has a histogram"`
}

// ViewsPlace is what the list of views offers.
type ViewsPlace struct {
	Search  []string `json:"search" doc:"names of the dimensions whose values people look for, the most usual first"`
	Filters []string `json:"filters" doc:"names of the dimensions to filter by first"`
}

// ErrorsPlace is what the screen of errors shows.
type ErrorsPlace struct {
	Trend      Measured `json:"trend" doc:"what is drawn over time"`
	Dimension  string   `json:"dimension" doc:"name of the dimension whose values are the numbers of the types"`
	Breakdowns []string `json:"breakdowns" doc:"names of the dimensions that show where an error comes"`
}

// Screens are the places of the dashboard.
var Screens = Places{
	Overview: OverviewPlace{
		Scores: []Measured{
			{"viewer_experience_score", Avg},
			{"playback_success_score", Avg},
			{"startup_time_score", Avg},
			{"rebuffer_score", Avg},
			{"video_quality_score", Avg},
		},
		Glance: []Measured{
			{"views", Count},
			{"unique_viewers", Count},
			{"playing_time", Sum},
			{"playback_failure_percentage", Avg},
			{"video_startup_time", Median},
			{"exits_before_video_start", Avg},
			{"rebuffer_percentage", Avg},
		},
		Charts: []Measured{
			{"viewer_experience_score", Avg},
			{"views", Count},
			{"playback_failure_percentage", Avg},
			{"video_startup_time", Median},
		},
		Breakdowns: []MeasuredBy{
			{Measured{"views", Count}, "video_title"},
			{Measured{"views", Count}, "viewer_device_category"},
			{Measured{"views", Count}, "cdn"},
		},
		Map: MeasuredBy{Measured{"views", Count}, "country"},
	},
	Metrics: MetricsPlace{Metric: "viewer_experience_score", Dimension: "country"},
	Realtime: RealtimePlace{
		Tiles: []string{
			"current-concurrent-viewers",
			"playback-failure-percentage",
			"video-startup-failure-percentage",
			"exits-before-video-start",
			"current-rebuffering-percentage",
			"current-average-bitrate",
		},
		Histogram: "video-startup-time",
	},
	Views: ViewsPlace{
		Search: []string{"viewer_user_id", "video_title", "viewer_device_name"},
		Filters: []string{
			"video_title", "country", "viewer_device_category", "operating_system", "browser", "cdn", "stream_type", "player_error_code", "playback_failure",
		},
	},
	Errors: ErrorsPlace{
		Trend:      Measured{"playback_failure_percentage", Avg},
		Dimension:  "error_type_id",
		Breakdowns: []string{"operating_system", "browser", "player_software", "country", "cdn", "video_title"},
	},
}

// RealtimeOrder are the names of [RealtimeDimensions] by how often people want
// them, where the API's list goes by the alphabet.
var RealtimeOrder = []string{
	"cdn", "country", "video_title", "operating_system", "player_name", "stream_type", "asn", "region", "video_series", "view_has_ad", "sub_property_id",
}
