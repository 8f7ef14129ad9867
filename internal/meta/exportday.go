package meta

import "time"

// ExportDay is what was issued last of a day of an environment: files that hold
// each view that ended in it.
type ExportDay struct {
	EnvironmentID string
	Day           string // UTC, as 2026-11-27
	Issue         int    // from 1
	Version       int    // of the columns
	MadeAt        time.Time

	// What the store had when it was issued, see view.Day.
	Views, Changed int64

	Files []ExportFile // without the manifest
}

// ExportFile is one file of a day.
type ExportFile struct {
	Name   string `json:"name"`   // as environment/2026_11_27.csv.gz
	Format string `json:"format"` // csv, ndjson or parquet
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // in hex
}
