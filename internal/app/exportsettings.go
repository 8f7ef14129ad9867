package app

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"playhead/internal/export"
)

// exportsFolder is where files of days go, in the data folder, if nothing else is said.
const exportsFolder = "exports"

// longestExports is how long files of days may be kept: the records have room for 5,000 days.
const longestExports = 100_000 * time.Hour

// validateExports checks the settings of exports.
func (c *Config) validateExports() error {
	switch {
	case c.ExportVersion < export.OldestVersion || c.ExportVersion > export.LatestVersion:
		return fmt.Errorf("export-version is %d: want %d to %d", c.ExportVersion, export.OldestVersion, export.LatestVersion)
	case c.ExportRetention != 0 && (c.ExportRetention < 24*time.Hour || c.ExportRetention > longestExports):
		return fmt.Errorf("export-retention is %s: want 0, or 24h to %.0fh", c.ExportRetention, longestExports.Hours())
	case len(c.ExportFormats) == 0:
		return fmt.Errorf("export-formats is empty: want some of %s", formatNames())
	}
	for i, f := range c.ExportFormats {
		if !slices.Contains(export.Formats, export.Format(f)) {
			return fmt.Errorf("export-formats has %q: want some of %s", f, formatNames())
		}
		if slices.Contains(c.ExportFormats[:i], f) {
			return fmt.Errorf("export-formats has %q twice", f)
		}
	}
	return c.validateBucket()
}

func formatNames() string {
	var names []string
	for _, f := range export.Formats {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

// exportDir is the folder of files of days.
func (c *Config) exportDir() string {
	if c.ExportDir == "" {
		return filepath.Join(c.DataDir, exportsFolder)
	}
	return c.ExportDir
}
