package catalog

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/expr"
)

// reference are the metrics of the API: id, unit, default measurement, and
// those that make sense.
const reference = `
aggregate_startup_time ms median median,95th,avg
downscale_percentage fraction avg median,95th,avg
exits_before_video_start fraction avg avg
live_stream_latency ms median median,95th,avg
max_downscale_percentage fraction median median,95th,avg
max_request_latency ms median median,95th,avg
max_upscale_percentage fraction median median,95th,avg
page_load_time ms median median,95th,avg
playback_failure_percentage fraction avg avg
playback_success_score score avg avg
player_startup_time ms median median,95th,avg
playing_time ms sum sum,avg,median,95th
rebuffer_count count median median,95th,avg
rebuffer_duration ms median median,95th,avg
rebuffer_frequency per avg avg
rebuffer_percentage fraction avg avg
request_latency ms median median,95th,avg
request_throughput bits/s median median,95th,avg
rebuffer_score score avg avg
requests_for_first_preroll count median median,95th,avg
seek_latency ms avg avg
startup_time_score score avg avg
unique_viewers count count count
upscale_percentage fraction avg median,95th,avg
video_quality_score score avg avg
video_startup_preroll_load_time ms median median,95th,avg
video_startup_preroll_request_time ms median median,95th,avg
video_startup_time ms median median,95th,avg
viewer_experience_score score avg avg
views count count count
weighted_average_bitrate bits/s median median,95th,avg
video_startup_failure_percentage fraction avg avg
ad_attempt_count count sum sum,avg
ad_break_count count sum sum,avg
ad_break_error_count count sum sum,avg
ad_break_error_percentage fraction avg avg
ad_error_count count sum sum,avg
ad_error_percentage fraction avg avg
ad_exit_before_start_count count avg avg,sum
ad_exit_before_start_percentage fraction avg avg
ad_impression_count count sum sum,avg
ad_startup_error_count count avg avg,sum
ad_startup_error_percentage fraction avg avg
playback_business_exception_percentage fraction avg avg
video_startup_business_exception_percentage fraction avg avg
view_content_startup_time ms median median,95th,avg
ad_preroll_startup_time ms median median,95th,avg
view_dropped_percentage fraction avg avg
rendition_change_count count median median,95th,avg,sum
rendition_upshift_count count median median,95th,avg,sum
rendition_downshift_count count median median,95th,avg,sum
`

func TestMetricsAreThoseOfTheAPI(t *testing.T) {
	types := map[string]Type{
		"ms": Milliseconds, "fraction": Percentage, "count": Number, "score": Score, "per": PerMinute, "bits/s": Mbps,
	}
	lines := strings.Split(strings.TrimSpace(reference), "\n")
	if len(lines) != 51 {
		t.Fatalf("%d metrics in the reference, want 51", len(lines))
	}
	for _, line := range lines {
		words := strings.Fields(line)
		m, ok := LookupMetric(words[0])
		if !ok {
			t.Errorf("there is no metric %s", words[0])
			continue
		}
		if m.ID != words[0] {
			t.Errorf("%s is an alias of %s, want the id itself", words[0], m.ID)
		}
		if m.Type != types[words[1]] {
			t.Errorf("%s: type %s, want one for the unit %s", m.ID, m.Type, words[1])
		}
		if string(m.Default) != words[2] {
			t.Errorf("%s: default measurement %s, want %s", m.ID, m.Default, words[2])
		}
		for _, want := range strings.Split(words[3], ",") {
			if !slices.Contains(m.Supported(), Measurement(want)) {
				t.Errorf("%s has no measurement %s; it has %v", m.ID, want, m.Supported())
			}
		}
	}
}

// TestDefaultMeasurements are the published lists, which use some other names.
func TestDefaultMeasurements(t *testing.T) {
	for measurement, ids := range map[Measurement]string{
		Sum: "ad_attempt_count ad_break_count ad_break_error_count ad_error_count ad_impression_count playing_time",
		Median: `ad_preroll_startup_time aggregate_startup_time content_startup_time max_downscale_percentage max_upscale_percentage
			page_load_time player_average_live_latency player_startup_time rebuffer_count rebuffer_duration requests_for_first_preroll
			video_startup_preroll_load_time video_startup_preroll_request_time video_startup_time view_average_request_latency
			view_average_request_throughput view_max_request_latency weighted_average_bitrate`,
		Avg: `ad_break_error_percentage ad_error_percentage ad_exit_before_start_count ad_exit_before_start_percentage
			ad_playback_failure_percentage ad_startup_error_count ad_startup_error_percentage content_playback_failure_percentage
			downscale_percentage exits_before_video_start playback_business_exception_percentage playback_failure_percentage
			playback_success_score rebuffer_frequency rebuffer_percentage seek_latency smoothness_score startup_time_score
			upscale_percentage video_quality_score video_startup_business_exception_percentage video_startup_failure_percentage
			view_dropped_percentage viewer_experience_score`,
		Count: "started_views unique_viewers",
	} {
		for _, id := range strings.Fields(ids) {
			if m, ok := LookupMetric(id); !ok || m.Default != measurement {
				t.Errorf("default of %s = %v, want %s", id, m, measurement)
			}
		}
	}
}

