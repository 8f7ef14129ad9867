package app

import (
	"context"

	"playhead/internal/query"
	"playhead/internal/store/memory"
	"playhead/internal/tracker"
	"playhead/internal/view"
)

// live answers the API about views in progress.
type live struct{ *tracker.Tracker }

// List runs a plan over the views in progress.
func (l live) List(ctx context.Context, p *query.ListPlan) (*query.ListResult, error) {
	now := memory.New()
	if err := now.Commit(ctx, view.Batch{Views: l.InProgress(p.Scope.Environment)}); err != nil {
		return nil, err
	}
	return now.List(ctx, p)
}
