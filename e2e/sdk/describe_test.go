package sdk

import (
	"testing"

	"playhead/e2e/harness"
)

// TestDescription: the description is OpenAPI 3.1, by the rules of the standard.
func TestDescription(t *testing.T) {
	server := harness.Start(t)
	if broken := node(t, "describe.mjs", server.API+"/openapi.json"); len(broken) > 0 {
		t.Errorf("describe.mjs: %s", broken)
	}
}
