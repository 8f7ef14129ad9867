package simulate

import (
	"slices"
	"strings"

	"playhead/internal/event"
)

// A scope is how long what a field says holds, and so when players say it again.
type scope uint8

const (
	ofView  scope = iota // until it changes
	ofEvent              // for the event that says it
	ofEach               // until it changes, and said with every event all the same
)

// eventFields are the beginnings of the names of fields that belong to one
// event and not to its view.
var eventFields = []string{
	"page_load_time", "player_startup_time", "player_error_", "player_program_time", "player_live_edge_", "player_manifest_newest_", "request_", "ad_asset_", "ad_creative_", "ad_id", "ad_tag_", "ad_type", "ad_universal_",
}

// eachFields are those that players repeat with every event.
var eachFields = []string{"beacon_domain", "mux_api_version", "video_id", "view_playing_time_ms_cumulative", "ad_playing_time_ms_cumulative"}

// scopes are those of all fields.
var scopes = func() []scope {
	all := make([]scope, event.Count())
	for f := range event.Field(event.Count()) {
		switch {
		case slices.ContainsFunc(eventFields, func(start string) bool { return strings.HasPrefix(f.Name(), start) }):
			all[f] = ofEvent
		case slices.Contains(eachFields, f.Name()):
			all[f] = ofEach
		}
	}
	return all
}()

// isClock are the fields that hold a time by the clock of the device.
var isClock = func() []bool {
	is := make([]bool, event.Count())
	for f := range event.Field(event.Count()) {
		is[f] = ofViewersClock(f)
	}
	return is
}()
