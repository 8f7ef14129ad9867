package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"playhead/internal/catalog"
)

// TestEveryValueIsAFilter: as each dimension shows its values, they select just
// the views that it counts, and all others with an exclamation mark; so do the
// fields of a breakdown and the values of insights.
func TestEveryValueIsAFilter(t *testing.T) {
	h := newAPI(t, stored(t, append(fourViews(t), filled(t, "01", 1.0/3), blank(t, "02"), filled(t, "03", 1e15))...))
	const all = 7
	read := func(target string, into any) {
		t.Helper()
		if w := get(t, h, target); w.Code != http.StatusOK || json.Unmarshal(w.Body.Bytes(), into) != nil {
			t.Fatalf("%s: status %d: %s", target, w.Code, w.Body)
		}
	}
	selected := func(filter string) int {
		var answer struct {
			Total int `json:"total_row_count"`
		}
		read("/data/v1/video-views?filters[]="+url.QueryEscape(filter), &answer)
		return answer.Total
	}
	check := func(dimension string, value *string, count int) {
		t.Helper()
		filter := dimension + ":"
		if value != nil {
			filter += *value
		}
		if got := selected(filter); got != count {
			t.Errorf("%s selects %d views, want %d", filter, got, count)
		}
		if got := selected("!" + filter); got != all-count {
			t.Errorf("!%s selects %d views, want %d", filter, got, all-count)
		}
	}
	for i := range catalog.Dimensions {
		d := catalog.Dimensions[i].Name
		var values struct {
			Data []struct {
				Value *string
				Count int `json:"total_count"`
			}
		}
		read("/data/v1/dimensions/"+d+"?limit=1000", &values)
		sum := 0
		for _, row := range values.Data {
			check(d, row.Value, row.Count)
			sum += row.Count
		}
		if sum != all {
			t.Errorf("%s counts %d views, want %d", d, sum, all)
		}
		var groups struct {
			Data []struct {
				Field *string
				Views int
			}
		}
		read("/data/v1/metrics/views/breakdown?limit=1000&group_by="+d, &groups)
		for _, row := range groups.Data {
			check(d, row.Field, row.Views)
		}
	}
	var insights struct {
		Data []struct {
			Column string  `json:"filter_column"`
			Value  *string `json:"filter_value"`
			Views  int     `json:"total_views"`
		}
	}
	read("/data/v1/metrics/views/insights", &insights)
	if len(insights.Data) < 100 {
		t.Errorf("%d insights, want several for each dimension", len(insights.Data))
	}
	for _, row := range insights.Data {
		check(row.Column, row.Value, row.Views)
	}
}
