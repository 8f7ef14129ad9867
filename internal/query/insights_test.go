package query

import (
	"math"
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
