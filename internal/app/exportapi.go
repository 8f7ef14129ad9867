package app

import (
	"context"

	"playhead/internal/api"
)

// exportURLs is what the records call the key that URLs of exports are signed
// with: they are good after a restart too.
const exportURLs = "export-urls"

// exports is what the API exports views by.
func (a *App) exports(ctx context.Context) (e api.Exports, err error) {
	e.Views, e.Days, e.States = a.views, a.records, a.exportDays
	if a.exportBucket != nil {
		e.Links = a.exportBucket // it sends its files itself
	} else {
		e.Folder = a.exportFolder
	}
	e.Key, err = a.records.Secret(ctx, exportURLs)
	return e, err
}
