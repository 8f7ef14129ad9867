package api

import (
	"reflect"

	"playhead/internal/catalog"
	"playhead/internal/openapi"
	"playhead/internal/query"
)

// comparisonTotals is the first element of the comparison.
type comparisonTotals struct {
	Name             string `json:"name" enum:"totals" doc:"tells it from the groups"`
	WatchTime        *int64 `json:"watch_time" doc:"watch time of the views that ended in the timeframe, in ms"`
	ViewCount        int64  `json:"view_count" doc:"views that quality metrics are about: those that ended in the timeframe"`
	StartedViews     int64  `json:"started_views" doc:"views that started in the timeframe"`
	EndedViews       int64  `json:"ended_views" doc:"views that ended in the timeframe"`
	UniqueViewers    int64  `json:"unique_viewers" doc:"viewers of the views that started in the timeframe"`
	TotalPlayingTime *int64 `json:"total_playing_time" doc:"playing time of the views that started in the timeframe, in ms"`
}

// comparisonItem is one number of the comparison.
type comparisonItem struct {
	Name        string              `json:"name" doc:"for people"`
	Metric      string              `json:"metric" doc:"id of the metric"`
	Type        catalog.Type        `json:"type" doc:"what the value is: percentages are fractions, mbps are in bit/s"`
	Value       *float64            `json:"value" doc:"null when no view has one"`
	Measurement catalog.Measurement `json:"measurement,omitempty" doc:"missing where it is the default"`
}

// comparisonGroup is a number with those that explain it.
type comparisonGroup struct {
	comparisonItem
	Items []comparisonItem `json:"items,omitempty" doc:"what makes the group's number"`
}

// comparisonData is the totals, and then the groups.
type comparisonData []any

// Describe implements openapi.Describer.
func (comparisonData) Describe(s *openapi.Schemas) *openapi.Schema {
	return &openapi.Schema{
		Type: openapi.Types{"array"}, MinItems: 1,
		PrefixItems: []*openapi.Schema{s.Of(reflect.TypeFor[comparisonTotals]())},
		Items:       s.Of(reflect.TypeFor[comparisonGroup]()),
	}
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
	end, start := byEnd.Rows[0], byStart.Rows[0]
	item := func(i *query.ComparisonItem) comparisonItem {
		return comparisonItem{
			Name: i.Name, Metric: i.Metric, Type: i.Type, Measurement: i.Measurement,
			Value: number(i.Value(end, start)),
		}
	}
	totals := query.ComparisonTotals(end, start)
	data := comparisonData{comparisonTotals{
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
	return envelope{
		Data: data, Total: rows(1), Timeframe: bounds(p.Timeframe),
		Meta: quantileMeta{Bucketed: byEnd.Bucketed || byStart.Bucketed},
	}, nil
}
