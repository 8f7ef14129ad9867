package view

import (
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/event"
)

// The fields that the fold looks at by name.
var (
	fieldPlayingCumulative = event.MustLookup("view_playing_time_ms_cumulative")
	fieldPlayingTime       = event.MustLookup("view_playing_time")
	fieldContentTime       = event.MustLookup("view_content_playback_time")
	fieldWatchTime         = event.MustLookup("view_watch_time")
	fieldFirstFrame        = event.MustLookup("view_time_to_first_frame")
	fieldViewStart         = event.MustLookup("view_start")
	fieldProgramChanged    = event.MustLookup("view_program_changed")
	fieldRebufferCount     = event.MustLookup("view_rebuffer_count")
	fieldRebufferDuration  = event.MustLookup("view_rebuffer_duration")
	fieldSeekCount         = event.MustLookup("view_seek_count")
	fieldSeekDuration      = event.MustLookup("view_seek_duration")
	fieldTotalUpscaling    = event.MustLookup("view_total_upscaling")
	fieldTotalDownscaling  = event.MustLookup("view_total_downscaling")
	fieldTotalContent      = event.MustLookup("view_total_content_playback_time")
	fieldMaxUpscale        = event.MustLookup("view_max_upscale_percentage")
	fieldMaxDownscale      = event.MustLookup("view_max_downscale_percentage")
	fieldThroughput        = event.MustLookup("view_average_request_throughput")
	fieldLatency           = event.MustLookup("view_average_request_latency")
	fieldMaxLatency        = event.MustLookup("view_max_request_latency")
	fieldHasAd             = event.MustLookup("view_has_ad")
	fieldTimeShift         = event.MustLookup("view_time_shift_enabled")

	fieldPageLoad      = event.MustLookup("page_load_time")
	fieldPlayerStartup = event.MustLookup("player_startup_time")
	fieldPreload       = event.MustLookup("player_preload_on")
	fieldCaptions      = event.MustLookup("player_captions_enabled")
	fieldPip           = event.MustLookup("player_pip_enabled")
	fieldFullscreen    = event.MustLookup("player_is_fullscreen")
	fieldMode          = event.MustLookup("player_playback_mode")
	fieldModeData      = event.MustLookup("player_playback_mode_data")
	fieldProgramTime   = event.MustLookup("player_program_time")
	fieldLiveEdge      = event.MustLookup("player_live_edge_program_time")
	fieldNewest        = event.MustLookup("player_manifest_newest_program_time")

	fieldErrorCode     = event.MustLookup("player_error_code")
	fieldErrorMessage  = event.MustLookup("player_error_message")
	fieldErrorContext  = event.MustLookup("player_error_context")
	fieldErrorSeverity = event.MustLookup("player_error_severity")
	fieldErrorBusiness = event.MustLookup("player_error_business_exception")

	fieldBitrate       = event.MustLookup("video_source_bitrate")
	fieldWidth         = event.MustLookup("video_source_width")
	fieldHeight        = event.MustLookup("video_source_height")
	fieldFPS           = event.MustLookup("video_source_fps")
	fieldSourceCodec   = event.MustLookup("video_source_codec")
	fieldRenditionName = event.MustLookup("video_source_rendition_name")
	fieldVideoCodec    = event.MustLookup("video_codec")
	fieldAudioCodec    = event.MustLookup("video_audio_codec")
	fieldTrackCodec    = event.MustLookup("player_audio_track_codec")
	fieldDynamicRange  = event.MustLookup("video_dynamic_range_type")
	fieldCDN           = event.MustLookup("video_cdn")
	fieldPreviousCDN   = event.MustLookup("video_previous_cdn")
	fieldPlaybackRange = event.MustLookup("video_playback_range")
	fieldIsLive        = event.MustLookup("video_is_live")
	fieldSourceIsLive  = event.MustLookup("video_source_is_live")

	fieldRequestType          = event.MustLookup("request_type")
	fieldRequestStart         = event.MustLookup("request_start")
	fieldRequestResponseStart = event.MustLookup("request_response_start")
	fieldRequestResponseEnd   = event.MustLookup("request_response_end")
	fieldRequestBytes         = event.MustLookup("request_bytes_loaded")
	fieldRequestURL           = event.MustLookup("request_url")
	fieldRequestID            = event.MustLookup("request_id")

	fieldPlayerWidth  = event.MustLookup("player_width")
	fieldPlayerHeight = event.MustLookup("player_height")

	fieldAdID   = event.MustLookup("ad_id")
	fieldAdType = event.MustLookup("ad_type")

	fieldUserID      = event.MustLookup("viewer_user_id")
	fieldMuxViewerID = event.MustLookup("mux_viewer_id")
	fieldConnection  = event.MustLookup("viewer_connection_type")
	fieldLowData     = event.MustLookup("viewer_connection_low_data_mode")
	fieldOrientation = event.MustLookup("viewer_device_orientation")
	fieldOrigin      = event.MustLookup("view_device_origin")
)

