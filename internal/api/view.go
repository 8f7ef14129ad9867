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
		method: "GET", pattern: "/data/v1/video-views", name: "list-video-views",
		doc:        "Views that ended in the timeframe, the newest first; or those in progress, by their last event so far.",
		permission: meta.DataRead,
		params:     []param{limit, page, viewerID, errorID, viewID, inProgress, orderDirection, filters, metricFilters, timeframe},
		data:       []listRow{},
		answer:     (*server).listViews,
	},
	{
		method: "GET", pattern: "/data/v1/video-views/{id}", name: "get-video-view",
		doc:        "All that is known of one view, with its events. Of a view in progress it is what is known by now.",
		permission: meta.DataRead,
		path:       []param{viewPathID},
		data:       wholeView{},
		uncounted:  true,
		answer:     (*server).getView,
	},
	{
		method: "GET", pattern: "/data/v1/video-views/{id}/timeline", name: "get-video-view-timeline",
		doc:        "How one view went: in a sentence, and as lanes over one axis of time, of what the viewer was doing, what played, requests, errors and all events. Of a view in progress it is what is known by now. An operation of our own.",
		permission: meta.DataRead,
		path:       []param{viewPathID},
		data:       view.Course{},
		uncounted:  true,
		answer:     (*server).getViewTimeline,
	},
}

// listRow is a view in the list.
type listRow struct {
	ID                 string   `json:"id" doc:"of the view, ours: opaque, ascending with time"`
	OSFamily           *string  `json:"viewer_os_family" doc:"operating system"`
	ApplicationName    *string  `json:"viewer_application_name" doc:"browser or application"`
	VideoTitle         *string  `json:"video_title" doc:"title of the video"`
	Total              int64    `json:"total_row_count" doc:"rows of all pages together, the same in every row"`
	PlayerErrorMessage *string  `json:"player_error_message" doc:"message of the last fatal error"`
	PlayerErrorCode    *string  `json:"player_error_code" doc:"code of the last fatal error"`
	ErrorTypeID        *int32   `json:"error_type_id" doc:"type of the last fatal error"`
	CountryCode        *string  `json:"country_code" doc:"ISO 3166-1 alpha-2, by the address"`
	ViewStart          string   `json:"view_start" format:"date-time" doc:"first attempt to play, in whole seconds"`
	ViewEnd            string   `json:"view_end" format:"date-time" doc:"last event so far, in whole seconds"`
	ExperienceScore    *float64 `json:"viewer_experience_score" doc:"overall score from 0 to 1: a number here, a text in the view itself"`
	WatchTime          *int32   `json:"watch_time" doc:"time spent trying to watch, in ms"`
	PlaybackFailure    bool     `json:"playback_failure" doc:"a fatal error ended the view"`
	TimeToFirstFrame   *int32   `json:"time_to_first_frame" doc:"from the instruction to play to the first frame, in ms; null if there was none"`
	BufferingDuration  *int32   `json:"buffering_duration" doc:"time spent rebuffering, in ms"`
}

func (s *server) listViews(c *call) (any, error) {
	p, err := query.Views(c.query)
	if err != nil {
		return nil, err
	}
	list := s.Engine.List
	if p.InProgress {
		list = s.Live.List
	}
	result, err := list(c, p.Plan)
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
		ErrorTypeID:        integer32(value("error_type_id")),
		CountryCode:        words("country"),
		ViewStart:          instant(value("view_start")),
		ViewEnd:            instant(value("view_end")),
		ExperienceScore:    number(value("viewer_experience_score")),
		WatchTime:          integer32(value("watch_time")),
		PlaybackFailure:    value("playback_failure") == 1,
		TimeToFirstFrame:   integer32(value("video_startup_time")),
		BufferingDuration:  integer32(value("rebuffer_duration")),
	}
}

// getView answers with the whole view.
func (s *server) getView(c *call) (any, error) {
	v, _, err := s.findView(c)
	if err != nil {
		return nil, err
	}
	return envelope{Data: viewObject(v, c.environment), Timeframe: lastDay(c.query.Now)}, nil
}

// getViewTimeline answers with how the view went.
func (s *server) getViewTimeline(c *call) (any, error) {
	v, open, err := s.findView(c)
	if err != nil {
		return nil, err
	}
	return envelope{Data: view.NewCourse(v, open, c.query.Now.UnixMilli()), Timeframe: lastDay(c.query.Now)}, nil
}

// findView finds the view of the path. What is known of an open view is newer
// than what is stored of it. A text that is no id is an unknown view.
func (s *server) findView(c *call) (v *view.View, open bool, err error) {
	if v, open = s.Live.View(c.environment.ID, c.id); open {
		return v, true, nil
	}
	id, err := view.ParseID(c.id)
	if err != nil {
		return nil, false, fault.New(fault.NotFound, "there is no view %s", fault.Quote(c.id))
	}
	v, err = s.Engine.View(c, c.environment.ID, id)
	return v, false, err
}
