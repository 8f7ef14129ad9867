package api

import (
	"playhead/internal/catalog"
	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/query"
	"playhead/internal/view"
)

// viewRoutes are the routes of views.
var viewRoutes = []route{
	{
		method: "GET", pattern: "/data/v1/video-views",
		doc:        "Views that ended in the timeframe, the newest first.",
		permission: meta.DataRead,
		params:     []param{limit, page, viewerID, errorID, viewID, orderDirection, filters, metricFilters, timeframe},
		data:       []listRow{},
		answer:     (*server).listViews,
	},
	{
		method: "GET", pattern: "/data/v1/video-views/{id}",
		doc:        "All that is known of one view, with its events.",
		permission: meta.DataRead,
		data:       map[string]any{},
		answer:     (*server).getView,
	},
}

// listRow is a view in the list.
type listRow struct {
	ID                 string   `json:"id"`
	OSFamily           *string  `json:"viewer_os_family"`
	ApplicationName    *string  `json:"viewer_application_name"`
	VideoTitle         *string  `json:"video_title"`
	Total              int64    `json:"total_row_count"` // the same in every row
	PlayerErrorMessage *string  `json:"player_error_message"`
	PlayerErrorCode    *string  `json:"player_error_code"`
	ErrorTypeID        *int64   `json:"error_type_id"`
	CountryCode        *string  `json:"country_code"`
	ViewStart          string   `json:"view_start"`
	ViewEnd            string   `json:"view_end"`
	ExperienceScore    *float64 `json:"viewer_experience_score"` // a number here, a text in the view itself
	WatchTime          *int64   `json:"watch_time"`
	PlaybackFailure    bool     `json:"playback_failure"`
}

func (s *server) listViews(c *call) (any, error) {
	p, err := query.Views(c.query)
	if err != nil {
		return nil, err
	}
	result, err := s.Engine.List(c, p.Plan)
	if err != nil {
		return nil, err
	}
	data := make([]listRow, len(result.Views))
	for i, v := range result.Views {
		data[i] = newListRow(v, result.Total)
	}
	return envelope{Data: data, Total: rows(result.Total), Timeframe: bounds(p.Timeframe)}, nil
}

func newListRow(v *view.View, total int) listRow {
	words := func(column string) *string { return text(v.Text(catalog.MustColumn(column))) }
	value := func(column string) float64 { return numberOf(v, catalog.MustColumn(column)) }
	return listRow{
		ID:                 v.ID.String(),
		OSFamily:           words("operating_system"),
		ApplicationName:    words("browser"),
		VideoTitle:         words("video_title"),
		Total:              int64(total),
		PlayerErrorMessage: words("player_error_message"),
		PlayerErrorCode:    words("player_error_code"),
		ErrorTypeID:        integer(value("error_type_id")),
		CountryCode:        words("country"),
		ViewStart:          instant(value("view_start")),
		ViewEnd:            instant(value("view_end")),
		ExperienceScore:    number(value("viewer_experience_score")),
		WatchTime:          integer(value("watch_time")),
		PlaybackFailure:    value("playback_failure") == 1,
	}
}

// getView answers with the whole view. A text that is no id is an unknown view.
func (s *server) getView(c *call) (any, error) {
	id, err := view.ParseID(c.id)
	if err != nil {
		return nil, fault.New(fault.NotFound, "there is no view %q", shorten(c.id))
	}
	v, err := s.Engine.View(c, c.environment.ID, id)
	if err != nil {
		return nil, err
	}
	return envelope{Data: viewObject(v, c.environment), Timeframe: lastDay(c.query.Now)}, nil
}