// class is a set of kinds of events.
type class uint16

const (
	onAny class = 1 << iota
	onReady
	onError
	onRequest
	onAd
	onRendition
	onMode
	onNetwork
	onOrientation
)

// classOf says which fields of an event of a kind are its own. A field outside
// its class is left over from an earlier event: SDKs do not clear them.
func classOf(k event.Kind) class {
	switch k {
	case event.PlayerReady:
		return onAny | onReady
	case event.Error:
		return onAny | onError
	case event.RequestCompleted, event.RequestFailed, event.RequestCanceled:
		return onAny | onRequest
	case event.RenditionChange:
		return onAny | onRendition
	case event.PlaybackModeChange:
		return onAny | onMode
	case event.NetworkChange:
		return onAny | onNetwork
	case event.OrientationChange:
		return onAny | onOrientation
	}
	if strings.HasPrefix(string(k), "ad") {
		return onAny | onAd
	}
	return onAny
}

// narrated says for each field on which events it is part of the story of a
// view, and so kept with the event. 0: never.
var narrated = func() []class {
	t := make([]class, event.Count())
	mark := func(c class, fields ...event.Field) {
		for _, f := range fields {
			t[f] |= c
		}
	}
	mark(onAny, fieldPlayingCumulative, fieldPlayingTime, fieldFirstFrame, fieldProgramTime, fieldLiveEdge, fieldNewest,
		fieldBitrate, fieldWidth, fieldHeight, fieldFPS, fieldSourceCodec, fieldVideoCodec, fieldAudioCodec, fieldTrackCodec,
		fieldDynamicRange, fieldCDN, fieldPreviousCDN, fieldMode, fieldPlayerWidth, fieldPlayerHeight)
	mark(onError, fieldErrorCode, fieldErrorMessage, fieldErrorContext, fieldErrorSeverity, fieldErrorBusiness)
	mark(onRendition, fieldRenditionName)
	mark(onMode, fieldModeData)
	mark(onNetwork, fieldConnection, fieldLowData)
	mark(onOrientation, fieldOrientation, fieldOrigin)
	mark(onRequest, requestDetails...)
	mark(onRequest, failureDetails...)
	mark(onAd, adDetails...)
	return t
}()

// A source is a field that a column is taken from, the more trusted one first.
type source struct {
	column *catalog.Column
	fields []event.Field
}

// sources are the columns that are taken from fields as they are.
var sources = func() []source {
	var list []source
	for _, c := range catalog.Columns {
		if len(c.From) == 0 {
			continue
		}
		s := source{column: c}
		for _, name := range c.From {
			s.fields = append(s.fields, event.MustLookup(name))
		}
		list = append(list, s)
	}
	return list
}()

// registered says for each field on which events its value is taken over into
// the view; the latest one counts. 0: never.
var registered = func() []class {
	t := make([]class, event.Count())
	for _, s := range sources {
		for _, f := range s.fields {
			if !isClient(f) {
				t[f] = onAny
			}
		}
	}
	for _, f := range []event.Field{
		fieldPlayingCumulative, fieldPlayingTime, fieldContentTime, fieldWatchTime, fieldFirstFrame, fieldViewStart,
		fieldProgramChanged, fieldRebufferCount, fieldRebufferDuration, fieldSeekCount, fieldSeekDuration,
		fieldTotalUpscaling, fieldTotalDownscaling, fieldTotalContent, fieldMaxUpscale, fieldThroughput, fieldLatency,
		fieldMaxLatency, fieldPreload, fieldIsLive, fieldSourceIsLive, fieldUserID, fieldMuxViewerID,
	} {
		t[f] = onAny
	}
	t[fieldPageLoad], t[fieldPlayerStartup] = onReady, onReady
	return t
}()

// isClient reports whether a field tells of the connection, not of the player.
func isClient(f event.Field) bool { return strings.HasPrefix(f.Name(), "client_") }

// trackFields are the registered fields of a track, which are all cleared when
// the track changes.
func trackFields(k event.Kind) []event.Field {
	switch k {
	case event.AudioTrackChange:
		return audioTrackFields
	case event.TextTrackChange:
		return textTrackFields
	}
	return nil
}

var (
	audioTrackFields = registeredWith("player_audio_track_")
	textTrackFields  = registeredWith("player_text_track_")
)

func registeredWith(prefix string) []event.Field {
	var list []event.Field
	for f := range event.Field(event.Count()) {
		if registered[f] != 0 && strings.HasPrefix(f.Name(), prefix) {
			list = append(list, f)
		}
	}
	return list
}
