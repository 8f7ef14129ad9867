package sdk

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func checkList(t *testing.T, got answers) {
	var want, titles []string
	for _, r := range recordings {
		want = append(want, r.title)
	}
	for i, v := range got.Views {
		titles = append(titles, v.Title)
		if i > 0 && v.ViewEnd > got.Views[i-1].ViewEnd {
			t.Errorf("%s ended at %s and stands after %s: want the newest first", v.Title, v.ViewEnd, got.Views[i-1].ViewEnd)
		}
		if _, err := time.Parse("2006-01-02T15:04:05Z", v.ViewEnd); err != nil {
			t.Errorf("view_end of %s: %v", v.Title, err)
		}
		i := slices.IndexFunc(recordings, func(r recorded) bool { return r.title == v.Title })
		if i >= 0 && (v.Total != len(recordings) || v.WatchTime != recordings[i].watched || v.PlaybackFails != (v.Title == "404")) {
			t.Errorf("row %+v; want a total of %d, watch time %v and a failure only for 404", v, len(recordings), recordings[i].watched)
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(titles))); diff != "" {
		t.Errorf("titles of all pages of two (-want +got):\n%s", diff)
	}
	if len(got.Filtered) != len(recordings)-1 {
		t.Errorf("%d views are left by the filters; want all but one of %d", len(got.Filtered), len(recordings))
	}
	if last := len(got.Views) - 1; len(got.Oldest) != 1 || got.Oldest[0].Title != got.Views[last].Title {
		t.Errorf("the first view in ascending order is %+v; want the last of %v", got.Oldest, titles)
	}
}

func checkView(t *testing.T, got answers) {
	view := got.View.Data
	i := slices.IndexFunc(got.Views, func(r row) bool { return r.Title == "Rebuffering" })
	if i < 0 || view["id"] != got.Views[i].ID {
		t.Errorf("id is %v; want that of the list %v", view["id"], got.Views)
	}
	want := map[string]any{ // numbers are float64 here, decimals are strings in the API
		"view_id": "a0b1c8c7-62c2-420c-9b26-b65704aa4447", "video_id": "mp4-stall", "video_title": "Rebuffering",
		"time_to_first_frame": 234.0, "buffering_count": 3.0, "buffering_duration": 7177.0, "watch_time": 31860.0,
		"playback_failure": false, "exit_before_video_start": false, "view_dropped": false,
		"viewer_application_name": "Chrome", "viewer_os_family": "Linux", "player_error_code": nil,
	}
	for key, value := range want {
		if view[key] != value {
			t.Errorf("%s is %#v; want %#v", key, view[key], value)
		}
	}
	if share, ok, err := view.Number("rebuffer_percentage"); err != nil || !ok || !same(math.Round(share*1e6)/1e6, 0.225267) {
		t.Errorf("rebuffer_percentage is %v; want 7177/31860", view["rebuffer_percentage"])
	}
	if _, isString := view["rebuffer_percentage"].(string); !isString {
		t.Errorf("rebuffer_percentage is a %T; want a string", view["rebuffer_percentage"])
	}
	if events, _ := view["events"].([]any); len(events) != 23 {
		t.Errorf("%d events; want 23, without the copies", len(events))
	}
}

func checkOverall(t *testing.T, got answers) {
	started := []float64{19, 188, 234, 469}
	for name, want := range map[string]float64{
		"views":     6,
		"startup":   (started[1] + started[2]) / 2,
		"startup95": started[2] + 0.85*(started[3]-started[2]), // rank 0.95·3 = 2.85
		"rebuffer":  7177.0 / allWatched,
		"frequency": 3 / (allWatched / 60000.0),
		"failures":  1.0 / 6,
		"exits":     1.0 / 6,
		"playing":   allPlayed,
		"nothing":   math.NaN(),
	} {
		if value := number(got.Overall[name].Data.Value); !same(value, want) {
			t.Errorf("%s is %v; want %v", name, value, want)
		}
	}
	if views := got.Overall["views"].Data; views.TotalViews != 6 || views.TotalWatch != allWatched {
		t.Errorf("totals are %+v; want 6 views and %d ms", views, allWatched)
	}
	if startup := got.Overall["startup"].Data; startup.TotalViews != len(started) {
		t.Errorf("%d views have a startup time; want %d", startup.TotalViews, len(started))
	}
}

func checkBreakdown(t *testing.T, got answers) {
	var want []group
	for _, r := range recordings {
		want = append(want, group{r.title, 1, 1})
	}
	slices.SortFunc(want, func(a, b group) int {
		if a.Field < b.Field {
			return -1
		}
		return 1
	})
	if diff := cmp.Diff(want, got.Breakdown); diff != "" {
		t.Errorf("views by title (-want +got):\n%s", diff)
	}
	startup := []group{{"HLS ABR", 469, 1}, {"Rebuffering", 234, 1}, {"Test pattern A", 188, 1}, {"Autoplay muted", 19, 1}}
	// Titles without any startup time may stand in the list, with nothing in them.
	withValue := slices.DeleteFunc(slices.Clone(got.StartupByTitle), func(g group) bool { return g.Views == 0 })
	if diff := cmp.Diff(startup, withValue); diff != "" {
		t.Errorf("startup time by title (-want +got):\n%s", diff)
	}
}

func checkTimeseries(t *testing.T, got answers) {
	series := got.Timeseries
	if series.TotalRowCount == nil || *series.TotalRowCount != int64(len(series.Data)) || len(series.Data) < 3 {
		t.Errorf("%d points, total_row_count %v; want one an hour, and their number", len(series.Data), series.TotalRowCount)
	}
	views := 0.0
	for _, point := range series.Data {
		if at, _ := point[0].(string); !isHour(at) {
			t.Errorf("point %v is not at a full hour", point)
		}
		n, _ := point[2].(float64)
		views += n
	}
	if views != 6 {
		t.Errorf("%v views in all points; want 6", views)
	}
}

func isHour(at string) bool {
	when, err := time.Parse(time.RFC3339, at)
	return err == nil && when.Equal(when.Truncate(time.Hour))
}

func checkComparison(t *testing.T, got answers) {
	if len(got.Comparison.Data) == 0 || len(got.ComparisonOfOne.Data) == 0 {
		t.Fatalf("comparisons of %d and %d scores; want some", len(got.Comparison.Data), len(got.ComparisonOfOne.Data))
	}
	var names []any
	for _, score := range got.Comparison.Data {
		names = append(names, score["name"])
	}
	want := []any{
		"totals", "Views", "Overall Score", "Playback Failure Score", "Startup Time Score", "Rebuffer Score", "Video Quality Score",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("scores (-want +got):\n%s", diff)
	}
	totals := got.Comparison.Data[0]
	if totals["view_count"] != 6.0 || totals["watch_time"] != float64(allWatched) {
		t.Errorf("totals are %v; want 6 views and %d ms", totals, allWatched)
	}
	if one := got.ComparisonOfOne.Data[0]; one["view_count"] != 1.0 || one["watch_time"] != 31860.0 {
		t.Errorf("totals of one title are %v; want 1 view and 31860 ms", one)
	}
}
