package api

import (
	"playhead/internal/catalog"
	"playhead/internal/meta"
	"playhead/internal/view"
)

// viewKey is one key of the view object: which column it shows, and how. All
// keys are always there.
type viewKey struct {
	key    string
	way    way
	column string // "": the same as key
}

// perMillisecondKey is the key of what is per minute everywhere else.
const perMillisecondKey = "buffering_rate"

// viewKeys are the keys of the view object but those that viewObject itself
// sets.
var viewKeys = []viewKey{
	{"ad_attempt_count", whole32, ""},
	{"ad_break_count", whole32, ""},
	{"ad_break_error_count", whole32, ""},
	{"ad_break_error_percentage", decimal, ""},
	{"ad_error_count", whole32, ""},
	{"ad_error_percentage", decimal, ""},
	{"ad_exit_before_start_count", whole32, ""},
	{"ad_exit_before_start_percentage", decimal, ""},
	{"ad_impression_count", whole32, ""},
	{"ad_playback_failure_error_type_id", whole32, ""},
	{"ad_preroll_startup_time", whole32, ""},
	{"ad_startup_error_count", whole32, ""},
	{"ad_startup_error_percentage", decimal, ""},
	{"asn", whole64, ""},
	{"asn_name", shown, ""},
	{"asset_id", shown, ""},
	{"audio_codec", shown, ""},
	{"audio_codec_initial", shown, ""},
	{"buffering_count", whole64, "rebuffer_count"},
	{"buffering_duration", whole64, "rebuffer_duration"},
	{perMillisecondKey, perMillisecond, "rebuffer_frequency"},
	{"cdn", shown, ""},
	{"city", shown, ""},
	{"client_application_name", shown, ""},
	{"client_application_version", shown, ""},
	{"continent_code", shown, ""},
	{"country_code", shown, "country"},
	{"country_name", shown, ""},
	{"custom_1", shown, ""},
	{"custom_2", shown, ""},
	{"custom_3", shown, ""},
	{"custom_4", shown, ""},
	{"custom_5", shown, ""},
	{"custom_6", shown, ""},
	{"custom_7", shown, ""},
	{"custom_8", shown, ""},
	{"custom_9", shown, ""},
	{"custom_10", shown, ""},
	{"error_type_id", whole32, ""},
	{"exit_before_video_start", flag, ""},
	{"experiment_name", shown, ""},
	{"inserted_at", receipt, ""},
	{"latitude", decimal, ""},
	{"live_stream_id", shown, ""},
	{"live_stream_latency", whole64, ""},
	{"long_rebuffering", flag, ""},
	{"long_resume", flag, ""},
	{"longitude", decimal, ""},
	{"metro", shown, ""},
	{"mux_api_version", words, ""},
	{"mux_embed", shown, ""},
	{"mux_embed_version", shown, ""},
	{"mux_viewer_id", words, ""},
	{"page_load_time", whole64, ""},
	{"page_type", shown, ""},
	{"page_url", shown, ""},
	{"playback_business_exception_error_type_id", whole32, ""},
	{"playback_failure", flag, ""},
	{"playback_failure_error_type_id", whole32, ""},
	{"playback_id", shown, ""},
	{"playback_score", decimal, "playback_success_score"},
	{"player_autoplay", flag, ""},
	{"player_error_code", shown, ""},
	{"player_error_context", shown, ""},
	{"player_error_message", shown, ""},
	{"player_height", whole32, ""},
	{"player_instance_id", shown, ""},
	{"player_language", shown, ""},
	{"player_load_time", whole64, "player_startup_time"}, // the old name of it
	{"player_mux_plugin_name", shown, ""},
	{"player_mux_plugin_version", shown, ""},
	{"player_name", shown, ""},
	{"player_poster", shown, ""},
	{"player_preload", flag, ""},
	{"player_remote_played", maybe, ""},
	{"player_software", shown, ""},
	{"player_software_version", shown, ""},
	{"player_source_domain", shown, ""},
	{"player_source_duration", whole64, ""},
	{"player_source_height", whole32, "video_source_height"},
	{"player_source_host_name", shown, "source_hostname"},
	{"player_source_stream_type", shown, "stream_type"},
	{"player_source_type", shown, "source_type"},
	{"player_source_url", shown, ""},
	{"player_source_width", whole32, "video_source_width"},
	{"player_startup_time", whole64, ""},
	{"player_version", shown, ""},
	{"player_view_count", whole64, ""},
	{"player_width", whole32, ""},
	{"preroll_ad_asset_hostname", shown, ""},
	{"preroll_ad_tag_hostname", shown, ""},
	{"preroll_played", maybe, ""},
	{"preroll_requested", maybe, ""},
	{"quality_score", decimal, "video_quality_score"},
	{"rebuffer_percentage", decimal, ""},
	{"rebuffering_score", decimal, "rebuffer_score"},
	{"region", shown, ""},
	{"rendition_change_count", whole32, ""},
	{"rendition_downshift_count", whole32, ""},
	{"rendition_upshift_count", whole32, ""},
	{"requests_for_first_preroll", whole64, ""},
	{"session_id", words, ""},
	{"short_time", moment, "view_start"},
	{"startup_score", decimal, "startup_time_score"},
	{"sub_property_id", shown, ""},
	{"time_shift_enabled", flag, ""},
	{"time_to_first_frame", whole64, "video_startup_time"},
	{"updated_at", receipt, ""},
	{"used_captions", flag, ""},
	{"used_fullscreen", flag, ""},
	{"used_pip", flag, ""},
	{"video_affiliate", shown, ""},
	{"video_brand", shown, ""},
	{"video_cdn_trace", list, ""},
	{"video_codec", shown, ""},
	{"video_codec_initial", shown, ""},
	{"video_content_type", shown, ""},
	{"video_creator_id", shown, ""},
	{"video_duration", whole64, ""},
	{"video_dynamic_range_type", shown, ""},
	{"video_dynamic_range_type_initial", shown, ""},
	{"video_encoding_variant", shown, ""},
	{"video_id", shown, ""},
	{"video_language", shown, ""},
	{"video_producer", shown, ""},
	{"video_series", shown, ""},
	{"video_source_bitrate", whole64, ""},
	{"video_source_bitrate_initial", whole64, ""},
	{"video_source_fps", float, ""},
	{"video_source_fps_initial", float, ""},
	{"video_source_height", whole32, ""},
	{"video_source_height_initial", whole32, ""},
	{"video_source_width", whole32, ""},
	{"video_source_width_initial", whole32, ""},
	{"video_startup_business_exception_error_type_id", whole32, ""},
	{"video_startup_failure", flag, ""},
	{"video_startup_preroll_load_time", whole64, ""},
	{"video_startup_preroll_request_time", whole64, ""},
	{"video_stream_type", shown, "stream_type"},
	{"video_title", shown, ""},
	{"video_variant_id", shown, ""},
	{"video_variant_name", shown, ""},
	{"view_average_request_latency", whole64, "request_latency"},
	{"view_average_request_throughput", whole64, "request_throughput"},
	{"view_cdn_edge_pop", shown, ""},
	{"view_cdn_origin", shown, ""},
	{"view_content_startup_time", whole32, ""},
	{"view_drm_level", shown, ""},
	{"view_drm_type", shown, ""},
	{"view_dropped", flag, ""},
	{"view_dropped_frame_count", whole64, ""},
	{"view_end", moment, ""},
	{"view_error_id", whole32, "error_type_id"}, // a view has no error records of its own
	{"view_has_ad", flag, ""},
	{"view_id", words, ""},
	{"view_max_downscale_percentage", decimal, "max_downscale_percentage"},
	{"view_max_playhead_position", decimal, ""},
	{"view_max_request_latency", whole64, "max_request_latency"},
	{"view_max_upscale_percentage", decimal, "max_upscale_percentage"},
	{"view_playing_time", decimal, "playing_time"},
	{"view_seek_count", whole64, ""},
	{"view_seek_duration", whole64, ""},
	{"view_session_id", shown, ""},
	{"view_start", moment, ""},
	{"view_total_content_playback_time", whole64, ""},
	{"view_total_downscaling", decimal, ""},
	{"view_total_upscaling", decimal, ""},
	{"viewer_application_engine", shown, ""},
	{"viewer_application_name", shown, "browser"},
	{"viewer_application_version", shown, "browser_version"},
	{"viewer_connection_type", shown, ""},
	{"viewer_device_category", shown, ""},
	{"viewer_device_manufacturer", shown, ""},
	{"viewer_device_model", shown, ""},
	{"viewer_device_name", shown, ""},
	{"viewer_experience_score", decimal, ""},
	{"viewer_os_architecture", shown, ""},
	{"viewer_os_family", shown, "operating_system"},
	{"viewer_os_version", shown, "operating_system_version"},
	{"viewer_plan", shown, ""},
	{"viewer_plan_category", shown, ""},
	{"viewer_plan_status", shown, ""},
	{"viewer_user_agent", shown, ""},
	{"viewer_user_id", shown, ""},
	{"watch_time", whole64, ""},
	{"watched", everWatched, ""},
	{"weighted_average_bitrate", float, ""},
}

