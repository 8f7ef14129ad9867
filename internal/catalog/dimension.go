package catalog

// Dimension is a property of a view to filter and group by. It is also a
// column of the same name.
type Dimension struct {
	Name   string   // as in the API
	Title  string   // for people
	Group  Group    // what it is shown among
	Format Format   // how values are written; "": as the kind tells
	Level  Level    // which list of the API shows it
	Kind   Kind     // what values it has
	From   []string // the event fields it is taken from, the most trusted first; none: package view computes it
	Doc    string

	// Unbounded tells that values name single viewers, sessions or pages. There
	// can be as many as views, so that insights leave them out.
	Unbounded bool

	// Constant tells that all views that a token reads have the same value, so
	// that nobody is offered to filter by it.
	Constant bool

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
	{Name: "asset_id", Title: "Asset ID", Group: Video, Level: Basic, Doc: "Asset of the hosting service."},
	{Name: "browser", Title: "Browser", Group: Device, Level: Basic, From: []string{"viewer_application_name", "client_browser"}, Doc: "Browser or application."},
	{Name: "cdn", Title: "CDN", Group: Delivery, Level: Basic, Doc: "CDN that delivered, or multiple if there were several."},
	{Name: "continent_code", Title: "Continent", Group: Location, Format: ContinentCode, Level: Basic, From: []string{"client_continent_code"}, Doc: "Two-letter continent code, by the address."},
	{Name: "exit_before_video_start", Title: "Exit before video start", Group: Outcome, Level: Basic, Kind: Bool, Doc: "The viewer left before the first frame, without a fatal error."},
	{Name: "live_stream_id", Title: "Live stream ID", Group: Video, Level: Basic, Doc: "Live stream of the hosting service."},
	{Name: "operating_system", Title: "Operating system", Group: Device, Level: Basic, From: []string{"viewer_os_family", "mux_viewer_os_family", "client_os"}, Doc: "Operating system."},
	{Name: "playback_id", Title: "Playback ID", Group: Video, Level: Basic, Doc: "Playback id of the hosting service: known of sources at stream.mux.com."},
	{Name: "player_name", Title: "Player name", Group: Player, Level: Basic, From: []string{"player_name"}, Doc: "The customer's name of the player."},
	{Name: "player_software", Title: "Player software", Group: Player, Level: Basic, From: []string{"player_software_name", "player_software"}, Doc: "Player software."},
	{Name: "source_type", Title: "Source type", Group: Source, Level: Basic, From: []string{"video_source_mime_type"}, Doc: "MIME type of the source."},
	{Name: "stream_type", Title: "Stream type", Group: Video, Level: Basic, From: []string{"video_stream_type"}, Doc: "live or on-demand; found from the source when the customer does not say."},
	{Name: "sub_property_id", Title: "Sub property ID", Group: Viewer, Level: Basic, From: []string{"sub_property_id"}, Doc: "Second-level tenant label."},
	{Name: "video_content_type", Title: "Video content type", Group: Video, Level: Basic, From: []string{"video_content_type"}, Doc: "short, movie, episode, clip, trailer, event."},
	{Name: "video_id", Title: "Video ID", Group: Video, Level: Basic, From: []string{"video_id"}, Doc: "The customer's id of the video."},
	{Name: "video_series", Title: "Video series", Group: Video, Level: Basic, From: []string{"video_series"}, Doc: "Series."},
	{Name: "video_startup_failure", Title: "Video startup failure", Group: Outcome, Level: Basic, Kind: Bool, Doc: "A fatal error before the first frame."},
	{Name: "video_title", Title: "Video title", Group: Video, Level: Basic, From: []string{"video_title"}, Doc: "Title."},
	{Name: "view_has_ad", Title: "View has ad", Group: Ads, Level: Basic, Kind: Bool, Doc: "An ad was played or attempted."},
	{Name: "viewer_device_category", Title: "Device category", Group: Device, Level: Basic, From: []string{"viewer_device_category", "mux_viewer_device_category", "client_device_category"}, Doc: "phone, tablet, desktop, tv, console …"},
	{Name: "viewer_device_manufacturer", Title: "Device manufacturer", Group: Device, Level: Basic, From: []string{"viewer_device_manufacturer", "mux_viewer_device_manufacturer", "client_device_manufacturer"}, Doc: "Maker of the device."},
	{Name: "viewer_device_name", Title: "Device name", Group: Device, Level: Basic, From: []string{"viewer_device_name", "mux_viewer_device_name", "client_device_name"}, Doc: "Marketing name of the device."},

	{Name: "asn", Title: "ASN", Group: Delivery, Format: Identifier, Kind: Int, From: []string{"client_asn"}, Doc: "Autonomous system number, by the address."},
	{Name: "audio_codec", Title: "Audio codec", Group: Source, From: []string{"video_audio_codec", "player_audio_track_codec"}, Doc: "Audio codec played last."},
	{Name: "audio_codec_initial", Title: "Initial audio codec", Group: Source, Doc: "Audio codec played first."},
	{Name: "browser_version", Title: "Browser version", Group: Device, From: []string{"viewer_application_version", "client_browser_version"}, Doc: "Version of the browser or application."},
	{Name: "client_application_name", Title: "Client application name", Group: Player, From: []string{"view_client_application_name"}, Doc: "The customer's application."},
	{Name: "client_application_version", Title: "Client application version", Group: Player, From: []string{"view_client_application_version"}, Doc: "Version of the customer's application."},
	{Name: "country", Title: "Country", Group: Location, Format: CountryCode, From: []string{"client_country_code"}, Doc: "ISO 3166-1 alpha-2 code, by the address."},
	{Name: "custom_1", Title: "Custom 1", Group: Custom, From: []string{"custom_1"}, Doc: "Customer dimension."},
	{Name: "custom_2", Title: "Custom 2", Group: Custom, From: []string{"custom_2"}, Doc: "Customer dimension."},
	{Name: "custom_3", Title: "Custom 3", Group: Custom, From: []string{"custom_3"}, Doc: "Customer dimension."},
	{Name: "custom_4", Title: "Custom 4", Group: Custom, From: []string{"custom_4"}, Doc: "Customer dimension."},
	{Name: "custom_5", Title: "Custom 5", Group: Custom, From: []string{"custom_5"}, Doc: "Customer dimension."},
	{Name: "custom_6", Title: "Custom 6", Group: Custom, From: []string{"custom_6"}, Doc: "Customer dimension."},
	{Name: "custom_7", Title: "Custom 7", Group: Custom, From: []string{"custom_7"}, Doc: "Customer dimension."},
	{Name: "custom_8", Title: "Custom 8", Group: Custom, From: []string{"custom_8"}, Doc: "Customer dimension."},
	{Name: "custom_9", Title: "Custom 9", Group: Custom, From: []string{"custom_9"}, Doc: "Customer dimension."},
	{Name: "custom_10", Title: "Custom 10", Group: Custom, From: []string{"custom_10"}, Doc: "Customer dimension."},
	{Name: "custom_11", Title: "Custom 11", Group: Custom, From: []string{"custom_11"}, Doc: "Customer dimension."},
	{Name: "custom_12", Title: "Custom 12", Group: Custom, From: []string{"custom_12"}, Doc: "Customer dimension."},
	{Name: "custom_13", Title: "Custom 13", Group: Custom, From: []string{"custom_13"}, Doc: "Customer dimension."},
	{Name: "custom_14", Title: "Custom 14", Group: Custom, From: []string{"custom_14"}, Doc: "Customer dimension."},
	{Name: "custom_15", Title: "Custom 15", Group: Custom, From: []string{"custom_15"}, Doc: "Customer dimension."},
	{Name: "custom_16", Title: "Custom 16", Group: Custom, From: []string{"custom_16"}, Doc: "Customer dimension."},
	{Name: "custom_17", Title: "Custom 17", Group: Custom, From: []string{"custom_17"}, Doc: "Customer dimension."},
	{Name: "custom_18", Title: "Custom 18", Group: Custom, From: []string{"custom_18"}, Doc: "Customer dimension."},
	{Name: "custom_19", Title: "Custom 19", Group: Custom, From: []string{"custom_19"}, Doc: "Customer dimension."},
	{Name: "custom_20", Title: "Custom 20", Group: Custom, From: []string{"custom_20"}, Doc: "Customer dimension."},
	{Name: "experiment_name", Title: "Experiment name", Group: Viewer, From: []string{"experiment_name"}, Doc: "A/B test."},
	{Name: "environment_id", Title: "Environment ID", Constant: true, Group: Viewer, Doc: "Environment."},
	{Name: "operating_system_version", Title: "Operating system version", Group: Device, From: []string{"viewer_os_version", "mux_viewer_os_version", "client_os_version"}, Doc: "Version of the operating system."},
	{Name: "page_type", Title: "Page type", Group: Player, From: []string{"page_type"}, Doc: "watchpage or iframe."},
	{Name: "page_url", Title: "Page URL", Group: Player, Format: URL, From: []string{"page_url"}, Unbounded: true, Doc: "URL of the page."},
	{Name: "playback_failure", Title: "Playback failure", Group: Outcome, Kind: Bool, Doc: "A fatal error that is no business exception."},
	{Name: "playback_business_exception", Title: "Playback business exception", Group: Outcome, Kind: Bool, Doc: "A fatal error that the application caused on purpose."},
	{Name: "player_autoplay", Title: "Autoplay", Group: Player, Kind: Bool, From: []string{"player_autoplay_on"}, Doc: "Autoplay is on."},
	{Name: "player_error_code", Title: "Player error code", Group: Outcome, Doc: "Code of the last fatal error."},
	{Name: "player_language", Title: "Player language", Group: Player, Format: Language, From: []string{"player_language_code"}, Doc: "Language of the player's controls."},
	{Name: "player_mux_plugin_name", Title: "Plugin name", Group: Player, From: []string{"player_mux_plugin_name"}, Doc: "SDK integration."},
	{Name: "player_mux_plugin_version", Title: "Plugin version", Group: Player, From: []string{"player_mux_plugin_version"}, Doc: "Version of the SDK integration."},
	{Name: "player_poster", Title: "Player poster", Group: Player, Format: URL, From: []string{"video_poster_url"}, Doc: "URL of the poster."},
	{Name: "player_preload", Title: "Preload", Group: Player, Kind: Bool, Doc: "Preload is on: any preload setting but none or false."},
	{Name: "player_remote_played", Title: "Remote played", Group: Player, Kind: Bool, From: []string{"player_remote_played"}, Doc: "Played on a remote device, by AirPlay or Chromecast."},
	{Name: "player_software_version", Title: "Player software version", Group: Player, From: []string{"player_software_version"}, Doc: "Version of the player software."},
	{Name: "player_version", Title: "Player version", Group: Player, From: []string{"player_version"}, Doc: "The customer's version of the player."},
	{Name: "region", Title: "Region / State", Group: Location, From: []string{"client_region"}, Doc: "Region or state, by the address."},
	{Name: "source_hostname", Title: "Source hostname", Group: Delivery, From: []string{"video_source_hostname"}, Doc: "Host of the source."},
	{Name: "time_shift_enabled", Title: "Time shift enabled", Group: Player, Kind: Bool, Doc: "Time shift was available at any moment of the view."},
	{Name: "used_captions", Title: "Used captions", Group: Player, Kind: Bool, Doc: "Captions were on at any moment of the view."},
	{Name: "used_pip", Title: "Used picture in picture", Group: Player, Kind: Bool, Doc: "Picture in picture was on at any moment of the view."},
	{Name: "video_affiliate", Title: "Video affiliate", Group: Video, From: []string{"video_affiliate"}, Doc: "Affiliate."},
	{Name: "video_brand", Title: "Video brand", Group: Video, From: []string{"video_brand"}, Doc: "Brand."},
	{Name: "video_cdn_trace", Title: "CDN trace", Group: Delivery, Kind: List, Doc: "CDNs in the order seen, repeats kept."},
	{Name: "video_codec", Title: "Video codec", Group: Source, From: []string{"video_codec", "video_source_codec"}, Doc: "Video codec played last."},
	{Name: "video_codec_initial", Title: "Initial video codec", Group: Source, Doc: "Video codec played first."},
	{Name: "video_creator_id", Title: "Video creator ID", Group: Video, From: []string{"video_creator_id"}, Doc: "Creator."},
	{Name: "video_dynamic_range_type", Title: "Dynamic range", Group: Source, From: []string{"video_dynamic_range_type"}, Doc: "Dynamic range played last."},
	{Name: "video_dynamic_range_type_initial", Title: "Initial dynamic range", Group: Source, Doc: "Dynamic range played first."},
	{Name: "video_encoding_variant", Title: "Encoding variant", Group: Video, From: []string{"video_encoding_variant"}, Doc: "Encoding variant."},
	{Name: "video_language", Title: "Video language", Group: Video, Format: Language, From: []string{"video_language_code"}, Doc: "Audio language."},
	{Name: "video_producer", Title: "Video producer", Group: Video, From: []string{"video_producer"}, Doc: "Producer."},
	{Name: "video_source_bitrate", Title: "Source bitrate", Group: Source, Format: Bitrate, Kind: Int, Doc: "Bitrate of the rendition played last, in bit/s."},
	{Name: "video_source_bitrate_initial", Title: "Initial source bitrate", Group: Source, Format: Bitrate, Kind: Int, Doc: "Bitrate of the rendition played first, in bit/s."},
	{Name: "video_source_fps", Title: "Source frame rate", Group: Source, Format: FramesPerSecond, Kind: Float, Doc: "Frames a second of the rendition played last."},
	{Name: "video_source_fps_initial", Title: "Initial source frame rate", Group: Source, Format: FramesPerSecond, Kind: Float, Doc: "Frames a second of the rendition played first."},
	{Name: "video_source_height", Title: "Source height", Group: Source, Format: Pixels, Kind: Int, Doc: "Height of the rendition played last, in px."},
	{Name: "video_source_height_initial", Title: "Initial source height", Group: Source, Format: Pixels, Kind: Int, Doc: "Height of the rendition played first, in px."},
	{Name: "video_source_width", Title: "Source width", Group: Source, Format: Pixels, Kind: Int, Doc: "Width of the rendition played last, in px."},
	{Name: "video_source_width_initial", Title: "Initial source width", Group: Source, Format: Pixels, Kind: Int, Doc: "Width of the rendition played first, in px."},
	{Name: "video_startup_business_exception", Title: "Startup business exception", Group: Outcome, Kind: Bool, Doc: "A business exception before the first frame."},
	{Name: "video_variant_id", Title: "Variant ID", Group: Video, From: []string{"video_variant_id"}, Doc: "Id of the variant."},
	{Name: "video_variant_name", Title: "Variant name", Group: Video, From: []string{"video_variant_name"}, Doc: "Name of the variant."},
	{Name: "view_cdn_edge_pop", Title: "CDN edge POP", Group: Delivery, From: []string{"view_cdn_edge_pop"}, Doc: "Edge location of the CDN."},
	{Name: "view_cdn_origin", Title: "CDN origin", Group: Delivery, From: []string{"view_cdn_origin"}, Doc: "Origin of the CDN."},
	{Name: "view_drm_type", Title: "DRM type", Group: Source, From: []string{"view_drm_type"}, Doc: "widevine, playready, fairplay …"},
	{Name: "view_dropped", Title: "View dropped", Group: Outcome, Kind: Bool, Doc: "The view ended by silence: its end was never told."},
	{Name: "view_dropped_frame_count", Title: "Dropped frames", Group: Source, Kind: Int, From: []string{"view_dropped_frame_count"}, Doc: "Dropped frames."},
	{Name: "view_session_id", Title: "View session ID", Group: Viewer, From: []string{"view_session_id"}, Unbounded: true, Doc: "The customer's id to correlate with CDN logs."},
	{Name: "viewer_connection_type", Title: "Connection type", Group: Delivery, From: []string{"viewer_connection_type"}, Doc: "cellular, wifi, wired, other."},
	{Name: "viewer_device_model", Title: "Device model", Group: Device, From: []string{"viewer_device_model", "mux_viewer_device_model", "client_device_model"}, Doc: "Model code of the device."},
	{Name: "viewer_user_id", Title: "Viewer user ID", Group: Viewer, From: []string{"viewer_user_id"}, Unbounded: true, Doc: "The customer's id of the viewer."},
	{Name: "viewer_plan", Title: "Viewer plan", Group: Viewer, From: []string{"viewer_plan"}, Doc: "The viewer's plan."},
	{Name: "viewer_plan_status", Title: "Viewer plan status", Group: Viewer, From: []string{"viewer_plan_status"}, Doc: "Status of the viewer's plan."},
	{Name: "viewer_plan_category", Title: "Viewer plan category", Group: Viewer, From: []string{"viewer_plan_category"}, Doc: "Category of the viewer's plan."},
	{Name: "view_drm_level", Title: "DRM level", Group: Source, From: []string{"view_drm_level"}, Doc: "Security level of the DRM."},

	{Name: "ad_playback_failure", Title: "Ad playback failure", Group: Outcome, Level: Unlisted, Kind: Bool, Doc: "The playback failure happened inside an ad break."},
	{Name: "content_playback_failure", Title: "Content playback failure", Group: Outcome, Level: Unlisted, Kind: Bool, Doc: "The playback failure happened outside ad breaks."},
	{Name: "preroll_ad_asset_hostname", Title: "Preroll asset hostname", Group: Ads, Level: Unlisted, From: []string{"view_preroll_ad_asset_hostname"}, Doc: "Host of the preroll's media."},
	{Name: "preroll_ad_tag_hostname", Title: "Preroll tag hostname", Group: Ads, Level: Unlisted, From: []string{"view_preroll_ad_tag_hostname"}, Doc: "Host of the preroll's tag."},
	{Name: "preroll_played", Title: "Preroll played", Group: Ads, Level: Unlisted, Kind: Bool, From: []string{"view_preroll_played"}, Doc: "A preroll played."},
	{Name: "preroll_requested", Title: "Preroll requested", Group: Ads, Level: Unlisted, Kind: Bool, From: []string{"view_preroll_requested"}, Doc: "A preroll was requested."},
	{Name: "error_type_id", Title: "Error type", Group: Outcome, Format: ErrorType, Level: Unlisted, Kind: Int, Doc: "Error type of the last fatal error."},
}
