package catalog

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestScreens: what the screens begin with is there: metrics with their
// measurement, dimensions and real-time metrics, each list without repeats.
func TestScreens(t *testing.T) {
	metric := func(where string, m Measured) {
		if found, ok := LookupMetric(m.Metric); !ok || found.ID != m.Metric {
			t.Errorf("%s: there is no metric %s", where, m.Metric)
		} else if _, ok := found.Node(m.Measurement); !ok {
			t.Errorf("%s: %s has no %s", where, m.Metric, m.Measurement)
		}
	}
	metrics := func(where string, list []Measured) {
		if len(list) == 0 {
			t.Errorf("%s: nothing", where)
		}
		for i, m := range list {
			metric(where, m)
			if slices.Contains(list[:i], m) {
				t.Errorf("%s: %s twice", where, m.Metric)
			}
		}
	}
	dimensions := func(where string, names ...string) {
		for i, name := range names {
			if d, ok := LookupDimension(name); !ok || d.Constant || slices.Contains(names[:i], name) {
				t.Errorf("%s: %s is no dimension to show, or is there twice", where, name)
			}
		}
	}
	metrics("scores", Screens.Overview.Scores)
	metrics("glance", Screens.Overview.Glance)
	metrics("charts", Screens.Overview.Charts)
	metric("map", Screens.Overview.Map.Measured)
	metric("errors", Screens.Errors.Trend)
	if _, ok := LookupMetric(Screens.Metrics.Metric); !ok {
		t.Errorf("metrics: there is no metric %s", Screens.Metrics.Metric)
	}
	broken := []string{Screens.Overview.Map.Dimension, Screens.Metrics.Dimension, Screens.Errors.Dimension}
	for _, name := range broken {
		dimensions("first dimensions", name)
	}
	for _, b := range Screens.Overview.Breakdowns {
		metric("breakdowns", b.Measured)
		dimensions("breakdowns", b.Dimension)
	}
	dimensions("search", Screens.Views.Search...)
	dimensions("filters", Screens.Views.Filters...)
	dimensions("errors", Screens.Errors.Breakdowns...)
	for _, s := range Screens.Overview.Scores {
		if m, _ := LookupMetric(s.Metric); m.Type != Score {
			t.Errorf("%s is no score", s.Metric)
		}
	}
}

// TestRealtimeScreen: tiles are of all real-time metrics that have a value at a
// moment, and the histogram is of the other.
func TestRealtimeScreen(t *testing.T) {
	r := Screens.Realtime
	for i := range RealtimeMetrics {
		m := &RealtimeMetrics[i]
		if tile := slices.Contains(r.Tiles, m.ID); tile != (m.Formula != "") || (m.ID == r.Histogram) == tile {
			t.Errorf("%s is a tile: %t", m.ID, tile)
		}
	}
	if len(r.Tiles) != len(RealtimeMetrics)-1 {
		t.Errorf("%d tiles of %d metrics", len(r.Tiles), len(RealtimeMetrics))
	}
	var names []string
	for _, d := range RealtimeDimensions {
		names = append(names, d.Name)
	}
	if diff := cmp.Diff(names, slices.Sorted(slices.Values(RealtimeOrder))); diff != "" {
		t.Errorf("real-time dimensions (-known +ordered):\n%s", diff)
	}
}

// TestGroups: whatever has a title has a group that is in the list, and the
// other way round; metrics and dimensions have both.
func TestGroups(t *testing.T) {
	used := map[Group]bool{}
	check := func(name, title string, g Group) {
		used[g] = true
		if title == "" || !slices.Contains(Groups, g) {
			t.Errorf("%s has the title %q and the group %q", name, title, g)
		}
	}
	for i := range Metrics {
		check(Metrics[i].ID, Metrics[i].Title, Metrics[i].Group)
	}
	for i := range Dimensions {
		check(Dimensions[i].Name, Dimensions[i].Title, Dimensions[i].Group)
	}
	for _, c := range Columns {
		if c.Title != "" || c.Group != "" {
			check(c.Name, c.Title, c.Group)
		}
	}
	for i, g := range Groups {
		if !used[g] || slices.Contains(Groups[:i], g) {
			t.Errorf("nothing is in the group %s, or it is there twice", g)
		}
	}
}

// TestFormats: how values are written, by what they are; each format is one of
// the list, once.
func TestFormats(t *testing.T) {
	for name, want := range map[string]Format{
		"video_startup_time": Format(Milliseconds), "rebuffer_percentage": Format(Percentage), "rebuffer_frequency": Format(PerMinute),
		"weighted_average_bitrate": Bitrate, "viewer_experience_score": Format(Score), "rebuffer_count": Format(Number),
		"country": CountryCode, "continent_code": ContinentCode, "page_url": URL, "video_language": Language, "error_type_id": ErrorType,
		"video_source_height": Pixels, "video_source_fps": FramesPerSecond, "video_source_bitrate": Bitrate, "asn": Identifier,
		"video_title": Plain, "view_dropped": Flag, "video_cdn_trace": Sequence, "view_start": Moment, "latitude": Degrees,
	} {
		if got := MustColumn(name).Written(); got != want {
			t.Errorf("%s is written as %s, want %s", name, got, want)
		}
	}
	for _, c := range Columns {
		if c.Title != "" && !slices.Contains(Formats, c.Written()) {
			t.Errorf("%s is written as %q", c.Name, c.Written())
		}
	}
	for i, f := range Formats {
		if slices.Contains(Formats[:i], f) {
			t.Errorf("%s is there twice", f)
		}
	}
	for _, typ := range Types {
		if !slices.Contains(Formats, Format(typ)) || typ.Unit() == "" {
			t.Errorf("%s is no format, or has no unit", typ)
		}
	}
}
