package simulate

import "playhead/internal/event"

// The fields that players tell, by what they are about.
var (
	fieldPlayerStartup = event.MustLookup("player_startup_time")
	fieldPageLoad      = event.MustLookup("page_load_time")
	fieldPaused        = event.MustLookup("player_is_paused")
	fieldMode          = event.MustLookup("player_playback_mode")
	fieldModeData      = event.MustLookup("player_playback_mode_data")
	fieldFullscreen    = event.MustLookup("player_is_fullscreen")
	fieldPlayerWidth   = event.MustLookup("player_width")
	fieldPlayerHeight  = event.MustLookup("player_height")
	fieldProgramTime   = event.MustLookup("player_program_time")
	fieldNewest        = event.MustLookup("player_manifest_newest_program_time")

	fieldViewStart    = event.MustLookup("view_start")
	fieldWatch        = event.MustLookup("view_watch_time")
	fieldPlaying      = event.MustLookup("view_playing_time_ms_cumulative")
	fieldAdPlaying    = event.MustLookup("ad_playing_time_ms_cumulative")
	fieldContent      = event.MustLookup("view_content_playback_time")
	fieldMaxPlayhead  = event.MustLookup("view_max_playhead_position")
	fieldFirstFrame   = event.MustLookup("view_time_to_first_frame")
	fieldAggregate    = event.MustLookup("view_aggregate_startup_time")
	fieldRebuffers    = event.MustLookup("view_rebuffer_count")
	fieldRebuffered   = event.MustLookup("view_rebuffer_duration")
	fieldRebufferPart = event.MustLookup("view_rebuffer_percentage")
	fieldRebufferRate = event.MustLookup("view_rebuffer_frequency")
	fieldSeeks        = event.MustLookup("view_seek_count")
	fieldSought       = event.MustLookup("view_seek_duration")
	fieldMaxSeek      = event.MustLookup("view_max_seek_time")
	fieldScaled       = event.MustLookup("view_total_content_playback_time")
	fieldUpscaling    = event.MustLookup("view_total_upscaling")
	fieldDownscaling  = event.MustLookup("view_total_downscaling")
	fieldMaxUp        = event.MustLookup("view_max_upscale_percentage")
	fieldMaxDown      = event.MustLookup("view_max_downscale_percentage")
	fieldDropped      = event.MustLookup("view_dropped_frame_count")
	fieldCaptions     = event.MustLookup("player_captions_enabled")
	fieldTrack        = event.MustLookup("player_text_track_enabled")
	fieldTrackFormat  = event.MustLookup("player_text_track_format")
	fieldTrackSpoken  = event.MustLookup("player_text_track_language")
	fieldTrackType    = event.MustLookup("player_text_track_type")
	fieldRange        = event.MustLookup("video_playback_range")

	fieldBitrate    = event.MustLookup("video_source_bitrate")
	fieldWidth      = event.MustLookup("video_source_width")
	fieldHeight     = event.MustLookup("video_source_height")
	fieldFPS        = event.MustLookup("video_source_fps")
	fieldCodec      = event.MustLookup("video_source_codec")
	fieldRendition  = event.MustLookup("video_source_rendition_name")
	fieldCDN        = event.MustLookup("video_cdn")
	fieldCDNBefore  = event.MustLookup("video_previous_cdn")
	fieldErrorCode  = event.MustLookup("player_error_code")
	fieldErrorText  = event.MustLookup("player_error_message")
	fieldErrorMore  = event.MustLookup("player_error_context")
	fieldSeverity   = event.MustLookup("player_error_severity")
	fieldBusiness   = event.MustLookup("player_error_business_exception")
	fieldAdType     = event.MustLookup("ad_type")
	fieldAdID       = event.MustLookup("ad_id")
	fieldCreative   = event.MustLookup("ad_creative_id")
	fieldAdAsset    = event.MustLookup("ad_asset_url")
	fieldAdTag      = event.MustLookup("ad_tag_url")
	fieldAdRequests = event.MustLookup("view_ad_request_count")
	fieldAdAsked    = event.MustLookup("view_ad_request_time")
	fieldAdsPlayed  = event.MustLookup("view_ad_played_count")

	fieldPrerollRequested = event.MustLookup("view_preroll_requested")
	fieldPrerollRequests  = event.MustLookup("view_preroll_request_count")
	fieldPrerollPlayed    = event.MustLookup("view_preroll_played")
	fieldPrerollAsked     = event.MustLookup("view_preroll_request_time")
	fieldPrerollLoad      = event.MustLookup("view_preroll_load_time")
	fieldStartupAsked     = event.MustLookup("view_startup_preroll_request_time")
	fieldStartupLoad      = event.MustLookup("view_startup_preroll_load_time")
	fieldPrerollTagHost   = event.MustLookup("view_preroll_ad_tag_hostname")
	fieldPrerollAssetHost = event.MustLookup("view_preroll_ad_asset_hostname")

	fieldRequests      = event.MustLookup("view_request_count")
	fieldLatency       = event.MustLookup("view_average_request_latency")
	fieldThroughput    = event.MustLookup("view_average_request_throughput")
	fieldMaxLatency    = event.MustLookup("view_max_request_latency")
	fieldRequestType   = event.MustLookup("request_type")
	fieldRequestStart  = event.MustLookup("request_start")
	fieldResponseStart = event.MustLookup("request_response_start")
	fieldResponseEnd   = event.MustLookup("request_response_end")
	fieldBytes         = event.MustLookup("request_bytes_loaded")
	fieldHost          = event.MustLookup("request_hostname")
	fieldURL           = event.MustLookup("request_url")
	fieldLabeled       = event.MustLookup("request_labeled_bitrate")
	fieldSegmentLength = event.MustLookup("request_media_duration")
	fieldRequestWidth  = event.MustLookup("request_video_width")
	fieldRequestHeight = event.MustLookup("request_video_height")
	fieldRequestError  = event.MustLookup("request_error")
	fieldRequestCode   = event.MustLookup("request_error_code")
	fieldFailed        = event.MustLookup("view_request_failed_count")
	fieldRequestEvent  = event.MustLookup("request_event_type")

	fieldSessionStart = event.MustLookup("session_start")
)

// ofViewersClock reports whether a field holds a time in ms since 1970 by the
// clock of the viewer, which may be wrong. Programme times are by that of the
// encoder.
func ofViewersClock(f event.Field) bool {
	switch f {
	case fieldViewStart, fieldRequestStart, fieldResponseStart, fieldResponseEnd, fieldSessionStart:
		return true
	}
	return false
}
