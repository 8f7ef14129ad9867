package app

import (
	"context"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/incident"
	"playhead/internal/meta"
)

// openEvaluator finds out from where on views are evaluated, before any are stored.
func (a *App) openEvaluator(ctx context.Context) (err error) {
	stored, err := a.views.Progress(ctx)
	if err != nil {
		return err
	}
	a.evaluator, err = incident.NewEvaluator(incident.EvaluatorConfig{
		Records: a.records, Views: a.views, Numbers: a.realtime, Causes: causes{a}, Begun: a.begunViews,
		Told: a.notifier.Wake, Environments: a.environmentIDs, Rules: a.records.AlertRules, Known: a.knownToTracker,
		NewID: meta.NewIncidentID, Clock: time.Now, Logger: a.log, Registerer: a.registry,
	})
	if err != nil {
		return err
	}
	if last := a.lastRecord(ctx); !last.IsZero() {
		a.evaluator.Deaf(last, time.Now().Add(deafAfterStart))
	}
	return a.evaluator.Resume(ctx, stored.Read)
}

// deafAfterStart is how long after a start it takes until all players have told what
// they do: some wait for a minute before they try again.
const deafAfterStart = time.Minute

// startEvaluator begins to evaluate. What it asks of the tracker is there now.
func (a *App) startEvaluator(ctx context.Context) error {
	a.evaluator.Start(ctx)
	a.onStop("evaluation of incidents", a.evaluator.Stop)
	return nil
}

func (a *App) environmentIDs() []string {
	list := a.records.Environments()
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	return ids
}

// knownToTracker is until when the tracker knows what players have told; false
// until it has come to where the journal ended at the start.
func (a *App) knownToTracker(now time.Time) (time.Time, bool) {
	select {
	case <-a.tracker.CaughtUp():
		return a.tracker.Known(now), true
	default:
		return time.Time{}, false
	}
}

// causes looks for what explains an incident in stored views and in those in progress.
type causes struct{ app *App }

// Causes implements [incident.Causes].
func (c causes) Causes(ctx context.Context, of meta.Incident, now time.Time) ([]meta.Cause, error) {
	return incident.NewCauseReader(c.app.views, newInProgress(c.app.tracker)).Causes(ctx, of, now)
}

var titles = catalog.MustColumn("video_title")

// begunViews counts the views that began in a time, stored ones and those in progress.
func (a *App) begunViews(ctx context.Context, environment, title string, from, to int64) (int64, error) {
	stored, err := a.views.Begun(ctx, environment, title, from, to)
	return stored + a.tracker.Begun(environment, titles, title, from, to), err
}

// lastRecord is the time of the last record of the journal: until then players were
// heard. It is zero if there is none, or if it cannot be read.
func (a *App) lastRecord(ctx context.Context) time.Time {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	oldest, next := a.journal.Bounds()
	if oldest == next {
		return time.Time{}
	}
	r, err := a.journal.NewReader(next - 1)
	if err == nil {
		defer r.Close()
		rec, readErr := r.Next(ctx)
		if err = readErr; err == nil {
			return time.UnixMilli(rec.Time)
		}
	}
	a.log.Warn("when the server heard of players last cannot be read: rules may take its absence for that of viewers", "err", err)
	return time.Time{}
}
