package app

import (
	"context"

	"playhead/internal/query"
	"playhead/internal/store/memory"
	"playhead/internal/tracker"
	"playhead/internal/view"
)

// inProgress answers the API about views in progress. A list of them takes tens of MB
// while it is made, so that it is made for one client at a time.
type inProgress struct {
	*tracker.Tracker
	list chan struct{} // has room for one: the list that is made
}

func newInProgress(t *tracker.Tracker) inProgress { return inProgress{t, make(chan struct{}, 1)} }

// List runs a plan over the views in progress.
func (l inProgress) List(ctx context.Context, p *query.ListPlan) (*query.ListResult, error) {
	select {
	case l.list <- struct{}{}:
		defer func() { <-l.list }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	now := memory.New()
	if err := now.Commit(ctx, view.Batch{Views: l.InProgress(p.Scope.Environment)}); err != nil {
		return nil, err
	}
	return now.List(ctx, p)
}
