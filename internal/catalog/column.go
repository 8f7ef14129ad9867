package catalog

// Column is one property of a view, kept in every store under its name.
type Column struct {
	Name   string   // in SQL, documents and formulas: lower case, digits and underscores
	Title  string   // for people; "" of what no screen shows
	Group  Group    // what it is shown among
	Kind   Kind     // what values it has
	Format Format   // how values are written; "": as unit and kind tell
	From   []string // the event fields it is taken from, the most trusted first; none: package view computes it
	Unit   string   // of a number: "ms", "bit/s", "px", "fraction" …; "" for a plain count or text
	Doc    string
	Shown  bool     // only in the document of a view, not in the table that metrics are computed from
	Parts  []string // of a List: what the parts of its elements are, separated by [PartSeparator]; none: elements are whole

	slot    int
	buckets *Buckets
}

// Slot is the index of the column among those of its storage class: texts for
// Text and List, numbers for all other kinds.
func (c *Column) Slot() int { return c.slot }

// IsText reports whether the column is among the texts.
func (c *Column) IsText() bool { return c.Kind.text() }

// Kind is what values a column has.
type Kind uint8

const (
	// Text is any text; empty means that it is not known (null in the API).
	Text Kind = iota
	// List is a sequence of texts in one text: each element preceded by
	// [ListSeparator], the last one also followed by it; empty means no elements.
	List
	// Bool is 0 or 1, or null.
	Bool
	// Int is a whole number below 2^53, or null.
	Int
	// Float is a number, or null.
	Float
	// Time is in ms since 1970, or null.
	Time
)

// ListSeparator separates the elements of a List: ASCII's unit separator.
const ListSeparator = "\x1f"

// PartSeparator separates the parts of an element of a List that has them:
// ASCII's record separator.
const PartSeparator = "\x1e"

func (k Kind) text() bool { return k == Text || k == List }

// identity are the columns that every view has, whatever was measured.
var identity = []Column{
	{Name: "environment_id", Doc: "The environment that the view belongs to."},
	{Name: "view_id", Title: "View ID of the SDK", Group: Attempt, Doc: "The view's id as the player's SDK calls it."},
	{Name: "view_start", Title: "Start", Group: Attempt, Kind: Time, Doc: "First attempt to play, by the corrected clock of the player."},
	{Name: "view_end", Title: "End", Group: Attempt, Kind: Time, Doc: "Last event, by the corrected clock of the player."},
	{Name: "viewer_key", Kind: Int, Doc: "A 53-bit hash of viewer_user_id, or else of mux_viewer_id: counts unique viewers."},
	{Name: "complete_record", Kind: Int, Doc: "The record of the journal by which the view was first complete; null of views that no journal made, or an earlier version."},
	{Name: "changed_record", Kind: Int, Doc: "The record of the journal by which the view was last to be stored, so that who reads views in its order misses none; null of views that no journal made, or an earlier version."},
}

