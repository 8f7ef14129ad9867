package api

import (
	"context"

	"playhead/internal/catalog"
	"playhead/internal/query"
	"playhead/internal/view"
)

// Live tells of views whose events may still come.
type Live interface {
	// Watching counts the views of an environment that are in progress and have
	// a value in a column, which is not empty, and their viewers.
	Watching(environmentID string, c *catalog.Column, value string) (views, viewers int)
	// View finds a view that is not final, by its id or by that of the player's
	// SDK, with its timeline. It is as new as the stored one or newer.
	View(environmentID, id string) (*view.View, bool)
	// List runs a plan over the views that are in progress.
	List(ctx context.Context, p *query.ListPlan) (*query.ListResult, error)
}

// nothingLive is the Live of an API over what is stored alone.
type nothingLive struct{}

func (nothingLive) Watching(string, *catalog.Column, string) (views, viewers int) { return 0, 0 }

func (nothingLive) View(string, string) (*view.View, bool) { return nil, false }

func (nothingLive) List(context.Context, *query.ListPlan) (*query.ListResult, error) {
	return &query.ListResult{}, nil
}