// viewColumns are the columns of viewKeys.
var viewColumns = func() []*catalog.Column {
	columns := make([]*catalog.Column, len(viewKeys))
	for i, k := range viewKeys {
		name := k.column
		if name == "" {
			name = k.key
		}
		columns[i] = catalog.MustColumn(name)
	}
	return columns
}()

// viewEvent is one event of the view object.
type viewEvent struct {
	ViewerTime   int64          `json:"viewer_time" doc:"when it happened, by the clock of the player as it is, in ms since 1970"`
	PlaybackTime int64          `json:"playback_time" doc:"position of the playhead, in ms"`
	Name         string         `json:"name" doc:"what the SDK calls it, such as playing, rebufferstart or error"`
	EventTime    int64          `json:"event_time" doc:"when the server received it, in ms since 1970"`
	Details      map[string]any `json:"details" doc:"what else is known of it, depending on its name"`
}

// wholeView is all that is known of a view.
type wholeView map[string]any

// viewObject writes all that is known of a view. JSON sorts the keys.
func viewObject(v *view.View, e meta.Environment) wholeView {
	o := make(wholeView, len(viewKeys)+7)
	for i, k := range viewKeys {
		o[k.key] = k.way.show(v, viewColumns[i])
	}
	o["id"] = v.ID.String()
	o["environment_id"] = e.ID
	o["property_id"] = e.Property
	o["platform_summary"] = platform(v)
	o["isp"], o["platform_description"] = nil, nil // nothing tells them
	events := make([]viewEvent, len(v.Events))
	for i, t := range v.Events {
		events[i] = viewEvent{t.ViewerTime, t.PlaybackTime, t.Name, t.EventTime, t.Details}
		if t.Details == nil {
			events[i].Details = map[string]any{}
		}
	}
	o["events"] = events
	return o
}

// platform is "Browser on OS", or what is known of it.
func platform(v *view.View) *string {
	browser, os := v.Text(catalog.MustColumn("browser")), v.Text(catalog.MustColumn("operating_system"))
	if browser == "" || os == "" {
		return text(browser + os)
	}
	return text(browser + " on " + os)
}