// Quantities are the measured numbers of a view that metrics are computed from.
// Percentages are fractions, scores are from 0 to 1.
var Quantities = []Column{
	{Name: "watch_time", Title: "Watch time", Group: Engagement, Kind: Int, Unit: "ms", Doc: "Time spent trying to watch: startup, playing, rebuffering and seeking, without pauses."},
	{Name: "playing_time", Kind: Int, Unit: "ms", Doc: "Time in which content or ads really advanced."},
	{Name: "view_content_watch_time", Title: "Content watch time", Group: Engagement, Kind: Int, Unit: "ms", Doc: "The watch_time outside ads and their breaks: startup and rebuffering of the content, and what is between."},
	{Name: "ad_watch_time", Title: "Ad watch time", Group: Engagement, Kind: Int, Unit: "ms", Doc: "The watch_time in ads and their breaks: startup and rebuffering of ads included."},
	{Name: "view_content_playing_time", Title: "Content playing time", Group: Engagement, Kind: Int, Unit: "ms", Doc: "The playing_time outside ads and their breaks."},
	{Name: "ad_playing_time", Title: "Ad playing time", Group: Engagement, Kind: Int, Unit: "ms", Doc: "The playing_time in ads and their breaks."},
	{Name: "content_playback_time", Title: "Content playback time", Group: Engagement, Kind: Int, Unit: "ms", Doc: "Playhead progress while playing, and wall time of ads."},

	{Name: "video_startup_time", Kind: Int, Unit: "ms", Doc: "From the instruction to play to the first frame of content or preroll."},
	{Name: "view_content_startup_time", Kind: Int, Unit: "ms", Doc: "From the instruction to play to the first frame of content, without prerolls."},
	{Name: "ad_preroll_startup_time", Kind: Int, Unit: "ms", Doc: "From the instruction to play the preroll to its first frame."},
	{Name: "player_startup_time", Kind: Int, Unit: "ms", Doc: "From the player's initialisation to its being ready."},
	{Name: "page_load_time", Kind: Int, Unit: "ms", Doc: "From the navigation to the player's initialisation; first view of a page only."},
	{Name: "aggregate_startup_time", Kind: Int, Unit: "ms", From: []string{"view_aggregate_startup_time"}, Doc: "Page load, player startup and video startup together."},
	{Name: "video_startup_preroll_request_time", Kind: Int, Unit: "ms", From: []string{"view_startup_preroll_request_time"}, Doc: "Part of startup spent on ad requests."},
	{Name: "video_startup_preroll_load_time", Kind: Int, Unit: "ms", From: []string{"view_startup_preroll_load_time"}, Doc: "Part of startup spent loading the preroll."},
	{Name: "requests_for_first_preroll", Kind: Int, From: []string{"view_preroll_request_count"}, Doc: "Ad requests up to the start of the first preroll."},

	{Name: "rebuffer_count", Kind: Int, Doc: "Rebuffering intervals."},
	{Name: "rebuffer_duration", Kind: Int, Unit: "ms", Doc: "Time spent rebuffering."},
	{Name: "rebuffer_percentage", Kind: Float, Unit: "fraction", Doc: "Rebuffering time over watch time."},
	{Name: "rebuffer_frequency", Kind: Float, Unit: "per minute", Doc: "Rebuffering intervals per minute of watch time."},
	{Name: "view_seek_count", Title: "Seeks", Group: Startup, Kind: Int, Doc: "Seeks; those less than two seconds apart count once."},
	{Name: "view_seek_duration", Title: "Seek duration", Group: Startup, Kind: Int, Unit: "ms", Doc: "Time waited after seeks."},
	{Name: "seek_latency", Kind: Float, Unit: "ms", Doc: "Mean time waited after a seek."},

	{Name: "rendition_change_count", Kind: Int, Doc: "Switches of the rendition after the first."},
	{Name: "rendition_upshift_count", Kind: Int, Doc: "Switches to a higher bitrate."},
	{Name: "rendition_downshift_count", Kind: Int, Doc: "Switches to a lower bitrate."},
	{Name: "weighted_average_bitrate", Kind: Float, Unit: "bit/s", Doc: "Bitrate of the renditions played, weighted by playing time."},
	{Name: "upscale_percentage", Kind: Float, Unit: "fraction", Doc: "Mean upscaling over the content played."},
	{Name: "downscale_percentage", Kind: Float, Unit: "fraction", Doc: "Mean downscaling over the content played."},
	{Name: "max_upscale_percentage", Kind: Float, Unit: "fraction", From: []string{"view_max_upscale_percentage"}, Doc: "Largest upscaling."},
	{Name: "max_downscale_percentage", Kind: Float, Unit: "fraction", From: []string{"view_max_downscale_percentage"}, Doc: "Largest downscaling."},
	{Name: "live_stream_latency", Kind: Int, Unit: "ms", Doc: "Mean delay behind the programme time of a live stream."},
	{Name: "request_throughput", Kind: Int, Unit: "bit/s", Doc: "Bits of completed media requests over their transfer time."},
	{Name: "request_latency", Kind: Int, Unit: "ms", Doc: "Mean time to the first byte of completed media requests."},
	{Name: "max_request_latency", Kind: Int, Unit: "ms", Doc: "Largest time to the first byte."},

	{Name: "ad_attempt_count", Kind: Int, Doc: "Ads that the player tried to play."},
	{Name: "ad_impression_count", Kind: Int, Doc: "Ads of which a frame was shown."},
	{Name: "ad_break_count", Kind: Int, Doc: "Ad breaks entered."},
	{Name: "ad_error_count", Kind: Int, Doc: "Ad errors."},
	{Name: "ad_break_error_count", Kind: Int, Doc: "Ad breaks with an error."},
	{Name: "ad_startup_error_count", Kind: Int, Doc: "Ads that failed before their first frame."},
	{Name: "ad_exit_before_start_count", Kind: Int, Doc: "Ads that the viewer left before their first frame."},
	{Name: "ad_error_percentage", Kind: Float, Unit: "fraction", Doc: "Ad errors over ad attempts."},
	{Name: "ad_break_error_percentage", Kind: Float, Unit: "fraction", Doc: "Ad breaks with an error over ad breaks."},
	{Name: "ad_startup_error_percentage", Kind: Float, Unit: "fraction", Doc: "Ad startup errors over ad attempts."},
	{Name: "ad_exit_before_start_percentage", Kind: Float, Unit: "fraction", Doc: "Exits before the ad's start over ad attempts."},

	{Name: "viewer_experience_score", Kind: Float, Unit: "score", Doc: "The overall score."},
	{Name: "playback_success_score", Kind: Float, Unit: "score", Doc: "1 played, 0.5 exit before start, 0 failed."},
	{Name: "startup_time_score", Kind: Float, Unit: "score", Doc: "8 / (8 + seconds of startup)."},
	{Name: "rebuffer_score", Kind: Float, Unit: "score", Doc: "Smoothness: from the number and the share of rebuffering."},
	{Name: "video_quality_score", Kind: Float, Unit: "score", Doc: "From the largest and the mean upscaling."},

	{Name: "playback_failure_error_type_id", Title: "Error type of the playback failure", Group: Outcome, Format: ErrorType, Kind: Int, Doc: "Error type of the playback failure."},
	{Name: "playback_business_exception_error_type_id", Title: "Error type of the business exception", Group: Outcome, Format: ErrorType, Kind: Int, Doc: "Error type of the business exception."},
	{Name: "video_startup_business_exception_error_type_id", Title: "Error type of the startup business exception", Group: Outcome, Format: ErrorType, Kind: Int, Doc: "Error type of the business exception before the first frame."},
	{Name: "ad_playback_failure_error_type_id", Title: "Error type of the ad playback failure", Group: Outcome, Format: ErrorType, Kind: Int, Doc: "Error type of the failure inside an ad break."},
}

