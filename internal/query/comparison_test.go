package query

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/fault"
)

// layout is the comparison as the API's description has it: a group without
// indentation, its items with it; name, metric, type, measurement.
const layout = `
Views|views|number|
 Unique Viewers|unique_viewers|number|
 Playing Time|playing_time|milliseconds|
 Ad Attempts (total)|ad_attempt_count|number|sum
 Ad Attempts (average)|ad_attempt_count|number|avg
 Ad Breaks (total)|ad_break_count|number|sum
 Ad Breaks (average)|ad_break_count|number|avg
 Ad Impressions (total)|ad_impression_count|number|sum
 Ad Impressions (average)|ad_impression_count|number|avg
Overall Score|viewer_experience_score|score|
Playback Failure Score|playback_failure_score|score|
 Playback Failure Percentage|playback_failure_percentage|percentage|
 Video Startup Failure Percentage|video_startup_failure_percentage|percentage|
 Exits Before Video Start|exits_before_video_start|percentage|
 View Dropped Percentage|view_dropped_percentage|percentage|
 Ad Errors (total)|ad_error_count|number|sum
 Ad Errors (average)|ad_error_count|number|avg
 Ad Error Percentage (average)|ad_error_percentage|percentage|avg
 Ad Break Errors (total)|ad_break_error_count|number|sum
 Ad Break Errors (average)|ad_break_error_count|number|avg
 Ad Break Error Percentage (average)|ad_break_error_percentage|percentage|avg
 Ad Startup Error Percentage (average)|ad_startup_error_percentage|percentage|avg
 Ad Exit Before Start Percentage (average)|ad_exit_before_start_percentage|percentage|avg
 Playback Business Exception Percentage (average)|playback_business_exception_percentage|percentage|avg
 Video Startup Business Exception Percentage (average)|video_startup_business_exception_percentage|percentage|avg
Startup Time Score|startup_time_score|score|
 Video Startup Time (median)|video_startup_time|milliseconds|median
 Video Startup Time (95th %)|video_startup_time|milliseconds|95th
 Player Startup Time (median)|player_startup_time|milliseconds|median
 Player Startup Time (95th %)|player_startup_time|milliseconds|95th
 Page Load Time (median)|page_load_time|milliseconds|median
 Page Load Time (95th %)|page_load_time|milliseconds|95th
 Aggregate Startup Time (median)|aggregate_startup_time|milliseconds|median
 Aggregate Startup Time (95th %)|aggregate_startup_time|milliseconds|95th
 Seek Latency|seek_latency|milliseconds|
 Content Startup Time (median)|view_content_startup_time|milliseconds|median
 Content Startup Time (95th %)|view_content_startup_time|milliseconds|95th
 Ad Preroll Startup Time (median)|ad_preroll_startup_time|milliseconds|median
 Ad Preroll Startup Time (95th %)|ad_preroll_startup_time|milliseconds|95th
Rebuffer Score|rebuffer_score|score|
 Rebuffer Percentage|rebuffer_percentage|percentage|
 Rebuffer Frequency|rebuffer_frequency|per_minute|
 Rebuffer Duration (median)|rebuffer_duration|milliseconds|median
 Rebuffer Duration (95th %)|rebuffer_duration|milliseconds|95th
 Rebuffer Count (median)|rebuffer_count|number|median
 Rebuffer Count (95th %)|rebuffer_count|number|95th
Video Quality Score|video_quality_score|score|
 Upscale Percentage (median)|upscale_percentage|percentage|median
 Upscale Percentage (95th %)|upscale_percentage|percentage|95th
 Upscale Percentage (average)|upscale_percentage|percentage|avg
 Downscale Percentage (median)|downscale_percentage|percentage|median
 Downscale Percentage (95th %)|downscale_percentage|percentage|95th
 Downscale Percentage (average)|downscale_percentage|percentage|avg
 Max Upscale Percentage (median)|max_upscale_percentage|percentage|median
 Max Upscale Percentage (95th %)|max_upscale_percentage|percentage|95th
 Max Downscale Percentage (median)|max_downscale_percentage|percentage|median
 Max Downscale Percentage (95th %)|max_downscale_percentage|percentage|95th
 Weighted Average Bitrate (median)|weighted_average_bitrate|mbps|median
 Weighted Average Bitrate (95th %)|weighted_average_bitrate|mbps|95th
 Live Stream Latency (median)|live_stream_latency|milliseconds|median
 Live Stream Latency (95th %)|live_stream_latency|milliseconds|95th
`

func TestComparisonLayout(t *testing.T) {
	var lines []string
	line := func(indent string, i ComparisonItem) {
		lines = append(lines, indent+strings.Join([]string{i.Name, i.Metric, string(i.Type), string(i.Measurement)}, "|"))
	}
	for _, g := range ComparisonGroups {
		line("", g.ComparisonItem)
		for _, i := range g.Items {
			line(" ", i)
		}
	}
	if diff := cmp.Diff(strings.Split(strings.TrimSpace(layout), "\n"), lines); diff != "" {
		t.Errorf("layout (-want +got):\n%s", diff)
	}
}

