package incident

import "playhead/internal/catalog"

// causeDimensions are what causes are named by, those that people say first:
// where two values have the same views, the earlier one is named. What is an
// outcome of a view is not among them, nor what is only known of views that played.
var causeDimensions = dimensionsOf(
	"cdn", "country", "video_title", "video_series", "video_id", "stream_type", "asn",
	"viewer_device_category", "operating_system", "browser", "viewer_device_manufacturer", "viewer_device_name", "viewer_device_model",
	"player_name", "player_version", "player_software", "player_software_version", "operating_system_version", "browser_version",
	"player_mux_plugin_name", "player_mux_plugin_version", "client_application_name", "client_application_version",
	"viewer_connection_type", "region", "continent_code", "view_cdn_edge_pop", "view_cdn_origin", "source_hostname", "source_type",
	"live_stream_id", "playback_id", "asset_id", "sub_property_id", "experiment_name", "view_drm_type", "view_drm_level",
	"video_encoding_variant", "video_variant_name", "video_variant_id", "video_content_type", "video_brand", "video_affiliate",
	"video_producer", "video_creator_id", "video_language", "player_language", "page_type", "player_autoplay", "player_preload",
	"player_remote_played", "viewer_plan", "viewer_plan_status", "viewer_plan_category",
	"custom_1", "custom_2", "custom_3", "custom_4", "custom_5", "custom_6", "custom_7", "custom_8", "custom_9", "custom_10",
	"custom_11", "custom_12", "custom_13", "custom_14", "custom_15", "custom_16", "custom_17", "custom_18", "custom_19", "custom_20",
)

func dimensionsOf(names ...string) []*catalog.Dimension {
	list := make([]*catalog.Dimension, len(names))
	for i, name := range names {
		d, ok := catalog.LookupDimension(name)
		if !ok {
			panic("BUG: no dimension " + name)
		}
		list[i] = d
	}
	return list
}

// CauseColumns are the columns of views that [Explain] looks at.
func CauseColumns() []*catalog.Column {
	var list []*catalog.Column
	for _, d := range causeDimensions {
		list = append(list, d.Column())
	}
	return list
}
