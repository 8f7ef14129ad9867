package catalog

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The API's lists of dimensions, in its order.
const (
	basic = `
	asset_id browser cdn continent_code exit_before_video_start live_stream_id operating_system playback_id player_name
	player_software source_type stream_type sub_property_id video_content_type video_id video_series video_startup_failure
	video_title view_has_ad viewer_device_category viewer_device_manufacturer viewer_device_name`
	advanced = `
	asn audio_codec audio_codec_initial browser_version client_application_name client_application_version country custom_1
	custom_2 custom_3 custom_4 custom_5 custom_6 custom_7 custom_8 custom_9 custom_10 custom_11 custom_12 custom_13
	custom_14 custom_15 custom_16 custom_17 custom_18 custom_19 custom_20 experiment_name environment_id
	operating_system_version page_type page_url playback_failure playback_business_exception player_autoplay
	player_error_code player_language player_mux_plugin_name player_mux_plugin_version player_poster player_preload
	player_remote_played player_software_version player_version region source_hostname time_shift_enabled used_captions
	used_pip video_affiliate video_brand video_cdn_trace video_codec video_codec_initial video_creator_id
	video_dynamic_range_type video_dynamic_range_type_initial video_encoding_variant video_language video_producer
	video_source_bitrate video_source_bitrate_initial video_source_fps video_source_fps_initial video_source_height
	video_source_height_initial video_source_width video_source_width_initial video_startup_business_exception
	video_variant_id video_variant_name view_cdn_edge_pop view_cdn_origin view_drm_type view_dropped
	view_dropped_frame_count view_session_id viewer_connection_type viewer_device_model viewer_user_id viewer_plan
	viewer_plan_status viewer_plan_category view_drm_level`
	// Names that only the parameters dimension and group_by accept.
	unlisted = `ad_playback_failure content_playback_failure preroll_ad_asset_hostname preroll_ad_tag_hostname
	preroll_played preroll_requested error_type_id`
)

func TestDimensionsAreThoseOfTheAPI(t *testing.T) {
	for level, want := range map[Level]string{Basic: basic, Advanced: advanced, Unlisted: unlisted} {
		var got []string
		for i := range Dimensions {
			if Dimensions[i].Level == level {
				got = append(got, Dimensions[i].Name)
			}
		}
		if diff := cmp.Diff(strings.Fields(want), got); diff != "" {
			t.Errorf("level %d (-want +got):\n%s", level, diff)
		}
	}
}

func TestDimensionsAreColumns(t *testing.T) {
	for i := range Dimensions {
		d := &Dimensions[i]
		if found, ok := LookupDimension(d.Name); !ok || found != d {
			t.Errorf("%s is not found by its name", d.Name)
		}
		c := d.Column()
		if c == nil || c.Name != d.Name || c.Kind != d.Kind || c.Shown {
			t.Errorf("%s has the column %+v", d.Name, c)
		}
		if d.Trace() != (d.Name == "video_cdn_trace") {
			t.Errorf("%s: trace = %t", d.Name, d.Trace())
		}
		if d.Title == "" || d.Doc == "" {
			t.Errorf("%s has no title or no description", d.Name)
		}
	}
}

// TestDimensionKinds: the flags and numbers among the dimensions; all others
// but the trace are texts.
func TestDimensionKinds(t *testing.T) {
	kinds := map[Kind]string{
		Bool: `exit_before_video_start video_startup_failure view_has_ad playback_failure playback_business_exception player_autoplay
			player_preload player_remote_played time_shift_enabled used_captions used_pip video_startup_business_exception view_dropped
			ad_playback_failure content_playback_failure preroll_played preroll_requested`,
		Int: `asn video_source_bitrate video_source_bitrate_initial video_source_height video_source_height_initial
			video_source_width video_source_width_initial view_dropped_frame_count error_type_id`,
		Float: "video_source_fps video_source_fps_initial",
		List:  "video_cdn_trace",
		Time:  "",
	}
	for kind, want := range kinds {
		var got []string
		for i := range Dimensions {
			if Dimensions[i].Kind == kind {
				got = append(got, Dimensions[i].Name)
			}
		}
		if diff := cmp.Diff(strings.Fields(want), append([]string{}, got...)); diff != "" {
			t.Errorf("kind %d (-want +got):\n%s", kind, diff)
		}
	}
}

func TestColumns(t *testing.T) {
	name := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	texts, numbers := 0, 0
	seen := map[string]bool{}
	for _, c := range Columns {
		if !name.MatchString(c.Name) || seen[c.Name] {
			t.Errorf("column name %q is malformed or twice", c.Name)
		}
		seen[c.Name] = true
		if c.Doc == "" {
			t.Errorf("%s has no description", c.Name)
		}
		if MustColumn(c.Name) != c {
			t.Errorf("%s is not found by its name", c.Name)
		}
		slot := &numbers
		if c.IsText() {
			slot = &texts
		}
		if c.Slot() != *slot {
			t.Errorf("%s has slot %d, want %d", c.Name, c.Slot(), *slot)
		}
		*slot++
	}
	if texts != TextColumns || numbers != NumberColumns {
		t.Errorf("%d texts and %d numbers, want %d and %d", TextColumns, NumberColumns, texts, numbers)
	}
	for _, name := range []string{string(ByStart), string(ByEnd)} {
		if MustColumn(name).Kind != Time {
			t.Errorf("the column of clock %s is not a time", name)
		}
	}
}

func TestNearest(t *testing.T) {
	for name, want := range map[string]string{
		"contry": "country", "Country": "country", "custom1": "custom_1", "playback-failure": "playback_failure",
	} {
		got := NearestDimensions(name)
		if len(got) != 3 {
			t.Errorf("%d names near %q, want 3", len(got), name)
		}
		if got[0] != want {
			t.Errorf("nearest to %q = %v, want %s first", name, got, want)
		}
	}
	if got := NearestMetrics("video_start_time"); got[0] != "video_startup_time" {
		t.Errorf("nearest to video_start_time = %v", got)
	}
	if got := NearestMetrics(strings.Repeat("x", 1<<20)); len(got) != 3 {
		t.Errorf("nearest to a very long name = %v, want three", got)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"same", "same", 0},
	} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance of %q and %q = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
