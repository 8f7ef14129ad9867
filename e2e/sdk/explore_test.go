package sdk

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/e2e/harness"
)

// TestExploring runs explore.mjs over the recorded views. Its answers are
// compared with testdata/explore.json, which is written by hand from what the
// recordings hold; times are left out.
func TestExploring(t *testing.T) {
	server := harness.Start(t)
	replay(t, server)
	want := golden[map[string]any](t, "explore.json")
	got := decode[map[string]any](t, node(t, "explore.mjs", settings(t, server, nil)))
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if diff := cmp.Diff(want[name], timeless(got[name])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// timeless takes the members out of an answer that are times.
func timeless(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			switch key {
			case "timeframe", "last_seen":
				delete(v, key)
			default:
				timeless(inner)
			}
		}
	case []any:
		for _, inner := range v {
			timeless(inner)
		}
	}
	return v
}
