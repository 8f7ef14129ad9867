package memory_test

import (
	"testing"

	"playhead/internal/store/memory"
	"playhead/internal/store/storetest"
)

// TestConformance runs the suite on the reference itself: its hand-made cases
// say what is right, and its random ones that the suite's plans can be run.
func TestConformance(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Store { return memory.New() })
}
