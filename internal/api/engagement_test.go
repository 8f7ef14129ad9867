package api

import (
	"net/http"
	"strings"
	"testing"

	"playhead/internal/view"
)

// TestEngagement: four views of a content of 20 s, and some that do not count.
// One played it all; one from 2 to 4 s; two from 8 to 9 s.
func TestEngagement(t *testing.T) {
	played := func(digits, video, asset, clock string, ranges ...string) *view.View {
		return makeView(t, digits, row{
			"environment_id": "env1", "view_start": at(clock), "view_end": at("11:59:00"), "video_id": video, "asset_id": asset,
			"player_source_duration": 19_500, "playback_ranges": ranges,
		})
	}
	r := func(start, end string) string { return view.JoinParts(start, end) }
	h := newAPI(t, stored(t,
		played("01", "v", "x", "10:00:00", r("0", "20")),
		played("02", "v", "x", "10:00:00", r("2", "4")),
		played("03", "v", "y", "10:00:00", r("8", "9")),
		played("04", "v", "", "10:00:00", r("8", "9")),
		played("05", "v", "x", "10:00:00"),                // played nothing
		played("06", "w", "x", "10:00:00", r("19", "20")), // another video
		played("07", "v", "x", "06:00:00", r("0", "20")),  // started before the timeframe
	))
	const frame = `"timeframe":[1777885200,1777896000]}`
	for target, want := range map[string]string{
		"videos/v/heatmap":                                  `{"data":{"total_views":4,"value":[0.25,0.25,0.5,0.5,0.25,0.25,0.25,0.25,0.75,0.25,0.25,0.25,0.25,0.25,0.25,0.25,0.25,0.25,0.25,0.25]},"total_row_count":1,`,
		"videos/v/hotspots":                                 `{"data":{"total_views":4,"hotspots":[{"start_ms":8000,"end_ms":9000,"score":0.75},{"start_ms":2000,"end_ms":4000,"score":0.5}]},"total_row_count":2,`,
		"videos/v/hotspots?limit=1":                         `{"data":{"total_views":4,"hotspots":[{"start_ms":8000,"end_ms":9000,"score":0.75}]},"total_row_count":2,`,
		"videos/v/hotspots?limit=1&order_direction=asc":     `{"data":{"total_views":4,"hotspots":[{"start_ms":0,"end_ms":2000,"score":0.25}]},"total_row_count":3,`,
		"assets/y/hotspots":                                 `{"data":{"total_views":1,"hotspots":[{"start_ms":8000,"end_ms":9000,"score":1}]},"total_row_count":1,`,
		"playback-ids/unknown/heatmap":                      `{"data":{"total_views":0,"value":[0,0,0,0,0,0,0,0,0,0]},"total_row_count":1,`,
		"playback-ids/unknown/hotspots?order_direction=asc": `{"data":{"total_views":0,"hotspots":[]},"total_row_count":0,`,
	} {
		separator := "?"
		if strings.Contains(target, "?") {
			separator = "&"
		}
		w := get(t, h, "/data/v1/engagement/"+target+separator+"timeframe[]=3:hours")
		if got := strings.TrimSpace(w.Body.String()); w.Code != http.StatusOK || got != want+frame {
			t.Errorf("%s: status %d: %s\nwant %s", target, w.Code, got, want+frame)
		}
	}
	for target, says := range map[string]string{
		"videos/v/hotspots?limit=0":            "limit",
		"videos/v/hotspots?order_direction=up": "order_direction",
		"videos/v/heatmap?timeframe[]=x":       "timeframe[]",
		"videos/%00/heatmap":                   "id",
	} {
		wantError(t, target, get(t, h, "/data/v1/engagement/"+target), 400, "invalid_parameters", says)
	}
}
