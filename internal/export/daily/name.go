package daily

import (
	"strings"
	"time"

	"playhead/internal/export"
)

// FileName is the name of the file of a day of an environment, as
// id/2026_11_27.csv.gz. The day is as 2026-11-27.
func FileName(environmentID, day string, f export.Format) string {
	return prefix(environmentID, day) + export.Extension(f)
}

// ManifestName is the name of the manifest of a day of an environment.
func ManifestName(environmentID, day string) string { return prefix(environmentID, day) + ".json" }

func prefix(environmentID, day string) string {
	return environmentID + "/" + strings.ReplaceAll(day, "-", "_")
}

// DayOf is the day in UTC, as 2026-11-27, of a time in ms since 1970.
func DayOf(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.DateOnly) }
