package daily

import (
	"encoding/json"
	"time"

	"playhead/internal/meta"
)

// Manifest says what the files of a day are. It is published after them.
type Manifest struct {
	EnvironmentID string            `json:"environment_id"`
	Property      int64             `json:"property_id"`
	Day           string            `json:"day"`     // UTC, as 2026-11-27
	Issue         int               `json:"issue"`   // from 1: one more each time the day is issued again
	Version       int               `json:"version"` // of the columns
	MadeAt        time.Time         `json:"made_at"`
	Rows          int64             `json:"rows"` // of each file
	Files         []meta.ExportFile `json:"files"`
}

// manifestOf is the manifest of an issue as a file.
func manifestOf(d *meta.ExportDay, property int64) ([]byte, error) {
	m := Manifest{
		EnvironmentID: d.EnvironmentID, Property: property, Day: d.Day, Issue: d.Issue, Version: d.Version, MadeAt: d.MadeAt, Files: d.Files,
	}
	if len(d.Files) > 0 {
		m.Rows = d.Files[0].Rows
	}
	text, err := json.MarshalIndent(m, "", "  ")
	return append(text, '\n'), err
}
