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
	fieldAppVersion  = event.MustLookup("viewer_application_version")
	fieldOSVersion   = event.MustLookup("viewer_os_version")
	fieldDeviceName  = event.MustLookup("viewer_device_name")

	fieldPlayerName      = event.MustLookup("player_name")
	fieldRelease         = event.MustLookup("player_version")
	fieldSoftware        = event.MustLookup("player_software_name")
	fieldSoftwareVersion = event.MustLookup("player_software_version")
	fieldPlugin          = event.MustLookup("player_mux_plugin_name")
	fieldPluginVersion   = event.MustLookup("player_mux_plugin_version")
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
	fieldBrand        = event.MustLookup("video_brand")
	fieldProducer     = event.MustLookup("video_producer")
	fieldSpoken       = event.MustLookup("video_language_code")
	fieldPoster       = event.MustLookup("video_poster_url")
	fieldVariant      = event.MustLookup("video_encoding_variant")
	fieldDRM          = event.MustLookup("view_drm_type")
	fieldEdge         = event.MustLookup("view_cdn_edge_pop")
	fieldOrigin       = event.MustLookup("view_cdn_origin")
	fieldPart         = event.MustLookup("sub_property_id")
	fieldPlanStatus   = event.MustLookup("viewer_plan_status")
	fieldLayout       = event.MustLookup("custom_1")
	fieldGenre        = event.MustLookup("custom_2")
)

// constants are the fields that stay the same during the view, but for those of
// the SDK itself.
func (s *script) constants() []event.Value {
	f := make(fields, 0, 56)
	s.who(&f)
	s.withWhat(&f)
	s.whichVideo(&f)
	s.source(&f)
	return f
}

func (s *script) who(f *fields) {
	v := &s.viewer
	f.text(fieldViewerID, v.id)
	f.text(fieldUserID, v.userID)
	if v.plan != "" {
		f.text(fieldPlan, v.plan)
		f.text(fieldPlanStatus, "active")
	}
	f.text(fieldSession, s.session)
	f.num(fieldSessionStart, float64(s.start))
	f.text(fieldConnection, v.connection)
	f.text(fieldExperiment, s.experiment())
}

func (s *script) withWhat(f *fields) {
	v := &s.viewer
	if v.native() { // browsers tell by their user agent
		f.text(fieldCategory, v.category)
		f.text(fieldMaker, v.maker)
		f.text(fieldModel, v.model)
		f.text(fieldDeviceName, v.maker+" "+v.model)
		f.text(fieldSystem, v.system)
		f.text(fieldOSVersion, v.systemVersion)
		if v.browser != "" {
			f.text(fieldApplication, v.browser)
			f.text(fieldAppVersion, v.release)
		}
	}
	f.text(fieldPlayerName, v.player)
	f.text(fieldRelease, v.release)
	f.text(fieldSoftware, v.software)
	f.text(fieldSoftwareVersion, v.softwareVersion)
	f.text(fieldPlugin, v.plugin)
	f.text(fieldPluginVersion, v.pluginVersion)
	f.text(fieldLanguage, v.place.language)
	f.flag(fieldAutoplay, s.page.autoplay)
	f.text(fieldPreload, "auto")
	if v.sdk == webSDK {
		f.text(fieldPageURL, "https://video.example/watch/"+s.title.id)
		f.text(fieldPageType, "watchpage")
		f.text(fieldLayout, "two columns")
	}
}

func (s *script) whichVideo(f *fields) {
	t := s.title
	f.text(fieldVideoID, t.id)
	f.text(fieldTitle, t.name)
	f.text(fieldSeries, t.series)
	f.text(fieldContentType, t.contentType)
	f.text(fieldStreamType, t.streamType())
	f.text(fieldBrand, "Playhouse")
	f.text(fieldProducer, t.producer())
	f.text(fieldGenre, t.contentType)
	f.text(fieldSpoken, "en")
	f.text(fieldPart, t.producer())
	f.text(fieldPoster, "https://images.example/"+t.id+".jpg")
	if !t.live() {
		f.num(fieldDuration, float64(t.length))
	}
}

func (s *script) source(f *fields) {
	t := s.title
	host := s.cdn.name + ".example"
	f.text(fieldSourceHost, host)
	f.text(fieldSourceDomain, host)
	f.text(fieldSourceURL, "https://"+host+"/"+t.id+"/master.m3u8")
	f.text(fieldMIME, "application/x-mpegurl")
	f.text(fieldVideoCodec, "avc1")
	f.text(fieldAudioCodec, "mp4a")
	f.text(fieldVariant, "ladder-3")
	f.text(fieldEdge, s.viewer.place.pop)
	f.text(fieldOrigin, "origin-1")
	f.flag(fieldIsLive, t.live())
	if t.live() {
		f.null(fieldSourceLength) // infinite
		f.num(fieldTarget, segment)
		f.num(fieldHoldback, 3*segment)
		f.flag(fieldShifted, s.shifted())
		return
	}
	f.num(fieldSourceLength, float64(t.length))
	if t.contentType == "movie" {
		f.text(fieldDRM, s.viewer.drm())
	}
}

// producer is who made a title, in this world by its kind.
func (t *title) producer() string {
	switch t.contentType {
	case "movie", "trailer":
		return "Lanternhouse Films"
	case "episode":
		return "Longwave"
	case "event", "channel":
		return "Playhouse Live"
	}
	return "Workbench"
}

// drm is what the systems of a maker protect movies with.
func (d *device) drm() string {
	switch d.system {
	case "iOS", "macOS":
		return "fairplay"
	case "Windows":
		return "playready"
	}
	return "widevine"
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