// Lists are what a view has any number of. The last part of those with a
// playing time is a number, to be added up.
var Lists = []Column{
	{Name: "error_types", Kind: List, Parts: []string{"id", "severity", "business_exception", "code", "message"}, Doc: "The types of the view's errors, warnings included, each once, in the order that they first came."},
	{Name: "rendition_playing_times", Kind: List, Parts: []string{"video_source_bitrate", "video_source_width", "video_source_height", "video_source_fps", "video_source_codec", "video_source_rendition_name", "playing_time"}, Doc: "How long content played in each rendition, in ms."},
	{Name: "playback_mode_playing_times", Kind: List, Parts: []string{"playback_mode", "playing_time"}, Doc: "How long was played in each mode, such as standard, fullscreen and pip, in ms: together the playing_time."},
	{Name: "ad_type_playing_times", Kind: List, Parts: []string{"ad_type", "playing_time"}, Doc: "How long ads of each type were played, such as preroll and midroll, in ms: together the ad_playing_time. Those of which nobody tells the type are unknown."},
	{Name: "playback_ranges", Kind: List, Parts: []string{"start", "end"}, Doc: "Ranges of the first week of the content that were played, in whole seconds of the playhead; the end is exclusive."},
	{Name: "activities", Kind: List, Parts: []string{"after", "activity", "bitrate", "cdn", "startup_time"}, Doc: "What the viewer was doing from the request to play on, for real-time numbers: the first element begins at a time in ms since 1970, each other one so many ms after the one before. Bitrate of the content that plays; the CDN where it is another one; the startup time with the first frame."},
}

