package api

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/query"
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
	h := newAPI(t, stored(t, views...), func(c *Config) { c.Realtime = of2021 })
	const metric, realtime = "/data/v1/metrics/video_startup_time/", "/data/v1/realtime/metrics/"
	for _, tt := range []struct{ target, path, want string }{
		{metric + "overall", "", `{"value": 4, "total_watch_time": 513934, "total_views": 5, "global_value": null}`},
		{metric + "breakdown?group_by=country", "0", `{"views": 5, "value": 4, "total_watch_time": 513934, "negative_impact": 1, "field": "US"}`},
		{metric + "insights", "0", `{"total_watch_time": 351144, "total_views": 1, "negative_impact_score": -5, "metric": 9, "filter_value": "", "filter_column": "video_title"}`},
		{metric + "insights", "country", `{"total_watch_time": 513934, "total_views": 5, "negative_impact_score": 0, "metric": 4, "filter_value": "US", "filter_column": "country"}`},
		{"/data/v1/filters/browser", "0", `{"value": "Chrome", "total_count": 5}`},
		{"/data/v1/metrics/comparison", "0", `{"watch_time": 513934, "view_count": 5, "name": "totals"}`},
		{realtime + "playback-failure-percentage/breakdown?dimension=country", "0", `{"concurrent_viewers": 2680, "metric_value": 0.007835820895522387, "negative_impact": 1, "value": "FR"}`},
		{realtime + "playback-failure-percentage/breakdown?dimension=country", "1", `{"concurrent_viewers": 10, "metric_value": 0, "negative_impact": 2, "value": "BE"}`},
		{realtime + "current-concurrent-viewers/timeseries", "359", `{"concurrent_viewers": 2690, "date": "2026-05-04T11:59:55Z", "value": 2690}`},
		{realtime + "video-startup-time/histogram-timeseries", "29", `{
			"average": 5298.1612903225805, "max_percentage": 0.5161290322580645, "median": 4463, "p95": 14834, "sum": 31, "timestamp": "2026-05-04T11:59:00Z",
			"bucket_values": [
				{"count": 3, "percentage": 0.0967741935483871}, {"count": 0, "percentage": 0}, {"count": 0, "percentage": 0}, {"count": 1, "percentage": 0.03225806451612903},
				{"count": 16, "percentage": 0.5161290322580645}, {"count": 7, "percentage": 0.22580645161290322}, {"count": 4, "percentage": 0.12903225806451613}
			]
		}`},
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

// of2021 are viewers as those examples are about, and the startup times of a
// minute that give what they print.
var of2021 = crowds{
	{environment: "env1", values: map[string]string{"country": "BE"}, ticks: map[string]query.Tick{"11:59:55": {Concurrent: 10}}},
	{
		environment: "env1", values: map[string]string{"country": "FR"}, ticks: map[string]query.Tick{"11:59:55": {Concurrent: 2680, Failures: 21}},
		startups: firstFrames(50, 50, 50, 1500, 3000, 3000, 3000, 3000, 3000, 3000, 3000, 3000, 3000, 3000, 3000, 4463, 4800, 4800, 4800, 4800,
			6000, 6000, 6000, 6000, 6000, 6000, 6000, 12000, 14834, 14834, 22262),
	},
}

// firstFrames are first frames at 11:59:30 after so many ms.
func firstFrames(times ...int64) (list []query.Startup) {
	for _, ms := range times {
		list = append(list, query.Startup{At: int64(at("11:59:30")), Time: ms})
	}
	return list
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
