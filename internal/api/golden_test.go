package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/view"
)

// golden are requests over fourViews. The answers in testdata/golden are
// written by hand from the contract of the API and the columns of the views.
// Their numbers are compared as they are spelled: 1 is not 1.0.
var golden = []struct{ name, target string }{
	{"whoami", "/system/v1/whoami"},
	{"dimensions", "/data/v1/dimensions"},
	{"dimension_values", "/data/v1/dimensions/country"},
	{"dimension_values_page", "/data/v1/dimensions/country?limit=1&page=2"},
	{"dimension_values_asn", "/data/v1/dimensions/asn?filters[]=country:US"},
	{"dimension_values_search", "/data/v1/dimensions/browser?search=CHR"},
	{"dimension_values_search_asn", "/data/v1/dimensions/asn?search=1&limit=1&page=2"},
	{"dimension_values_search_trace", "/data/v1/dimensions/video_cdn_trace?search=STL"},
	{"dimension_elements_search", "/data/v1/dimensions/video_cdn_trace/elements?timeframe[]=7:days&search=fA"},
	{"dimension_elements", "/data/v1/dimensions/video_cdn_trace/elements?timeframe[]=7:days"},
	{"dimension_elements_page", "/data/v1/dimensions/video_cdn_trace/elements?timeframe[]=7:days&order_by=value&limit=1&page=2"},
	{"dimensions", "/data/v1/filters"},
	{"dimension_values", "/data/v1/filters/country"},
	{"dimension_values_page", "/data/v1/filters/country?limit=1&page=2"},
	{"video_views", "/data/v1/video-views"},
	{"video_views_by_sdk_id", "/data/v1/video-views?view_id=sdk-b"},
	{"video_views_past_the_end", "/data/v1/video-views?page=9"},
	{"video_view", "/data/v1/video-views/019df2b4-9c00-7000-8000-0000000000aa"},
	{"video_view_timeline", "/data/v1/video-views/019df2b4-9c00-7000-8000-0000000000aa/timeline"},
	{"video_views_by_warning", "/data/v1/video-views?error_id=9&order_direction=asc&limit=1"},
	{"errors", "/data/v1/errors"},
	{"errors_filtered", "/data/v1/errors?filters[]=country:FR"},
	{"error_timeseries", "/data/v1/errors/9/timeseries?group_by=hour&timeframe[]=1777887000&timeframe[]=1777896000"},
	{"error_timeseries_any", "/data/v1/errors/any/timeseries?group_by=hour&order_direction=desc&timeframe[]=1777887000&timeframe[]=1777896000"},
	{"error_timeseries_filtered", "/data/v1/errors/9/timeseries?group_by=day&filters[]=browser:Safari"},
	{"errors_timeseries", "/data/v1/errors/timeseries?error_ids[]=7&error_ids[]=9&error_ids[]=1&error_ids[]=12&error_ids[]=7&group_by=hour&timeframe[]=1777887000&timeframe[]=1777896000"},
	{"error_breakdown", "/data/v1/errors/9/breakdown?group_by=browser"},
	{"error_breakdown_asn", "/data/v1/errors/12/breakdown?group_by=asn"},
	{"error_breakdown_boolean", "/data/v1/errors/any/breakdown?group_by=exit_before_video_start"},
	{"error_breakdown_country", "/data/v1/errors/9/breakdown?metric_filters[]=video_startup_time>500"},
	{"error_breakdown_trace", "/data/v1/errors/9/breakdown?group_by=video_cdn_trace"},
	{"error_breakdown_page", "/data/v1/errors/9/breakdown?group_by=video_cdn_trace&limit=1&page=2"},
	{"overall", "/data/v1/metrics/video_startup_time/overall"},
	{"overall_nothing", "/data/v1/metrics/video_startup_time/overall?filters[]=country:DE"},
	{"overall_views_nothing", "/data/v1/metrics/views/overall?filters[]=country:DE"},
	{"breakdown", "/data/v1/metrics/video_startup_time/breakdown"},
	{"breakdown_past_the_end", "/data/v1/metrics/video_startup_time/breakdown?page=2"},
	{"breakdown_boolean", "/data/v1/metrics/views/breakdown?group_by=exit_before_video_start"},
	{"breakdown_asn", "/data/v1/metrics/views/breakdown?group_by=asn&order_by=field&filters=country:US"},
	{"breakdown_trace", "/data/v1/metrics/views/breakdown?group_by=video_cdn_trace&filters[]=%2Bvideo_cdn_trace:fastly"},
	{"timeseries", "/data/v1/metrics/video_startup_time/timeseries?group_by=hour&timeframe[]=1777887000&timeframe[]=1777896000"},
	{"timeseries_desc", "/data/v1/metrics/playback_failure_percentage/timeseries?group_by=hour&order_direction=desc&timeframe[]=150:minutes"},
	{"insights", "/data/v1/metrics/video_startup_time/insights"},
	{"insights_page", "/data/v1/metrics/views/insights?limit=2&page=2&order_direction=sideways&filters[]=country:US"},
	{"subview_overall", renditions + "overall"},
	{"subview_breakdown", renditions + "breakdown"},
	{"subview_breakdown_some", renditions + "breakdown?group_by[]=video_source_codec&group_by[]=video_source_height&filters[]=!video_source_rendition_name:__empty__&filters[]=country:US"},
	{"subview_breakdown_modes", "/data/v1/subview-metrics/playing_time/playback_mode/breakdown?limit=2"},
	{"subview_comparison", renditions + "comparison?dimension=country&values[]=US&values[]=__empty__&values[]=DE&group_by[]=video_source_height&breakdown_value_limit=1"},
	{"subview_comparison_subviews", renditions + "comparison?dimension=video_source_height&values[]=360&values[]=720&group_by[]=video_source_codec"},
	{"subview_timeseries", renditions + "breakdown-timeseries?group_by[]=video_source_codec&timeframe[]=1777885200&timeframe[]=1777899600"},
	{"subview_values", "/data/v1/subview-metrics/rendition/dimensions/country"},
	{"subview_values_search", "/data/v1/subview-metrics/rendition/dimensions/asn?query=16"},
	{"subview_values_text", "/data/v1/subview-metrics/rendition/dimensions/browser?query=CHROM&order_by=value"},
	{"subview_values_part", "/data/v1/subview-metrics/rendition/dimensions/video_source_rendition_name?order_by=value&order_direction=desc"},
	{"comparison_nothing", "/data/v1/metrics/comparison?dimension=country&value=DE"},
	{"monitoring_dimensions", "/data/v1/monitoring/dimensions"},
	{"monitoring_metrics", "/data/v1/monitoring/metrics"},
	{"monitoring_breakdown", "/data/v1/monitoring/metrics/current-rebuffering-percentage/breakdown"},
	{"monitoring_breakdown_filtered", "/data/v1/monitoring/metrics/exits-before-video-start/breakdown?dimension=country&filters[]=!cdn:akamai&order_by=field&order_direction=desc"},
	{"monitoring_breakdown_past", "/data/v1/monitoring/metrics/current-average-bitrate/breakdown?dimension=country&timestamp=1777895994"},
	{"monitoring_breakdown_timeseries", "/data/v1/monitoring/metrics/current-concurrent-viewers/breakdown-timeseries?timeframe[]=15:seconds&limit=2"},
	{"monitoring_breakdown_timeseries_empty", "/data/v1/monitoring/metrics/current-concurrent-viewers/breakdown-timeseries?timeframe[]=1777895996&timeframe[]=1777895999"},
	{"monitoring_histogram", "/data/v1/monitoring/metrics/video-startup-time/histogram-timeseries?filters[]=country:US"},
	{"monitoring_timeseries", "/data/v1/monitoring/metrics/playback-failure-percentage/timeseries?timestamp=1777895987&filters[]=country:US&filters[]=country:DE"},
	{"incidents", "/data/v1/incidents"},
	{"incident", "/data/v1/incidents/g7q2df"},
	{"incidents_related", "/data/v1/incidents/4u13td/related"},
	{"realtime_dimensions", "/data/v1/realtime/dimensions"},
	{"realtime_metrics", "/data/v1/realtime/metrics"},
	{"monitoring_breakdown", "/data/v1/realtime/metrics/current-rebuffering-percentage/breakdown"},
	{"monitoring_histogram", "/data/v1/realtime/metrics/video-startup-time/histogram-timeseries?filters[]=country:US"},
	{"monitoring_timeseries", "/data/v1/realtime/metrics/playback-failure-percentage/timeseries?timestamp=1777895987&filters[]=country:US&filters[]=country:DE"},
}

