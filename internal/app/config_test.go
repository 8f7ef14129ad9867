package app

import (
	"testing"

	"github.com/alecthomas/kong"

	"playhead/internal/view"
)

// TestDefaultScoring holds the defaults of the settings, which are text, against
// those of the scores.
func TestDefaultScoring(t *testing.T) {
	var c Config
	if err := kong.ApplyDefaults(&c); err != nil {
		t.Fatal(err)
	}
	if got, want := c.tracking().Scoring, view.DefaultScoring(); got != want {
		t.Errorf("default settings of the overall score: got %+v, want %+v", got, want)
	}
	if err := c.Validate(); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
}
