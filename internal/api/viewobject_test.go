package api

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/meta"
	"playhead/internal/view"
)

// TestViewWithoutDocument is about a view whose document is deleted: what it
// told alone is as near to the truth as the table has it.
func TestViewWithoutDocument(t *testing.T) {
	whole := fullView(t)
	row := view.New(whole.ID)
	for _, c := range catalog.Columns {
		if c.Shown {
			continue
		}
		if c.IsText() {
			row.SetText(c, whole.Text(c))
		} else if n, known := whole.Number(c); known {
			row.SetNumber(c, n)
		}
	}
	keys := []string{"watched", "inserted_at", "updated_at", "view_end"}
	for _, test := range []struct {
		name string
		view *view.View
		want map[string]any
	}{
		{"kept", whole, map[string]any{
			"watched": true, "inserted_at": "2026-05-02T08:00:01Z", "updated_at": "2026-05-02T08:20:02Z", "view_end": "2026-05-02T08:20:00Z",
		}},
		{"deleted", row, map[string]any{
			"watched": true, "inserted_at": "2026-05-02T08:20:00Z", "updated_at": "2026-05-02T08:20:00Z", "view_end": "2026-05-02T08:20:00Z",
		}},
	} {
		o := viewObject(test.view, meta.Environment{})
		got := map[string]any{}
		for _, key := range keys {
			got[key] = o[key]
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want, +got):\n%s", test.name, diff)
		}
	}
}
