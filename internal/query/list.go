package query

import (
	"playhead/internal/catalog"
	"playhead/internal/fault"
)

// ViewsPlan is the plan of a list of views.
type ViewsPlan struct {
	Plan        *ListPlan
	Timeframe   Timeframe
	Limit, Page int
	InProgress  bool // about views that are not complete yet; otherwise about the stored ones
}

// listed are the columns that a row of the list shows.
var listed = []*catalog.Column{
	catalog.MustColumn("view_id"),
	catalog.MustColumn("view_start"),
	catalog.MustColumn("view_end"),
	catalog.MustColumn("operating_system"),
	catalog.MustColumn("browser"),
	catalog.MustColumn("video_title"),
	catalog.MustColumn("country"),
	catalog.MustColumn("player_error_message"),
	catalog.MustColumn("player_error_code"),
	catalog.MustColumn("error_type_id"),
	catalog.MustColumn("playback_failure"),
	catalog.MustColumn("viewer_experience_score"),
	catalog.MustColumn("video_startup_time"),
	catalog.MustColumn("rebuffer_duration"),
	catalog.MustColumn("watch_time"),
}

// Views plans the list of the views that ended in the timeframe, the newest
// first unless r.Direction is asc. Their columns are those that a row of the
// API's list shows, and view_id. Everything wrong is fault.Invalid.
func Views(r Request) (*ViewsPlan, error) {
	scope, frame, err := scope(r, catalog.ByEnd)
	if err != nil {
		return nil, err
	}
	v := &ViewsPlan{Timeframe: frame}
	if v.Limit, v.Page, err = page(r); err != nil {
		return nil, err
	}
	desc, err := descending(r.Direction, true)
	if err != nil {
		return nil, err
	}
	if v.InProgress, err = flag("in_progress", r.InProgress, false); err != nil {
		return nil, err
	}
	if v.InProgress && len(r.Timeframe) < 2 {
		scope.To += 1000 // it ends now, and the second that has begun is now
	}
	more, err := identityFilters(r)
	if err != nil {
		return nil, err
	}
	scope.Where = append(scope.Where, more...)
	v.Plan = &ListPlan{
		Scope:     scope,
		Columns:   listed,
		Ascending: !desc,
		Limit:     v.Limit,
		Offset:    (v.Page - 1) * v.Limit,
	}
	return v, nil
}

// identityFilters reads the parameters viewer_id, error_id and view_id.
func identityFilters(r Request) ([]Condition, error) {
	text := func(column, value string) Condition {
		return Condition{Column: catalog.MustColumn(column), Texts: []string{value}}
	}
	if err := bounded("viewer_id", []string{r.ViewerID}); err != nil {
		return nil, err
	}
	if err := bounded("view_id", []string{r.ViewID}); err != nil {
		return nil, err
	}
	var where []Condition
	if r.ViewerID != "" {
		where = append(where, Condition{Any: []Condition{text("viewer_user_id", r.ViewerID), text("mux_viewer_id", r.ViewerID)}})
	}
	if r.ViewID != "" {
		where = append(where, text("view_id", r.ViewID))
	}
	switch n, ok := parseWhole(r.ErrorID); {
	case r.ErrorID == "":
	case r.ErrorID == anyError:
		where = append(where, Condition{Column: fatalType, Not: true, Null: true})
	case ok: // an earlier error, or a warning, will do
		id := FormatNumber(fatalType, n)
		where = append(where, Condition{Any: []Condition{{Column: fatalType, Numbers: []float64{n}}, {Column: errorTypes, First: &id}}})
	default:
		return nil, fault.Badf("error_id", "want the number of an error type, or any; have %s", fault.Quote(r.ErrorID))
	}
	return where, nil
}
