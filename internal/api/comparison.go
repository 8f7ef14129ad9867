package api

import (
	"playhead/internal/catalog"
	"playhead/internal/query"
)

// comparisonTotals is the first element of the comparison.
type comparisonTotals struct {
	Name             string `json:"name"`
	WatchTime        *int64 `json:"watch_time"`
	ViewCount        int64  `json:"view_count"`
	StartedViews     int64  `json:"started_views"`
	EndedViews       int64  `json:"ended_views"`
	UniqueViewers    int64  `json:"unique_viewers"`
	TotalPlayingTime *int64 `json:"total_playing_time"`
}

// comparisonItem is one number of the comparison.
type comparisonItem struct {
	Name        string              `json:"name"`
	Metric      string              `json:"metric"`
	Type        catalog.Type        `json:"type"`
	Value       *float64            `json:"value"`
	Measurement catalog.Measurement `json:"measurement,omitempty"`
}

// comparisonGroup is a number with those that explain it.
type comparisonGroup struct {
	comparisonItem
	Items []comparisonItem `json:"items,omitempty"`
}

func (s *server) comparison(c *call) (any, error) {
	p, err := query.Comparison(c.query)
	if err != nil {
		return nil, err
	}
	byEnd, err := s.one(c, p.ByEnd)
	if err != nil {
		return nil, err
	}
	byStart, err := s.one(c, p.ByStart)
	if err != nil {
		return nil, err
	}
	item := func(i *query.ComparisonItem) comparisonItem {
		return comparisonItem{
			Name: i.Name, Metric: i.Metric, Type: i.Type, Measurement: i.Measurement,
			Value: number(i.Value(byEnd, byStart)),
		}
	}
	totals := query.ComparisonTotals(byEnd, byStart)
	data := []any{comparisonTotals{
		Name:             "totals",
		WatchTime:        integer(totals.WatchTime),
		ViewCount:        count(totals.ViewCount),
		StartedViews:     count(totals.StartedViews),
		EndedViews:       count(totals.EndedViews),
		UniqueViewers:    count(totals.UniqueViewers),
		TotalPlayingTime: integer(totals.TotalPlayingTime),
	}}
	for i := range query.ComparisonGroups {
		from := &query.ComparisonGroups[i]
		group := comparisonGroup{comparisonItem: item(&from.ComparisonItem)}
		for j := range from.Items {
			group.Items = append(group.Items, item(&from.Items[j]))
		}
		data = append(data, group)
	}
	return envelope{Data: data, Total: rows(1), Timeframe: bounds(p.Timeframe)}, nil
}
