package daily

import (
	"slices"
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

// allNames are the names that files of a day can have, in whatever formats it is issued.
func allNames(k key) []string {
	names := []string{ManifestName(k.environment, k.day)} // first: what it tells of goes after it
	for _, f := range export.Formats {
		names = append(names, FileName(k.environment, k.day, f))
	}
	return names
}

// IsName reports whether a name is one that files of days have. Others in a folder or a
// bucket are somebody else's.
func IsName(name string) bool {
	environment, file, _ := strings.Cut(name, "/")
	day, _, _ := strings.Cut(file, ".")
	day = strings.ReplaceAll(day, "_", "-")
	_, ok := startOf(day)
	return ok && environment != "" && slices.Contains(allNames(key{environment, day}), name)
}

// startOf is the beginning of a day; false if it is none.
func startOf(day string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, day)
	return t, err == nil
}

// cmpKeys orders days as they are issued: the newest first.
func cmpKeys(a, b key) int {
	if n := strings.Compare(b.day, a.day); n != 0 {
		return n
	}
	return strings.Compare(a.environment, b.environment)
}
