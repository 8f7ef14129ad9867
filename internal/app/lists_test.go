package app

import (
	"net/url"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLists posts recordings of four views and asks for what views have any
// number of. Expected are sums of the table of the recordings, made by hand:
// playing times of 20176, 36049, 16166 and 21195 ms.
func TestLists(t *testing.T) {
	c := startForRecordings(t)
	for _, name := range []string{
		"01_mp4_play_pause_seek_ended", "07_hls_abr", "08_hls_failing_segments", "19_tab_hidden_and_updateData_unknown_keys",
	} {
		c.replay(t, record(t, name))
	}
	c.list(t, 4)

	type part struct {
		Value  string  `json:"breakdown_value"`
		Metric float64 `json:"metric_value"`
	}
	for path, want := range map[string][]part{
		"rendition":     {{"__empty__", 20176 + 21195}, {"2100000", 18107 + 16166}, {"280000", 16000}, {"780000", 1942}},
		"playback_mode": {{"standard", 20176 + 36049 + 16166 + 19177}, {"fullscreen", 2018}},
	} {
		params := url.Values{}
		if path == "rendition" {
			params.Set("group_by[]", "video_source_bitrate")
		}
		if diff := cmp.Diff(want, get[[]part](t, c, "subview-metrics/playing_time/"+path+"/breakdown", params)); diff != "" {
			t.Errorf("by %s (-want, +got):\n%s", path, diff)
		}
		if got := get[part](t, c, "subview-metrics/playing_time/"+path+"/overall", nil); got.Metric != 93586 {
			t.Errorf("over each %s: %v ms, want 93586 as the views have", path, got.Metric)
		}
	}

	// The content of the first one is 40 s long, of which it played three parts.
	heat := get[struct {
		Views int `json:"total_views"`
		Value []float64
	}](t, c, "engagement/videos/mp4-a/heatmap", nil)
	want := slices.Concat(slices.Repeat([]float64{1}, 10), make([]float64, 5), slices.Repeat([]float64{1}, 4), make([]float64, 17), []float64{1, 1, 1, 1})
	if diff := cmp.Diff(want, heat.Value); diff != "" || heat.Views != 1 {
		t.Errorf("heatmap of %d views (-want, +got):\n%s", heat.Views, diff)
	}

	type kind struct {
		ID, Count int
		Code      string `json:"player_error_code"`
		Message   string
	}
	errors := []kind{{1097169072, 1, "networkError", "fragLoadError"}}
	if diff := cmp.Diff(errors, get[[]kind](t, c, "errors", nil)); diff != "" {
		t.Errorf("types of errors (-want, +got):\n%s", diff)
	}
	for id, want := range map[string]int{"1097169072": 1, "any": 1, "5": 0} {
		if got := len(get[[]listed](t, c, "video-views", url.Values{"error_id": {id}})); got != want {
			t.Errorf("%d views with error %s, want %d", got, id, want)
		}
	}
}
