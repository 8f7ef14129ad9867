package catalog

// Dimension is a property of a view to filter and group by. It is also a
// column of the same name.
type Dimension struct {
	Name  string   // as in the API
	Title string   // for people
	Level Level    // which list of the API shows it
	Kind  Kind     // what values it has
	From  []string // the event fields it is taken from, the most trusted first; none: package view computes it
	Doc   string

	// Unbounded tells that values name single viewers, sessions or pages. There
	// can be as many as views, so that insights leave them out.
	Unbounded bool

	column *Column
}

// Column is the column that holds the dimension.
func (d *Dimension) Column() *Column { return d.column }

// Trace reports whether values are sequences, filtered with brackets, + and -.
func (d *Dimension) Trace() bool { return d.Kind == List }

// Level says which list of the API shows a dimension.
type Level uint8

const (
	Advanced Level = iota // the second list
	Basic                 // the first list
	Unlisted              // accepted wherever a dimension is, but in neither list
)

// Dimensions is the table of dimensions, in the order of the API's lists.
var Dimensions = []Dimension{
	{Name: "asset_id", Title: "Asset ID", Level: Basic, Doc: "Asset of the hosting service."},
	{Name: "browser", Title: "Browser", Level: Basic, From: []string{"viewer_application_name", "client_browser"}, Doc: "Browser or application."},
	{Name: "cdn", Title: "CDN", Level: Basic, Doc: "CDN that delivered, or multiple if there were several."},
	{Name: "continent_code", Title: "Continent", Level: Basic, From: []string{"client_continent_code"}, Doc: "Two-letter continent code, by the address."},
	{Name: "exit_before_video_start", Title: "Exit before video start", Level: Basic, Kind: Bool, Doc: "The viewer left before the first frame, without a fatal error."},
	{Name: "live_stream_id", Title: "Live stream ID", Level: Basic, Doc: "Live stream of the hosting service."},
	{Name: "operating_system", Title: "Operating system", Level: Basic, From: []string{"viewer_os_family", "mux_viewer_os_family", "client_os"}, Doc: "Operating system."},
	{Name: "playback_id", Title: "Playback ID", Level: Basic, Doc: "Playback id of the hosting service: known of sources at stream.mux.com."},
	{Name: "player_name", Title: "Player name", Level: Basic, From: []string{"player_name"}, Doc: "The customer's name of the player."},
	{Name: "player_software", Title: "Player software", Level: Basic, From: []string{"player_software_name", "player_software"}, Doc: "Player software."},
	{Name: "source_type", Title: "Source type", Level: Basic, From: []string{"video_source_mime_type"}, Doc: "MIME type of the source."},
	{Name: "stream_type", Title: "Stream type", Level: Basic, From: []string{"video_stream_type"}, Doc: "live or on-demand; found from the source when the customer does not say."},
	{Name: "sub_property_id", Title: "Sub property ID", Level: Basic, From: []string{"sub_property_id"}, Doc: "Second-level tenant label."},
	{Name: "video_content_type", Title: "Video content type", Level: Basic, From: []string{"video_content_type"}, Doc: "short, movie, episode, clip, trailer, event."},
	{Name: "video_id", Title: "Video ID", Level: Basic, From: []string{"video_id"}, Doc: "The customer's id of the video."},
	{Name: "video_series", Title: "Video series", Level: Basic, From: []string{"video_series"}, Doc: "Series."},
	{Name: "video_startup_failure", Title: "Video startup failure", Level: Basic, Kind: Bool, Doc: "A fatal error before the first frame."},
	{Name: "video_title", Title: "Video title", Level: Basic, From: []string{"video_title"}, Doc: "Title."},
	{Name: "view_has_ad", Title: "View has ad", Level: Basic, Kind: Bool, Doc: "An ad was played or attempted."},
	{Name: "viewer_device_category", Title: "Device category", Level: Basic, From: []string{"viewer_device_category", "mux_viewer_device_category", "client_device_category"}, Doc: "phone, tablet, desktop, tv, console …"},
	{Name: "viewer_device_manufacturer", Title: "Device manufacturer", Level: Basic, From: []string{"viewer_device_manufacturer", "mux_viewer_device_manufacturer", "client_device_manufacturer"}, Doc: "Maker of the device."},
	{Name: "viewer_device_name", Title: "Device name", Level: Basic, From: []string{"viewer_device_name", "mux_viewer_device_name", "client_device_name"}, Doc: "Marketing name of the device."},

	{Name: "asn", Title: "ASN", Kind: Int, From: []string{"client_asn"}, Doc: "Autonomous system number, by the address."},
	{Name: "audio_codec", Title: "Audio codec", From: []string{"video_audio_codec", "player_audio_track_codec"}, Doc: "Audio codec played last."},
	{Name: "audio_codec_initial", Title: "Initial audio codec", Doc: "Audio codec played first."},
	{Name: "browser_version", Title: "Browser version", From: []string{"viewer_application_version", "client_browser_version"}, Doc: "Version of the browser or application."},
	{Name: "client_application_name", Title: "Client application name", From: []string{"view_client_application_name"}, Doc: "The customer's application."},
	{Name: "client_application_version", Title: "Client application version", From: []string{"view_client_application_version"}, Doc: "Version of the customer's application."},
	{Name: "country", Title: "Country", From: []string{"client_country_code"}, Doc: "ISO 3166-1 alpha-2 code, by the address."},
	{Name: "custom_1", Title: "Custom 1", From: []string{"custom_1"}, Doc: "Customer dimension."},
	{Name: "custom_2", Title: "Custom 2", From: []string{"custom_2"}, Doc: "Customer dimension."},
	{Name: "custom_3", Title: "Custom 3", From: []string{"custom_3"}, Doc: "Customer dimension."},
	{Name: "custom_4", Title: "Custom 4", From: []string{"custom_4"}, Doc: "Customer dimension."},
	{Name: "custom_5", Title: "Custom 5", From: []string{"custom_5"}, Doc: "Customer dimension."},
	{Name: "custom_6", Title: "Custom 6", From: []string{"custom_6"}, Doc: "Customer dimension."},
	{Name: "custom_7", Title: "Custom 7", From: []string{"custom_7"}, Doc: "Customer dimension."},
	{Name: "custom_8", Title: "Custom 8", From: []string{"custom_8"}, Doc: "Customer dimension."},
	{Name: "custom_9", Title: "Custom 9", From: []string{"custom_9"}, Doc: "Customer dimension."},
	{Name: "custom_10", Title: "Custom 10", From: []string{"custom_10"}, Doc: "Customer dimension."},
	{Name: "custom_11", Title: "Custom 11", From: []string{"custom_11"}, Doc: "Customer dimension."},
	{Name: "custom_12", Title: "Custom 12", From: []string{"custom_12"}, Doc: "Customer dimension."},
	{Name: "custom_13", Title: "Custom 13", From: []string{"custom_13"}, Doc: "Customer dimension."},
	{Name: "custom_14", Title: "Custom 14", From: []string{"custom_14"}, Doc: "Customer dimension."},
	{Name: "custom_15", Title: "Custom 15", From: []string{"custom_15"}, Doc: "Customer dimension."},
	{Name: "custom_16", Title: "Custom 16", From: []string{"custom_16"}, Doc: "Customer dimension."},
	{Name: "custom_17", Title: "Custom 17", From: []string{"custom_17"}, Doc: "Customer dimension."},
	{Name: "custom_18", Title: "Custom 18", From: []string{"custom_18"}, Doc: "Customer dimension."},
	{Name: "custom_19", Title: "Custom 19", From: []string{"custom_19"}, Doc: "Customer dimension."},
	{Name: "custom_20", Title: "Custom 20", From: []string{"custom_20"}, Doc: "Customer dimension."},
	{Name: "experiment_name", Title: "Experiment name", From: []string{"experiment_name"}, Doc: "A/B test."},
	{Name: "environment_id", Title: "Environment ID", Doc: "Environment."},
	{Name: "operating_system_version", Title: "Operating system version", From: []string{"viewer_os_version", "mux_viewer_os_version", "client_os_version"}, Doc: "Version of the operating system."},
	{Name: "page_type", Title: "Page type", From: []string{"page_type"}, Doc: "watchpage or iframe."},
	{Name: "page_url", Title: "Page URL", From: []string{"page_url"}, Unbounded: true, Doc: "URL of the page."},
	{Name: "playback_failure", Title: "Playback failure", Kind: Bool, Doc: "A fatal error that is no business exception."},
	{Name: "playback_business_exception", Title: "Playback business exception", Kind: Bool, Doc: "A fatal error that the application caused on purpose."},
	{Name: "player_autoplay", Title: "Autoplay", Kind: Bool, From: []string{"player_autoplay_on"}, Doc: "Autoplay is on."},
	{Name: "player_error_code", Title: "Player error code", Doc: "Code of the last fatal error."},
	{Name: "player_language", Title: "Player language", From: []string{"player_language_code"}, Doc: "Language of the player's controls."},
	{Name: "player_mux_plugin_name", Title: "Plugin name", From: []string{"player_mux_plugin_name"}, Doc: "SDK integration."},
	{Name: "player_mux_plugin_version", Title: "Plugin version", From: []string{"player_mux_plugin_version"}, Doc: "Version of the SDK integration."},
	{Name: "player_poster", Title: "Player poster", From: []string{"video_poster_url"}, Doc: "URL of the poster."},
	{Name: "player_preload", Title: "Preload", Kind: Bool, Doc: "Preload is on: any preload setting but none or false."},
	{Name: "player_remote_played", Title: "Remote played", Kind: Bool, From: []string{"player_remote_played"}, Doc: "Played on a remote device, by AirPlay or Chromecast."},
	{Name: "player_software_version", Title: "Player software version", From: []string{"player_software_version"}, Doc: "Version of the player software."},
	{Name: "player_version", Title: "Player version", From: []string{"player_version"}, Doc: "The customer's version of the player."},
	{Name: "region", Title: "Region / State", From: []string{"client_region"}, Doc: "Region or state, by the address."},
	{Name: "source_hostname", Title: "Source hostname", From: []string{"video_source_hostname"}, Doc: "Host of the source."},
	{Name: "time_shift_enabled", Title: "Time shift enabled", Kind: Bool, Doc: "Time shift was available at any moment of the view."},
	{Name: "used_captions", Title: "Used captions", Kind: Bool, Doc: "Captions were on at any moment of the view."},
	{Name: "used_pip", Title: "Used picture in picture", Kind: Bool, Doc: "Picture in picture was on at any moment of the view."},
	{Name: "video_affiliate", Title: "Video affiliate", From: []string{"video_affiliate"}, Doc: "Affiliate."},
	{Name: "video_brand", Title: "Video brand", From: []string{"video_brand"}, Doc: "Brand."},
	{Name: "video_cdn_trace", Title: "CDN trace", Kind: List, Doc: "CDNs in the order seen, repeats kept."},
	{Name: "video_codec", Title: "Video codec", From: []string{"video_codec", "video_source_codec"}, Doc: "Video codec played last."},
	{Name: "video_codec_initial", Title: "Initial video codec", Doc: "Video codec played first."},
	{Name: "video_creator_id", Title: "Video creator ID", From: []string{"video_creator_id"}, Doc: "Creator."},
	{Name: "video_dynamic_range_type", Title: "Dynamic range", From: []string{"video_dynamic_range_type"}, Doc: "Dynamic range played last."},
	{Name: "video_dynamic_range_type_initial", Title: "Initial dynamic range", Doc: "Dynamic range played first."},
	{Name: "video_encoding_variant", Title: "Encoding variant", From: []string{"video_encoding_variant"}, Doc: "Encoding variant."},
	{Name: "video_language", Title: "Video language", From: []string{"video_language_code"}, Doc: "Audio language."},
	{Name: "video_producer", Title: "Video producer", From: []string{"video_producer"}, Doc: "Producer."},
	{Name: "video_source_bitrate", Title: "Source bitrate", Kind: Int, Doc: "Bitrate of the rendition played last, in bit/s."},
	{Name: "video_source_bitrate_initial", Title: "Initial source bitrate", Kind: Int, Doc: "Bitrate of the rendition played first, in bit/s."},
	{Name: "video_source_fps", Title: "Source frame rate", Kind: Float, Doc: "Frames a second of the rendition played last."},
	{Name: "video_source_fps_initial", Title: "Initial source frame rate", Kind: Float, Doc: "Frames a second of the rendition played first."},
	{Name: "video_source_height", Title: "Source height", Kind: Int, Doc: "Height of the rendition played last, in px."},
	{Name: "video_source_height_initial", Title: "Initial source height", Kind: Int, Doc: "Height of the rendition played first, in px."},
	{Name: "video_source_width", Title: "Source width", Kind: Int, Doc: "Width of the rendition played last, in px."},
	{Name: "video_source_width_initial", Title: "Initial source width", Kind: Int, Doc: "Width of the rendition played first, in px."},
	{Name: "video_startup_business_exception", Title: "Startup business exception", Kind: Bool, Doc: "A business exception before the first frame."},
	{Name: "video_variant_id", Title: "Variant ID", From: []string{"video_variant_id"}, Doc: "Id of the variant."},
	{Name: "video_variant_name", Title: "Variant name", From: []string{"video_variant_name"}, Doc: "Name of the variant."},
	{Name: "view_cdn_edge_pop", Title: "CDN edge POP", From: []string{"view_cdn_edge_pop"}, Doc: "Edge location of the CDN."},
	{Name: "view_cdn_origin", Title: "CDN origin", From: []string{"view_cdn_origin"}, Doc: "Origin of the CDN."},
	{Name: "view_drm_type", Title: "DRM type", From: []string{"view_drm_type"}, Doc: "widevine, playready, fairplay …"},
	{Name: "view_dropped", Title: "View dropped", Kind: Bool, Doc: "The view ended by silence: its end was never told."},
	{Name: "view_dropped_frame_count", Title: "Dropped frames", Kind: Int, From: []string{"view_dropped_frame_count"}, Doc: "Dropped frames."},
	{Name: "view_session_id", Title: "View session ID", From: []string{"view_session_id"}, Unbounded: true, Doc: "The customer's id to correlate with CDN logs."},
	{Name: "viewer_connection_type", Title: "Connection type", From: []string{"viewer_connection_type"}, Doc: "cellular, wifi, wired, other."},
	{Name: "viewer_device_model", Title: "Device model", From: []string{"viewer_device_model", "mux_viewer_device_model", "client_device_model"}, Doc: "Model code of the device."},
	{Name: "viewer_user_id", Title: "Viewer user ID", From: []string{"viewer_user_id"}, Unbounded: true, Doc: "The customer's id of the viewer."},
	{Name: "viewer_plan", Title: "Viewer plan", From: []string{"viewer_plan"}, Doc: "The viewer's plan."},
	{Name: "viewer_plan_status", Title: "Viewer plan status", From: []string{"viewer_plan_status"}, Doc: "Status of the viewer's plan."},
	{Name: "viewer_plan_category", Title: "Viewer plan category", From: []string{"viewer_plan_category"}, Doc: "Category of the viewer's plan."},
	{Name: "view_drm_level", Title: "DRM level", From: []string{"view_drm_level"}, Doc: "Security level of the DRM."},

	{Name: "ad_playback_failure", Title: "Ad playback failure", Level: Unlisted, Kind: Bool, Doc: "The playback failure happened inside an ad break."},
	{Name: "content_playback_failure", Title: "Content playback failure", Level: Unlisted, Kind: Bool, Doc: "The playback failure happened outside ad breaks."},
	{Name: "preroll_ad_asset_hostname", Title: "Preroll asset hostname", Level: Unlisted, From: []string{"view_preroll_ad_asset_hostname"}, Doc: "Host of the preroll's media."},
	{Name: "preroll_ad_tag_hostname", Title: "Preroll tag hostname", Level: Unlisted, From: []string{"view_preroll_ad_tag_hostname"}, Doc: "Host of the preroll's tag."},
	{Name: "preroll_played", Title: "Preroll played", Level: Unlisted, Kind: Bool, From: []string{"view_preroll_played"}, Doc: "A preroll played."},
	{Name: "preroll_requested", Title: "Preroll requested", Level: Unlisted, Kind: Bool, From: []string{"view_preroll_requested"}, Doc: "A preroll was requested."},
	{Name: "error_type_id", Title: "Error type", Level: Unlisted, Kind: Int, Doc: "Error type of the last fatal error."},
}
