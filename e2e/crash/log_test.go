package crash

import (
	"strings"
	"testing"

	"playhead/e2e/harness"
)

// noErrors fails the test when a server has logged an error.
func noErrors(t *testing.T, s *harness.Server) {
	t.Helper()
	if lines := errorsOf(s); len(lines) > 0 {
		t.Errorf("the server logged errors:\n%s", strings.Join(lines, ""))
	}
}

// errorsOf returns the errors that a server has logged.
func errorsOf(s *harness.Server) (lines []string) {
	for line := range strings.Lines(s.Log()) {
		if strings.Contains(line, "level=ERROR") || strings.Contains(line, "BUG") {
			lines = append(lines, line)
		}
	}
	return lines
}
