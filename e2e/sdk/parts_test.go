package sdk

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type insight struct {
	Column string  `json:"filter_column"`
	Value  string  `json:"filter_value"`
	Metric float64 `json:"metric"`
	Score  float64 `json:"negative_impact_score"`
	Views  int     `json:"total_views"`
}

// checkInsights: of five views, without the one that never started, one failed.
// It is 0.8 worse than all; the other four are 0.2 better each.
func checkInsights(t *testing.T, got answers) {
	rows := got.Insights.Data
	if total := got.Insights.TotalRowCount; total == nil || *total != int64(len(rows)) {
		t.Errorf("%d insights, total_row_count %v; want their number", len(rows), total)
	}
	for i, want := range []insight{
		{"video_title", "404", 1, -0.8, 1},
		{"video_id", "missing", 1, -0.8, 1},
		{"playback_failure", "true", 1, -0.8, 1},
		{"browser", "Chrome", 0.2, 0, 5},
		{"playback_failure", "false", 0, 0.8, 4},
	} {
		j := slices.IndexFunc(rows, func(r insight) bool { return r.Column == want.Column && r.Value == want.Value })
		if j < 0 || rows[j].Views != want.Views || !same(rows[j].Metric, want.Metric) || !same(rows[j].Score, want.Score) {
			t.Errorf("insight %d is missing or not %+v in %+v", i, want, rows)
		}
	}
	if !slices.IsSortedFunc(rows, func(a, b insight) int {
		if math.Abs(a.Score-b.Score) < 1e-9 {
			return 0
		}
		return int(math.Copysign(1, a.Score-b.Score))
	}) {
		t.Errorf("insights are not sorted, the worst first: %+v", rows)
	}
}

type errorType struct {
	ID                int64
	Percentage        float64
	Notes             *string
	Message           string
	LastSeen          string `json:"last_seen"`
	Count, Code       int
	PlayerErrorCode   string `json:"player_error_code"`
	Severity          string
	BusinessException bool `json:"business_exception"`
}

func checkErrors(t *testing.T, got answers) {
	i := slices.IndexFunc(got.Views, func(r row) bool { return r.Title == "404" })
	if len(got.Errors.Data) != 1 || i < 0 {
		t.Fatalf("errors are %+v; want that of the view 404", got.Errors.Data)
	}
	want := errorType{
		Percentage: 1.0 / 6, Message: "MEDIA_ERR_SRC_NOT_SUPPORTED", LastSeen: got.Views[i].ViewEnd,
		Count: 1, Code: 4, PlayerErrorCode: "4", Severity: "fatal",
	}
	want.ID = got.Errors.Data[0].ID // a hash
	if diff := cmp.Diff(want, got.Errors.Data[0]); diff != "" || want.ID < 1 || want.ID > math.MaxInt32 {
		t.Errorf("error %d (-want +got):\n%s", want.ID, diff)
	}
}

type part struct {
	Name string  `json:"breakdown_value"`
	Time float64 `json:"metric_value"`
}

// checkHeights compares with when the picture's size changed, by the probe on
// the page.
func checkHeights(t *testing.T, got answers) {
	want, sum := []part{{"720", 18099}, {"144", 16016}, {"360", 1925}}, 0.0
	for i, h := range got.Heights {
		sum += h.Time
		if len(got.Heights) != len(want) || h.Name != want[i].Name || math.Abs(h.Time-want[i].Time) > 30 {
			t.Errorf("heights of HLS ABR are %+v; want about %+v", got.Heights, want)
		}
	}
	if sum != recordings[4].played {
		t.Errorf("heights of HLS ABR add up to %v ms; want %v", sum, recordings[4].played)
	}
}

// checkMethods: each method of the client is called by read.mjs, explore.mjs,
// incidents.mjs, monitor.mjs or write.mjs.
func checkMethods(t *testing.T, got answers) {
	called := got.Methods.Called
	for _, program := range []string{"explore.json", "incidents.json", "monitor.json", "write.json"} {
		called = append(called, golden[struct{ Called []string }](t, program).Called...)
	}
	for _, method := range got.Methods.All {
		// These are about videos that are hosted, not about how they are watched.
		hosting := strings.HasPrefix(method, "system.webhooks.") || strings.HasPrefix(method, "system.usageExports.")
		if !hosting && !slices.Contains(called, method) {
			t.Errorf("%s is never called", method)
		}
	}
	if len(got.Methods.All) < 40 {
		t.Errorf("the client has %d methods; want all of them", len(got.Methods.All))
	}
	if got.Exports.Data == nil || len(got.Exports.Data) != 0 {
		t.Errorf("exports are %v; want none of a server of today", got.Exports.Data)
	}
	if got.Whoami["environment_name"] != "default" || len(got.Annotations) != 0 {
		t.Errorf("the token is of %v and sees %d annotations; want default and none", got.Whoami["environment_name"], len(got.Annotations))
	}
}
