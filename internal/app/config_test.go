package app

import (
	"math"
	"strings"
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

func TestRateLimitSettings(t *testing.T) {
	for _, tt := range []struct {
		limit float64
		burst int
		says  string // "": accepted
	}{
		{0, 0, ""},
		{0.5, 1, ""},
		{-1, 20, "rate-limit is -1"},
		{math.NaN(), 20, "rate-limit is NaN"},
		{math.Inf(1), 20, "rate-limit is +Inf"},
		{5, 0, "rate-limit-burst is 0"},
	} {
		var c Config
		if err := kong.ApplyDefaults(&c); err != nil {
			t.Fatal(err)
		}
		c.RateLimit, c.RateLimitBurst = tt.limit, tt.burst
		if err := c.Validate(); (err == nil) != (tt.says == "") || (err != nil && !strings.Contains(err.Error(), tt.says)) {
			t.Errorf("rate %g, burst %d: got %v, want %q", tt.limit, tt.burst, err, tt.says)
		}
	}
}
