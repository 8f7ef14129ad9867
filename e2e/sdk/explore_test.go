package sdk

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/e2e/harness"
)

// TestExploring runs explore.mjs over the recorded views. Its answers are
// compared with testdata/explore.json, which is written by hand from what the
// recordings hold; times are left out.
func TestExploring(t *testing.T) {
	server := harness.Start(t)
	replay(t, server)
	now := time.Now()
	config, err := json.Marshal(map[string]any{
		"baseURL": server.API, "id": harness.TokenID, "secret": harness.TokenSecret,
		"from": now.Add(-2 * time.Hour).Unix(), "to": now.Add(time.Hour).Unix(),
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "explore.mjs", string(config))
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node explore.mjs: %v (it needs Node.js 20 or later and: cd e2e && npm ci)", err)
	}
	golden, err := os.ReadFile("testdata/explore.json")
	if err != nil {
		t.Fatal(err)
	}
	var want, got map[string]any
	if err := json.Unmarshal(golden, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
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
