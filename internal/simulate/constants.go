package simulate

import "playhead/internal/event"

var (
	fieldViewerID    = event.MustLookup("mux_viewer_id")
	fieldUserID      = event.MustLookup("viewer_user_id")
	fieldSession     = event.MustLookup("session_id")
	fieldPlan        = event.MustLookup("viewer_plan")
	fieldConnection  = event.MustLookup("viewer_connection_type")
	fieldCategory    = event.MustLookup("viewer_device_category")
	fieldMaker       = event.MustLookup("viewer_device_manufacturer")
	fieldModel       = event.MustLookup("viewer_device_model")
	fieldSystem      = event.MustLookup("viewer_os_family")
	fieldApplication = event.MustLookup("viewer_application_name")

	fieldPlayerName      = event.MustLookup("player_name")
	fieldRelease         = event.MustLookup("player_version")
	fieldSoftware        = event.MustLookup("player_software_name")
	fieldSoftwareVersion = event.MustLookup("player_software_version")
	fieldPlugin          = event.MustLookup("player_mux_plugin_name")
	fieldLanguage        = event.MustLookup("player_language_code")
	fieldAutoplay        = event.MustLookup("player_autoplay_on")
	fieldPreload         = event.MustLookup("player_preload_on")

	fieldVideoID      = event.MustLookup("video_id")
	fieldTitle        = event.MustLookup("video_title")
	fieldSeries       = event.MustLookup("video_series")
	fieldContentType  = event.MustLookup("video_content_type")
	fieldStreamType   = event.MustLookup("video_stream_type")
	fieldDuration     = event.MustLookup("video_duration")
	fieldSourceLength = event.MustLookup("video_source_duration")
	fieldIsLive       = event.MustLookup("video_source_is_live")
	fieldTarget       = event.MustLookup("video_target_duration")
	fieldHoldback     = event.MustLookup("video_holdback")
	fieldSourceHost   = event.MustLookup("video_source_hostname")
	fieldSourceDomain = event.MustLookup("video_source_domain")
	fieldSourceURL    = event.MustLookup("video_source_url")
	fieldMIME         = event.MustLookup("video_source_mime_type")
	fieldVideoCodec   = event.MustLookup("video_codec")
	fieldAudioCodec   = event.MustLookup("video_audio_codec")
	fieldPageURL      = event.MustLookup("page_url")
	fieldPageType     = event.MustLookup("page_type")
	fieldShifted      = event.MustLookup("view_time_shift_enabled")
	fieldExperiment   = event.MustLookup("experiment_name")
)

// constants are the fields that stay the same during the view, but for those of
// the SDK itself.
func (s *script) constants() []event.Value {
	f := make(fields, 0, 48)
	v, t := &s.viewer, s.title
	f.text(fieldViewerID, v.id)
	f.text(fieldUserID, v.userID)
	f.text(fieldPlan, v.plan)
	f.text(fieldSession, s.session)
	f.num(fieldSessionStart, float64(s.start))
	f.text(fieldConnection, v.connection)
	if v.native() {
		f.text(fieldCategory, v.category)
		f.text(fieldMaker, v.maker)
		f.text(fieldModel, v.model)
		f.text(fieldSystem, v.system)
		f.text(fieldApplication, v.browser)
	}
	f.text(fieldPlayerName, v.player)
	f.text(fieldRelease, v.release)
	f.text(fieldSoftware, v.software)
	f.text(fieldSoftwareVersion, v.softwareVersion)
	f.text(fieldPlugin, v.plugin)
	f.text(fieldLanguage, v.place.language)
	f.flag(fieldAutoplay, s.page.autoplay)
	f.text(fieldPreload, "auto")
	f.text(fieldExperiment, s.experiment())
	f.text(fieldVideoID, t.id)
	f.text(fieldTitle, t.name)
	f.text(fieldSeries, t.series)
	f.text(fieldContentType, t.contentType)
	f.text(fieldStreamType, t.streamType())
	f.text(fieldVideoCodec, "avc1")
	f.text(fieldAudioCodec, "mp4a")
	f.flag(fieldIsLive, t.live())
	if t.live() {
		f = append(f, event.Value{Field: fieldSourceLength, Null: true}) // infinite
		f.num(fieldTarget, segment)
		f.num(fieldHoldback, 3*segment)
		f.flag(fieldShifted, s.shifted())
	} else {
		f.num(fieldSourceLength, float64(t.length))
		f.num(fieldDuration, float64(t.length))
	}
	host := s.cdn.name + ".example"
	f.text(fieldSourceHost, host)
	f.text(fieldSourceDomain, host)
	f.text(fieldSourceURL, "https://"+host+"/"+t.id+"/master.m3u8")
	f.text(fieldMIME, "application/x-mpegurl")
	if v.sdk == webSDK {
		f.text(fieldPageURL, "https://video.example/watch/"+t.id)
		f.text(fieldPageType, "watchpage")
	}
	return f
}

// experiment is what the customer tries out on half of the views.
func (s *script) experiment() string {
	if s.mix&1 == 0 {
		return "large-poster"
	}
	return "small-poster"
}

// shifted reports whether the viewer of a live stream watches what is past.
func (s *script) shifted() bool { return s.latency > 5*minute }
