package export

import (
	"strings"

	"playhead/internal/event"
)

// payload is the message in which an event of a message tells its details. An event
// has one at most.
type payload struct {
	name   string
	tag    int32
	fields []payloadField
	whole  bool // it is left out if one of its fields is not known
}

// payloadField is a field of a payload, called as the details of an event call it.
type payloadField struct {
	name   string
	tag    int32
	wire   Wire
	figure bool // messages have a text where our details have a number
}

// The payloads. Details that they have no field for are only in our own documents.
var (
	orientationInfo = payload{name: "orientation_info", tag: 5, whole: true, fields: []payloadField{
		{"x", 1, Float64, false}, {"y", 2, Float64, false}, {"z", 3, Float64, false},
	}}
	renditionInfo = payload{name: "rendition_info", tag: 6, fields: []payloadField{
		{"width", 1, Int64, false},
		{"height", 2, Int64, false},
		{"fps", 3, Float64, false},
		{"bitrate", 4, Int64, false},
		{"codec", 5, String, false},
		{"rendition_name", 6, String, false},
	}}
	errorInfo = payload{name: "error_info", tag: 8, fields: []payloadField{
		{"error_type", 1, String, true},
		{"error_code", 2, String, false},
		{"error_message", 3, String, false},
		{"error_context", 4, String, false},
		{"error_severity", 5, String, false},
		{"is_business_exception", 6, Boolean, false},
	}}
	adInfo = payload{name: "ad_info", tag: 9, fields: []payloadField{
		{"ad_asset_url", 1, String, false},
		{"ad_tag_url", 2, String, false},
		{"ad_creative_id", 3, String, false},
		{"ad_id", 4, String, false},
		{"ad_universal_id", 5, String, false},
		{"ad_type", 6, String, false},
	}}
	requestFailedInfo = payload{name: "request_failed_info", tag: 10, fields: []payloadField{
		{"request_url", 1, String, false},
		{"request_hostname", 2, String, false},
		{"request_type", 3, String, false},
		{"request_error", 4, String, false},
		{"request_error_code", 5, Int64, false},
		{"request_error_text", 6, String, false},
		{"request_id", 7, String, false},
	}}
	requestCanceledInfo = payload{name: "request_canceled_info", tag: 11, fields: []payloadField{
		{"request_url", 1, String, false},
		{"request_hostname", 2, String, false},
		{"request_type", 3, String, false},
		{"request_cancel", 4, String, false},
	}}
	requestCompletedInfo = payload{name: "request_completed_info", tag: 12, fields: []payloadField{
		{"request_url", 1, String, false},
		{"request_hostname", 2, String, false},
		{"request_type", 3, String, false},
		{"request_start", 4, Int64, false},
		{"request_response_start", 5, Int64, false},
		{"request_response_end", 6, Int64, false},
		{"request_bytes_loaded", 7, Int64, false},
		{"request_labeled_bitrate", 8, String, true},
		{"request_id", 9, String, false},
		{"request_current_level", 10, Int64, false},
		{"request_media_duration", 11, Int64, false},
		{"request_video_width", 12, Int64, false},
		{"request_video_height", 13, Int64, false},
		{"request_media_start_time", 14, Int64, false},
	}}
	cdnChangeInfo = payload{name: "cdn_change_info", tag: 13, fields: []payloadField{
		{"video_cdn", 1, String, false}, {"video_previous_cdn", 2, String, false},
	}}
	playbackModeChangeInfo = payload{name: "playback_mode_change_info", tag: 14, fields: []payloadField{
		{"player_playback_mode", 1, String, false}, {"player_playback_mode_data", 2, String, false},
	}}
	networkChangeInfo = payload{name: "network_change_info", tag: 15, fields: []payloadField{
		{"viewer_connection_type", 1, String, false}, {"viewer_connection_low_data_mode", 2, Boolean, false},
	}}
)

// payloads are all of them.
var payloads = []*payload{
	&orientationInfo, &renditionInfo, &errorInfo, &adInfo, &requestFailedInfo, &requestCanceledInfo, &requestCompletedInfo,
	&cdnChangeInfo, &playbackModeChangeInfo, &networkChangeInfo,
}

// payloadOf is the payload that events of a name have; nil if they have none.
func payloadOf(name string) *payload {
	switch event.Kind(name) {
	case event.OrientationChange:
		return &orientationInfo
	case event.RenditionChange:
		return &renditionInfo
	case event.Error:
		return &errorInfo
	case event.RequestFailed:
		return &requestFailedInfo
	case event.RequestCanceled:
		return &requestCanceledInfo
	case event.RequestCompleted:
		return &requestCompletedInfo
	case event.CDNChange:
		return &cdnChangeInfo
	case event.PlaybackModeChange:
		return &playbackModeChangeInfo
	case event.NetworkChange:
		return &networkChangeInfo
	}
	if strings.HasPrefix(name, "ad") {
		return &adInfo
	}
	return nil
}

// told reports whether there is anything to write of an event's details.
func (p *payload) told(details map[string]any) bool {
	if p == nil || len(details) == 0 {
		return false
	}
	known := 0
	for i := range p.fields {
		if _, ok := p.fields[i].of(details); ok {
			known++
		}
	}
	return known > 0 && (!p.whole || known == len(p.fields))
}