// TestComparisonValues checks that each item finds the value of its own
// formula, in the plan of its own clock.
func TestComparisonValues(t *testing.T) {
	c, err := Comparison(Request{Environment: "env", Timeframe: []string{"10", "20"}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	number := func(p *Plan, base float64) Row {
		var r Row
		for i := range p.Values {
			r.Values = append(r.Values, base+float64(i))
		}
		return r
	}
	byEnd, byStart := number(c.ByEnd, 0), number(c.ByStart, 1000)
	formula := func(i *ComparisonItem) string {
		if v := i.Value(byEnd, byStart); v >= 1000 {
			return "start " + c.ByStart.Values[int(v)-1000].String()
		}
		return "end " + c.ByEnd.Values[int(i.Value(byEnd, byStart))].String()
	}
	got := map[string]string{}
	for g := range ComparisonGroups {
		got[ComparisonGroups[g].Name] = formula(&ComparisonGroups[g].ComparisonItem)
		for i := range ComparisonGroups[g].Items {
			got[ComparisonGroups[g].Items[i].Name] = formula(&ComparisonGroups[g].Items[i])
		}
	}
	for name, want := range map[string]string{
		"Views": "start count()", "Unique Viewers": "start uniq(viewer_key)", "Playing Time": "start sum(playing_time)",
		"Ad Attempts (total)": "start sum(ad_attempt_count)", "Ad Impressions (average)": "start avg(ad_impression_count)",
		"Overall Score": "end avg(viewer_experience_score)", "Playback Failure Score": "end avg(playback_success_score)",
		"Ad Errors (total)": "end sum(ad_error_count)", "Seek Latency": "end (sum(view_seek_duration) / sum(view_seek_count))",
		"Video Startup Time (95th %)": "end quantile(video_startup_time, 0.95)", "Weighted Average Bitrate (95th %)": "end quantile(weighted_average_bitrate, 0.05)",
		"Upscale Percentage (average)": "end avg(upscale_percentage)", "Live Stream Latency (median)": "end quantile(live_stream_latency, 0.5)",
	} {
		if got[name] != want {
			t.Errorf("%s = %s, want %s", name, got[name], want)
		}
	}
	totals := ComparisonTotals(byEnd, byStart)
	for _, v := range []struct {
		name, want string
		value      float64
	}{
		{"watch_time", "sum(watch_time)", totals.WatchTime},
		{"view_count", "count()", totals.ViewCount},
		{"ended_views", "count()", totals.EndedViews},
		{"started_views", "count()", totals.StartedViews - 1000},
		{"unique_viewers", "uniq(viewer_key)", totals.UniqueViewers - 1000},
		{"total_playing_time", "sum(playing_time)", totals.TotalPlayingTime - 1000},
	} {
		p := c.ByEnd
		if strings.Contains("started_views unique_viewers total_playing_time", v.name) {
			p = c.ByStart
		}
		if got := p.Values[int(v.value)].String(); got != v.want {
			t.Errorf("%s = %s, want %s", v.name, got, v.want)
		}
	}
}

func TestComparisonOfOneValue(t *testing.T) {
	c, err := Comparison(Request{Environment: "env", Timeframe: []string{"10", "20"}, Filters: []string{"asn:5"}, Dimension: "country", Value: new("US"), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	want := Scope{Environment: "env", Clock: "view_end", From: 10_000, To: 20_000, Where: []Condition{
		{Column: catalog.MustColumn("asn"), Numbers: []float64{5}}, {Column: catalog.MustColumn("country"), Texts: []string{"US"}},
	}}
	if diff := cmp.Diff(want, c.ByEnd.Scope, compareNames); diff != "" {
		t.Errorf("scope by end (-want +got):\n%s", diff)
	}
	want.Clock = "view_start"
	if diff := cmp.Diff(want, c.ByStart.Scope, compareNames); diff != "" {
		t.Errorf("scope by start (-want +got):\n%s", diff)
	}
	_, err = Comparison(Request{Value: new("US"), Now: now})
	refused(t, err, fault.Invalid, "dimension", `"US"`)
	_, err = Comparison(Request{Dimension: "playback_failure", Value: new("yes"), Now: now})
	refused(t, err, fault.Invalid, "value", `"yes"`, "true or false")
	_, err = Comparison(Request{Dimension: "country", Now: now})
	refused(t, err, fault.Invalid, "value", `"country"`)
	c, err = Comparison(Request{Dimension: "country", Value: new(""), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	unknown := []Condition{{Column: catalog.MustColumn("country"), Texts: []string{""}}}
	if diff := cmp.Diff(unknown, c.ByEnd.Where, compareNames); diff != "" {
		t.Errorf("where the country is not known (-want +got):\n%s", diff)
	}
}
