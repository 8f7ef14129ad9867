package app

import (
	"context"
	"iter"

	"playhead/internal/incident"
	"playhead/internal/live"
	"playhead/internal/query"
	"playhead/internal/view"
)

// newBacktests makes what answers how often a rule would have fired.
func (a *App) newBacktests() *incident.Backtests {
	return incident.NewBacktests(a.realtime, &storedPast{a.views.WatchesOf})
}

// storedPast is what viewers did, by the stored views: it implements [incident.Past].
type storedPast struct {
	// watches are those of the views of an environment in which somebody was there
	// between two times, in ms since 1970: those that ended last first.
	watches func(ctx context.Context, environment string, from, before int64) iter.Seq2[view.Watch, error]
}

// pastMargin is how long after the end of a view somebody still counts, at most, in
// ms: who falls silent does for half a minute.
const pastMargin = 2 * view.SilentAfter

// Read implements [incident.Past].
func (s *storedPast) Read(ctx context.Context, p *query.TickPlan, startups bool) (query.Realtime, int64, error) {
	past, err := live.NewPast(p, startups)
	if err != nil {
		return nil, 0, err
	}
	for w, err := range s.watches(ctx, p.Environment, p.From-query.TickEvery-pastMargin, p.To+1) {
		if ctx.Err() != nil {
			return past, past.WholeFrom(), nil
		}
		if err != nil {
			return nil, 0, err
		}
		if !past.Add(&w) {
			return past, past.WholeFrom(), nil
		}
	}
	return past, p.From, nil
}
