package api

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/view"
)

// TestExamplesOf2021: over five views like those that the public examples of
// 2021 are about, rows have all members that the examples print, with their
// values. Later members may be there too.
func TestExamplesOf2021(t *testing.T) {
	var views []*view.View
	for i, in := range []struct {
		title          string
		watch, startup float64
	}{
		{"my-title", 100_000, 4}, {"my-title", 62_788, 4}, {"my-title", 1, 4}, {"my-title", 1, 4}, {"", 351_144, 9},
	} {
		views = append(views, makeView(t, "2"+strconv.Itoa(i), row{
			"environment_id": "env1", "view_start": at("11:00:00"), "view_end": at("11:10:00"), "country": "US", "browser": "Chrome",
			"video_title": in.title, "watch_time": in.watch, "video_startup_time": in.startup,
		}))
	}
	h := newAPI(t, stored(t, views...))
	const metric = "/data/v1/metrics/video_startup_time/"
	for _, tt := range []struct{ target, path, want string }{
		{metric + "overall", "", `{"value": 4, "total_watch_time": 513934, "total_views": 5, "global_value": null}`},
		{metric + "breakdown?group_by=country", "0", `{"views": 5, "value": 4, "total_watch_time": 513934, "negative_impact": 1, "field": "US"}`},
		{metric + "insights", "0", `{"total_watch_time": 351144, "total_views": 1, "negative_impact_score": -5, "metric": 9, "filter_value": "", "filter_column": "video_title"}`},
		{metric + "insights", "country", `{"total_watch_time": 513934, "total_views": 5, "negative_impact_score": 0, "metric": 4, "filter_value": "US", "filter_column": "country"}`},
		{"/data/v1/filters/browser", "0", `{"value": "Chrome", "total_count": 5}`},
		{"/data/v1/metrics/comparison", "0", `{"watch_time": 513934, "view_count": 5, "name": "totals"}`},
	} {
		answer := decode(t, get(t, h, tt.target).Body.Bytes()).(map[string]any)
		got := find(answer["data"], tt.path)
		want := decode(t, []byte(tt.want)).(map[string]any)
		for key := range got {
			if _, printed := want[key]; !printed {
				delete(got, key)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.target, diff)
		}
	}
}

// find is the row of some data with an index, or about a dimension; all of it
// if there are no rows.
func find(data any, which string) map[string]any {
	list, ok := data.([]any)
	if !ok {
		return data.(map[string]any)
	}
	if i, err := strconv.Atoi(which); err == nil {
		return list[i].(map[string]any)
	}
	for _, e := range list {
		if row := e.(map[string]any); row["filter_column"] == which {
			return row
		}
	}
	return nil
}
