package query

import (
	"math"
	"strings"
	"testing"

	"playhead/internal/catalog"
)

func TestInsightsAreAboutEveryBoundedDimension(t *testing.T) {
	p, err := Insights(Request{Metric: "video_startup_time", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	sets := map[string]bool{}
	for _, d := range p.Plan.Sets {
		sets[d.Name] = true
	}
	for i := range catalog.Dimensions {
		name := catalog.Dimensions[i].Name
		unbounded := name == "viewer_user_id" || name == "view_session_id" || name == "page_url"
		if sets[name] == unbounded {
			t.Errorf("insights are about %s: %t", name, sets[name])
		}
	}
}

// TestInsightsWithoutOutcomes: that failed views fail is no news.
func TestInsightsWithoutOutcomes(t *testing.T) {
	p, err := Insights(Request{Metric: "playback_failure_percentage", Outcomes: "false", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	sets := map[string]bool{}
	for _, d := range p.Plan.Sets {
		sets[d.Name] = true
	}
	for name, want := range map[string]bool{
		"playback_failure": false, "video_startup_failure": false, "exit_before_video_start": false, "error_type_id": false, "player_error_code": false,
		"country": true, "video_title": true, "video_cdn_trace": true, "asn": true, "page_url": false,
	} {
		if sets[name] != want {
			t.Errorf("insights are about %s: %t", name, sets[name])
		}
	}
	if _, err := Insights(Request{Metric: "views", Outcomes: "no", Now: now}); err == nil || !strings.Contains(err.Error(), "want true or false") {
		t.Errorf("outcomes=no: %v", err)
	}
}

// TestInsightScore: 60 ms slower than all for each of 5 views is as bad as a
// score that is 60 below, and the other way around.
func TestInsightScore(t *testing.T) {
	row := Row{Values: []float64{IndexValue: 100, IndexViews: 5}}
	all := &Row{Values: []float64{IndexValue: 40}}
	for metric, want := range map[string]float64{"video_startup_time": -300, "request_throughput": 300, "views": -300} {
		p, err := Insights(Request{Metric: metric, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Score(row, all); got != want {
			t.Errorf("%s: score %g, want %g", metric, got, want)
		}
		if got := p.Score(row, &row); got != 0 || math.Signbit(got) { // JSON has a negative zero
			t.Errorf("%s: score of what is as good as all is %g, want 0", metric, got)
		}
	}
}

func TestInsightsArePaged(t *testing.T) {
	for _, tt := range []struct {
		limit, page         string
		wantLimit, wantSkip int
	}{
		{"", "", 1000, 0},
		{"10", "3", 10, 20},
	} {
		p, err := Insights(Request{Metric: "views", Limit: tt.limit, Page: tt.page, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		if p.Plan.Limit != tt.wantLimit || p.Plan.Offset != tt.wantSkip {
			t.Errorf("limit %q of page %q: limit %d, offset %d", tt.limit, tt.page, p.Plan.Limit, p.Plan.Offset)
		}
	}
}
