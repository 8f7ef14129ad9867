package oracle

import (
	"slices"
	"strings"
)

// metric is a metric of the reference.
type metric struct {
	id      string
	aliases []string
	byStart bool   // it goes by the start of views, else by their end
	better  string // higher, lower; "-" is neither
	usual   string // measurement
	ways    []string
	slack   float64 // what a value may be off by
}

// reference are the metrics: id, the time of a view that counts, what is
// better, the default measurement, and all measurements that make sense.
const reference = `
aggregate_startup_time end lower median 95th,median,avg
downscale_percentage end lower avg 95th,median,avg
exits_before_video_start end lower avg avg
live_stream_latency end lower median 95th,median,avg
max_downscale_percentage end lower median 95th,median,avg
max_request_latency end lower median 95th,median,avg
max_upscale_percentage end lower median 95th,median,avg
page_load_time end lower median 95th,median,avg
playback_failure_percentage end lower avg avg
playback_success_score end higher avg 95th,median,avg
player_startup_time end lower median 95th,median,avg
playing_time start - sum 95th,median,avg,sum
rebuffer_count end lower median 95th,median,avg
rebuffer_duration end lower median 95th,median,avg
rebuffer_frequency end lower avg avg
rebuffer_percentage end lower avg avg
request_latency end lower median 95th,median,avg
request_throughput end higher median 95th,median,avg
rebuffer_score end higher avg 95th,median,avg
requests_for_first_preroll end lower median 95th,median,avg
seek_latency end lower avg avg
startup_time_score end higher avg 95th,median,avg
unique_viewers start - count count
upscale_percentage end lower avg 95th,median,avg
video_quality_score end higher avg 95th,median,avg
video_startup_preroll_load_time end lower median 95th,median,avg
video_startup_preroll_request_time end lower median 95th,median,avg
video_startup_time end lower median 95th,median,avg
viewer_experience_score end higher avg 95th,median,avg
views start - count count
weighted_average_bitrate end higher median 95th,median,avg
video_startup_failure_percentage end lower avg avg
ad_attempt_count start - sum avg,sum
ad_break_count start - sum avg,sum
ad_break_error_count end lower sum avg,sum
ad_break_error_percentage end lower avg avg
ad_error_count end lower sum avg,sum
ad_error_percentage end lower avg avg
ad_exit_before_start_count end lower avg avg,sum
ad_exit_before_start_percentage end lower avg avg
ad_impression_count start - sum avg,sum
ad_startup_error_count end lower avg avg,sum
ad_startup_error_percentage end lower avg avg
playback_business_exception_percentage end lower avg avg
video_startup_business_exception_percentage end lower avg avg
view_content_startup_time end lower median 95th,median,avg
ad_preroll_startup_time end lower median 95th,median,avg
view_dropped_percentage end lower avg avg
rendition_change_count end lower median 95th,median,avg,sum
rendition_upshift_count end - median 95th,median,avg,sum
rendition_downshift_count end lower median 95th,median,avg,sum
ad_playback_failure_percentage end lower avg avg
content_playback_failure_percentage end lower avg avg
`

// The last two are no ids of the reference's list, but of its defaults.
const metricIDs = 51

// aliases are further names of metrics.
var aliases = map[string]string{
	"playback_failure_score": "playback_success_score", "smoothness_score": "rebuffer_score",
	"content_startup_time": "view_content_startup_time", "player_average_live_latency": "live_stream_latency",
	"view_average_request_latency": "request_latency", "view_average_request_throughput": "request_throughput",
	"view_max_request_latency": "max_request_latency", "started_views": "views",
}

// flagMetrics are the shares of views for which a dimension is true.
var flagMetrics = map[string]string{
	"exit_before_video_start": "exits_before_video_start", "playback_failure": "playback_failure_percentage",
	"video_startup_failure": "video_startup_failure_percentage", "ad_playback_failure": "ad_playback_failure_percentage",
	"content_playback_failure": "content_playback_failure_percentage", "view_dropped": "view_dropped_percentage",
	"playback_business_exception":      "playback_business_exception_percentage",
	"video_startup_business_exception": "video_startup_business_exception_percentage",
}

// ratios are the metrics whose mean is a ratio of sums, times a factor.
var ratios = map[string]struct {
	of, by string
	factor float64
}{
	"rebuffer_percentage":             {"rebuffer_duration", "watch_time", 1},
	"rebuffer_frequency":              {"rebuffer_count", "watch_time", 60_000},
	"seek_latency":                    {"seek_duration", "seek_count", 1},
	"ad_error_percentage":             {"ad_error_count", "ad_attempt_count", 1},
	"ad_startup_error_percentage":     {"ad_startup_error_count", "ad_attempt_count", 1},
	"ad_exit_before_start_percentage": {"ad_exit_before_start_count", "ad_attempt_count", 1},
	"ad_break_error_percentage":       {"ad_break_error_count", "ad_break_count", 1},
}

var metrics = func() []*metric {
	var list []*metric
	for line := range strings.Lines(strings.TrimSpace(reference)) {
		w := strings.Fields(line)
		m := &metric{id: w[0], byStart: w[1] == "start", better: w[2], usual: w[3], ways: strings.Split(w[4], ",")}
		for alias, id := range aliases {
			if id == m.id {
				m.aliases = append(m.aliases, alias)
			}
		}
		if m.score() {
			m.slack = 1e-7 // kept with 32 bits
		}
		list = append(list, m)
	}
	return list
}()

func metricOf(id string) *metric {
	return metrics[slices.IndexFunc(metrics, func(m *metric) bool { return m.id == id || slices.Contains(m.aliases, id) })]
}

func (m *metric) score() bool { return strings.HasSuffix(m.id, "_score") }

// time is the time of a view that the metric goes by.
func (m *metric) time(v *view) int64 {
	if m.byStart {
		return v.start
	}
	return v.end
}

// aggregation is what the API calls it.
func (m *metric) aggregation() string {
	if m.byStart {
		return "view_start"
	}
	return "view_end"
}

// having are the views that have a value of the metric.
func (m *metric) having(views []*view) []*view {
	var list []*view
	for _, v := range views {
		if known(v.value(m.id)) {
			list = append(list, v)
		}
	}
	return list
}

// value makes one number of the values of views that have one.
func (m *metric) value(views []*view, way string) float64 {
	own := values(views, m.id)
	switch way {
	case "sum":
		return sum(own)
	case "median":
		return quantile(own, 0.5)
	case "95th":
		if m.better == "higher" {
			return quantile(own, 0.05) // the worst are the lowest
		}
		return quantile(own, 0.95)
	case "count":
		if m.id == "unique_viewers" {
			return float64(viewers(views))
		}
		return float64(len(views))
	}
	if r, ok := ratios[m.id]; ok {
		return divide(sum(values(views, r.of))*r.factor, sum(values(views, r.by)))
	}
	return mean(own)
}

// values are a value of each view that has one.
func values(views []*view, name string) []float64 {
	list := make([]float64, 0, len(views))
	for _, v := range views {
		if x := v.value(name); known(x) {
			list = append(list, x)
		}
	}
	return list
}

// viewers counts people: by the customer's id, or else by the SDK's.
func viewers(views []*view) int {
	people := map[string]bool{}
	for _, v := range views {
		if id := v.user; id != "" {
			people["user "+id] = true
		} else if v.sdk != "" {
			people["sdk "+v.sdk] = true
		}
	}
	return len(people)
}