// Attributes are everything else that is known of a view. Those not only shown
// are needed by lists and look-ups.
var Attributes = []Column{
	{Name: "mux_viewer_id", Title: "Viewer ID of the SDK", Group: Viewer, From: []string{"mux_viewer_id"}, Doc: "The SDK's own id of the viewer: a cookie, or the device's id."},
	{Name: "player_error_message", Title: "Player error message", Group: Outcome, Doc: "Message of the last fatal error."},
	{Name: "player_error_context", Title: "Player error context", Group: Outcome, Shown: true, Doc: "Details of the last fatal error; they do not group errors."},

	{Name: "asn_name", Title: "AS name", Group: Delivery, From: []string{"client_asn_name"}, Doc: "Name of the autonomous system."},
	{Name: "city", Title: "City", Group: Location, Shown: true, From: []string{"client_city"}, Doc: "City, by the address."},
	{Name: "country_name", Title: "Country name", Group: Location, From: []string{"client_country_name"}, Doc: "English name of the country."},
	{Name: "latitude", Title: "Latitude", Group: Location, Kind: Float, Shown: true, Unit: "degrees", From: []string{"client_latitude"}, Doc: "Truncated to one decimal."},
	{Name: "longitude", Title: "Longitude", Group: Location, Kind: Float, Shown: true, Unit: "degrees", From: []string{"client_longitude"}, Doc: "Truncated to one decimal."},
	{Name: "metro", Title: "Metro code", Group: Location, Shown: true, From: []string{"client_metro_code"}, Doc: "Metro code, by the address."},
	{Name: "viewer_user_agent", Title: "User agent", Group: Device, Shown: true, From: []string{"client_user_agent"}, Doc: "The User-Agent header."},
	{Name: "viewer_application_engine", Title: "Browser engine", Group: Device, Shown: true, From: []string{"viewer_application_engine", "client_browser_engine"}, Doc: "The browser's engine."},
	{Name: "viewer_os_architecture", Title: "Architecture", Group: Device, Shown: true, From: []string{"viewer_os_architecture", "client_os_architecture"}, Doc: "Processor architecture."},

	{Name: "mux_api_version", Title: "Beacon protocol version", Group: Player, Shown: true, From: []string{"mux_api_version"}, Doc: "Version of the beacon protocol."},
	{Name: "mux_embed", Title: "Core SDK", Group: Player, Shown: true, From: []string{"mux_embed"}, Doc: "Name of the core SDK."},
	{Name: "mux_embed_version", Title: "Core SDK version", Group: Player, Shown: true, From: []string{"mux_embed_version"}, Doc: "Version of the core SDK."},
	{Name: "session_id", Title: "Viewer session ID", Group: Viewer, Shown: true, From: []string{"session_id"}, Doc: "The viewer's session: 25 minutes, sliding."},
	{Name: "player_instance_id", Title: "Player instance ID", Group: Player, Shown: true, Doc: "One player object."},
	{Name: "player_view_count", Title: "Views of the player", Group: Player, Kind: Int, Shown: true, From: []string{"player_view_count"}, Doc: "Views of this player instance so far."},
	{Name: "player_height", Title: "Player height", Group: Player, Kind: Int, Shown: true, Unit: "px", From: []string{"player_height"}, Doc: "Displayed height."},
	{Name: "player_width", Title: "Player width", Group: Player, Kind: Int, Shown: true, Unit: "px", From: []string{"player_width"}, Doc: "Displayed width."},
	{Name: "player_playback_mode", Title: "Playback mode", Group: Player, Shown: true, From: []string{"player_playback_mode"}, Doc: "Last playback mode."},
	{Name: "player_playback_mode_data", Title: "Playback mode data", Group: Player, Shown: true, From: []string{"player_playback_mode_data"}, Doc: "What the player tells of the last playback mode, in JSON."},
	{Name: "player_source_domain", Title: "Source domain", Group: Source, Shown: true, From: []string{"video_source_domain"}, Doc: "Registrable domain of the source."},
	{Name: "player_source_url", Title: "Source URL", Group: Source, Format: URL, Shown: true, From: []string{"video_source_url", "player_source_url"}, Doc: "URL of the source."},
	{Name: "player_source_duration", Title: "Source duration", Group: Source, Kind: Int, Unit: "ms", From: []string{"video_source_duration", "player_source_duration"}, Doc: "Length of the source; null while unknown or live."},
	{Name: "video_duration", Title: "Video duration", Group: Video, Kind: Int, Unit: "ms", From: []string{"video_duration"}, Doc: "Length as the customer declared it."},
	{Name: "video_playback_range", Title: "Ranges played", Group: Engagement, Shown: true, From: []string{"video_playback_range"}, Doc: "Ranges of the content that were played, as the SDK tells them."},
	{Name: "view_max_playhead_position", Title: "Furthest position", Group: Engagement, Kind: Int, Shown: true, Unit: "ms", From: []string{"view_max_playhead_position"}, Doc: "Furthest playhead position."},
	{Name: "view_max_seek_time", Title: "Longest seek", Group: Startup, Kind: Int, Shown: true, Unit: "ms", From: []string{"view_max_seek_time"}, Doc: "Longest wait after a seek."},
	{Name: "view_total_content_playback_time", Title: "Content of known scaling", Group: Quality, Kind: Int, Shown: true, Unit: "ms", From: []string{"view_total_content_playback_time"}, Doc: "Content over which scaling was measured."},
	{Name: "view_total_upscaling", Title: "Total upscaling", Group: Quality, Kind: Float, Shown: true, Unit: "fraction*ms", From: []string{"view_total_upscaling"}, Doc: "Upscaling, summed over the content played."},
	{Name: "view_total_downscaling", Title: "Total downscaling", Group: Quality, Kind: Float, Shown: true, Unit: "fraction*ms", From: []string{"view_total_downscaling"}, Doc: "Downscaling, summed over the content played."},
	{Name: "used_fullscreen", Title: "Used fullscreen", Group: Player, Kind: Bool, Shown: true, Doc: "Fullscreen was used."},
	{Name: "long_rebuffering", Title: "Long rebuffering", Group: Smoothness, Kind: Bool, Shown: true, Doc: "More than five minutes of rebuffering ended the view."},
	{Name: "long_resume", Title: "Long resume", Group: Attempt, Kind: Bool, Shown: true, Doc: "The view went on after it had been complete by silence."},
	{Name: "watched", Title: "Watched", Group: Attempt, Kind: Bool, Shown: true, Doc: "A first frame was shown."},
	{Name: "inserted_at", Title: "First received", Group: Attempt, Kind: Time, Shown: true, Doc: "First event in the journal."},
	{Name: "updated_at", Title: "Last received", Group: Attempt, Kind: Time, Shown: true, Doc: "Last event in the journal."},
}
