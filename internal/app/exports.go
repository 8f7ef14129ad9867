package app

import (
	"context"
	"time"

	"playhead/internal/export"
	"playhead/internal/export/daily"
	"playhead/internal/export/folder"
	"playhead/internal/export/s3"
	"playhead/internal/freespace"
)

// exportsStaging is the folder of files of days that are not published yet, in the data
// folder. It may be removed while no server runs: what was in it is made again.
const exportsStaging = "exports-staging"

// openExports finds out where files of days go: a bucket or a folder. Nothing is touched yet.
func (a *App) openExports(context.Context) (err error) {
	if a.cfg.ExportS3Bucket == "" {
		a.exportFolder = folder.New(a.cfg.exportDir())
		return nil
	}
	a.exportBucket, err = s3.New(a.cfg.bucket(), a.registry)
	return err
}

// destination is where files of days go.
func (a *App) destination() daily.Destination {
	if a.exportBucket != nil {
		return a.exportBucket
	}
	return a.exportFolder
}

// startExports begins to issue files of days.
func (a *App) startExports(ctx context.Context) error {
	exports, err := daily.New(daily.Config{
		Rules: a.cfg.exportRules(), Staging: a.path(exportsStaging), Destination: a.destination(),
		Store: a.views, Records: a.records, Property: a.propertyOf, Known: a.knownToTracker,
		FreeSpaceFloor: a.cfg.FreeSpaceFloor, FreeSpace: freespace.Of,
		Clock: time.Now, Logger: a.log, Registerer: a.registry,
	})
	if err != nil {
		return err
	}
	exports.Start(ctx)
	a.exportDays = exports
	a.onStop("exports of days", exports.Stop)
	return nil
}

// exportRules are the settings of files of days.
func (c *Config) exportRules() daily.Rules {
	r := daily.Rules{
		Version: c.ExportVersion, Retention: c.ExportRetention, FinalAfter: c.ViewFinalAfter,
		ViewRetention: c.ViewRetention, EventRetention: c.EventRetention,
	}
	for _, f := range c.ExportFormats {
		r.Formats = append(r.Formats, export.Format(f))
	}
	return r
}

// propertyOf is the number of an environment.
func (a *App) propertyOf(environmentID string) (int64, bool) {
	e, ok := a.records.EnvironmentByID(environmentID)
	return e.Property, ok
}