func TestAliases(t *testing.T) {
	for alias, id := range map[string]string{
		"playback_failure_score": "playback_success_score", "smoothness_score": "rebuffer_score", "content_startup_time": "view_content_startup_time",
		"player_average_live_latency": "live_stream_latency", "view_average_request_latency": "request_latency",
		"view_average_request_throughput": "request_throughput", "view_max_request_latency": "max_request_latency", "started_views": "views",
	} {
		if m, ok := LookupMetric(alias); !ok || m.ID != id {
			t.Errorf("%s = %v, want %s", alias, m, id)
		}
	}
}

// TestClocks: engagement goes by the start of views, everything else by their end.
func TestClocks(t *testing.T) {
	byStart := strings.Fields("views unique_viewers playing_time ad_attempt_count ad_break_count ad_impression_count")
	for i := range Metrics {
		want := ByEnd
		if slices.Contains(byStart, Metrics[i].ID) {
			want = ByStart
		}
		if Metrics[i].Clock != want {
			t.Errorf("%s goes by %s, want %s", Metrics[i].ID, Metrics[i].Clock, want)
		}
	}
}

// TestDirections: what is neither better high nor low, and what is better high;
// lower is better for all the others.
func TestDirections(t *testing.T) {
	higher := strings.Fields(`viewer_experience_score playback_success_score startup_time_score rebuffer_score video_quality_score
		weighted_average_bitrate request_throughput`)
	neither := strings.Fields("views unique_viewers playing_time ad_attempt_count ad_break_count ad_impression_count rendition_upshift_count")
	for i := range Metrics {
		m := &Metrics[i]
		want := Lower
		if slices.Contains(higher, m.ID) {
			want = Higher
		} else if slices.Contains(neither, m.ID) {
			want = Neither
		}
		if m.Better != want {
			t.Errorf("%s: better %d, want %d", m.ID, m.Better, want)
		}
	}
}

// TestP95IsTheWorst: the 95th of what is better high is its 5th percentile.
func TestP95IsTheWorst(t *testing.T) {
	for i := range Metrics {
		m := &Metrics[i]
		n, ok := m.Node(P95)
		if !ok {
			continue
		}
		want := 0.95
		if m.Better == Higher {
			want = 0.05
		}
		a, ok := n.(expr.Agg)
		if !ok || a.Fn != expr.Quantile || a.P != want || a.Col != m.Column {
			t.Errorf("95th of %s = %s, want quantile(%s, %v)", m.ID, n, m.Column, want)
		}
	}
}

// TestFormulasOfRatios: what is not the mean of its own column.
func TestFormulasOfRatios(t *testing.T) {
	for id, want := range map[string]string{
		"rebuffer_percentage":             "(sum(rebuffer_duration) / sum(watch_time))",
		"rebuffer_frequency":              "(sum(rebuffer_count) / (sum(watch_time) / 60000))",
		"seek_latency":                    "(sum(view_seek_duration) / sum(view_seek_count))",
		"ad_error_percentage":             "(sum(ad_error_count) / sum(ad_attempt_count))",
		"ad_break_error_percentage":       "(sum(ad_break_error_count) / sum(ad_break_count))",
		"ad_startup_error_percentage":     "(sum(ad_startup_error_count) / sum(ad_attempt_count))",
		"ad_exit_before_start_percentage": "(sum(ad_exit_before_start_count) / sum(ad_attempt_count))",
		"exits_before_video_start":        "(count() when exit_before_video_start / count())",
		"playback_failure_percentage":     "(count() when playback_failure / count())",
		"view_dropped_percentage":         "(count() when view_dropped / count())",
		"viewer_experience_score":         "avg(viewer_experience_score)",
	} {
		m, ok := LookupMetric(id)
		if !ok {
			t.Errorf("there is no metric %s", id)
			continue
		}
		if n, _ := m.Node(Avg); n == nil || n.String() != want {
			t.Errorf("avg of %s = %v, want %s", id, n, want)
		}
	}
}

// TestFormulasUseStoredNumbers: a formula names columns of numbers, and of
// booleans behind when, that are in the table of views.
func TestFormulasUseStoredNumbers(t *testing.T) {
	for i := range Metrics {
		m := &Metrics[i]
		if m.Title == "" || m.Doc == "" || len(m.Supported()) != len(m.Formulas) {
			t.Errorf("%s lacks a title or a description, or has an unknown measurement", m.ID)
		}
		for _, measurement := range m.Supported() {
			n, _ := m.Node(measurement)
			expr.Columns(n, func(name string, flag bool) {
				c := MustColumn(name)
				if c.IsText() || c.Shown || flag != (c.Kind == Bool) {
					t.Errorf("%s: %s uses %s", m.ID, n, name)
				}
			})
		}
		if m.ID != "views" && (m.ValueColumn() == nil || m.ValueColumn().IsText() || m.ValueColumn().Shown) {
			t.Errorf("%s has no stored number in a view", m.ID)
		}
	}
}

func TestSupportedAreInTheOrderOfTheAPI(t *testing.T) {
	m, _ := LookupMetric("rendition_change_count")
	if diff := cmp.Diff([]Measurement{"95th", "median", "avg", "sum"}, m.Supported()); diff != "" {
		t.Errorf("measurements (-want +got):\n%s", diff)
	}
}
