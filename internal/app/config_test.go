package app

import (
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

func TestExportSettings(t *testing.T) {
	for _, tt := range []struct {
		change func(c *Config)
		says   string // "": accepted
	}{
		{func(c *Config) { c.ExportRetention = 0 }, ""},
		{func(c *Config) { c.ExportRetention = 24 * time.Hour }, ""},
		{func(c *Config) { c.ExportRetention = 24*time.Hour - 1 }, "export-retention is 23h59m59.999999999s: want 0, or 24h to 100000h"},
		{func(c *Config) { c.ExportRetention = -time.Hour }, "export-retention is -1h"},
		{func(c *Config) { c.ExportRetention = 100_001 * time.Hour }, "export-retention is 100001h"},
		{func(c *Config) { c.ExportVersion = 2 }, ""},
		{func(c *Config) { c.ExportVersion = 1 }, "export-version is 1: want 2 to 17"},
		{func(c *Config) { c.ExportVersion = 18 }, "export-version is 18"},
		{func(c *Config) { c.ExportFormats = []string{"parquet"} }, ""},
		{func(c *Config) { c.ExportFormats = nil }, "export-formats is empty"},
		{func(c *Config) { c.ExportFormats = []string{"csv", "avro"} }, `export-formats has "avro": want some of csv, ndjson, parquet`},
		{func(c *Config) { c.ExportFormats = []string{"csv", "csv"} }, `export-formats has "csv" twice`},
		{func(c *Config) { c.ExportS3Bucket = "exports" }, ""},
		{func(c *Config) {
			c.ExportS3Bucket, c.ExportS3AccessKey, c.ExportS3SecretKey = "exports", "key", "secret"
		}, ""},
		{func(c *Config) { c.ExportS3Bucket, c.ExportS3AccessKey = "exports", "key" }, "export-s3-secret-key is empty"},
		{func(c *Config) { c.ExportS3Bucket, c.ExportS3Endpoint = "exports", "storage" }, `export-s3-endpoint is "storage": want https:// or http://`},
		{func(c *Config) { c.ExportS3Bucket, c.ExportDir = "exports", "folder" }, "export-dir and export-s3-bucket are set"},
		{func(c *Config) { c.ExportS3Prefix = "folder" }, "export-s3-bucket is empty: want the bucket that export-s3-prefix is for"},
		{func(c *Config) { c.ExportS3AccessKey = "key" }, "export-s3-bucket is empty"},
	} {
		var c Config
		if err := kong.ApplyDefaults(&c); err != nil {
			t.Fatal(err)
		}
		tt.change(&c)
		if err := c.Validate(); (err == nil) != (tt.says == "") || (err != nil && !strings.Contains(err.Error(), tt.says)) {
			t.Errorf("got %v, want %q", err, tt.says)
		}
	}
}

// TestExportDir: files of days are in the data folder if nothing else is said.
func TestExportDir(t *testing.T) {
	c := Config{DataDir: "kept"}
	if got, want := c.exportDir(), filepath.Join("kept", "exports"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if c.ExportDir = "elsewhere"; c.exportDir() != "elsewhere" {
		t.Errorf("got %s, want what the setting says", c.exportDir())
	}
}
