package query

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/fault"
)

func TestViews(t *testing.T) {
	r := Request{
		Environment: "env", Timeframe: []string{"10", "20"}, Filters: []string{"country:US"}, Now: now,
		ViewerID: "u", ViewID: "v", ErrorID: "17", Direction: "asc", Limit: "5", Page: "2",
	}
	got, err := Views(r)
	if err != nil {
		t.Fatal(err)
	}
	text := func(column, value string) Condition {
		return Condition{Column: catalog.MustColumn(column), Texts: []string{value}}
	}
	errorType := "17"
	want := &ListPlan{
		Scope: Scope{Environment: "env", Clock: "view_end", From: 10_000, To: 20_000, Where: []Condition{
			text("country", "US"),
			{Any: []Condition{text("viewer_user_id", "u"), text("mux_viewer_id", "u")}},
			text("view_id", "v"),
			{Any: []Condition{
				{Column: catalog.MustColumn("error_type_id"), Numbers: []float64{17}},
				{Column: catalog.MustColumn("error_types"), First: &errorType},
			}},
		}},
		Columns: got.Plan.Columns, Ascending: true, Limit: 5, Offset: 5,
	}
	if diff := cmp.Diff(want, got.Plan, compareNames); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	names := map[string]bool{}
	for _, c := range got.Plan.Columns {
		names[c.Name] = true
	}
	// What a row of the list shows, by the names of the columns it comes from.
	for _, name := range []string{
		"operating_system", "browser", "video_title", "player_error_message", "player_error_code", "error_type_id",
		"country", "view_start", "view_end", "viewer_experience_score", "watch_time", "playback_failure", "view_id",
	} {
		if !names[name] {
			t.Errorf("the list does not read %s", name)
		}
	}
}

func TestViewsByDefault(t *testing.T) {
	got, err := Views(Request{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if got.Plan.Ascending || len(got.Plan.Where) != 0 || got.Limit != 25 {
		t.Errorf("ascending %t where %v limit %d, want newest first, all, 25", got.Plan.Ascending, got.Plan.Where, got.Limit)
	}
}

// TestViewsInProgress checks where the timeframe ends: one that ends now has
// the second in it that has begun.
func TestViewsInProgress(t *testing.T) {
	from := now.Unix() - 3600
	for _, c := range []struct {
		timeframe []string
		said      string
		want      bool
		to        int64
	}{
		{nil, "", false, now.Unix() * 1000},
		{[]string{"1:hour"}, "false", false, now.Unix() * 1000},
		{[]string{"1:hour"}, "true", true, now.Unix()*1000 + 1000},
		{[]string{strconv.FormatInt(from, 10), strconv.FormatInt(from+60, 10)}, "true", true, from*1000 + 60_000},
	} {
		got, err := Views(Request{Now: now, Timeframe: c.timeframe, InProgress: c.said})
		if err != nil {
			t.Fatal(err)
		}
		if got.InProgress != c.want || got.Plan.To != c.to {
			t.Errorf("in_progress=%s, timeframe %v: got %t up to %d, want %t up to %d", c.said, c.timeframe, got.InProgress, got.Plan.To, c.want, c.to)
		}
	}
	if _, err := Views(Request{Now: now, InProgress: "yes"}); err == nil || !strings.Contains(err.Error(), "want true or false") {
		t.Errorf("in_progress=yes: error %v, want one that says what is accepted", err)
	}
}

func TestViewsWithAnyError(t *testing.T) {
	got, err := Views(Request{Now: now, ErrorID: "any"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Condition{{Column: catalog.MustColumn("error_type_id"), Not: true, Null: true}}
	if diff := cmp.Diff(want, got.Plan.Where, compareNames); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}
	for _, bad := range []string{"x", "-1", "1.5", "ANY"} {
		_, err := Views(Request{Now: now, ErrorID: bad})
		refused(t, err, fault.Invalid, "error_id", bad, "any")
	}
	_, err = Views(Request{Now: now, ViewerID: "\xff"})
	refused(t, err, fault.Invalid, "viewer_id")
	_, err = Views(Request{Now: now, Direction: "up"})
	refused(t, err, fault.Invalid, "order_direction")
}
