package simulate

import (
	"slices"
	"strings"

	"playhead/internal/beacon/mux"
	"playhead/internal/event"
)

// A dictionary has what stands before each value in an event: the short key of
// its name as an SDK spells it, with all punctuation.
type dictionary struct {
	fields  []string // by event.Field
	members members
}

// members are the keys of what an event says besides fields.
type members struct{ kind, envKey, view, sequence, player, playerSequence, time, playhead, expires string }

// newest is the table of today. The tables have only ever grown, and older web
// SDKs say nothing that needs a word of a later one.
var newest = newDictionary(nil, nil)

// rokuKeys spells out five words that Roku's table does not have, and calls
// the dropped frames otherwise.
var rokuKeys = newDictionary(
	[]string{"channels", "cmcd", "data", "low", "sid"},
	map[string]string{"view_dropped_frame_count": "view_dropped_frames_count"},
)

var iosKeys = newDictionary(nil, map[string]string{
	"view_dropped_frame_count": "view_drm_frame_count", // the key of their property of dropped frames
	"video_source_hostname":    "video_source_host_name",
})

func newDictionary(missing []string, otherNames map[string]string) *dictionary {
	spell := func(name string) string {
		if other, ok := otherNames[name]; ok {
			name = other
		}
		return `"` + shorten(name, missing) + `":`
	}
	d := &dictionary{
		members: members{
			kind: spell("event"), envKey: spell("env_key"), view: spell("view_id"), sequence: spell("view_sequence_number"),
			player: spell("player_instance_id"), playerSequence: spell("player_sequence_number"),
			time: spell("viewer_time"), playhead: spell("player_playhead_time"), expires: spell("session_expires"),
		},
	}
	for f := range event.Field(event.Count()) {
		d.fields = append(d.fields, spell(f.Name()))
	}
	return d
}

// shorten abbreviates a name with a table that lacks some words.
func shorten(name string, missing []string) string {
	all := strings.Split(name, "_")
	key := mux.EncodeKey(all[0])
	for _, word := range all[1:] {
		if slices.Contains(missing, word) {
			key += "_" + word + "_"
			continue
		}
		key += mux.EncodeKey("view_" + word)[1:]
	}
	return key
}
