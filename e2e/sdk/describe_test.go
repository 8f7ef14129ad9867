package sdk

import (
	"os/exec"
	"testing"

	"playhead/e2e/harness"
)

// TestDescription: the description is OpenAPI 3.1, by the rules of the standard.
func TestDescription(t *testing.T) {
	server := harness.Start(t)
	cmd := exec.CommandContext(t.Context(), "node", "describe.mjs", server.API+"/openapi.json")
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil || len(out) > 0 {
		t.Errorf("node describe.mjs: %v: %s", err, out)
	}
}