const renditions = "/data/v1/subview-metrics/playing_time/rendition/"

func goldenViews(t *testing.T) []*view.View {
	return append(fourViews(t), fullView(t))
}

func TestGolden(t *testing.T) {
	h := newAPI(t, stored(t, goldenViews(t)...), viewers)
	for _, tt := range golden {
		t.Run(tt.name, func(t *testing.T) {
			w := get(t, h, tt.target)
			if w.Code != http.StatusOK {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
			want, err := os.ReadFile(filepath.Join("testdata", "golden", tt.name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(decode(t, want), decode(t, w.Body.Bytes())); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.target, diff)
			}
		})
	}
}

// decode reads JSON and keeps numbers as they are spelled.
func decode(t *testing.T, b []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return v
}

// fullView is a finished view of 2 May, two days before the others, that knows
// nearly everything.
func fullView(t *testing.T) *view.View {
	const day = 86_400_000
	v := makeView(t, "aa", row{
		"environment_id": "env1", "view_id": "8d00a0ca-8456-4e55-9ff8-dc501814a6b1",
		"view_start": at("08:00:00") - 2*day + 999, "view_end": at("08:20:00") - 2*day,
		"inserted_at": at("08:00:01") - 2*day, "updated_at": at("08:20:02") - 2*day,
		"ad_attempt_count": 3, "ad_error_count": 1, "ad_error_percentage": 1.0 / 3, "ad_impression_count": 2,
		"asn": 15169, "asn_name": "Example Networks", "asset_id": "asset-1",
		"audio_codec": "mp4a.40.2", "audio_codec_initial": "mp4a.40.5",
		"rebuffer_count": 1, "rebuffer_duration": 286, "rebuffer_frequency": 1.0, "rebuffer_percentage": 0.0000005,
		"cdn": "multiple", "video_cdn_trace": []string{"fastly", "akamai", "fastly"},
		"city": "Lyon", "continent_code": "EU", "country": "FR", "country_name": "France", "latitude": 45.7, "longitude": -4.0, "region": "Rhône",
		"custom_1": "one", "custom_10": "ten",
		"error_type_id": 7, "player_error_code": "2", "player_error_message": "network", "player_error_context": "segment 3",
		"exit_before_video_start": false, "playback_failure": true, "playback_failure_error_type_id": 7, "video_startup_failure": false,
		"live_stream_latency": 4500, "page_load_time": 1200, "page_type": "watchpage", "page_url": "https://example.com/a?b=<c>&d",
		"mux_api_version": "2.1", "mux_embed": "mux-embed", "mux_embed_version": "5.9.0", "mux_viewer_id": "cookie-9", "session_id": "session-1",
		"player_autoplay": true, "player_preload": true, "preroll_played": true, "preroll_requested": false,
		"player_height": 360, "player_width": 640, "player_view_count": 1, "player_startup_time": 250, "player_source_duration": 600000,
		"player_source_url": "https://cdn.example.com/v.m3u8", "source_hostname": "cdn.example.com", "source_type": "application/x-mpegurl", "stream_type": "on-demand",
		"viewer_experience_score": 0.0, "playback_success_score": 0.0, "startup_time_score": float64(float32(8 / 8.159)), "rebuffer_score": 1.0, "video_quality_score": 1.0,
		"rendition_change_count": 2, "rendition_upshift_count": 1, "rendition_downshift_count": 1,
		"video_startup_time": 400, "view_content_startup_time": 390,
		"activities": []string{
			view.JoinParts("1777708800999", "starting", "", "fastly", ""), view.JoinParts("400", "playing", "2500000", "", "400"),
			view.JoinParts("29600", "rebuffering", "", "akamai", ""), view.JoinParts("286", "playing", "800000", "", ""),
			view.JoinParts("1167715", "failed", "", "fastly", ""), view.JoinParts("1000", "left", "", "", ""),
		},
		"rendition_playing_times": []string{view.JoinParts("800000", "640", "360", "30", "avc1", "360p", "1167715")},
		"used_captions":           true, "used_fullscreen": true, "watched": true, "long_resume": true, "view_has_ad": true,
		"video_source_bitrate": 2500000, "video_source_fps": 29.97, "video_source_height": 720, "video_source_width": 1280, "video_source_height_initial": 360,
		"video_title": "Full", "video_id": "v-1", "video_series": "Everything",
		"request_latency": 35, "request_throughput": 8000000, "max_request_latency": 120,
		"max_downscale_percentage": 0.32222223, "max_upscale_percentage": 0.0,
		"view_max_playhead_position": 41126, "playing_time": 58134, "watch_time": 60000,
		"view_seek_count": 1, "view_seek_duration": 80, "view_total_content_playback_time": 37521, "view_total_upscaling": 12.5,
		"browser": "Safari", "browser_version": "7", "operating_system": "Linux", "operating_system_version": "6.1", "viewer_os_architecture": "64",
		"viewer_user_agent": "Example/1.0", "viewer_user_id": "customer-9", "viewer_device_category": "desktop", "weighted_average_bitrate": 851582.91015625,
	})
	v.Events = []view.TimelineEvent{
		{Seq: 1, Name: "viewstart", ViewerTime: 1777708800999, PlaybackTime: 0, EventTime: 1777708801500, Details: map[string]any{}},
		{Seq: 2, Name: "error", ViewerTime: 1777709999000, PlaybackTime: 41126, EventTime: 1777710000000, Details: map[string]any{
			"error_code": "2", "error_message": "network", "error_type": 7.0, "error_severity": "fatal", "is_business_exception": false,
		}},
		{Seq: 3, Name: "viewend", ViewerTime: 1777710000000, PlaybackTime: 41126, EventTime: 1777710001000},
	}
	return v
}
