package api

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/view"
)

// TestSeverityIsWhatMostPlayersSaid: and the worse one where as many say so.
func TestSeverityIsWhatMostPlayersSaid(t *testing.T) {
	views := make([]*view.View, 0, 3)
	for i, said := range [][]string{
		{view.JoinParts("5", "warning", "false", "a", "m"), view.JoinParts("6", "warning", "true", "b", "m")},
		{view.JoinParts("5", "fatal", "false", "a", "m"), view.JoinParts("6", "fatal", "true", "b", "m")},
		{view.JoinParts("5", "warning", "false", "a", "m")},
	} {
		views = append(views, makeView(t, string('1'+rune(i))+"0", row{
			"environment_id": "env1", "view_start": at("10:00:00"), "view_end": at("10:00:00"), "error_types": said,
		}))
	}
	w := get(t, newAPI(t, stored(t, views...)), "/data/v1/errors")
	var body struct {
		Data []struct {
			ID       int
			Severity string
			Business bool `json:"business_exception"`
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	got := map[int]any{}
	for _, r := range body.Data {
		got[r.ID] = []any{r.Severity, r.Business}
	}
	want := map[int]any{5: []any{"warning", false}, 6: []any{"fatal", true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("severities (-want +got):\n%s", diff)
	}
}
