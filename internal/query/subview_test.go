package query

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
)

func TestSubviewDimensions(t *testing.T) {
	rendition, mode := Subviews[0], Subviews[1]
	six := []string{
		"video_source_bitrate", "video_source_width", "video_source_height", "video_source_fps", "video_source_codec", "video_source_rendition_name",
	}
	if diff := cmp.Diff(six, rendition.Dimensions()); diff != "" {
		t.Errorf("of renditions (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"playback_mode"}, mode.Dimensions()); diff != "" {
		t.Errorf("of modes (-want +got):\n%s", diff)
	}
	// 22 and 84 are listed; a bitrate, a width, a height and a frame rate are the renditions' own.
	if got := len(mode.ViewDimensions()); got != 106 {
		t.Errorf("modes have %d dimensions of views, want 106", got)
	}
	if got := rendition.ViewDimensions(); len(got) != 102 || slices.Contains(got, "video_source_fps") {
		t.Errorf("renditions have %d dimensions of views, want 102: %q", len(got), got)
	}
}

func TestSubviewFilters(t *testing.T) {
	r := Request{Now: now, Filters: []string{
		"country:US", "video_source_height:720", "video_source_height:360", "!video_source_height:__empty__",
		"browser:__empty__", "!video_source_codec:", "custom_1:a:__empty__",
	}}
	p, err := Subviews[0].Overall(r)
	if err != nil {
		t.Fatal(err)
	}
	text := func(column, value string) Condition {
		return Condition{Column: catalog.MustColumn(column), Texts: []string{value}}
	}
	views := []Condition{text("country", "US"), text("browser", ""), text("custom_1", "a:__empty__")}
	if diff := cmp.Diff(views, p.Plan.Where, compareNames); diff != "" {
		t.Errorf("of views (-want +got):\n%s", diff)
	}
	elements := []ElementCondition{
		{Part: 2, Texts: []string{"720", "360"}},
		{Part: 2, Not: true, Texts: []string{""}},
		{Part: 4, Not: true, Texts: []string{""}},
	}
	if diff := cmp.Diff(elements, p.Plan.Each.Where); diff != "" {
		t.Errorf("of subviews (-want +got):\n%s", diff)
	}
}

func TestSubviewGranularity(t *testing.T) {
	for _, tt := range []struct {
		timeframe, asked string
		want             Granularity
	}{
		{"15:days", "", Hour},
		{"16:days", "", Day},
		{"1:hour", "", Hour},
		{"1:hour", "day", Day},
		{"16:days", "hour", Hour},
	} {
		p, err := Subviews[1].Timeseries(Request{Now: now, Timeframe: []string{tt.timeframe}, Granularity: tt.asked})
		if err != nil {
			t.Fatal(err)
		}
		if p.Granularity != tt.want || p.Plan.Buckets.Width != tt.want.Seconds()*1000 {
			t.Errorf("%s %q: %s, buckets of %d ms, want %s", tt.timeframe, tt.asked, p.Granularity, p.Plan.Buckets.Width, tt.want)
		}
	}
}

// TestSubviewSearchInNumbers: they are searched after the engine, and then paged.
func TestSubviewSearchInNumbers(t *testing.T) {
	p, err := Subviews[0].DimensionValues(Request{Now: now, Dimension: "asn", Search: "1", Limit: "2", Page: "2"})
	if err != nil {
		t.Fatal(err)
	}
	if p.Plan.Limit != 0 || p.Plan.Offset != 0 {
		t.Errorf("limit %d and offset %d before the search", p.Plan.Limit, p.Plan.Offset)
	}
	result := &Result{Total: 5}
	for _, asn := range []string{"15169", "7018", "", "26", "13335"} {
		result.Rows = append(result.Rows, Row{Groups: []string{asn}})
	}
	rows, total := p.Page(result) // 15169, 7018 | 13335
	if total != 3 || len(rows) != 1 || rows[0].Groups[0] != "13335" {
		t.Errorf("page 2 is %v of %d, want 13335 of 3", rows, total)
	}
}
